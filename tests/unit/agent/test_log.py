"""What the log says, how often, and what it never says."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from typing import TextIO

import pytest
import structlog

from agent import log
from agent.errors import BufferUnavailable
from agent.log.privacy import HIDDEN, TEXT_CHARS
from agent.log.repeats import BURST, EVERY_S, OVER_S, Repeats
from agent.log.setting import Lines, is_journal
from agent.testing import FakeClock

TEXT = "PUMP-07 temp 81.4C"
LOG = log.logger("test")


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    """Put structlog back as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> io.StringIO:
    """Give a stream that is configured, with buckets of its own."""
    monkeypatch.setattr("agent.log.setting.REPEATS", Repeats(monotonic=clock.monotonic))
    stream = io.StringIO()
    log.configure(stream=stream)
    return stream


def said(lines: TextIO) -> list[dict[str, object]]:
    """Return what was written."""
    assert isinstance(lines, io.StringIO)
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def raise_with_text(text: str) -> None:
    """Fail as a stranger's code does: quoting what it stumbled over, with the text in a local variable."""
    local = f"copy of {text}"
    raise ValueError(local)


def fail(error: Exception, cause: Exception | None = None) -> None:
    """Raise."""
    raise error from cause


def test_line_is_one_json_object_with_event_part_level_and_time(lines: io.StringIO) -> None:
    """Programs can read every line, also one with a newline in a fact."""
    LOG.warning("odd", message_id="m", cause="two\nlines", path=os.sep)
    (line,) = said(lines)
    assert line.pop("timestamp")
    assert line == {
        "event": "odd",
        "part": "test",
        "level": "warning",
        "message_id": "m",
        "cause": "two\nlines",
        "path": "/",
    }


@pytest.mark.parametrize(
    ("level", "expected"),
    [("debug", ["a", "b", "c"]), ("info", ["b", "c"]), ("warning", ["c"]), ("error", [])],
)
def test_level_decides_what_is_said(lines: io.StringIO, level: str, expected: list[str]) -> None:
    """Lines under the level are not made at all."""
    log.configure(level=level, stream=lines)
    LOG.debug("a")
    LOG.info("b")
    LOG.warning("c")
    assert [line["event"] for line in said(lines)] == expected
    assert log.is_enabled("info") == ("b" in expected)


def test_exception_is_told_without_its_words_and_variables(lines: io.StringIO) -> None:
    """The kind and the places of an unforeseen exception, and of what led to it; no value."""
    try:
        raise_with_text(TEXT)
    except ValueError as error:
        try:
            fail(KeyError(TEXT), error)
        except KeyError:
            LOG.exception("failed", message_id="m")
    told = str(said(lines)[0]["exception"])
    assert TEXT not in lines.getvalue()
    assert told.startswith(f"KeyError: {HIDDEN}\n  test_log.py:")
    assert re.search(r"\nValueError: .*\n  test_log.py:\d+ in .*\n  test_log.py:\d+ in raise_with_text", told)


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        sqlite3.OperationalError("database or disk is full"),
        BufferUnavailable("commit", cause="disk full", remedy="free space"),
    ],
)
def test_words_of_machine_and_agent_are_told(lines: io.StringIO, error: Exception) -> None:
    """What never quotes a payload keeps its words: an operator needs them."""
    try:
        fail(error)
    except Exception:
        LOG.exception("failed")
    assert str(error) in str(said(lines)[0]["exception"])


def test_text_is_left_out_by_default(lines: io.StringIO) -> None:
    """A line that carries a text loses it."""
    LOG.info("rejected", message_id="m", text=TEXT)
    assert "text" not in said(lines)[0]
    assert TEXT not in lines.getvalue()


def test_payloads_where_they_are_allowed(lines: io.StringIO) -> None:
    """The setting shows the beginning of texts and the words of every exception."""
    log.configure(payloads=True, stream=lines)
    LOG.info("rejected", text=TEXT * 100)
    LOG.info("rejected", text=None)
    try:
        raise_with_text(TEXT)
    except ValueError:
        LOG.exception("failed")
    first, second, third = said(lines)
    assert first["text"] == (TEXT * 100)[:TEXT_CHARS]
    assert "text" not in second
    assert f"ValueError: copy of {TEXT}" in str(third["exception"])


