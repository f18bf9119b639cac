"""Errors that an operator can act on: what was tried, why it failed, what to do."""

from __future__ import annotations

from dataclasses import dataclass


class AgentError(Exception):
    """Something failed; the three parts say what, why, and what to do about it."""

    def __init__(self, operation: str, *, cause: str, remedy: str = "") -> None:
        """Keep the parts apart, so that logs and the command line can show each."""
        super().__init__(f"{operation}: {cause}" + (f" ({remedy})" if remedy else ""))
        self.operation = operation
        self.cause = cause
        self.remedy = remedy


class Transient(AgentError):  # noqa: N818 - names the kind of fault; "again later" is its meaning
    """It failed now and may succeed later: try again, lose nothing."""


class Permanent(AgentError):  # noqa: N818 - names the kind of fault; "never" is its meaning
    """It failed and will fail again: trying again is of no use."""


class BufferUnavailable(Transient):
    """The database could not commit (disk full, input/output error, locked). Nothing was stored."""


class BufferFull(Transient):
    """The database is at its byte cap, or the disk at its reserve. Nothing was stored."""


class BufferRefused(Permanent):
    """The database file cannot be used by this version or by this user, or another agent uses it."""


class WorkerFailed(Transient):
    """The extractor's process crashed, hung past its deadline, or reported an error. It is restarted."""


class EngineBroken(Permanent):
    """The extractor could not be built: a file is missing or damaged, or a setting is wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the configuration."""

    key: str
    """Dotted path, as in ``route[0].filter``."""
    cause: str
    remedy: str
    file: str = ""
    line: int = 0
    """Line in the file, from 1; 0 where the key stands nowhere."""
    column: int = 0
    """Character in the line, from 1; 0 where it is not known."""

    @property
    def place(self) -> str:
        """Return ``file:line:column``, as far as it is known."""
        numbers = [str(number) for number in (self.line, self.column) if number and self.line]
        return ":".join([self.file, *numbers]) if self.file else ""

    def __str__(self) -> str:
        """Return ``file:line:column: key: cause (remedy)``."""
        parts = [part for part in (self.place, self.key, self.cause) if part]
        return f"{': '.join(parts)} ({self.remedy})"


class ConfigError(Permanent):
    """The configuration is wrong. Nothing was started and no data was touched."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Carry every fault at once."""
        super().__init__(
            "read the configuration",
            cause="; ".join(str(fault) for fault in faults),
            remedy=f"{len(faults)} to correct" if len(faults) > 1 else "",
        )
        self.faults = faults
