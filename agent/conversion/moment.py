"""A timestamp by its declared layout, zone, and what is missing of it, as RFC 3339.

Local times are those of a zone of the IANA database. One that is left out when clocks go forward never was,
and is refused. One that comes twice when clocks go back is refused, unless the schema says which is meant. A
missing year or date is the one by which the time comes nearest to when the text was received.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from agent.conversion.layout import Layout, hour_of, month_of, offset_of, weekday_of, year_of
from agent.conversion.reading import Converted, Reading, Unconvertible

Known = TypeVar("Known")
HOURS, SIXTY = 24, 60

REFUSE, EARLIER, LATER, RECEIVED = "refuse", "earlier", "later", "received"
"""What to make of a local time that comes twice: nothing, the first, the second, or by its receipt."""
AHEAD_S = 60.0
"""Seconds that a device's clock may be ahead of ours where the receipt tells which of two is meant."""
MAX_OFFSET_MIN = 14 * 60
"""Minutes between UTC and the zone farthest from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What a schema declares of a timestamp."""

    layouts: tuple[Layout, ...]
    """Ways to write it, tried in order."""
    zone: str = ""
    """IANA name; empty: the text has the offset, or there is no time of day."""
    year: int | None = None
    """The year of layouts without one; 0: by when it was received."""
    dated: bool = True
    """False: a layout without date means the day by when it was received."""
    fold: str = REFUSE

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where such timestamps stand."""
        return tuple(dict.fromkeys(span for layout in self.layouts for span in layout.spans(text)))

    def raw(self, written: str) -> str:
        """Return what stands in the text."""
        return written

    def apply(self, reading: Reading) -> Converted:
        """Return a timestamp as RFC 3339 writes it.

        Raises:
            Unconvertible: it is not written as declared, or there is no such time.
        """
        layout, fields = self.found(reading.written)
        how = f"time {layout.written!r}" + (f" in {self.zone}" if self.zone else "")
        try:
            return Converted(self._written(fields, reading.received_at), how)
        except (ValueError, OverflowError, OSError) as error:  # OSError: a clock beyond the C library
            raise Unconvertible(f"{reading.written!r}: {error}") from error

    def found(self, written: str) -> tuple[Layout, dict[str, str]]:
        """Return the first layout in which a text is written, and its fields.

        Raises:
            Unconvertible: there is none.
        """
        for layout in self.layouts:
            fields = layout.fields(written)
            if fields is not None:
                return layout, fields
        wanted = " or ".join(repr(one.written) for one in self.layouts)
        raise Unconvertible(f"{written!r} is not written as {wanted}")

    def words(self) -> str:
        """Say what is declared."""
        parts = [f"time {' or '.join(repr(one.written) for one in self.layouts)}"]
        parts += [f"in {self.zone}"] if self.zone else []
        parts += [f"year {self.year or 'by when it is received'}"] if self.year is not None else []
        parts += [] if self.dated else ["date by when it is received"]
        parts += [f"of two equal times {'none' if self.fold == REFUSE else self.fold}"] if self.zone else []
        return ", ".join(parts)

    def _written(self, fields: dict[str, str], received_at: float | None) -> str:
        fraction = f".{fields['f']}" if "f" in fields else ""
        if "epoch" in fields:
            return rfc3339(datetime.fromtimestamp(int(fields["epoch"]), self._zone()), fraction)
        own = timezone(_offset(fields["z"])) if "z" in fields else None
        clock = clock_of(fields)
        if clock is not None and own is None and not self.zone:
            raise Unconvertible("it has no offset, and no zone is declared")
        near = _local(received_at, own or self._zone())
        day = self._day(fields, near, clock or timedelta())
        if clock is None:
            return day.isoformat()
        local = datetime.combine(day, time()) + clock
        if own is None:
            return rfc3339(self._instant(local, ZoneInfo(self.zone), received_at), fraction)
        instant = local.replace(tzinfo=own)
        return rfc3339(instant.astimezone(self._zone()) if self.zone else instant, fraction)

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.zone) if self.zone else UTC

    def _day(self, fields: dict[str, str], near: datetime | None, clock: timedelta) -> date:
        """Return the date that fields name, what is missing of it by when it was received."""
        days = list(self._days(fields, near))
        if not days:
            raise Unconvertible("there is no such day")
        found = days[0]
        if len(days) > 1:
            at = _known(near)
            found = min(days, key=lambda day: abs(datetime.combine(day, time()) + clock - at))
        named = weekday_of(fields)
        if named is not None and named != found.weekday():
            raise Unconvertible(f"{found} is no {fields.get('a') or fields.get('A')}")
        return found

    def _days(self, fields: dict[str, str], near: datetime | None) -> Iterator[date]:
        """Yield every date that fields may mean."""
        month, year = month_of(fields), year_of(fields) or self.year
        if month is None and "j" not in fields:
            today = _known(near).date()
            yield from (today + timedelta(days=days) for days in (0, -1, 1))
            return
        for one in [year] if year else [_known(near).year + years for years in (0, -1, 1)]:
            with suppress(ValueError):
                yield date(one, month, int(fields["d"])) if month is not None else _nth_day(one, fields["j"])

    def _instant(self, local: datetime, zone: ZoneInfo, received_at: float | None) -> datetime:
        """Return a local time of a zone as an instant.

        Raises:
            Unconvertible: clocks leave it out, or it comes twice and nobody says which is meant.
        """
        first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
        if not stood(first):
            raise Unconvertible(f"clocks in {zone.key} left {local} out")
        if first.utcoffset() == second.utcoffset():
            return first
        if self.fold == REFUSE:
            raise Unconvertible(f"{local} came twice in {zone.key}, when clocks went back")
        if self.fold == RECEIVED:
            latest = _known(received_at) + AHEAD_S
            return second if second.timestamp() <= latest else first
        return first if self.fold == EARLIER else second


def stood(moment: datetime) -> bool:
    """Tell whether a local time ever stood on a clock of its zone."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(
        tzinfo=None
    )


