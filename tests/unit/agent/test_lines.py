"""Order per device, against a model."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.lines import Lines


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30), st.randoms())
def test_every_line_keeps_its_order_and_loses_nothing(
    messages: list[tuple[str, bool]], chance: object
) -> None:
    """Whatever the order of finishing: each fate comes once, ordered ones in order of arrival."""
    lines: Lines[int] = Lines(per_line=2)
    for seq, (device, ordered) in enumerate(messages):
        lines.enter(seq, device, ordered=ordered)
    finishing = list(range(len(messages)))
    chance.shuffle(finishing)  # type: ignore[attr-defined]
    released = [fate for seq in finishing for fate in lines.finish(seq, seq)]
    assert sorted(released) == sorted(finishing)
    assert len(lines) == 0
    for device in "abc":
        line = [seq for seq in released if messages[seq] == (device, True)]
        assert line == sorted(line)


def test_device_with_enough_in_hand_is_held() -> None:
    """Ordered messages count, others do not."""
    lines: Lines[str] = Lines(per_line=2)
    lines.enter(1, "a", ordered=True)
    lines.enter(2, "a", ordered=False)
    assert lines.held() == []
    lines.enter(3, "a", ordered=True)
    assert lines.held() == ["a"]
    assert sorted(lines.clear()) == [1, 2, 3]
    assert lines.held() == []
