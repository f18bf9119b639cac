"""Units as devices print them: what follows a number tells the quantity where no label does.

Codes are those of UCUM (https://ucum.org); the printed forms are common usage. A printed form may stand for
several units (``m``, ``°``), so both sides are sets and what counts is whether they meet.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from agent.conversion import Quantity
from agent.conversion.ucum import Unit, UnknownUnitError, unit
from agent.schemas.node import Node

_PRINTED = {
    "Cel": "c °c ℃ degc deg.c celsius degrees degree deg",
    "[degF]": "f °f degf fahrenheit degrees degree deg",
    "K": "k kelvin kelvins",
    "deg": "° deg degrees degree",
    "%": "% pct percent %rh % r.h. % per cent",
    "[ppm]": "ppm",
    "[ppb]": "ppb",
    "hPa": "hpa mbar hectopascal hectopascals mb millibar millibars",
    "kPa": "kpa kilopascal kilopascals",
    "Pa": "pa pascal pascals",
    "bar": "bar bars",
    "[psi]": "psi",
    "V": "v volt volts vdc vac",
    "mV": "mv millivolt millivolts",
    "A": "a amp amps ampere amperes",
    "mA": "ma milliamp milliamps milliamperes",
    "W": "w watt watts",
    "kW": "kw kilowatt kilowatts",
    "W.h": "wh",
    "kW.h": "kwh",
    "V.A": "va",
    "Hz": "hz hertz",
    "m": "m meter meters metre metres",
    "km": "km kilometer kilometers kilometre kilometres",
    "cm": "cm centimeter centimeters centimetre centimetres",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "[ft_i]": "ft feet foot",
    "[in_i]": "in inch inches",
    "m/s": "m/s mps ms",
    "mm/s": "mm/s mms",
    "km/h": "km/h kmh kph",
    "[mi_i]/h": "mph",
    "[kn_i]": "kn kt kts knots",
    "{rev}/min": "rpm r/min",
    "L": "l liter liters litre litres ltr",
    "m3": "m3 m³ cbm",
    "L/h": "l/h lh lph",
    "L/min": "l/min lpm",
    "m3/h": "m3/h m³/h",
    "kg": "kg kilogram kilograms",
    "g": "g gram grams",
    "t": "t tonnes tons",
    "s": "s sec secs second seconds",
    "ms": "ms msec millisecond milliseconds",
    "us": "us µs usec microseconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "lx": "lx lux",
    "dB": "db decibel decibels",
    "dB[mW]": "dbm",
    "By": "b byte bytes",
    "kBy": "kb kib kbytes kilobytes",
    "MBy": "mb mib mbytes megabytes",
    "GBy": "gb gib gigabytes",
    "ug/m3": "ug/m3 µg/m³ ugm3",
    "uS/cm": "us/cm µs/cm",
    "mS/cm": "ms/cm",
    "L/s": "l/s lps",
    "kg/h": "kg/h",
    "t/h": "t/h",
    "N.m": "nm newtonmeter",
    "mg/L": "mg/l",
    "W/m2": "w/m2 w/m²",
    "[NTU]": "ntu fnu",
    "{beat}/min": "bpm",
    "mGal": "mgal",
    "g[acc]": "g",
    "kvar": "kvar var",
    "kV.A": "kva",
    "kV": "kv",
    "MW": "mw",
    "MHz": "mhz",
    "GHz": "ghz",
    "kHz": "khz",
    "Mbit/s": "mb/s mbit/s mbps",
    "kbit/s": "kb/s kbit/s kbps",
}
"""UCUM code to the forms printed behind numbers and at the end of field names, folded."""
_OF_QUANTITY = {
    "temperature temp": "Cel [degF] K",
    "humidity rh moisture percent percentage pct soc": "%",
    "level": "% mm cm m",
    "pressure": "hPa kPa Pa bar [psi]",
    "voltage volts volt": "V mV kV",
    "current amperage amps": "A mA",
    "power": "W kW MW V.A kV.A kvar",
    "energy consumption": "W.h kW.h",
    "frequency freq": "Hz kHz MHz GHz",
    "flow": "L/h L/min L/s m3/h kg/h t/h",
    "volume": "L m3",
    "speed velocity wind": "m/s km/h [mi_i]/h [kn_i] {rev}/min mm/s",
    "rpm": "{rev}/min",
    "direction heading bearing angle course": "deg",
    "distance depth height altitude length visibility elevation": "m km cm mm [ft_i]",
    "weight mass": "kg g t",
    "vibration": "mm/s g[acc]",
    "torque": "N.m",
    "rain rainfall precipitation": "mm [in_i]",
    "illuminance light brightness": "lx",
    "radiation irradiance": "W/m2",
    "noise sound loudness": "dB",
    "rssi signal": "dB[mW]",
    "conductivity": "uS/cm mS/cm",
    "turbidity": "[NTU]",
    "duration uptime elapsed latency delay interval age timeout runtime": "s ms us min h d",
    "hours": "h",
    "size bytes memory": "By kBy MBy GBy",
    "heartrate pulse": "{beat}/min",
    "bandwidth throughput bitrate": "Mbit/s kbit/s",
}
"""Words of quantities to the codes of units that these are given in."""
_QUANTITIES = {
    word: frozenset(codes.split()) for words, codes in _OF_QUANTITY.items() for word in words.split()
}
_KINDS = {
    form: frozenset(code for code, forms in _PRINTED.items() if form in forms.split())
    for form in {form for forms in _PRINTED.values() for form in forms.split()}
}
_BEHIND = re.compile(r"[ \u00a0]?([^\s\d,;|\"'<>(){}\[\]=:]+(?:[23³](?![\w.])(?:/h)?)?)")
NONE: frozenset[str] = frozenset()


def behind(text: str, end: int) -> frozenset[str]:
    """Return the units that the characters behind a number at ``end`` may stand for."""
    found = _BEHIND.match(text, end)
    if not found:
        return NONE
    written = found.group(1)
    return _KINDS.get(written.casefold(), NONE) or _KINDS.get(written.rstrip(".!?").casefold(), NONE)


def units_of(node: Node, name: Sequence[str], about: Sequence[str]) -> frozenset[str]:
    """Return the units that a field may be given in: by its unit, its name's end, description or quantity."""
    if isinstance(node.conversion, Quantity) and node.conversion.target is not None:
        return _expected(node.conversion, node.conversion.target)
    if node.unit:
        return frozenset({node.unit}) | _KINDS.get(node.unit.casefold(), NONE)
    for count in (2, 1):
        if len(name) > count:
            found = _KINDS.get("".join(name[-count:]), NONE) | _KINDS.get("/".join(name[-count:]), NONE)
            if found:
                return found
    spoken: defaultdict[str, int] = defaultdict(int)
    for word in about:
        if len(word) > 3:  # noqa: PLR2004 - short words of a sentence are rarely units
            for code in _KINDS.get(word, NONE):
                spoken[code] += 1
    quantities = (_QUANTITIES[word] for word in reversed(name) if word in _QUANTITIES)
    return frozenset(spoken) or next(quantities, NONE)


def _expected(declared: Quantity, target: Unit) -> frozenset[str]:
    """Return the units in which texts give a value that is converted: the declared one, or all that fit."""
    if declared.source is not None and not declared.is_written:
        return frozenset({declared.source.code}) | _KINDS.get(declared.source.code.casefold(), NONE)
    return frozenset(code for code in _PRINTED if _fits(code, target))


def _fits(code: str, target: Unit) -> bool:
    try:
        return unit(code).fits(target)
    except UnknownUnitError:
        return False
