"""Extraction: text and schema in, candidate out. The protocol that every tier implements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.message import Candidate
from agent.schemas import Schema

__all__ = ["Extractor", "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """One text to extract with one schema."""

    text: str
    schema: Schema


class Extractor(Protocol):
    """A tier: makes a candidate of each text. Never raises for bad text: it refuses."""

    @property
    def tier(self) -> str:
        """Name of the tier, as written to the audit record."""

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, in order."""
