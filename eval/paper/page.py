"""The page: one section for each set of cases, extractors side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from agent.schemas import Complexity
from eval.calibration import PRECISION, auroc, coverage, kept, samples
from eval.ceiling import ceiling
from eval.metrics import paired
from eval.paper import curves, plots
from eval.paper.markup import NOTHING, interval, percent, table, tag, text
from eval.paper.published import Published
from eval.paper.style import STYLE
from eval.report import summary
from eval.runner import Answer, Run

LEVELS: Final = tuple(level.value for level in Complexity)
WRONG_SHOWN: Final = 40
"""Wrong cases of a set that are printed."""
LONGEST: Final = 600
"""Characters of a text that are printed."""


@dataclass(frozen=True)
class Part:
    """One set of cases, answered by several extractors."""

    title: str
    runs: tuple[Run, ...]
    """The first is the one that the report is about."""
    published: tuple[Published, ...] = ()

    @cached_property
    def reports(self) -> tuple[dict[str, Any], ...]:
        """The figures of each run; made once, for their intervals take a while."""
        return tuple(summary(run) for run in self.runs)


def page(parts: Sequence[Part], about: Mapping[str, str], more: Sequence[str] = ()) -> str:
    """Return the whole page; ``about`` says what was run, where and when, ``more`` are sections behind."""
    return bare([*(section for part in parts for section in _sections(part)), *more], about)


def bare(inside: Sequence[str], about: Mapping[str, str]) -> str:
    """Return a page of ready sections."""
    facts = table(("", ""), list(about.items()), "What was run")
    head = ('<meta charset="utf-8">', tag("title", "Extraction report"), tag("style", STYLE))
    body = tag("main", tag("h1", "Extraction report"), facts, *inside)
    return f"<!doctype html>\n{tag('html', tag('head', *head), tag('body', body), lang='en')}\n"


def figures(parts: Sequence[Part]) -> dict[str, Any]:
    """Return what the page says as one JSON object: set, extractor, figures."""
    return {
        part.title: {
            run.model: report | _sureness(run) for run, report in zip(part.runs, part.reports, strict=True)
        }
        for part in parts
    }


def _sections(part: Part) -> Iterator[str]:
    reports = part.reports
    yield tag("h2", text(part.title))
    yield _scores(part, reports)
    yield plots.bars([*_bars(part, reports)], "Exactly right, with 95 % intervals")
    yield from _sure(part.runs[0])
    for name, key in (("complexity", "by_complexity"), ("format", "by_format"), ("schema", "by_schema")):
        if len(reports[0][key]) > 1:
            yield _groups(part, reports, key, f"Exactly right, by {name}")
    yield from _compared(part)
    yield _ceiling(part.runs[0])
    yield _wrong(part.runs[0])


def _scores(part: Part, reports: Sequence[dict[str, Any]]) -> str:
    head = ("", "cases", "exactly right", "95 %", *LEVELS, "field F1", "leaf F1", "valid", "refused",
            "published", "right of these", "false publishing", "grounded", "cases/s")  # fmt: skip
    rows = [
        (
            run.model, str(one["cases"]), percent(one["json_exact"]),
            interval(one["intervals"]["json_exact"]),
            *(percent(_level(one, level)) for level in LEVELS),
            f"{one['field_f1']:.3f}", f"{one['leaf_f1']:.3f}", percent(one["schema_compliance"]),
            str(one["refused"]), str(one["published"]), percent(one["published_right"]),
            percent(one["false_at_threshold"]), percent(one["grounded"]), str(one["cases_per_s"]),
        )
        for run, one in zip(part.runs, reports, strict=True)
    ]  # fmt: skip
    blank = (NOTHING,) * (len(head) - 9)
    rows += [
        (one.name, "158", percent(one.json_exact), "", *map(percent, one.levels or (None,) * 3),
         f"{one.field_f1:.3f}" if one.field_f1 is not None else NOTHING, *blank, NOTHING)
        for one in part.published
    ]  # fmt: skip
    limits = ", ".join(dict.fromkeys(f"{one['threshold']:g}" for one in reports))
    caption = (
        f"Each model alone: no templates, no other tier. Published: at the model's own threshold ({limits})"
    )
    return table(head, rows, caption)


def _level(report: dict[str, Any], level: str) -> float | None:
    found: float | None = report["by_complexity"].get(level, {}).get("json_exact")
    return found


def _bars(part: Part, reports: Sequence[dict[str, Any]]) -> Iterator[plots.Bar]:
    for run, one in zip(part.runs, reports, strict=True):
        yield plots.Bar(run.model, one["json_exact"], one["intervals"]["json_exact"])
    for told in part.published:
        yield plots.Bar(told.name, told.json_exact, quiet=True)


def _sureness(run: Run) -> dict[str, float | None]:
    """Return how well confidence tells right from wrong."""
    seen = samples(run.answers)
    reached = coverage(seen, PRECISION)
    published = kept(seen, run.threshold)
    return {
        "auroc": auroc(seen),
        "calibration_error": curves.expected_error(seen),
        "coverage_at_precision": reached[0] if reached else 0.0,
        "precision": PRECISION,
        "coverage_at_threshold": published.published,
        "precision_at_threshold": published.published_right,
    }


def _sure(run: Run) -> Iterator[str]:
    seen = samples(run.answers)
    told = _sureness(run)
    if not seen or told["auroc"] is None:
        return
    yield tag(
        "p",
        text(
            f"{run.model}: area under the ROC curve of its confidence {told['auroc']:.3f}; expected "
            f"calibration error {percent(told['calibration_error'])}; the surest "
            f"{percent(told['coverage_at_precision'])} of its answers are right in {percent(PRECISION)}; "
            f"at its threshold, {run.threshold:g}, {percent(told['coverage_at_threshold'])} of its answers "
            f"are kept, and {percent(told['precision_at_threshold'])} of these are right."
        ),
    )
    yield plots.reliability(curves.reliable(seen), "Reliability: how often answers this sure are right")
    yield plots.curve(
        curves.risk(seen), "Risk and coverage, surest answers first", "answers kept", "wrong of these"
    )


def _groups(part: Part, reports: Sequence[dict[str, Any]], key: str, caption: str) -> str:
    head = ("", "cases", *(run.model for run in part.runs), f"leaf F1 of {part.runs[0].model}")
    rows = [
        (
            name,
            str(one["cases"]),
            *(percent(report[key][name]["json_exact"]) for report in reports),
            f"{one['leaf_f1']:.3f}",
        )
        for name, one in sorted(reports[0][key].items(), key=lambda pair: _rank(pair[0]))
    ]
    return table(head, rows, caption)


def _rank(name: str) -> tuple[int, str]:
    """Return a sort key: levels from simple to complex, all else by name."""
    return (LEVELS.index(name) if name in LEVELS else len(LEVELS), name)


def _compared(part: Part) -> Iterator[str]:
    first, *others = part.runs
    rows = []
    for other in others:
        exact = [[float(one.score.exact) for one in run.answers] for run in (other, first)]
        leaves = [[one.score.leaf_f1 for one in run.answers] for run in (other, first)]
        by, ends = paired(*exact)
        by_leaf, ends_leaf = paired(*leaves)
        rows.append(
            (other.model, f"{100 * by:+.1f}", interval(ends), f"{100 * by_leaf:+.1f}", interval(ends_leaf))
        )
    if rows:
        head = ("against", "exactly right, points", "95 %", "leaf F1, points", "95 %")
        yield table(head, rows, f"{first.model} on the same cases, paired bootstrap")


def _ceiling(run: Run) -> str:
    found = ceiling([answer.case for answer in run.answers])
    rows = [(name, "; ".join(reasons)) for name, reasons in found["unreachable"].items()]
    guesses = [*found["uncued"].items(), *found["silent"].items()]
    rows += [(name, "; ".join(reasons) + " (a guess)") for name, reasons in guesses]
    if not rows:
        return tag("p", text("Every expected value stands in its text."))
    return table(
        ("case", "what stands in the way"), rows, f"Out of reach: {percent(found['reachable'])} can be right"
    )


def _wrong(run: Run) -> str:
    wrong = [answer for answer in run.answers if not answer.score.exact]
    shown = (_case(answer) for answer in wrong[:WRONG_SHOWN])
    title = f"{len(wrong)} wrong of {len(run.answers)}" + (
        f", the first {WRONG_SHOWN}" if len(wrong) > WRONG_SHOWN else ""
    )
    return tag("details", tag("summary", text(title)), *shown)


def _case(answer: Answer) -> str:
    got = answer.candidate
    said = got.detail or got.refusal if got.value is None else got.value
    rows = (
        ("expected", str(answer.case.expected)), ("got", str(said)), ("confidence", f"{got.confidence:.2f}"),
    )  # fmt: skip
    lines = (tag("p", tag("b", text(name)), " ", tag("code", text(value))) for name, value in rows)
    cut = answer.case.text[:LONGEST] + ("…" if len(answer.case.text) > LONGEST else "")
    return tag("article", tag("h4", text(answer.case.id)), tag("pre", text(cut)), *lines)
