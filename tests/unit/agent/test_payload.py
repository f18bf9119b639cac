"""What payloads hold: each wrapping, each limit, each way to break it."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.message import Reason
from agent.payload import Limits, contents
from agent.payload.records import LINE_END, blocks, lines
from agent.wrapping import ALWAYS, AUTO, BLOCKS, EITHER, JSON_LINES, LATIN_1, LINES, NEVER, PLAIN, Wrapping

LIMITS = Limits(payload_bytes=1000, unpacked_bytes=5000, records=5)
ENVELOPE = Wrapping(text_at="/data/msg", device_at="/id")


def texts(payload: bytes, wrapping: Wrapping = PLAIN, limits: Limits = LIMITS) -> list[str | None]:
    """Return the texts of a payload's records."""
    found = contents(payload, wrapping, limits)
    assert all(one.reason is None for one in found), found
    return [one.text for one in found]


def fault(payload: bytes, wrapping: Wrapping = PLAIN, limits: Limits = LIMITS) -> tuple[Reason | None, str]:
    """Return why a payload has no record."""
    (only,) = contents(payload, wrapping, limits)
    assert only.text is None
    return only.reason, only.detail


@pytest.mark.parametrize(
    ("payload", "wrapping", "expected"),
    [
        (b"temp 21", PLAIN, ["temp 21"]),
        ("21 °C".encode(), PLAIN, ["21 °C"]),
        (b"21 \xb0C", Wrapping(charset=LATIN_1), ["21 °C"]),
        ("21 °C".encode(), Wrapping(charset=EITHER), ["21 °C"]),
        (b"21 \xb0C", Wrapping(charset=EITHER), ["21 °C"]),
        (b"\xef\xbb\xbftemp 21", PLAIN, ["temp 21"]),
        (gzip.compress(b"temp 21"), PLAIN, ["temp 21"]),
        (gzip.compress(b"temp ") + gzip.compress(b"21"), PLAIN, ["temp 21"]),
        (gzip.compress(b"temp 21"), Wrapping(gzip=ALWAYS), ["temp 21"]),
        (gzip.compress(b""), PLAIN, [""]),
        (b"", Wrapping(gzip=ALWAYS), [""]),
        (b"a 1\nb 2\r\n\n  \nc 3\rd 4", Wrapping(records=LINES), ["a 1", "b 2", "c 3", "d 4"]),
        ("a\u2028b\x0bc".encode(), Wrapping(records=LINES), ["a\u2028b\x0bc"]),
        (b"a\n  b\n\nc\r\n\r\n \r\n\r\nd", Wrapping(records=BLOCKS), ["a\n  b", "c", "d"]),
        (b"\n \n", Wrapping(records=LINES), ["\n \n"]),
        (b"\n \n", Wrapping(records=BLOCKS), ["\n \n"]),
        (b'"temp 21"', Wrapping(text_at=""), ["temp 21"]),
        (b'{"data": ["x", {"msg": "temp 21"}]}', Wrapping(text_at="/data/1/msg"), ["temp 21"]),
        (b'{"a/b": {"m~n": "x"}}', Wrapping(text_at="/a~1b/m~0n"), ["x"]),
        (b'{"m": "a\\nb"}', Wrapping(text_at="/m", records=LINES), ["a", "b"]),
        (b'{"m": "a"}\n\n{"m": "b\\nc"}\n', Wrapping(text_at="/m", records=JSON_LINES), ["a", "b\nc"]),
    ],
)
def test_payload_gives_its_records(payload: bytes, wrapping: Wrapping, expected: list[str]) -> None:
    """Each wrapping that a route can declare."""
    assert texts(payload, wrapping) == expected


@pytest.mark.parametrize(("name", "device"), [("p7", "p7"), (42, "42"), ("a/b", "a/b")])
def test_device_comes_from_the_envelope(name: str | int, device: str) -> None:
    """A name or a whole number; what it must be escaped to is the topic's affair."""
    (found,) = contents(json.dumps({"id": name, "data": {"msg": "x"}}).encode(), ENVELOPE, LIMITS)
    assert (found.text, found.device) == ("x", device)


