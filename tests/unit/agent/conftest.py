"""A clock, a buffer on a real file, the pipeline with fakes around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent.buffer import Buffer
from agent.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that the test turns."""
    return FakeClock()


@pytest.fixture
def buffer(tmp_path: Path, clock: FakeClock) -> Iterator[Buffer]:
    """Give a buffer on a real file."""
    made = open_buffer(tmp_path / "maaza.db", clock)
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock, buffer: Buffer) -> Bench:
    """Give all three loops, connected for the first time."""
    made = Bench(tmp_path / "maaza.db", clock, buffer)
    made.connect(present=False)
    return made
