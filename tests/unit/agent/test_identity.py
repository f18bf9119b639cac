"""Ids rise, whatever the clock does."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from agent.identity import IdSource


@given(st.lists(st.floats(min_value=0, max_value=2**37), min_size=1, max_size=50))
def test_ids_are_uuid7_and_rise_strictly(times: list[float]) -> None:
    """Also within a millisecond, and when the clock is set back by years."""
    clock = iter(times)
    source = IdSource(lambda: next(clock))
    ids = [source() for _ in times]
    assert ids == sorted(set(ids))
    assert all(uuid.UUID(one).version == 7 for one in ids)
