"""Reports of a gateway about the devices behind it: objects in arrays in an array."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any, Final

from agent.schemas.bundled import bundled_schemas
from training.synthesis import casing, pattern, value
from training.synthesis.device.part import named, plain_number
from training.synthesis.device.units import listed
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape

_THINGS: Final = ("gateway", "hub", "gw", "edge", "bridge", "concentrator", "lora-gw", "base")
_DEVICES: Final = (
    "probe", "pump", "climate", "contact", "light", "air", "power", "water", "valve", "lock", "tank", "soil",
    "meter", "freezer", "door", "leak", "camera", "fan", "boiler", "motor",
)  # fmt: skip
_READINGS: Final = (
    ("temperature,temp,t,T,temp_c", "C,°C,degC", -20, 60, 1), ("humidity,hum,rh,H", "%,%RH", 0, 100, 0),
    ("moisture,soil moisture,moist", "%", 0, 100, 1), ("level,lvl,fill", "cm,%,mm", 0, 300, 1),
    ("load,power,p", "W,kW", 0, 3000, 0), ("voltage,u,vbat,battery", "V,mV", 0, 240, 1),
    ("co2,CO2", "ppm", 400, 3000, 0), ("illuminance,lux,light", "lx,lux", 0, 9000, 0),
    ("wind,wind speed,ws", "m/s,km/h", 0, 40, 1), ("flow,q", "l/h,l/min", 0, 900, 0),
    ("pressure,press", "bar,hPa", 0, 12, 2), ("current,i", "A,mA", 0, 40, 2), ("ph,pH", "", 4, 10, 2),
    ("distance,dist", "cm,mm", 5, 4000, 0), ("weight,mass", "kg,g", 0, 900, 1),
    ("count,pulses,n", "", 0, 9999, 0),
)  # fmt: skip
"""Names, units, range and digits of what devices measure."""
_ALARMS: Final = tuple(
    pattern.maker(shape.replace("{d}", "{low}-{n9}"))
    for shape in (
        "{d} battery low", "{d} {low} open", "{d} dry run", "low battery {d}", "{d} no answer",
        "{d} offline since {n24} h", "{low} fault", "{d} {low} too high", "{d} tamper", "over temperature",
        "{d} {low} {low}", "leak at {d}",
    )
)  # fmt: skip
_LABELS: Final = {
    "name": "name,quantity,sensor,what,channel", "value": "value,reading,val,v", "unit": "unit,uom",
    "readings": "readings,values,measurements,data,sensors",
    "device": "id,device,name,device id,address", "kind": "kind,type,class,model",
    "rssi_dbm": "rssi,signal,rssi dbm,rx level",
    "id": "gateway,id,name,gateway id,hub", "firmware": "firmware,fw,version,fw version",
    "uptime_s": "uptime,up,uptime s,seconds up", "alarms": "alarms,alerts,active alarms,warnings",
    "devices": "devices,nodes,sensors,stations,children",
    "time": "time,timestamp,date,at,reported at", "gateway": "gateway,hub,gateway info,station",
}  # fmt: skip
"""What texts call each part."""
_STYLES: Final = ("snake", "title", "title", "sentence", "lower", "flat", "constant", "camel")


@cache
def document() -> dict[str, Any]:
    """Return the schema of the reports."""
    return bundled_schemas()["gateway_report"].document


class _Namer:
    """Gives the parts of one report their labels, all in one style."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.style = rng, casing.STYLES[rng.choice(_STYLES)]

    def label(self, name: str) -> str:
        """Draw what the text calls a part."""
        return self.style(self.rng.choice(listed(_LABELS[name])).split())

    def leaf(self, key: str, source: value.Source, *presence: float, name: str = "") -> Field:
        """Make a field; its presence is one of some."""
        share = self.rng.choice(presence or (1.0,))
        return Field((key,), source, key=key, label=self.label(name or key), presence=share)

    def group(self, key: str, shape: Shape, children: list[Field | Group], *presence: float) -> Group:
        """Make an object or a list."""
        share = self.rng.choice(presence or (1.0,))
        return Group((key,), shape, children, label=self.label(key), key=key, presence=share)


