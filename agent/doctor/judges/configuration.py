"""Faults of the configuration as findings: each with its place and remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.doctor.verdict import Finding, Says
from agent.errors import Fault

SCHEMAS: Final = re.compile(r"schemas|route\[\d+\]\.schemas.*")
"""Keys whose faults are those of schemas."""
MODELS: Final = re.compile(r"tier\[(\d+)\]\.model")
"""Keys whose faults are those of models."""


def about(faults: Sequence[Fault], pattern: re.Pattern[str]) -> list[Fault]:
    """Return the faults whose key is of this kind."""
    return [one for one in faults if pattern.fullmatch(one.key)]


def others(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that are neither of schemas nor of models."""
    return [one for one in faults if not SCHEMAS.fullmatch(one.key) and not MODELS.fullmatch(one.key)]


def judged(says: Says, faults: Sequence[Fault], good: str) -> list[Finding]:
    """Return a finding for each fault; where there is none, that all is well."""
    return [_finding(says, one) for one in faults] or [says.good(good)]


def _finding(says: Says, fault: Fault) -> Finding:
    where = ": ".join(part for part in (fault.place, fault.key) if part)
    return says.fault(f"{where}: {fault.cause}" if where else fault.cause, fault.remedy)
