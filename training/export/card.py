"""The card of an exported model, and what its licences ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.models import Manifest
from training.parity import Parity
from training.record import Record

ATTRIBUTIONS = {
    "edgejson": (
        "EdgeJSON v3 (CycleCore Technologies), train split only: Apache-2.0 by its repository's licence,"
        " CC BY 4.0 by the readme beside the data. Keep this line where you pass this model on."
    ),
    "examples": "Examples beside schemas (`.examples.jsonl`): their owner decides who may have this model.",
    "audit": (
        "Corrected records of an audit database: raw texts of somebody's devices went into the weights. Ask"
        " their owner before you pass this model on."
    ),
}
"""What each kind of data asks for."""


def card(manifest: Manifest, record: Record, size: int, parity: Mapping[str, Parity], texts: int) -> str:
    """Return the text of a model's README; ``texts`` is how many were split in the same way."""
    about = (
        f"A causal model for maaza: {manifest.parameters / 1e6:.1f} million parameters, "
        f"{manifest.quantisation}, {size / 1e6:.1f} MB. Under the agent's grammar it can publish no"
        " string or number that does not stand in the text."
    )
    return "\n".join(
        [
            f"# {manifest.name}",
            "",
            about,
            "",
            "| what | |",
            "| --- | --- |",
            *_facts(manifest, record),
            "",
            "## Licence",
            "",
            f"{manifest.licence}, as its base. Keep the base's own notices where you pass this model on.",
            *(f"\n{ATTRIBUTIONS[source]}" for source in record.sources if source in ATTRIBUTIONS),
            "",
            "## Compared with the trained model at export",
            "",
            f"The tokens of {texts} texts are the same. Logits, against single precision:",
            "",
            "| file | relative error, mean | 99.9 % below | same likeliest token | with ties |",
            "| --- | --- | --- | --- | --- |",
            *(_row(kind, one) for kind, one in parity.items()),
            "",
        ]
    )


def _facts(manifest: Manifest, record: Record) -> Sequence[str]:
    kinds = ", ".join(record.sources) or "none"
    return [
        f"| base | {record.base or 'not known'} |",
        f"| tier | {manifest.tier or 'any'} |",
        f"| context | {manifest.context} tokens |",
        f"| fine-tuned on | {record.examples} texts ({kinds}), {record.steps} steps |",
        f"| prompt | `{manifest.prompt!r}` |",
        f"| SHA-256 | `{manifest.gguf_sha256}` |",
    ]


def _row(kind: str, one: Parity) -> str:
    return f"| {kind} | {one.mean:.1e} | {one.error:.1e} | {one.agreement:.2%} | {one.agreement_or_tie:.2%} |"
