"""The simulated devices: varied, repeatable, on topics of their own."""

from __future__ import annotations

import tomllib
from itertools import islice
from pathlib import Path

import pytest

from agent.demo.devices import kinds, utterances
from agent.demo.notes import Received, Sent, count, line, read
from agent.demo.scene import Scene, broker_command
from agent.demo.show import Rest
from agent.demo.view import Ended, card
from agent.errors import Permanent
from agent.message import Evidence
from agent.schemas import bundled_schemas
from agent.settings import check
from agent.terminal import Paint


def test_devices_speak_of_bundled_schemas() -> None:
    """Every sort of device has a schema that ships with the product."""
    assert {kind.schema for kind in kinds()} <= set(bundled_schemas())


def test_the_same_seed_says_the_same_without_clocks() -> None:
    """Runs can be compared."""
    first, again = ([one.topic for one in islice(utterances(7), 200)] for _ in range(2))
    assert first == again
    assert [one.topic for one in islice(utterances(8), 200)] != first


def test_texts_are_varied_and_whole() -> None:
    """No placeholder is left, every device is heard, and hardly a text comes twice."""
    heard = list(islice(utterances(1), 1000))
    devices = {device for kind in kinds() for device in kind.devices}
    assert not any("{" in one.text for one in heard)
    assert {one.topic.split("/")[2] for one in heard} == devices
    assert len({one.text for one in heard}) > 800


def test_every_topic_has_a_route(tmp_path: Path) -> None:
    """The agent's configuration covers what the devices send, and is a valid one."""
    scene = Scene(tmp_path, broker="auto", tier='name = "stub"\nkind = "stub"')
    loaded = check(tomllib.loads(scene.settings()), known_schemas=sorted(bundled_schemas()))
    assert {route.filter for route in loaded.route} == {kind.filter for kind in kinds()}


def test_notes_are_read_back_and_half_a_line_is_not(tmp_path: Path) -> None:
    """A process that was killed while it wrote does not confuse the proof."""
    notes = [Received("1", "data", {"t": 21.5}), Received("2", "rejected", None)]
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(map(line, notes)) + line(notes[0])[:-5], encoding="utf-8")
    assert read(path, Received) == notes
    assert count(path) == 2
    assert read(tmp_path / "none.jsonl", Sent) == []


MESSAGE = Ended(
    id="1",
    device="T1",
    state="published",
    reason="",
    finished_at=0.0,
    seconds=0.02,
    text="T1 at 62 %",
    schema="tank_level",
    confidence=0.97,
    value={"tank": "T1", "level_pct": 62},
    evidence=(Evidence("/tank", 0, 2, 0.99), Evidence("/level_pct", 6, 8, 0.95)),
)


def test_a_card_is_one_plain_line_without_a_terminal() -> None:
    """Logs and pipes get text, arrow and JSON."""
    plain = card(MESSAGE, Paint(enabled=False))
    assert plain == 'T1  T1 at 62 %  ->  {"tank": "T1", "level_pct": 62}'


def test_a_card_shows_value_and_span_in_one_colour() -> None:
    """On a terminal the eye finds where each value comes from."""
    shown = card(MESSAGE, Paint(enabled=True))
    assert "\x1b[33;4m62\x1b[0m %" in shown
    assert "\x1b[33m62\x1b[0m}" in shown


def test_without_any_broker_the_demo_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither Mosquitto nor the one in Python: the remedy is a command."""
    monkeypatch.setattr("agent.demo.scene.shutil.which", lambda *_, **__: None)
    monkeypatch.setattr("agent.demo.scene.importlib.util.find_spec", lambda _: None)
    with pytest.raises(Permanent) as caught:
        broker_command(tmp_path, 1883)
    assert "apt-get install mosquitto" in caught.value.remedy


def test_the_end_is_waited_for_as_long_as_something_moves() -> None:
    """A slow machine gets its time; a standstill ends the demo."""
    counts, clock = iter([3, 3, 2, 2, 2]), iter([0.0, 59.0, 59.0, 59.0, 118.0, 120.0])
    rest = Rest(lambda: next(counts), now=lambda: next(clock))
    assert rest.moves()
    assert rest.moves()
    assert rest.moves()
    assert not rest.moves()


def test_nothing_left_ends_the_demo_at_once() -> None:
    """No message under way: no waiting."""
    assert not Rest(lambda: 0).moves()
