"""From settings to the study: what it may spend, and on what its trust in templates rests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

from agent.app.believing import threshold_of
from agent.app.hearing import is_audit
from agent.app.introduction import tier_of
from agent.app.recognition import Recognition
from agent.app.study import Study
from agent.app.trust import Terms
from agent.buffer import Buffer
from agent.clock import Clock
from agent.extract.lane import Finished
from agent.metrics import Meter
from agent.plans import Plans
from agent.redaction import Redaction
from agent.settings import Settings, TierSettings


def study_of(
    settings: Settings, buffer: Buffer, plans: Plans, clock: Clock, meter: Meter, rules: Redaction
) -> Study | None:
    """Return what learns and audits templates, those in force read before the first message comes."""
    wish = settings.templates
    if not wish.enabled:
        return None
    terms = Terms(
        learns=wish.learn,
        agreeing=wish.agreeing,
        share=wish.audit_share,
        room=wish.max_learned,
        basis=basis_of(settings.tier),
        patience_s=sum(tier.deadline_s + tier.ready_s for tier in settings.tier),
    )
    recognition = Recognition(buffer, plans, max_count=wish.max_count)
    made = Study(
        buffer=buffer,
        plans=plans,
        recognition=recognition,
        clock=clock,
        meter=meter,
        redaction=rules,
        terms=terms,
    )
    made.begin()
    return made


def basis_of(tiers: Sequence[TierSettings]) -> str:
    """Return what answers of the model rest on, as one line: tiers, models, thresholds."""
    said = [(one.name, one.kind, tier_of(one).get("sha256", ""), threshold_of(one)) for one in tiers]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def sorting(study: Study, others: Callable[[list[Finished]], None]) -> Callable[[list[Finished]], None]:
    """Return who takes a lane's results: answers to audits are for the study alone."""

    def done(results: list[Finished]) -> None:
        own = [one for one in results if is_audit(one)]
        rest = [one for one in results if not is_audit(one)] if own else results
        if own:
            study.heard(own)
        if rest:
            others(rest)

    return done
