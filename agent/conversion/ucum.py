"""Units by their UCUM codes (https://ucum.org): of what they are, and how they convert. Pure, exact.

The part of UCUM that sensors print: base and derived units with their prefixes, ``.`` and ``/``, exponents
and annotations; Celsius and Fahrenheit with their offsets, alone. Parentheses and logarithms are left out:
decibels are a kind of their own, which converts to nothing else.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

Dimension = tuple[tuple[str, int], ...]
"""Base units and their powers, by name; none for a plain number."""


class UnknownUnitError(ValueError):
    """A text is no UCUM code that is known here."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: a quantity in it is ``number * factor + offset`` in base units."""

    code: str
    dimension: Dimension
    factor: Fraction
    offset: Fraction = Fraction(0)

    def fits(self, other: Unit) -> bool:
        """Tell whether both measure the same kind of quantity."""
        return self.dimension == other.dimension

    def convert(self, number: Fraction, target: Unit) -> Fraction:
        """Return a number of this unit in another one that it fits."""
        return (number * self.factor + self.offset - target.offset) / target.factor


_PREFIXES = {
    name: Fraction(10) ** power
    for name, power in {
        "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
        "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18, "z": -21, "y": -24,
    }.items()
} | {"Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40)}  # fmt: skip
_BASE = ("m", "g", "s", "K", "A", "cd", "mol", "rad", "bit")
_METRIC = {
    "Hz": ("1", "s-1"),
    "N": ("1000", "g.m.s-2"),
    "Pa": ("1000", "g.m-1.s-2"),
    "J": ("1000", "g.m2.s-2"),
    "W": ("1000", "g.m2.s-3"),
    "C": ("1", "A.s"),
    "V": ("1000", "g.m2.s-3.A-1"),
    "Ohm": ("1000", "g.m2.s-3.A-2"),
    "S": ("1/1000", "g-1.m-2.s3.A2"),
    "F": ("1/1000", "g-1.m-2.s4.A2"),
    "H": ("1000", "g.m2.s-2.A-2"),
    "Wb": ("1000", "g.m2.s-2.A-1"),
    "T": ("1000", "g.s-2.A-1"),
    "lm": ("1", "cd"),
    "lx": ("1", "cd.m-2"),
    "Bq": ("1", "s-1"),
    "Gy": ("1", "m2.s-2"),
    "Sv": ("1", "m2.s-2"),
    "L": ("1/1000", "m3"),
    "l": ("1/1000", "m3"),
    "t": ("1000000", "g"),
    "bar": ("100000000", "g.m-1.s-2"),
    "cal": ("4184", "g.m2.s-2"),
    "By": ("8", "bit"),
    "m[Hg]": ("133322387.415", "g.m-1.s-2"),
    "m[H2O]": ("9806650", "g.m-1.s-2"),
}
"""Units that take prefixes: factor and base units."""
_PLAIN = {
    "min": ("60", "s"),
    "h": ("3600", "s"),
    "d": ("86400", "s"),
    "wk": ("604800", "s"),
    "deg": (str(Fraction(math.pi) / 180), "rad"),
    "%": ("1/100", ""),
    "[ppth]": ("1/1000", ""),
    "[ppm]": ("1/1000000", ""),
    "[ppb]": ("1/1000000000", ""),
    "[in_i]": ("0.0254", "m"),
    "[ft_i]": ("0.3048", "m"),
    "[yd_i]": ("0.9144", "m"),
    "[mi_i]": ("1609.344", "m"),
    "[nmi_i]": ("1852", "m"),
    "[kn_i]": ("1852/3600", "m.s-1"),
    "[lb_av]": ("453.59237", "g"),
    "[oz_av]": ("28.349523125", "g"),
    "[gal_us]": ("0.003785411784", "m3"),
    "[gal_br]": ("0.00454609", "m3"),
    "[psi]": (str(Fraction("453.59237") * Fraction("9.80665") / Fraction("0.0254") ** 2), "g.m-1.s-2"),
    "[in_i'Hg]": ("3386388.640341", "g.m-1.s-2"),
    "atm": ("101325000", "g.m-1.s-2"),
    "[HP]": ("745699.87158227022", "g.m2.s-3"),
    "[g]": ("9.80665", "m.s-2"),
    "[pH]": ("1", "pH"),
    "dB": ("1", "dB"),
    "dB[mW]": ("1", "dBm"),
}
"""Units that take none."""
_OFFSETS = {
    "Cel": (Fraction(1), Fraction("273.15")),
    "[degF]": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
}
"""Units whose nought is not nought: factor and offset to kelvin."""
_POWER = re.compile(r"([^\d+-].*?)([+-]?[1-9])?", re.ASCII)
"""A unit and its exponent, of one digit: codes come from texts too, and a large power takes for ever."""
MAX_CODE_CHARS = 40
"""Characters of a code; longer ones are no units."""
_ANNOTATION = re.compile(r"\{[!-z|~]*\}")
CODES = (*_BASE, *_METRIC, *_PLAIN, *_OFFSETS)
"""Codes without prefix, for those who look for the right one."""


@lru_cache(maxsize=1024)
def unit(code: str) -> Unit:
    """Return the unit of a UCUM code.

    Raises:
        UnknownUnitError: it is no code of the part of UCUM that is known here.
    """
    if len(code) > MAX_CODE_CHARS:
        raise UnknownUnitError(code[:MAX_CODE_CHARS])
    if code in _OFFSETS:
        return Unit(code, (("K", 1),), *_OFFSETS[code])
    powers: dict[str, int] = {}
    factor = Fraction(1)
    sign = 1
    for number, part in enumerate(re.split(r"([./])", code)):
        if number % 2:
            sign = 1 if part == "." else -1
        elif number or part or not code.startswith("/"):
            factor *= _term(part, sign, powers)
    dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Unit(code, dimension, factor)


def _term(term: str, sign: int, powers: dict[str, int]) -> Fraction:
    """Add the powers of one factor of a code; return its own factor."""
    bare = _ANNOTATION.sub("", term)
    if term and bare in {"", "1"}:
        return Fraction(1)
    found = _POWER.fullmatch(bare)
    if found is None:
        raise UnknownUnitError(term)
    power = sign * int(found[2] or 1)
    factor, base = _atom(found[1])
    for name, own in base:
        powers[name] = powers.get(name, 0) + own * power
    return factor**power


def _atom(name: str) -> tuple[Fraction, Dimension]:
    """Return factor and base units of a unit with its prefix."""
    known = _unprefixed(name)
    if known is not None:
        return known
    for length in (1, 2):
        prefix, rest = name[:length], name[length:]
        if prefix in _PREFIXES and (rest in _BASE or rest in _METRIC):
            factor, base = _unprefixed(rest) or (Fraction(1), ())
            return _PREFIXES[prefix] * factor, base
    raise UnknownUnitError(name)


def _unprefixed(name: str) -> tuple[Fraction, Dimension] | None:
    if name in _BASE:
        return Fraction(1), ((name, 1),)
    found = _METRIC.get(name) or _PLAIN.get(name)
    if found is None:
        return None
    base = [_POWER.fullmatch(part) for part in found[1].split(".") if part]
    return Fraction(found[0]), tuple((one[1], int(one[2] or 1)) for one in base if one)