def _tree(rng: Random) -> Group:
    """Draw the fields of one report and what it calls them."""
    call, word = _Namer(rng), value.source("word", rng)
    reading: list[Field | Group] = [
        call.leaf("name", word),
        call.leaf("value", plain_number(0, 9, "float", rng)),
        call.leaf("unit", word, 1.0, 1.0, 0.999),
    ]
    device: list[Field | Group] = [
        call.leaf("id", named(rng.choice(_DEVICES), rng), name="device"),
        call.leaf("kind", _kind(rng), 1.0, 0.8, 0.0),
        call.leaf("rssi_dbm", plain_number(-120, -30, "int", rng), 1.0, 0.8, 0.0),
        call.group("readings", Shape.RECORDS, reading, 1.0, 1.0, 0.8, 0.0),
    ]
    head: list[Field | Group] = [
        call.leaf("id", named(rng.choice(_THINGS), rng)),
        call.leaf("firmware", value.source("version", rng), 1.0, 0.5, 0.0),
        call.leaf("uptime_s", plain_number(0, 4_000_000, "int", rng), 1.0, 0.5, 0.0),
    ]
    devices = call.group("devices", Shape.RECORDS, device)
    devices.most = rng.randint(1, 4)
    time = value.source("time" if rng.random() < 0.8 else "clock", rng)
    alarm = Field(("alarm",), value.Source("string", _alarm, wide=True))
    return Group(
        (),
        Shape.OBJECT,
        [
            call.group("gateway", Shape.OBJECT, head),
            call.leaf("time", time, 1.0, 0.5, 0.0),
            devices,
            call.group("alarms", Shape.SCALARS, [alarm], 1.0, 0.0, 0.0),
        ],
    )


def _kind(rng: Random) -> value.Source:
    case = rng.choice((str, str, str.upper, str.capitalize))
    return value.Source("string", lambda r: ((said := case(r.choice(_DEVICES))), said))


def _alarm(rng: Random) -> value.Drawn:
    said = rng.choice(_ALARMS)(rng)
    return said, said


class Report:
    """A report filled in, by its parts."""

    def __init__(self, rng: Random) -> None:
        """Draw one; most quantities of a report are spelled in one way."""
        self.root = _tree(rng)
        self.filled = fill(self.root, rng)
        self.way = rng.randrange(9)
        parts = {child.of.key: child for child in self.filled.children}
        self.head = {leaf.of.key: leaf for leaf in parts["gateway"].children}
        self.time = parts.get("time")
        self.devices = parts["devices"].children
        self.alarms = parts.get("alarms")
        for device in self.devices:
            for reading in readings_of(device):
                self._measure(reading, rng)

    def _measure(self, reading: Filled, rng: Random) -> None:
        """Give a reading a name, a value and a unit that go together."""
        names, units, low, high, digits = rng.choice(_READINGS)
        leaves = {leaf.of.key: leaf for leaf in reading.children}
        called, signs = listed(names), listed(units) or ("",)
        _put(leaves["name"], called[self.way % len(called)])
        unit = signs[self.way % len(signs)]
        if "unit" in leaves and not unit:
            reading.children = [leaf for leaf in reading.children if leaf is not leaves["unit"]]
        elif "unit" in leaves:
            _put(leaves["unit"], unit)
        printed = f"{rng.uniform(low, high):.{digits}f}"
        leaves["value"].printed = printed
        leaves["value"].value = float(printed) if digits else int(printed)


def readings_of(device: Filled) -> list[Filled]:
    """Return the readings of a device."""
    return next((child.children for child in device.children if child.of.key == "readings"), [])


def leaf_of(device: Filled, key: str) -> Filled | None:
    """Return a field of a device; None where the text does not have it."""
    return next((child for child in device.children if child.of.key == key), None)


def _put(leaf: Filled, text: str) -> None:
    leaf.printed = leaf.value = text
