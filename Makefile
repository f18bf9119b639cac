# The menu. `make` alone prints it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo check ansible-check test test-all test-train chain-small faults booted mutants bench bench-audit bench-wear report train-nano \
	finetune export lock wheel wheelhouse clean
PYTHON := .venv/bin/python
TRAIN := .venv-train/bin/python
DEMO_SECONDS ?= 60
RUN ?= runs/nano
BENCH_MODEL := .maaza/bench-135m
THREADS ?= 1

help: ## This menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make .venv from the locks; compiles llama.cpp once (about 5 minutes on two cores)
	@.ci/setup

demo: ## Broker, simulated devices and the agent for a minute: raw text to JSON, live, then the proof
	@.ci/mosquitto demo
	@.ci/setup
	@.venv/bin/maaza demo --seconds $(DEMO_SECONDS)

check: setup ansible-check ## Lint, format, types, import contracts, the role
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

ansible-check: ## The role alone: syntax, ansible-lint's production profile
	@.ci/setup ansible
	cd ansible && ../.venv-ansible/bin/ansible-playbook --syntax-check --inventory inventory/example.yml site.yml
	PATH="$$PWD/.venv-ansible/bin:$$PATH" ansible-lint --strict ansible

test: ## Unit, integration, model and short acceptance tests; at most 20 minutes
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) -m pytest -m "not slow"

test-all: ## Every test, the long ones too, then the planted faults
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) -m pytest
	$(PYTHON) tests/mutants/run.py

test-train: ## The tests that need torch, which `make test` skips, in an environment of their own (CPU build)
	@.ci/setup train
	$(TRAIN) -m pytest $$(grep --files-with-matches --recursive 'importorskip("torch"' tests)

faults: ## Brokers that vanish, full disks, damaged files, kill -9 under full load
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) -m pytest tests/integration/test_faults.py tests/acceptance/test_load.py

booted: setup ## The service and the role under the systemd of a booted Debian tree; needs root
	@.ci/setup ansible
	MAAZA_BOOT_TREE=$$(.ci/tree) $(PYTHON) -m pytest tests/acceptance/test_booted.py tests/acceptance/test_role.py

mutants: ## Plant named faults in the agent; each must be caught by its test
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) tests/mutants/run.py

bench: ## Speed beside peers, also as bench.html: make bench [EDGEJSON=FOLDER] [MODEL=FOLDER] [THREADS=2] [OPTIONS=…]
	@.ci/mosquitto test
	@.ci/setup
	@test -n "$(MODEL)" -o -e "$(BENCH_MODEL)/manifest.json" || \
		$(PYTHON) -m training.random_model --shape 135m --out "$(BENCH_MODEL)"
	$(PYTHON) -m eval bench --model "$(or $(MODEL),$(BENCH_MODEL))" $(if $(EDGEJSON),--edgejson "$(EDGEJSON)") \
		--threads "$(THREADS)" --out bench.html $(OPTIONS)

bench-audit: ## A million audit rows: how long questions take, how messages fare while half are forgotten (3 minutes)
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) tests/benchmarks/audit_rows.py

bench-wear: ## Bytes and fsyncs per message at 1, 10, 100 and 500 messages a second (5 minutes)
	@.ci/mosquitto test
	@.ci/setup
	$(PYTHON) tests/benchmarks/wear.py

report: setup ## Score the embedded model beside the label matcher, also as report.html: make report EDGEJSON=FOLDER [CASES=FILE]
	@test -n "$(EDGEJSON)" || { echo "Name the folder of EdgeJSON v3: make report EDGEJSON=FOLDER" >&2; exit 2; }
	$(PYTHON) -m eval report --edgejson "$(EDGEJSON)" $(CASES:%=--cases %) --out report.html
	$(PYTHON) -m eval unrelated --edgejson "$(EDGEJSON)"
	$(PYTHON) -m eval spans

train-nano: ## Train the embedded model from nothing into runs/nano: make train-nano [CONFIG=FILE] [RUN=FOLDER] [OPTIONS=…]
	@.ci/setup train
	$(TRAIN) -m training.nano.train --config "$(or $(CONFIG),training/configs/nano.toml)" --out "$(RUN)" $(OPTIONS)

finetune: ## Fine-tune a causal model: make finetune CONFIG=FILE DATA="FOLDER FILE …" OUT=FOLDER [BASE=FOLDER] [OPTIONS=…]
	@test -n "$(CONFIG)" -a -n "$(DATA)" || { echo 'make finetune CONFIG=training/configs/135m.toml DATA=FOLDER' >&2; exit 2; }
	@.ci/setup train
	$(TRAIN) -m training.finetune --config "$(CONFIG)" $(foreach one,$(DATA),--data "$(one)") \
		--out "$(or $(OUT),runs/$(basename $(notdir $(CONFIG))))" $(if $(BASE),--base "$(BASE)") $(OPTIONS)

export: ## Turn runs/nano into agent/models/nano (or OUT); or MODEL=FOLDER of the hub's form into OUT=FOLDER of model folders
	@.ci/setup train
ifdef MODEL
	$(TRAIN) -m training.export --model "$(MODEL)" --out "$(or $(OUT),$(MODEL)/../models)" $(OPTIONS)
else
	$(TRAIN) -m training.nano.export --checkpoint "$(RUN)/checkpoint.pt" --out "$(or $(OUT),agent/models/nano)" $(OPTIONS)
endif

chain-small: ## The whole chain with models so small that it takes minutes: train, export, quantise, score, both kinds
	@.ci/setup train
	$(TRAIN) -m training.chain $(OPTIONS)

lock: setup ## Write requirements/*.txt anew, with the hash of every file
	@.ci/lock

wheel: setup ## Build dist/maaza-*.whl
	$(PYTHON) -m hatchling build --target wheel

wheelhouse: setup ## Build dist/wheelhouse-*: all that a machine of this kind needs to install, without a network
	@$(PYTHON) .ci/wheelhouse.py

clean: ## Remove what was built; the wheel cache in ~/.cache/maaza stays
	rm -rf .venv .venv-train .venv-ansible .maaza build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
