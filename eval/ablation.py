"""Ablation: the same weights with a part of the way taken away, and other weights with all of it.

Which parts there are depends on the kind of model. Of a causal model: the grammar (none, of the schema alone,
grounded) and the schema in the prompt. A pointing model writes nothing, so it has no free decoding and its
answers are grounded whatever is taken away: of it, what it knows of a text beside the tokens (links, matched
words) and what a schema says beside names and types. The first model is taken apart; of others, weights of
another precision, the whole way runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from agent.extract import Extractor
from agent.extract.template import SCHEMA
from agent.message import Json
from agent.models import EMBEDDED, Model, load
from agent.schemas import Schema, SchemaError, compile_schema
from eval.dataset import Case
from eval.metrics import interval, mean, paired
from eval.runner import Run, run
from eval.scoring import Score

EMBEDDED_NAME: Final = "nano"
WORDS: Final = frozenset({"title", "description", "examples", "$comment", "default", "ucumUnit", "unit"})
"""Keywords that say what a field means; without them names, types and bounds are left."""

Prepare = Callable[[Sequence[Case]], Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to answer."""

    name: str
    weights: str
    """Name of the model and its quantisation."""
    open: Callable[[], Extractor]
    """Loads the model."""
    prepare: Prepare = list
    """What is asked instead of the cases."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An arm and what came of it."""

    arm: Arm
    run: Run


def arms(folders: Sequence[str]) -> list[Arm]:
    """Return the arms of models of one kind, the whole way of the first before all others.

    Raises:
        ValueError: a causal and a pointing model cannot be taken apart together.
        EngineBroken: a folder holds no model.
    """
    models = [load(EMBEDDED if name == EMBEDDED_NAME else Path(name)) for name in folders]
    kinds = {model.manifest.decoding for model in models}
    if len(kinds) != 1:
        message = "name models of one kind: all pointing, or all causal."
        raise ValueError(message)
    way = _causal if kinds == {"generate"} else _pointing
    first, *less = way(models[0])
    return [first, *(next(way(model)) for model in models[1:]), *less]


def outcomes(
    cases: Sequence[Case], made: Sequence[Arm], *, told: Callable[[str], None] = lambda _name: None
) -> list[Outcome]:
    """Answer the cases in every way; models are loaded one after the other."""
    found = []
    for arm in made:
        told(f"{arm.name}, {arm.weights}")
        extractor = arm.open()
        found.append(Outcome(arm, run(arm.prepare(cases), extractor)))
        close = getattr(extractor, "close", None)
        if close:
            close()
    return found


