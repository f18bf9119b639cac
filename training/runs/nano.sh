#!/usr/bin/env bash
# The record of the embedded model: every command, in order. What came of it stands in training/LOG.md.
# Run from the root of the repository. PYTHON is an interpreter that has requirements/train.txt.
set -euo pipefail
PYTHON=${PYTHON:-.venv-train/bin/python}
RUN=${RUN:-runs/nano}

# The vocabulary is kept in the repository. Building it anew changes every token id: only before a new training.
# "$PYTHON" -m training.nano.vocab --size 4096 --seed 7 --out training/nano/vocab.txt

# Training, in fourteen phases and two means because the model's inputs grew on the way: each ran on the code of its day, phases 4 to 7
# and 10 were stopped where the next began, and phase 10 began from the quantised files of phase 9, so this record is not
# bit for bit repeatable. training/configs/nano.toml is the same as one run. After an interruption --resume goes on from a
# checkpoint.
# "$PYTHON" -m training.nano.train --config training/configs/nano-phase1.toml --out "$RUN-1"
# for n in 2 3 4 5 6 7 8 9; do
#   "$PYTHON" -m training.nano.train --config "training/configs/nano-phase$n.toml" --out "$RUN-$n" \
#     --weights "$RUN-$((n - 1))/checkpoint.pt"
# done
# "$PYTHON" -m training.nano.train --config training/configs/nano-phase10.toml --out "$RUN-10" --weights agent/models/nano
# "$PYTHON" -m training.nano.train --config training/configs/nano-phase11.toml --out "$RUN-11" \
#   --weights "$RUN-10/checkpoint.pt"
# "$PYTHON" -m training.nano.mean --of agent/models/nano --of "$RUN-11/checkpoint.pt" --out "$RUN-mean.pt"
# Phase 12 went on from the mean and was dropped. EDGEJSON is the folder of EdgeJSON v3.
# "$PYTHON" -m training.rows --edgejson "$EDGEJSON" --out "$RUN-rows.jsonl"
# "$PYTHON" -m training.nano.train --config training/configs/nano-phase13.toml --out "$RUN-13" \
#   --weights "$RUN-mean.pt" --rows "$RUN-rows.jsonl"
# "$PYTHON" -m training.nano.train --config training/configs/nano-phase14.toml --out "$RUN-14" \
#   --weights "$RUN-13/checkpoint.pt" --rows "$RUN-rows.jsonl"
# mkdir -p "$RUN" && "$PYTHON" -m training.nano.mean --of "$RUN-mean.pt" --of "$RUN-14/checkpoint.pt" \
#   --of "$RUN-14/checkpoint.pt" --out "$RUN-mean14.pt"
# "$PYTHON" -m training.nano.train --config training/configs/nano-phase15.toml --out "$RUN-15" \
#   --weights "$RUN-mean14.pt" --rows "$RUN-rows.jsonl" && cp "$RUN-15/checkpoint.pt" "$RUN/checkpoint.pt"
"$PYTHON" -m training.nano.train --config training/configs/nano.toml --out "$RUN"

# GGUF, heads, manifest; compared with the checkpoint before anything is put in place.
"$PYTHON" -m training.nano.export --checkpoint "$RUN/checkpoint.pt" --out agent/models/nano --kind Q8_0

# Scores. EDGEJSON is the folder of EdgeJSON v3: edgejson_test_v3.jsonl and schemas/.
[ -z "${EDGEJSON:-}" ] || .venv/bin/python -m eval edgejson --data "$EDGEJSON" --split test
[ -z "${EDGEJSON:-}" ] || .venv/bin/python -m eval unrelated --edgejson "$EDGEJSON"
.venv/bin/python -m eval spans --count 1000
