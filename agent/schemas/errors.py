"""What can be wrong with a schema, said so that its author can put it right."""

from __future__ import annotations

from agent.errors import Permanent


class SchemaError(Permanent):
    """A schema cannot be used: it is malformed, contradicts itself, or asks for what no extractor can do."""

    def __init__(
        self, what: str, *, where: str, why: str, remedy: str, causes: tuple[SchemaError, ...] = ()
    ) -> None:
        """Keep the four facts apart, so that a caller may print them in its own way."""
        super().__init__(f"{what} at {where}" if where else what, cause=why, remedy=remedy)
        self.what = what
        """What was refused, in a few words."""
        self.where = where
        """File, JSON pointer, or both; the empty string where neither is known."""
        self.why = why
        """The cause, in a sentence without its full stop."""
        self.causes = causes
        """The faults one by one, where this error sums up several."""

    def within(self, place: str) -> SchemaError:
        """Return the same error with ``place`` (a file, say) in front of where it is."""
        where = f"{place} {self.where}" if self.where else place
        return SchemaError(self.what, where=where, why=self.why, remedy=self.remedy, causes=self.causes)
