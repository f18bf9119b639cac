"""What is to be done and who does it: models, and whether they are fast enough for their topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from agent.doctor.facts import Capacity, ModelFiles, Traffic
from agent.doctor.judges.machine import mib
from agent.doctor.verdict import Finding, Says

HIGH_SHARE: Final = 0.7
"""Share of a tier's capacity above which bursts pile up."""
FASTER: Final = (
    "use a smaller model for the first tier, raise tier.threads, give fewer topics to this node, "
    "or stop other work on it"
)


def model(says: Says, facts: ModelFiles) -> list[Finding]:
    """Judge the files of a tier's model."""
    if facts.fault:
        return [says.fault(facts.fault, facts.remedy or "get it again: `maaza models pull` or `import`")]
    return [says.good(f"{facts.name}, {mib(facts.bytes)}, sha256 {facts.sha256[:12]}… as its manifest says")]


def loads(first: Mapping[int, str], traffic: Traffic) -> dict[str, float]:
    """Return messages per second that each tier has to do; `first` names the first tier of each route."""
    asked: dict[str, float] = dict(traffic.climbed)
    for route, rate in traffic.by_route.items():
        asked[first[route]] = asked.get(first[route], 0.0) + rate
    return asked


def capacity(
    says: Says, facts: Sequence[Capacity], traffic: Traffic | None, first: Mapping[int, str]
) -> list[Finding]:
    """Judge each tier's measured capacity against what comes."""
    asked = loads(first, traffic) if traffic else {}
    found = [_tier(says, one, asked.get(one.tier, 0.0), traffic) for one in facts]
    return [*found, *(_narrow(says, one) for one in facts if one.unfit)]


def _narrow(says: Says, one: Capacity) -> Finding:
    said = f"{one.tier}: {one.unfit} of {one.texts} texts were refused for want of context: it is slower"
    return says.warn(
        said, "give the model more (`maaza models import` or `pull` with --context), or smaller schemas"
    )


def _tier(says: Says, one: Capacity, asked: float, traffic: Traffic | None) -> Finding:
    if one.fault:
        return says.skip(f"{one.tier}: not measured: {one.fault}")
    beside = " beside the running agent" if one.busy else ""
    can = f"{one.tier}: {one.per_s:.1f} messages/s measured{beside}, with the examples of the schemas"
    if traffic is None:
        return says.good(f"{can}; nobody knows what comes")
    said = f"{can}, {asked:.1f}/s come ({traffic.source})"
    if asked > one.per_s:
        return says.fault(f"too slow for its topics: {said}", FASTER)
    if asked > HIGH_SHARE * one.per_s:
        return says.warn(f"little to spare: {said}", FASTER)
    return says.good(said)
