"""Ten formats as real devices write them, with schema and gold record. Each line is made together with its record."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Row = tuple[str, dict[str, Any]]
Make = Callable[[random.Random], Row]


@dataclass(frozen=True, slots=True)
class Shape:
    """A format."""

    name: str
    fields: dict[str, str]
    """JSON type of each field; all are required."""
    make: Make
    """Returns a line and its record."""

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of its records."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"https://example.invalid/stream/{self.name}/1",
            "type": "object",
            "properties": {name: {"type": kind} for name, kind in self.fields.items()},
            "required": list(self.fields),
            "additionalProperties": False,
        }


def _pairs(rng: random.Random) -> Row:
    made = {"id": f"PUMP-{rng.randrange(10, 99)}", "temp": _one(rng, -20, 90), "hum": rng.randrange(100)}
    return f"{made['id']} temp={made['temp']} hum={made['hum']}", made


def _fields(rng: random.Random) -> Row:
    made = {
        "node": f"node{rng.randrange(100)}",
        "volt": _two(rng, 2, 4),
        "rssi": -rng.randrange(30, 120),
        "count": rng.randrange(10_000),
    }
    return f"{made['node']};{made['volt']};{made['rssi']};{made['count']}", made


def _sentence(rng: random.Random) -> Row:
    made = {"tank": f"T{rng.randrange(10, 99)}", "level": _one(rng, 0, 100), "flow": _two(rng, 0, 9)}
    return f"tank {made['tank']} is at {made['level']} percent and drains {made['flow']} l/min", made


def _syslog(rng: random.Random) -> Row:
    made = {
        "host": f"gw{rng.randrange(10, 99)}",
        "pid": rng.randrange(1000, 9999),
        "user": rng.choice(["root", "admin", "guest", "backup"]),
        "port": rng.randrange(1024, 65_535),
    }
    text = f"{made['host']} sshd[{made['pid']}]: session opened for {made['user']} port {made['port']}"
    return text, made


def _meter(rng: random.Random) -> Row:
    made = {"meter": f"M{rng.randrange(1000, 9999)}", "kwh": _one(rng, 100, 9000), "watts": rng.randrange(4000)}
    return f"METER {made['meter']} energy {made['kwh']} kWh power {made['watts']} W", made


def _gps(rng: random.Random) -> Row:
    made = {
        "unit": f"truck-{rng.randrange(10, 99)}",
        "lat": _four(rng, 47, 55),
        "lon": _four(rng, 6, 15),
        "speed": rng.randrange(120),
    }
    return f"[{made['unit']}] lat: {made['lat']}, lon: {made['lon']}, speed: {made['speed']} km/h", made


def _motor(rng: random.Random) -> Row:
    made = {
        "motor": f"MX{rng.randrange(10, 99)}",
        "rpm": rng.randrange(500, 6000),
        "vib": _two(rng, 0, 9),
        "temp": _one(rng, 20, 110),
        "amps": _one(rng, 1, 40),
    }
    text = f"motor|{made['motor']}|rpm:{made['rpm']}|vib:{made['vib']}|t:{made['temp']}|a:{made['amps']}"
    return text, made


def _report(rng: random.Random) -> Row:
    made = {
        "station": f"WX{rng.randrange(100, 999)}",
        "temperature": _one(rng, -20, 40),
        "pressure": _one(rng, 960, 1050),
        "wind": _one(rng, 0, 30),
    }
    text = (
        f"Station: {made['station']}\nTemperature: {made['temperature']} C\n"
        f"Pressure: {made['pressure']} hPa\nWind: {made['wind']} m/s"
    )
    return text, made


def _scan(rng: random.Random) -> Row:
    made = {
        "badge": f"{rng.randrange(16**6):06x}",
        "door": rng.randrange(1, 40),
        "floor": rng.randrange(1, 12),
    }
    return f"scan badge={made['badge']} door #{made['door']} floor #{made['floor']}", made


def _disk(rng: random.Random) -> Row:
    made = {
        "disk": f"sd{rng.choice('abcdef')}",
        "used": rng.randrange(100),
        "reads": rng.randrange(90_000),
        "writes": rng.randrange(90_000),
    }
    return f"disk {made['disk']}: {made['used']}% used, {made['reads']} reads, {made['writes']} writes", made


def _one(rng: random.Random, low: float, high: float) -> float:
    return round(rng.uniform(low, high), 1)


def _two(rng: random.Random, low: float, high: float) -> float:
    return round(rng.uniform(low, high), 2)


def _four(rng: random.Random, low: float, high: float) -> float:
    return round(rng.uniform(low, high), 4)


SHAPES: Final = (
    Shape("pairs", {"id": "string", "temp": "number", "hum": "number"}, _pairs),
    Shape("fields", {"node": "string", "volt": "number", "rssi": "integer", "count": "integer"}, _fields),
    Shape("sentence", {"tank": "string", "level": "number", "flow": "number"}, _sentence),
    Shape("syslog", {"host": "string", "pid": "integer", "user": "string", "port": "integer"}, _syslog),
    Shape("meter", {"meter": "string", "kwh": "number", "watts": "number"}, _meter),
    Shape("gps", {"unit": "string", "lat": "number", "lon": "number", "speed": "number"}, _gps),
    Shape(
        "motor",
        {"motor": "string", "rpm": "integer", "vib": "number", "temp": "number", "amps": "number"},
        _motor,
    ),
    Shape(
        "report",
        {"station": "string", "temperature": "number", "pressure": "number", "wind": "number"},
        _report,
    ),
    Shape("scan", {"badge": "string", "door": "integer", "floor": "integer"}, _scan),
    Shape("disk", {"disk": "string", "used": "number", "reads": "integer", "writes": "integer"}, _disk),
)


def lines(shape: Shape, count: int, seed: int) -> list[Row]:
    """Return lines of a format with their records."""
    rng = random.Random(f"{shape.name} {seed}")
    return [shape.make(rng) for _ in range(count)]
