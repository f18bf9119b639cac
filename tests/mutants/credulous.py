"""Faults of templates that the model teaches: trusted too early, too long, or against a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planting import put

from agent.app import lessons, recognition, study, trust
from agent.templates import budget, life, observed
from agent.templates.life import Check, Standing, State, Turn

STUDY = "tests/unit/agent/test_study.py::"
OBSERVED = "tests/unit/agent/test_templates_observed.py::"


def serve_on_probation() -> None:
    """Candidates serve as those in force do."""
    entries = recognition.Recognition._entries

    def early(self: Any, rows: Any, states: Any) -> Any:
        return entries(self, rows, {State.ACTIVE, State.CANDIDATE} if State.ACTIVE in states else states)

    put(recognition.Recognition, "_entries", early)


def never_demote() -> None:
    """A template in force stays so, whatever the model says."""
    checked = life.checked

    def kind(standing: Standing, check: Check, *, agreeing: int) -> tuple[Standing, Turn]:
        after, turn = checked(standing, check, agreeing=agreeing)
        return (standing, Turn.NONE) if turn is Turn.DEMOTED else (after, turn)

    put(trust, "checked", kind)


def never_audit() -> None:
    """What serves is not put to the model."""
    put(study.Study, "_wants_audit", lambda _self: False)


def overrule_a_person() -> None:
    """What a person has taught is demoted as all else is."""
    standing = trust._standing

    def levelled(row: Any, past: Any) -> Standing:
        found = standing(row, past)
        return Standing(life.Origin.LEARNED, found.state, found.streak, found.demotions)

    put(trust, "_standing", levelled)


def spend_without_end() -> None:
    """Audits take what they can get."""
    put(budget.Budget, "allows", lambda _self, _now: True)


def keep_trust_over_a_change() -> None:
    """Another model, threshold or schema changes nothing for templates."""
    put(trust.Trust, "_settle", lambda _self: None)


def learn_what_was_overlooked() -> None:
    """A format is learned although a field that could be there stays empty."""
    put(observed, "overlooked", lambda _template, _schema: "")


def believe_in_constants() -> None:
    """A constant word stays one, also when it varies."""
    put(lessons, "is_variant", lambda _signature, _known: False)


def demote_when_it_is_written() -> None:
    """A contradicted template serves until its row is on disk."""
    put(recognition.Recognition, "withdraw", lambda _self, _name: None)


def count_a_text_twice() -> None:
    """The same text again brings a template into force."""
    weigh = study.Study._weigh

    def forgetful(self: Any, reading: Any, end: Any) -> Check:
        self._texts.clear()
        return weigh(self, reading, end)

    put(study.Study, "_weigh", forgetful)


PLANTED: dict[str, tuple[Callable[[], None], str]] = {
    "serve_on_probation": (serve_on_probation, f"{STUDY}test_format_that_repeats_is_learned_and_served"),
    "never_demote": (never_demote, f"{STUDY}test_wrong_template_is_demoted_at_its_first_audit"),
    "never_audit": (never_audit, f"{STUDY}test_template_in_force_is_audited_for_ever"),
    "overrule_a_person": (overrule_a_person, f"{STUDY}test_template_of_a_person_goes_to_review"),
    "spend_without_end": (
        spend_without_end,
        f"{STUDY}test_audits_keep_to_the_processor_time_that_they_may_take",
    ),
    "keep_trust_over_a_change": (
        keep_trust_over_a_change,
        f"{STUDY}test_change_of_model_or_threshold_puts_on_probation",
    ),
    "learn_what_was_overlooked": (
        learn_what_was_overlooked,
        f"{OBSERVED}test_what_the_model_may_have_overlooked_is_not_learned[a name]",
    ),
    "believe_in_constants": (believe_in_constants, f"{STUDY}test_constant_word_that_varies_was_none"),
    "demote_when_it_is_written": (
        demote_when_it_is_written,
        f"{STUDY}test_demoted_template_serves_no_more_while_the_disk_is_full",
    ),
    "count_a_text_twice": (count_a_text_twice, f"{STUDY}test_same_text_again_is_no_agreement"),
}