@pytest.mark.parametrize(
    ("payload", "wrapping", "reason", "said"),
    [
        (b"x" * 1001, PLAIN, Reason.TOO_LARGE, "1001 bytes, the limit is 1000"),
        (b"\xff", PLAIN, Reason.UNDECODABLE, "not utf-8: byte 0"),
        (b"a\x00b", PLAIN, Reason.UNDECODABLE, "character 1 is NUL"),
        (b"a\x00\xff", Wrapping(charset=EITHER), Reason.UNDECODABLE, "NUL"),
        (gzip.compress(b"x" * 5001), PLAIN, Reason.TOO_LARGE, "more than 5000 bytes"),
        (gzip.compress(b"x" * 3000) * 2, PLAIN, Reason.TOO_LARGE, "more than 5000 bytes"),
        (gzip.compress(b"temp 21")[:-1], PLAIN, Reason.UNDECODABLE, "cut short"),
        (gzip.compress(b"temp 21") + b"\0\0", PLAIN, Reason.UNDECODABLE, "not gzip"),
        (b"temp 21", Wrapping(gzip=ALWAYS), Reason.UNDECODABLE, "not gzip"),
        (zlib.compress(b"temp 21"), Wrapping(gzip=ALWAYS), Reason.UNDECODABLE, "not gzip"),
        (gzip.compress(b"temp 21"), Wrapping(gzip=NEVER), Reason.UNDECODABLE, "not utf-8"),
        (b"1\n2\n3\n4\n5\n6", Wrapping(records=LINES), Reason.TOO_MANY_RECORDS, "more than 5"),
        (b"temp 21", ENVELOPE, Reason.BAD_ENVELOPE, "not JSON"),
        (b"[" * 900, ENVELOPE, Reason.BAD_ENVELOPE, "not JSON"),
        (b'{"data": NaN}', ENVELOPE, Reason.BAD_ENVELOPE, "NaN is no JSON number"),
        (b'{"id": "a"}', ENVELOPE, Reason.BAD_ENVELOPE, "nothing stands at /data/msg"),
        (b'{"data": ["x"]}', ENVELOPE, Reason.BAD_ENVELOPE, "nothing stands at /data/msg"),
        (b'{"data": "x"}', ENVELOPE, Reason.BAD_ENVELOPE, "nothing stands at /data/msg"),
        (b'{"data": {"msg": 21.5}}', ENVELOPE, Reason.BAD_ENVELOPE, "/data/msg is a number, not text"),
        (b'{"data": {"msg": null}}', ENVELOPE, Reason.BAD_ENVELOPE, "/data/msg is null, not text"),
        (b'{"data": {"msg": "x"}}', ENVELOPE, Reason.BAD_ENVELOPE, "nothing stands at /id"),
        (b'{"data": {"msg": "x"}, "id": true}', ENVELOPE, Reason.BAD_ENVELOPE, "/id is true or false"),
        (b'{"data": {"msg": "x"}, "id": " "}', ENVELOPE, Reason.BAD_ENVELOPE, "/id has 1 characters"),
        (b'{"data": {"msg": "a\\ud800"}, "id": 1}', ENVELOPE, Reason.UNDECODABLE, "surrogate"),
        (b'{"data": {"msg": "x"}, "id": "a\\u0000"}', ENVELOPE, Reason.UNDECODABLE, "NUL"),
    ],
)
def test_payload_that_breaks_its_shape_says_how(
    payload: bytes, wrapping: Wrapping, reason: Reason, said: str
) -> None:
    """One finding with its reason, and no record."""
    found = fault(payload, wrapping)
    assert found[0] is reason
    assert said in found[1]


def test_bomb_is_not_unpacked() -> None:
    """A gigabyte in a thousand bytes costs no more memory than the limit."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush()
    limits = Limits(payload_bytes=1 << 20, unpacked_bytes=5000)
    assert fault(bomb, PLAIN, limits)[0] is Reason.TOO_LARGE


def test_deep_json_is_refused_and_not_followed() -> None:
    """Nesting without end is a finding, no crash."""
    limits = Limits(payload_bytes=1 << 20)
    assert fault(b'{"a":' * 100_000, ENVELOPE, limits)[0] is Reason.BAD_ENVELOPE


def test_json_line_that_is_unfit_spoils_no_other() -> None:
    """It is a dead letter of its own, with its own bytes."""
    payload = b'{"m": "a"}\nbroken\n{"m": "c"}'
    first, second, third = contents(payload, Wrapping(text_at="/m", records=JSON_LINES), LIMITS)
    assert (first.text, third.text) == ("a", "c")
    assert (second.text, second.reason, second.raw) == (None, Reason.BAD_ENVELOPE, b"broken")


@given(st.text())
@example("a\r\n\r\nb\n\r\n")
def test_no_visible_character_is_lost_in_splitting(text: str) -> None:
    """Lines and blocks hold all that can be seen, in order, each as it stands in the text."""
    visible = "".join(text.split())
    for found in (list(lines(text)), list(blocks(text))):
        assert "".join("".join(found).split()) == visible
        assert all(one.strip() and one in text for one in found)


@given(st.lists(st.from_regex(r"[a-c ]*[a-c][a-c ]*", fullmatch=True)), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_come_back_as_they_were_put_together(written: list[str], end: str) -> None:
    """Whatever ends them."""
    assert list(lines(end.join(written))) == written
    assert list(blocks((end * 2).join(written))) == written
    assert len(list(blocks(end.join(written)))) == min(1, len(written))


@given(st.text())
def test_no_line_of_a_record_of_lines_has_an_end(text: str) -> None:
    """A record of one line is one line."""
    assert not any(LINE_END.search(one) for one in lines(text))


@given(st.binary(), st.sampled_from([AUTO, ALWAYS, NEVER]), st.sampled_from([LINES, BLOCKS, JSON_LINES]))
@example(gzip.compress(b'{"m": "a"}'), AUTO, JSON_LINES)
def test_any_bytes_give_records_or_a_reason(payload: bytes, packed: str, records: str) -> None:
    """Nothing raises; whatever has no text says why."""
    wrapping = Wrapping(gzip=packed, records=records, text_at="/m", charset=EITHER)
    found = contents(payload, wrapping, LIMITS)
    assert found
    assert all((one.text is None) == (one.reason is not None) for one in found)


@given(st.binary(max_size=4000))
def test_gzip_gives_back_what_was_packed(payload: bytes) -> None:
    """Up to the limit, whatever it is."""
    wrapping = Wrapping(charset=LATIN_1)
    found = contents(gzip.compress(payload), wrapping, Limits(payload_bytes=1 << 20, unpacked_bytes=4000))
    if b"\0" not in payload:
        assert [one.text for one in found] == [payload.decode(LATIN_1)]