def table_of(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the figures of each arm, with intervals, and its difference from the first on the same cases."""
    first = scores_of(found[0])
    return [figures_of(one) | _against(first, scores_of(one)) for one in found]


def scores_of(outcome: Outcome) -> list[Score]:
    """Return the score of each case."""
    return [answer.score for answer in outcome.run.answers]


def figures_of(outcome: Outcome) -> dict[str, Any]:
    """Return what an arm is worth, as shares with their intervals, and what it costs in tokens."""
    scores = scores_of(outcome)
    shares = {
        "json_exact": [float(one.exact) for one in scores],
        "leaf_f1": [one.leaf_f1 for one in scores],
        "schema_compliance": [float(one.compliant) for one in scores if not one.expects_refusal],
        "grounded": [float(one.grounded) for one in scores if not one.refused],
    }
    return {
        "arm": outcome.arm.name,
        "weights": outcome.arm.weights,
        "cases": len(scores),
        **{name: mean(values) for name, values in shares.items()},
        "intervals": {name: interval(values) for name, values in shares.items() if values},
        "refused": sum(one.refused for one in scores),
        "tokens_per_case": round(outcome.run.tokens / len(scores), 1),
    }


def _against(first: Sequence[Score], scores: Sequence[Score]) -> dict[str, Any]:
    """Return the paired differences from the first arm."""
    exact = paired([float(one.exact) for one in first], [float(one.exact) for one in scores])
    leaf = paired([one.leaf_f1 for one in first], [one.leaf_f1 for one in scores])
    return {
        "difference": {"json_exact": exact[0], "leaf_f1": leaf[0]},
        "difference_intervals": {"json_exact": exact[1], "leaf_f1": leaf[1]},
    }


def _weights(model: Model) -> str:
    return f"{model.manifest.name} {model.manifest.quantisation}"


# -- causal models


def _causal(model: Model) -> Iterator[Arm]:
    from eval.loose import LooseExtractor, free, shaped  # noqa: PLC0415 - loads llama.cpp

    yield from (_grounded(model, schema=schema) for schema in (True, False))
    for name, begin in (("grammar of the schema", shaped), ("free", free)):
        for schema in (True, False):
            asked = asked_with(model, schema=schema)
            yield Arm(
                f"{name}, {_said(schema=schema)}", _weights(model),
                lambda asked=asked, begin=begin: LooseExtractor(asked, begin),  # type: ignore[misc]
            )  # fmt: skip


def _grounded(model: Model, *, schema: bool) -> Arm:
    from agent.extract.generate import GenerateExtractor  # noqa: PLC0415 - loads llama.cpp

    asked = asked_with(model, schema=schema)
    name = f"grounded grammar, {_said(schema=schema)}"
    return Arm(name, _weights(model), lambda: GenerateExtractor(asked, threads=1, deadline_s=math.inf))


def _said(*, schema: bool) -> str:
    return "schema in the prompt" if schema else "no schema in the prompt"


def asked_with(model: Model, *, schema: bool) -> Model:
    """Return a model that is asked with the schema in its prompt, or without."""
    own = model.manifest.prompt
    bare = own.replace(f"{SCHEMA}\n", "").replace(SCHEMA, "")
    full = own if SCHEMA in own else f"{SCHEMA}\n{own}"
    return replace(model, manifest=model.manifest.model_copy(update={"prompt": full if schema else bare}))


# -- pointing models


def _pointing(model: Model) -> Iterator[Arm]:
    from agent.extract.engine import PointerExtractor, Senses  # noqa: PLC0415 - loads llama.cpp

    def arm(name: str, senses: Senses, prepare: Prepare = list) -> Arm:
        return Arm(name, _weights(model), lambda: PointerExtractor(model, senses=senses), prepare)

    whole, no_links, no_matches = Senses(), Senses(links=False), Senses(matches=False)
    yield arm("whole", whole)
    yield arm("without links", no_links)
    yield arm("without matched words", no_matches)
    yield arm("without descriptions", whole, without_words)
    yield arm("without links, matched words, descriptions", Senses(links=False, matches=False), without_words)


def without_words(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with schemas of names, types and bounds alone."""
    known: dict[str, Schema | None] = {}
    return [_bare(case, known) for case in cases]


def _bare(case: Case, known: dict[str, Schema | None]) -> Case:
    if case.schema is None:
        return case
    key = json.dumps(case.schema.document)
    if key not in known:
        try:
            known[key] = compile_schema(stripped(case.schema.document), name=case.schema.name)
        except SchemaError:
            known[key] = None
    return replace(case, schema=known[key])


def stripped(document: dict[str, Json]) -> dict[str, Json]:
    """Return a schema without the keywords that say what a field means."""
    return {key: _within(key, value) for key, value in document.items() if key not in WORDS}


def _within(key: str, value: Json) -> Json:
    """Keep names of properties, whatever they are; strip what they stand for."""
    if key in {"properties", "$defs", "definitions", "patternProperties"} and isinstance(value, dict):
        return {name: _fragment(one) for name, one in value.items()}
    return _fragment(value) if key not in {"enum", "const", "x-maaza"} else value


def _fragment(value: Json) -> Json:
    if isinstance(value, dict):
        return stripped(value)
    return [_fragment(one) for one in value] if isinstance(value, list) else value
