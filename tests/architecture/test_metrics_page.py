"""The page of the metrics and the catalogue in the code say the same, number by number."""

from __future__ import annotations

import re
from pathlib import Path

from agent.metrics import catalogue, drift
from agent.metrics.instruments import MOST_CHILDREN, Metric
from agent.pipeline import tally
from agent.progress import BROKER_S

PAGE = (Path(__file__).parents[2] / "docs/metrics.md").read_text("utf-8")
UNITS = {"seconds": "s", "bytes": "B", "celsius": "°C", "hertz": "Hz"}
"""Units by the word in the name."""


def unit(metric: Metric) -> str:
    """Return the unit that a name gives; 1 where it counts things, or is a share or a flag."""
    return next((short for word, short in UNITS.items() if word in metric.name.split("_")), "1")


def row(metric: Metric) -> str:
    """Return a metric's row of the table."""
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {unit(metric)} | {labels} | {metric.help} |"


def table() -> list[str]:
    """Return the rows of the page's table."""
    return re.findall(r"^\| `maaza_[a-z_]+` \| (?:counter|gauge|histogram) .*$", PAGE, re.MULTILINE)


def test_every_metric_is_documented_with_its_unit() -> None:
    """The table is that of the catalogue, in its order."""
    assert table() == [row(metric) for metric in catalogue.ALL]


def test_metrics_in_questions_exist() -> None:
    """A metric that the page names anywhere is one, and so are its stages."""
    named = set(re.findall(r"\bmaaza_[a-z_]+[a-z]\b", PAGE))
    known = {metric.name for metric in catalogue.ALL} | {"maaza_stage_seconds_bucket"}
    assert named <= known
    source = Path(str(tally.__file__)).read_text("utf-8")
    stages = set(re.findall(r"^\| `([a-z]+)` \|", PAGE.split("Stages of")[1].split("###")[0], re.MULTILINE))
    counted = set(re.findall(r"meter\.(intake|commit|wait|validate|settle|publish|total)\.observe", source))
    assert stages == counted | {"extract", "validate"}


def test_limits_on_the_page_are_those_of_the_code() -> None:
    """Numbers that an operator counts on."""
    for number, words in (
        (drift.WARM_UP, "first {} messages"),
        (drift.MEMORY, "last {} or so"),
        (drift.ACCEPT, "after {} messages"),
        (MOST_CHILDREN, "at most {} combinations"),
        (round(BROKER_S), "confirmed none for {} s"),
    ):
        assert words.format(f"{number:,}") in " ".join(PAGE.split()), words
