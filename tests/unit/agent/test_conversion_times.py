"""Timestamps: layouts, zones, clock changes, and what is missing, as a table and for any instant."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from agent.conversion import Moment, Reading, Unconvertible, declared, proves
from agent.message import Json

NEW_YEAR = datetime(2026, 1, 1, 0, 5, tzinfo=UTC).timestamp()
BERLIN = "Europe/Berlin"
GERMAN = "%d.%m.%Y %H:%M"


def moment(**written: Json) -> Moment:
    """Return a declaration."""
    found = declared(dict(written), "string", "")
    assert isinstance(found, Moment)
    return found


def reading_of(conversion: Moment, text: str, received_at: float | None = NEW_YEAR) -> Reading:
    """Return the first timestamp of a text."""
    start, end = conversion.spans(text)[0]
    return Reading(text, start, end, received_at)


@pytest.mark.parametrize(
    ("written", "text", "value"),
    [
        ({"time": GERMAN, "zone": BERLIN}, "am 5.7.2026 14:03 war", "2026-07-05T14:03:00+02:00"),
        ({"time": GERMAN, "zone": BERLIN}, "05.01.2026  4:03", "2026-01-05T04:03:00+01:00"),
        ({"time": "%d.%m.%y %H:%M", "zone": "UTC"}, "5.7.69 14:03", "1969-07-05T14:03:00Z"),
        ({"time": "%Y%m%d%H%M%S", "zone": "UTC"}, "x20261125130000", "2026-11-25T13:00:00Z"),
        (
            {"time": "%m/%d/%Y %I:%M %p", "zone": "America/New_York"},
            "11/5/2026 1:03 PM",
            "2026-11-05T13:03:00-05:00",
        ),
        ({"time": "%I:%M %p, %b %d %Y", "zone": "UTC"}, "12:03 a.m., Mar 5 2026", "2026-03-05T00:03:00Z"),
        ({"time": "%Y-%j %H:%M", "zone": "UTC"}, "2024-366 00:00", "2024-12-31T00:00:00Z"),
        ({"time": "%a %d %B %Y %H:%M %z"}, "Wed 25 November 2026 13:00 +0530", "2026-11-25T13:00:00+05:30"),
        ({"time": "%d %b %Y %H:%M %z", "zone": BERLIN}, "25 NOV 2026 13:00 Z", "2026-11-25T14:00:00+01:00"),
        (
            {"time": "%Y-%m-%d %H:%M:%S,%f", "zone": "UTC"},
            "2026-11-25 13:00:07,1234567",
            "2026-11-25T13:00:07.1234567Z",
        ),
        ({"time": "rfc3339"}, "at 2026-11-25T13:00:00.250+01:00.", "2026-11-25T13:00:00.250+01:00"),
        ({"time": "rfc3339", "zone": BERLIN}, "2026-11-25 13:00:00", "2026-11-25T13:00:00+01:00"),
        ({"time": "epoch_s"}, "ts=1700000000 x", "2023-11-14T22:13:20Z"),
        ({"time": "epoch_s", "zone": BERLIN}, "1700000000.50", "2023-11-14T23:13:20.50+01:00"),
        ({"time": "epoch_ms"}, "1700000000123", "2023-11-14T22:13:20.123Z"),
        ({"time": ["epoch_ms", "epoch_s"]}, "1700000000", "2023-11-14T22:13:20Z"),
        ({"time": "%d.%m.%Y"}, "25.11.2026", "2026-11-25"),
        ({"time": "%d.%m.", "year": "received"}, "31.12.", "2025-12-31"),
        (
            {"time": "%H:%M", "zone": "Europe/London", "date": "received"},
            "00:10",
            "2026-01-01T00:10:00+00:00",
        ),
        ({"time": "%d.%m. %H:%M", "zone": "UTC", "year": 2024}, "29.02. 12:00", "2024-02-29T12:00:00Z"),
    ],
)
def test_timestamps(written: dict[str, Json], text: str, value: str) -> None:
    """As RFC 3339 has them; digits of the second as they are written; the proof agrees."""
    conversion = moment(**written)
    reading = reading_of(conversion, text)
    assert conversion.apply(reading).value == value
    assert proves(conversion, value, reading)


SYSLOG: dict[str, Json] = {"time": "%b %d %H:%M:%S", "zone": "UTC", "year": "received"}


@pytest.mark.parametrize(
    ("received", "text", "value"),
    [
        ("2026-01-01T00:05:00", "Dec 31 23:59:58", "2025-12-31T23:59:58Z"),
        ("2026-01-01T00:05:00", "Jan  1 00:05:10", "2026-01-01T00:05:10Z"),
        ("2025-12-31T23:59:55", "Jan  1 00:00:10", "2026-01-01T00:00:10Z"),
        ("2026-07-01T00:00:00", "Jan  1 00:00:00", "2026-01-01T00:00:00Z"),
        ("2026-07-05T00:00:00", "Jan  1 00:00:00", "2027-01-01T00:00:00Z"),
        ("2024-03-01T00:00:00", "Feb 29 12:00:00", "2024-02-29T12:00:00Z"),
        ("2025-01-10T00:00:00", "Feb 29 12:00:00", "2024-02-29T12:00:00Z"),
    ],
)
def test_missing_year_is_the_nearest(received: str, text: str, value: str) -> None:
    """Over the turn of the year in both directions, and for the day that most years lack."""
    conversion = moment(**SYSLOG)
    reading = reading_of(conversion, text, datetime.fromisoformat(received).replace(tzinfo=UTC).timestamp())
    assert conversion.apply(reading).value == value


def test_missing_date_is_the_nearest_in_the_zone() -> None:
    """23:59 received just after midnight is of the day before, on the clocks of the zone."""
    conversion = moment(time="%H:%M:%S", zone=BERLIN, date="received")
    for text, value in (("00:59:58", "2026-01-01T00:59:58+01:00"), ("23:59:00", "2025-12-31T23:59:00+01:00")):
        assert conversion.apply(reading_of(conversion, text)).value == value


GAP, FOLD = "29.03.2026 02:30", "25.10.2026 02:30"
FIRST, SECOND = "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"


def test_time_that_clocks_leave_out_is_refused() -> None:
    """It never was; no neighbour is taken for it."""
    conversion = moment(time=GERMAN, zone=BERLIN, fold="earlier")
    with pytest.raises(Unconvertible, match="left 2026-03-29 02:30:00 out"):
        conversion.apply(reading_of(conversion, GAP))


@pytest.mark.parametrize(
    ("fold", "received", "value"),
    [
        ("earlier", None, FIRST),
        ("later", None, SECOND),
        ("received", "2026-10-25T00:31:00", FIRST),
        ("received", "2026-10-25T01:29:30", SECOND),
        ("received", "2026-10-25T01:31:00", SECOND),
    ],
)
def test_time_that_comes_twice_is_the_declared_one(fold: str, received: str | None, value: str) -> None:
    """The first, the second, or the latest that is not ahead of its receipt by more than a minute."""
    conversion = moment(time=GERMAN, zone=BERLIN, fold=fold)
    at = None if received is None else datetime.fromisoformat(received).replace(tzinfo=UTC).timestamp()
    reading = reading_of(conversion, FOLD, at)
    assert conversion.apply(reading).value == value
    assert proves(conversion, value, reading)
    assert not proves(conversion, SECOND if value == FIRST else FIRST, reading)


def test_time_that_comes_twice_is_refused_where_nothing_is_declared() -> None:
    """Half of the guesses would be an hour off."""
    conversion = moment(time=GERMAN, zone=BERLIN)
    with pytest.raises(Unconvertible, match="came twice"):
        conversion.apply(reading_of(conversion, FOLD))
    assert not proves(conversion, FIRST, reading_of(conversion, FOLD))


@pytest.mark.parametrize(
    ("written", "text", "said"),
    [
        ({"time": GERMAN, "zone": BERLIN}, "31.02.2026 12:00", "no such day"),
        ({"time": GERMAN, "zone": BERLIN}, "05.13.2026 12:00", "no such day"),
        ({"time": GERMAN, "zone": BERLIN}, "05.00.2026 12:00", "no such day"),
        ({"time": GERMAN, "zone": BERLIN}, "05.01.1850 12:00", "which RFC 3339 cannot write"),
        ({"time": GERMAN, "zone": BERLIN}, "05.12.2026 24:00", "no clock"),
        ({"time": GERMAN, "zone": BERLIN}, "05.12.2026 23:60", "no clock"),
        ({"time": "%I:%M %p", "zone": "UTC", "date": "received"}, "13:00 pm", "twelve hours"),
        ({"time": "%a %d.%m.%Y"}, "Tue 25.11.2026", "2026-11-25 is no Tue"),
        ({"time": "%H:%M %z", "date": "received"}, "12:00 +15:00", "no zone is +15:00"),
        ({"time": "%H:%M %z", "date": "received"}, "12:00 +01:75", "no zone is +01:75"),
        ({"time": "%Y-%j"}, "2025-366", "no such day"),
        ({"time": "rfc3339"}, "2026-11-25 13:00:00", "no offset"),
    ],
)
def test_time_that_never_was_is_a_reason(written: dict[str, Json], text: str, said: str) -> None:
    """No day, hour, offset or weekday is mended."""
    conversion = moment(**written)
    with pytest.raises(Unconvertible, match=said.replace("+", r"\+")):
        conversion.apply(reading_of(conversion, text))


def test_time_of_receipt_must_be_known_where_it_counts() -> None:
    """Without it nobody knows the year."""
    conversion = moment(**SYSLOG)
    with pytest.raises(Unconvertible, match="not known when"):
        conversion.apply(reading_of(conversion, "Dec 31 23:59:58", None))


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("epoch_s", "17000000001234 1.1700000000 1700000000.5.5 170000"),
        ("epoch_ms", "1700000000 17000000001234567"),
        ("%d.%m.%Y", "125.11.2026 25.11.20267"),
        ("%H:%M:%S", "112:00:00"),
    ],
)
def test_digits_that_touch_a_timestamp_make_it_none(time: str, text: str) -> None:
    """Seconds are never taken for milliseconds, nor a piece of a number for a date."""
    zone: dict[str, Json] = {"zone": "UTC", "date": "received"} if "%H" in time else {}
    assert moment(time=time, **zone).spans(text) == ()


ZONES = st.sampled_from(
    [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca"]
)
INSTANTS = st.integers(
    int(datetime(1975, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2037, 1, 1, tzinfo=UTC).timestamp())
)


@given(INSTANTS, ZONES)
def test_what_a_clock_shows_is_read_back_as_the_same_instant(instant: int, zone: str) -> None:
    """For any instant and zone, but for the hours that come twice; and an hour beside it is not proved."""
    shown = datetime.fromtimestamp(instant, ZoneInfo(zone))
    conversion = moment(time="%Y-%m-%d %H:%M:%S", zone=zone)
    reading = reading_of(conversion, f"x {shown:%Y-%m-%d %H:%M:%S} y")
    twice = shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset()
    if twice:
        with pytest.raises(Unconvertible):
            conversion.apply(reading)
        return
    value = conversion.apply(reading).value
    assert isinstance(value, str)
    found = datetime.fromisoformat(value)
    assert found.timestamp() == instant
    assert proves(conversion, value, reading)
    for wrong in (found + timedelta(hours=1), found - timedelta(seconds=1), found + timedelta(days=365)):
        assert not proves(conversion, wrong.isoformat(), reading)


@given(INSTANTS, st.integers(-80 * 86_400, 80 * 86_400), ZONES)
def test_missing_year_is_found_for_any_delay(instant: int, delay: int, zone: str) -> None:
    """Within months of the receipt, whichever way the clocks differ."""
    shown = datetime.fromtimestamp(instant, ZoneInfo(zone))
    assume(shown.replace(fold=0).utcoffset() == shown.replace(fold=1).utcoffset())
    conversion = moment(time="%b %d %H:%M:%S", zone=zone, year="received")
    reading = reading_of(conversion, f"{shown:%b %d %H:%M:%S}", instant + delay)
    value = conversion.apply(reading).value
    assert isinstance(value, str)
    assert datetime.fromisoformat(value).timestamp() == instant
    assert proves(conversion, value, reading)


LAYOUTS: list[dict[str, Json]] = [
    SYSLOG,
    {"time": GERMAN, "zone": BERLIN, "fold": "received"},
    {"time": ["epoch_s", "epoch_ms"], "zone": BERLIN},
    {"time": "%H:%M %z", "date": "received"},
    {"time": "%d.%m.", "year": "received"},
    {"time": "%y%j%H%M", "zone": "UTC"},
]
N = st.integers(0, 99)
WRITTEN = st.one_of(
    st.builds("Feb {} {:02}:{:02}:{:02}".format, N, N, N, N),
    st.builds("{}.{}.{:04} {}:{}".format, N, N, st.integers(0, 9999), N, N),
    st.integers(0, 10**14 - 1).map(str),
    st.builds("{}:{} {}{:02}:{:02}".format, N, N, st.sampled_from("+-"), N, N),
    st.builds("{}.{}.".format, N, N),
    st.builds("{:02}{:03}{:02}{:02}".format, N, st.integers(0, 999), N, N),
)


@given(WRITTEN, st.sampled_from(LAYOUTS), st.none() | st.floats() | st.floats(-1e10, 1e11))
@example("Feb 0 00:00:00", {"time": "%b %d %H:%M:%S", "zone": "UTC", "year": "received"}, 6.8e16)
def test_no_text_and_no_clock_make_a_timestamp_fail_in_another_way(
    text: str, written: dict[str, Json], received_at: float | None
) -> None:
    """It gives a time that is proved, or the reason why not; also where our own clock is mad."""
    conversion = moment(**written)
    for start, end in conversion.spans(text):
        reading = Reading(text, start, end, received_at)
        with contextlib.suppress(Unconvertible):
            assert proves(conversion, conversion.apply(reading).value, reading)
