"""The benchmark's arithmetic, its messages, and the whole of it in small."""

from __future__ import annotations

import json
import time
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from eval.__main__ import main
from eval.bench.completion import plain
from eval.bench.curves import LINEAR, exponent
from eval.bench.formats import FORMATS
from eval.bench.page import page
from eval.bench.table import table
from eval.bench.templates import truth
from eval.bench.turns import Turn, alternate, rates, ratio
from eval.bench.works import reports


def test_a_ratio_is_the_median_of_the_turns() -> None:
    """One turn in which something else ran does not decide."""
    ours = [Turn(10, 1.0, 1.0), Turn(10, 1.0, 1.0), Turn(10, 50.0, 1.0)]
    theirs = [Turn(10, 4.0, 3.0), Turn(10, 6.0, 3.0), Turn(10, 5.0, 3.0)]
    assert ratio(ours, theirs) == {"wall": 4.0, "cpu": 3.0}
    assert rates(ours) == {"per_s": 10.0, "per_cpu_s": 10.0}


def test_ways_take_turns() -> None:
    """Each turn goes through them in the other direction: neither is always the first."""
    order: list[str] = []

    def way(name: str) -> int:
        order.append(name)
        return 1

    alternate({"a": lambda: way("a"), "b": lambda: way("b")}, 3)
    assert "".join(order) == "abbaab"


@pytest.mark.parametrize(
    ("points", "linear"),
    [
        ([(1, 100.0), (10, 100.0), (100, 100.0)], True),
        ([(1, 100.0), (10, 10.0), (100, 1.0)], True),
        ([(1, 100.0), (10, 10.0), (100, 0.1)], False),
        ([(1, 100.0), (10, 99.0), (100, 90.0), (1000, 0.9)], False),
    ],
)
def test_a_curve_worse_than_linear_is_seen(points: list[tuple[int, float]], *, linear: bool) -> None:
    """The exponent is that of the larger sizes, where it shows."""
    assert (exponent(points) <= LINEAR) is linear


def test_reports_hold_their_records() -> None:
    """Every value of a record stands in its text, and the answer says the record."""
    made = reports(40)
    assert len(made) > 10
    for one in made:
        assert json.loads(one.answer) == one.expected
        assert isinstance(one.expected, dict)
        assert all(str(value).lower() in one.job.text.lower() for value in one.expected.values())


def test_patterns_by_hand_read_their_lines() -> None:
    """The limit does the same work: it gives a record for each line."""
    random = Random(3)  # noqa: S311 - seeded lines are no secrets
    for one in FORMATS:
        line = one.draw(random)
        found = one.read(line)
        assert found is not None
        assert found["id"] in line


def test_the_peers_schema_keeps_what_it_can() -> None:
    """A property of the name of a keyword stays; the keywords go."""
    schema = {"properties": {"format": {"type": "string", "format": "uri", "pattern": "x"}}}
    assert plain(schema) == {"properties": {"format": {"type": "string"}}}


def test_templates_are_never_wrong_on_the_stream() -> None:
    """The records of the ten shapes are right before and after the drift, and mutants are not misread."""
    found = truth(600)
    assert found["wrong"] == found["mutated_wrong"] == 0
    assert found["served"] > found["counted"] * 0.8
    assert found["mutated"] == 600


@pytest.mark.slow
def test_the_quick_run_is_quick_and_says_everything(tmp_path: Any) -> None:
    """Without a causal model, EdgeJSON or a broker it works too, within two minutes of processor time."""
    began = time.process_time()
    out = tmp_path / "bench.html"
    done = CliRunner().invoke(main, ["bench", "--quick", "--no-flow", "--json", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert time.process_time() - began < 120
    found = json.loads(done.stdout)
    assert found["embedded"]["per_cpu_s"] > 0
    assert found["templates"]["ratios"]["agent / by hand"]["cpu"] > 0
    assert {name: len(curve["points"]) for name, curve in found["curves"].items()} == dict.fromkeys(
        found["curves"], 3
    )
    assert "WORSE" in table(found) or "no worse than linear" in table(found)
    assert out.read_text("utf-8") == page(found)
    assert out.read_text("utf-8").count("<svg") == len(found["curves"])
