"""Looks at everything that the agent stands on, and says of each thing how it is and what to do about it.

Probes gather facts, judges make findings of them, and neither knows the other. Nothing is changed: probes
have client ids, sessions and topics of their own, which are gone when they are.
"""

from __future__ import annotations

from agent.doctor.checks import Case, checks, open_case
from agent.doctor.rounds import Check, examine, patience_of
from agent.doctor.verdict import Finding, Mark

__all__ = ["Case", "Check", "Finding", "Mark", "checks", "examine", "open_case", "patience_of"]