def rfc3339(moment: datetime, fraction: str = "") -> str:
    """Write an instant with the fraction of its second as it was written.

    Raises:
        Unconvertible: it is of the time before standard time, when offsets had seconds.
    """
    plain = moment.replace(microsecond=0).isoformat()
    seconds, offset = plain[:19], plain[19:]
    if len(offset) > len("+00:00"):
        raise Unconvertible(f"clocks were {offset} off UTC then, which RFC 3339 cannot write")
    return f"{seconds}{fraction}{'Z' if offset == '+00:00' and _is_utc(moment.tzinfo) else offset}"


def _is_utc(zone: tzinfo | None) -> bool:
    """Tell whether a zone is UTC itself: London in winter is +00:00."""
    return zone is UTC or zone == UTC or str(zone) in {"UTC", "Etc/UTC"}


def _offset(written: str) -> timedelta:
    minutes = offset_of(written)
    if abs(minutes) > MAX_OFFSET_MIN or (len(written) > 1 and int(written[-2:]) >= SIXTY):
        raise Unconvertible(f"no zone is {written} off UTC")
    return timedelta(minutes=minutes)


def clock_of(fields: dict[str, str]) -> timedelta | None:
    """Return the time of day that fields name; None where they name none.

    Raises:
        Unconvertible: no clock shows it.
    """
    hour = hour_of(fields)
    if hour is None:
        return None
    minute, second = int(fields.get("M", 0)), int(fields.get("S", 0))
    if hour >= HOURS or minute >= SIXTY or second >= SIXTY:
        raise Unconvertible("no clock shows such a time")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _local(received_at: float | None, zone: tzinfo) -> datetime | None:
    """Return what a clock of a zone showed when a text was received."""
    return None if received_at is None else datetime.fromtimestamp(received_at, zone).replace(tzinfo=None)


def _nth_day(year: int, number: str) -> date:
    """Return a day of a year by its number, from 001.

    Raises:
        ValueError: the year has no such day.
    """
    found = date(year, 1, 1) + timedelta(days=int(number) - 1)
    if found.year != year:
        raise ValueError(number)
    return found


def _known(value: Known | None) -> Known:
    """Return a time of receipt, which must be known."""
    if value is None:
        raise Unconvertible("it is not known when the text was received")
    return value