def test_storm_is_held_back_and_counted(lines: io.StringIO, clock: FakeClock) -> None:
    """Ten thousand lines of one event in a minute are few, and none is forgotten in the count."""
    for _ in range(10_000):
        LOG.warning("again")
        clock.advance(60 / 10_000)
    found = said(lines)
    assert len(found) <= BURST + 60 / EVERY_S + 1
    clock.advance(OVER_S + 1)
    log.held_back()
    last = said(lines)[-1]
    assert (last["event"], last["of"], last["level"]) == ("held_back", "again", "warning")
    told = sum(int(str(line.get("held_back", 0))) for line in found) + int(str(last["lines"]))
    assert len(found) + told == 10_000
    log.held_back()
    assert said(lines)[-1] == last


def test_storm_holds_no_other_event_back(lines: io.StringIO) -> None:
    """Each event has a bucket of its own, and so has each level."""
    for _ in range(BURST + 1):
        LOG.info("again")
    LOG.info("other")
    LOG.error("again")
    assert [line["event"] for line in said(lines)][BURST:] == ["other", "again"]


def test_end_tells_what_was_held_back(lines: io.StringIO) -> None:
    """Also of a storm that has just been."""
    for _ in range(BURST + 5):
        LOG.info("again")
    log.held_back()
    assert said(lines)[-1]["event"] == "again"
    log.held_back(at_end=True)
    assert said(lines)[-1]["lines"] == 5
    assert log.said()["held_back"] == 5


def test_debug_lines_are_never_held_back(lines: io.StringIO) -> None:
    """Whoever asks for them wants all."""
    log.configure(level="debug", stream=lines)
    for _ in range(BURST * 3):
        LOG.debug("step")
    assert len(said(lines)) == BURST * 3


class Full(io.StringIO):
    """A file on a full disk."""

    full = True

    def write(self, text: str) -> int:
        """Fail while it is full."""
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_line_that_cannot_be_written_is_counted(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log on a full disk ends no loop; afterwards lines are written again."""
    monkeypatch.setattr(Lines, "lost", 0)
    stream = Full()
    log.configure(stream=stream)
    LOG.info("unheard")
    stream.full = False
    LOG.info("heard")
    assert [line["event"] for line in said(stream)] == ["heard"]
    assert log.said()["unwritable"] == 1


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_terminal_gets_lines_for_people(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a table
) -> None:
    """No JSON there; colours unless NO_COLOR has a value (no-color.org) or the terminal is dumb."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    log.configure(stream=stream)
    try:
        raise_with_text(TEXT)
    except ValueError:
        LOG.exception("odd", message_id="m")
    assert "odd" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert ("\x1b[" in stream.getvalue()) == coloured
    assert TEXT not in stream.getvalue()


@pytest.mark.parametrize(("level", "prefix"), [("info", "<6>"), ("warning", "<4>"), ("error", "<3>")])
def test_journal_gets_the_priority_before_each_line(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    level: str,
    prefix: str,
) -> None:
    """Where JOURNAL_STREAM is the stream itself, `journalctl -p warning` can tell lines apart."""
    path = tmp_path_factory.mktemp("journal") / "stream"
    with path.open("w") as stream:
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        log.configure(stream=stream)
        getattr(LOG, level)("odd")
        LOG.error("multi", cause="two\nlines")
    written = path.read_text().splitlines()
    assert written[0].startswith(f'{prefix}{{"')
    assert len(written) == 2


def test_stream_that_is_not_the_journal_gets_no_prefix(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file that a service's child writes inherits the variable, and is not the journal."""
    with (tmp_path_factory.mktemp("journal") / "file").open("w") as stream:
        assert not is_journal(stream, {"JOURNAL_STREAM": "8:1"})
        assert not is_journal(stream, {})
        assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "8:1"})
