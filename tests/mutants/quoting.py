"""Parts that fail with the text in their words, as a stranger's code may: the log must not repeat it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent import journey
from agent.app import assembly
from agent.buffer import Buffer
from agent.extract import Extractor, Job
from agent.extract.stub import Stub
from agent.message import Candidate, State

ENGINE, JUDGE, SETTLE = "quote_engine", "quote_judge", "quote_settle"
"""Words in a text at which the part of that name fails."""


class Quoting(Stub):
    """The stub, which quotes a text that it cannot read."""

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Fail where a text says so."""
        for job in jobs:
            refuse(ENGINE, job.text)
        return super().extract(jobs)


def load(*, tier: str) -> Extractor:
    """Build it."""
    return Quoting(tier)


def refuse(word: str, text: str) -> None:
    """Fail with the text, and with a copy of it in a variable."""
    if word in text:
        copy = text.split()
        raise KeyError(copy[0], text)


def plant() -> None:
    """Let engine, judge and database fail like this."""
    assembly.FACTORIES["stub"] = "quoting:load"
    weigh, settle = journey.weigh, Buffer.settle

    def weigh_or_quote(result: Any, text: str, *rest: Any, **options: Any) -> journey.Verdict:
        refuse(JUDGE, text)
        return weigh(result, text, *rest, **options)

    def settle_or_quote(self: Buffer, batch: Sequence[Any]) -> int:
        for one in batch:
            if one.state is State.READY and SETTLE in one.outgoing.payload:
                raise ValueError(one.outgoing.payload)
        return settle(self, batch)

    journey.weigh = weigh_or_quote
    Buffer.settle = settle_or_quote  # type: ignore[method-assign]
