"""Units as devices print them behind numbers, and which UCUM codes they may stand for. Case counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.conversion.ucum import Unit, UnknownUnitError, unit

_PRINTED = {
    "Cel": "°C ºC ℃ C degC celsius Celsius",
    "[degF]": "°F ºF ℉ F degF fahrenheit Fahrenheit",
    "K": "kelvin Kelvin",
    "deg": "° º degrees",
    "%": "% pct percent %RH %rH %rh",
    "[ppm]": "ppm",
    "[ppb]": "ppb",
    "[psi]": "psi PSI",
    "mm[Hg]": "mmHg",
    "[in_i'Hg]": "inHg",
    "V": "volt volts VDC VAC Vdc Vac",
    "A": "amp amps ampere amperes",
    "W": "watt watts",
    "W.h": "Wh",
    "kW.h": "kWh",
    "MW.h": "MWh",
    "V.A": "VA",
    "kV.A": "kVA",
    "Ohm": "Ω ohm ohms",
    "kOhm": "kΩ",
    "MOhm": "MΩ",
    "{rev}/min": "rpm RPM r/min U/min",
    "m": "meter meters metre metres",
    "[in_i]": "in inch inches",
    "[ft_i]": "ft feet",
    "[mi_i]": "mi mile miles",
    "km/h": "kmh kph",
    "[mi_i]/h": "mph",
    "[kn_i]": "kn kt kts knots",
    "L": "liter liters litre litres ltr",
    "L/h": "lph",
    "L/min": "lpm LPM",
    "m3": "cbm",
    "[gal_us]": "gal",
    "[gal_br]": "gal",
    "[lb_av]": "lb lbs",
    "[oz_av]": "oz",
    "s": "sec secs second seconds",
    "ms": "msec",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "day days",
    "lx": "lux",
    "dB[mW]": "dBm",
    "By": "B byte bytes",
    "kBy": "kB",
    "MBy": "MB",
    "GBy": "GB",
    "TBy": "TB",
    "KiBy": "KiB",
    "MiBy": "MiB",
    "GiBy": "GiB",
    "[HP]": "hp HP",
    "[pH]": "pH",
}
"""UCUM code to the forms in print that are no code themselves, or another one's."""
_CODES: dict[str, tuple[str, ...]] = {
    form: tuple(code for code, forms in _PRINTED.items() if form in forms.split())
    for forms in _PRINTED.values()
    for form in forms.split()
}
_ATTACHED = frozenset({"in"})
"""Forms that are common words: a unit only where nothing stands between them and the number."""
_USUAL = re.compile(r"(?:^|[./])(?:da|[YZEPfazyp])(?=[A-Za-z\[])")
"""Prefixes that no sensor prints, and with which ``as`` and ``at`` would be units."""
_PREFIXED_ONLY = frozenset({"Pa", "dB", "pH"})
_ASCII = str.maketrans({"³": "3", "²": "2", "µ": "u", "μ": "u", "·": ".", "*": ".", "^": None})
_REST = r"[^\s,;|\"<>(){}\[\]=:!?]*"
_BEHIND = re.compile(rf"([ \t\u00a0\u2009\u202f]{{0,2}})([\[(]?)((?:[^\W\d_]|[°º%℃℉/]){_REST})")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Written:
    """What stands behind a number."""

    form: str
    """The characters; empty where there is nothing that could be a unit."""
    units: tuple[Unit, ...]
    """What they may stand for."""
    is_word: bool
    """It may as well be the next word of the text."""


def behind(text: str, end: int) -> Written:
    """Return what stands behind the number that ends at a place, across a space or an opening bracket."""
    found = _BEHIND.match(text, end)
    if found is None:
        return Written("", (), is_word=True)
    form = found[3].rstrip(".'’")
    apart = bool(found[1])
    units = () if apart and form in _ATTACHED else readings(form)
    return Written(form, units, is_word=apart and not found[2] and _LETTERS.fullmatch(form) is not None)


def readings(form: str) -> tuple[Unit, ...]:
    """Return every unit that a printed form may stand for; none where it is no unit."""
    plain = form.translate(_ASCII)
    codes = [*_CODES.get(form, ())]
    if not _USUAL.search(plain) or plain in _PREFIXED_ONLY:
        codes.append(plain)
    found: dict[str, Unit] = {}
    for code in codes:
        try:
            found.setdefault(code, unit(code))
        except UnknownUnitError:
            continue
    return tuple(found.values())
