"""A stub tier that dies of one word: native code that crashes, as seen from the agent."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from agent.extract import Extractor, Job
from agent.extract.stub import Stub
from agent.message import Candidate


class Poisonous(Stub):
    """The stub, with a weakness."""

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Crash where a text says so."""
        if any("poison" in job.text for job in jobs):
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().extract(jobs)


def load(*, tier: str) -> Extractor:
    """Build it."""
    return Poisonous(tier)
