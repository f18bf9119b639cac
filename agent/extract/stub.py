"""A tier without a model, for load tests and rehearsals: copies words and numerals by position."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.extract import Extractor, Job
from agent.message import Candidate, Evidence, Json, Refusal
from agent.numerals import read
from agent.schemas import NUMERIC, Kind, Node

WORD = re.compile(r"[^\s:=,;]+")
NUMERAL = re.compile(r"(?<![\w.-])-?[0-9]+(?:\.[0-9]+)?(?![\w.])")
INTEGER = re.compile(r"(?<![\w.-])-?[0-9]+(?![\w.])")
CONFIDENCE = 0.99
"""What the stub gives to every value: it is certain of nothing, and escalation is not what it rehearses."""


def load(*, tier: str) -> Extractor:
    """Build the stub tier."""
    return Stub(tier)


class Stub:
    """Fills each field of a flat schema with the next word or numeral of its kind."""

    def __init__(self, tier: str) -> None:
        """Take the name that records carry."""
        self._tier = tier

    @property
    def tier(self) -> str:
        """Name of the tier, as written to the audit record."""
        return self._tier

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, in order."""
        return [self._one(job) for job in jobs]

    def _one(self, job: Job) -> Candidate:
        value: dict[str, Json] = {}
        evidence: list[Evidence] = []
        taken: set[tuple[int, int]] = set()
        numerals, words = NUMERAL.finditer(job.text), WORD.finditer(job.text)
        for node in job.schema.root.properties:
            declared = node.conversion is not None
            found = _declared(node, job.text, taken) if declared else self._field(node, numerals, words)
            if found is not None:
                value[node.name], span = found
                evidence.append(span)
            elif node.required:
                detail = f"nothing in the text for {node.name}"
                return Candidate(None, (), CONFIDENCE, self._tier, "", Refusal.MISSING_REQUIRED, detail)
        return Candidate(value, tuple(evidence), CONFIDENCE, self._tier, "")

    def _field(
        self, node: Node, numerals: Iterator[re.Match[str]], words: Iterator[re.Match[str]]
    ) -> tuple[Json, Evidence] | None:
        if node.kind is Kind.STRING:
            match = next(words, None)
        elif node.kind in NUMERIC:
            match = next(
                (one for one in numerals if node.kind is Kind.NUMBER or INTEGER.fullmatch(one[0])), None
            )
        else:
            return None
        if match is None:
            return None
        said: Json = match[0] if node.kind is Kind.STRING else read(match[0])
        return said, Evidence(f"/{node.name}", match.start(), match.end(), CONFIDENCE)


def _declared(node: Node, text: str, taken: set[tuple[int, int]]) -> tuple[Json, Evidence] | None:
    """Return the next thing in the text that is written as a field declares; None where nothing is."""
    if node.conversion is None:
        return None
    start, end = next((span for span in node.conversion.spans(text) if span not in taken), (-1, -1))
    if start < 0:
        return None
    taken.add((start, end))
    return node.conversion.raw(text[start:end]), Evidence(f"/{node.name}", start, end, CONFIDENCE)
