"""A number by its declared form and unit. Exact up to the last step, the number that JSON writes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from agent.conversion.numeral import DOTTED, TOO_LARGE, Form, is_beyond
from agent.conversion.printed import behind
from agent.conversion.reading import Converted, Reading, Unconvertible
from agent.conversion.ucum import Unit
from agent.message import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a schema declares of a number."""

    form: Form = DOTTED
    """Without a declared one, a numeral with a mark that is none of its own is not read at all."""
    source: Unit | None = None
    """Unit of the text, where it is always the same, or where none stands behind the number."""
    is_written: bool = False
    """The unit is read from behind the number."""
    target: Unit | None = None
    """Unit of the value; None: it is not converted."""
    digits: int | None = None
    """Decimals to which the value is rounded, half to even; None: not at all."""
    whole: bool = False
    """The schema asks for an integer."""

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where such numbers may stand."""
        return self.form.spans(text)

    def raw(self, written: str) -> Json:
        """Return what a numeral says, before it is converted.

        Raises:
            Unconvertible: it is not written in the declared form.
        """
        number = self.form.read(written)
        return int(number) if number.denominator == 1 else float(number)

    def apply(self, reading: Reading) -> Converted:
        """Return the value that a numeral gives.

        Raises:
            Unconvertible: form or unit are not the declared ones, or JSON cannot write the number.
        """
        number = self.form.read(reading.written)
        was_whole = not {self.form.decimal, "e", "E"} & set(reading.written)
        steps = [] if self.form == DOTTED else [self.form.words()]
        if self.target is not None:
            source, said = self.unit_of(reading)
            number = source.convert(number, self.target)
            steps.append(f"unit {said}" + (f" to {self.target.code}" if source != self.target else ""))
        if self.digits is not None:
            number = Fraction(round(number, self.digits))
            steps.append(f"rounded to {self.digits} decimals")
        return Converted(_json(number, whole=self.whole or was_whole), "; ".join(steps))

    def unit_of(self, reading: Reading) -> tuple[Unit, str]:
        """Return the unit of a number in its text, and how it is written.

        Raises:
            Unconvertible: there is none, an unknown one, or one that does not fit.
        """
        if not self.is_written and self.source is not None:
            return self.source, self.source.code
        target = self.target
        found = behind(reading.text, reading.end)
        fitting = [one for one in found.units if target is not None and one.fits(target)]
        if len({(one.factor, one.offset) for one in fitting}) > 1:
            raise Unconvertible(f"{found.form!r} may be {' or '.join(one.code for one in fitting)}")
        if fitting:
            return fitting[0], f"{found.form!r} ({fitting[0].code})"
        if found.units or not found.is_word:
            wanted = target.code if target else ""
            raise Unconvertible(f"{found.form!r} behind {reading.written!r} is no unit that fits {wanted}")
        if self.source is None:
            raise Unconvertible(f"no unit stands behind {reading.written!r}")
        return self.source, f"assumed {self.source.code}"

    def words(self) -> str:
        """Say what is declared."""
        steps = [] if self.form == DOTTED else [self.form.words()]
        if self.target is not None:
            code = self.source.code if self.source else ""
            otherwise = f", else {code}," if code else ""
            steps.append(
                f"unit {f'behind the number{otherwise}' if self.is_written else code} to {self.target.code}"
            )
        if self.digits is not None:
            steps.append(f"rounded to {self.digits} decimals")
        return "; ".join(steps)


def _json(number: Fraction, *, whole: bool) -> int | float:
    """Return a number as JSON writes it: the nearest of 64 bits, or an integer.

    Raises:
        Unconvertible: it is past the largest one.
    """
    if is_beyond(number):
        raise Unconvertible(TOO_LARGE)
    return int(number) if whole and number.denominator == 1 else float(number)
