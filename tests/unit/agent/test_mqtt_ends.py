"""Why connections end, in words; when to connect again; what is written down about it."""

from __future__ import annotations

import socket
import sqlite3
import ssl
from pathlib import Path

import pytest

from agent.app.notes import QUIET_S, UNCHANGED_S, Notes
from agent.buffer import Buffer
from agent.mqtt import Endpoint, Login
from agent.mqtt.client import sign_of_life_s
from agent.mqtt.connection import POLL_S
from agent.mqtt.ends import End, Why, of_answer, of_disconnect, of_error
from agent.mqtt.reconnect import CALM_S, SHORT_ROW, SHORT_S, STOOD_S, History, after, wait
from agent.mqtt.secrets import digest, first_line
from agent.testing import ENDPOINT, FakeClock


def unverified(code: int) -> ssl.SSLError:
    """Return what OpenSSL raises about a certificate."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "its own words"
    return error


def unagreed(reason: str) -> ssl.SSLError:
    """Return what OpenSSL raises about a handshake."""
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "why", "cause"),
    [
        (unverified(10), Why.UNTRUSTED, "has expired"),
        (unverified(20), Why.UNTRUSTED, "authority that is not trusted"),
        (unverified(62), Why.UNTRUSTED, "another name"),
        (unverified(999), Why.UNTRUSTED, "its own words"),
        (unagreed("TLSV1_ALERT_PROTOCOL_VERSION"), Why.TLS, "1.2 or later"),
        (unagreed("NEVER_HEARD_OF"), Why.TLS, "NEVER_HEARD_OF"),
        (ssl.SSLEOFError(8, "EOF"), Why.TLS, "while TLS was agreed on"),
        (ConnectionResetError(104, "reset"), Why.TLS, "while TLS was agreed on"),
        (socket.gaierror(-2, "Name or service not known"), Why.UNREACHABLE, "name is not known"),
        (ConnectionRefusedError(111, "refused"), Why.UNREACHABLE, "nobody listens"),
        (TimeoutError(), Why.UNREACHABLE, "no answer in time"),
        (OSError(101, "Network is unreachable"), Why.UNREACHABLE, "Network is unreachable"),
    ],
    ids=str,
)
def test_error_is_said_in_words(error: BaseException, why: Why, cause: str) -> None:
    """What an operator reads names the part that failed."""
    end = of_error(error, tls=True)
    assert (end.why, cause in end.cause) == (why, True)


def test_reset_without_tls_says_nothing_about_tls() -> None:
    """The same error means another thing there."""
    assert of_error(ConnectionResetError(104, "reset"), tls=False).why is Why.LOST


@pytest.mark.parametrize(
    ("code", "why"), [(0x86, Why.LOGIN), (0x87, Why.LOGIN), (5, Why.LOGIN), (0x88, Why.REFUSED)]
)
def test_refused_login_is_told_from_other_refusals(code: int, why: Why) -> None:
    """Codes of both versions of MQTT."""
    assert of_answer(code, "words").why is why


@pytest.mark.parametrize(
    ("code", "by_broker", "why"),
    [
        (0x8E, True, Why.TAKEN_OVER),
        (0x8B, True, Why.ENDED),
        (0x8D, True, Why.ENDED),
        (0x8D, False, Why.SILENT),
        (0x80, False, Why.LOST),
    ],
)
def test_disconnect_is_told_by_its_code_and_who_sent_it(code: int, by_broker: bool, why: Why) -> None:  # noqa: FBT001 - a table
    """A takeover is never taken for a broken network."""
    assert of_disconnect(code, "words", by_broker=by_broker).why is why


LOST, TAKEN = End(Why.LOST, ""), End(Why.TAKEN_OVER, "")


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ([(LOST, 1.0)] * SHORT_ROW, Why.CONTESTED),
        ([(LOST, 1.0)] * (SHORT_ROW - 1), Why.LOST),
        ([(LOST, 1.0), (LOST, None), (LOST, 1.0), (LOST, None), (LOST, 1.0)], Why.CONTESTED),
        ([(LOST, 1.0), (LOST, 1.0), (LOST, SHORT_S), (LOST, 1.0)], Why.LOST),
        ([(LOST, 1.0), (LOST, 1.0), (End(Why.SILENT, ""), 1.0), (LOST, 1.0)], Why.LOST),
        ([(TAKEN, 1.0)], Why.TAKEN_OVER),
    ],
    ids=["a row", "too few", "refused between", "one stood", "one fell silent", "said"],
)
def test_row_of_short_connections_looks_like_a_contest(
    ends: list[tuple[End, float | None]], why: Why
) -> None:
    """MQTT 3.1.1 has no word for it, and Mosquitto 2.0.11 does not use the one of MQTT 5."""
    history, end = History(), LOST
    for one, stood_s in ends:
        history, end = after(history, one, stood_s=stood_s)
    assert end.why is why


def test_contest_waits_ever_longer_and_calm_ends_it() -> None:
    """Two agents of one id meet every 12 to 24 s, not many times a second; alone again, all is forgotten."""
    history, waits = History(), []
    for _ in range(6):
        # The other one comes back after a wait like ours.
        history, _end = after(history, TAKEN, stood_s=wait(history, 0.5))
        waits.append(wait(history, 0.0))
    assert waits == [2, 4, 8, 12, 12, 12]
    assert wait(history, 1.0) <= 24
    history, _end = after(history, LOST, stood_s=CALM_S)
    assert wait(history, 1.0) <= 0.5


def test_connection_that_stood_is_tried_again_soon() -> None:
    """What ends it is a new trouble; what never stands waits ever longer."""
    history = History()
    for _ in range(9):
        history, _end = after(history, LOST, stood_s=None)
    assert wait(history, 1.0) == 10
    history, _end = after(history, LOST, stood_s=STOOD_S)
    assert wait(history, 1.0) == 0.5


@pytest.mark.parametrize("keepalive_s", [5, 6, 7, 8, 30, 60, 599, 600])
def test_dead_link_is_noticed_within_one_and_a_half_keep_alives(keepalive_s: int) -> None:
    """Paho gives up after two of the intervals that it is told, each seen a round of its loop late."""
    assert 2 * (sign_of_life_s(keepalive_s) + POLL_S) <= 1.5 * keepalive_s
    assert sign_of_life_s(keepalive_s) >= keepalive_s // 2 - 1


def test_secrets_are_what_the_files_hold_now(tmp_path: Path) -> None:
    """The first line counts, whatever ends it; a change shows in the digest."""
    name, password = tmp_path / "name", tmp_path / "password"
    name.write_bytes(b"me\r\nsecond line\n")
    password.write_text("first")
    login = Login(username_file=str(name), password_file=str(password))
    endpoint = Endpoint(
        **{field: getattr(ENDPOINT, field) for field in ENDPOINT.__slots__} | {"login": login}
    )
    before = endpoint.secrets()
    assert (before.username, before.password) == ("me", "first")
    assert digest(login, None) == before.digest
    password.write_text("second")
    assert endpoint.secrets().password == password.read_text()
    assert digest(login, None) != before.digest


def test_empty_file_is_an_empty_line(tmp_path: Path) -> None:
    """No error of ours: the check refuses it before."""
    (tmp_path / "empty").touch()
    assert first_line(str(tmp_path / "empty")) == ""


def kinds(buffer: Buffer) -> list[tuple[str, int]]:
    """Return events and how often each went unsaid before."""

    def work(db: sqlite3.Connection) -> list[tuple[str, int]]:
        return db.execute("SELECT kind, detail ->> 'repeats' FROM events ORDER BY number").fetchall()

    return buffer.read(work)


def test_flapping_connection_is_written_down_once_a_minute(buffer: Buffer, clock: FakeClock) -> None:
    """With the number of times that it happened; a day of it fills no disk."""
    notes = Notes(monotonic=clock.monotonic)
    note = notes.of("input")
    for _ in range(10):
        note("disconnected", {"why": "lost"})
        note("connected", {})
    notes.write_down(buffer)
    clock.advance(QUIET_S)
    note("disconnected", {"why": "lost"})
    notes.write_down(buffer)
    assert kinds(buffer) == [("disconnected", 0), ("connected", 0), ("disconnected", 9)]


def test_broker_that_is_away_is_written_down_once_an_hour(buffer: Buffer, clock: FakeClock) -> None:
    """And at once where the cause is another, or the other connection has it."""
    notes = Notes(monotonic=clock.monotonic)
    note, other = notes.of("input"), notes.of("output")
    for _ in range(3):
        note("disconnected", {"why": "unreachable"})
        notes.write_down(buffer)
        clock.advance(QUIET_S)
    other("disconnected", {"why": "unreachable"})
    clock.advance(UNCHANGED_S)
    note("disconnected", {"why": "unreachable"})
    note("disconnected", {"why": "login"})
    notes.write_down(buffer)
    assert kinds(buffer) == [
        ("disconnected", 0),
        ("disconnected", 0),
        ("disconnected", 2),
        ("disconnected", 0),
    ]
