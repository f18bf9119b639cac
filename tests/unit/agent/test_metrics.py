"""Instruments count, the catalogue names, the page for Prometheus and the document for MQTT say the same."""

from __future__ import annotations

import re
import stat
import timeit
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.metrics import Meter, catalogue, prometheus
from agent.metrics.instruments import (
    MOST_CHILDREN,
    OTHER,
    Counter,
    Distribution,
    Family,
    Histogram,
    Kind,
    Metric,
    Reading,
    Registry,
)
from agent.metrics.summary import document, snapshot, summary

BASE_UNITS = ("seconds", "bytes", "celsius", "hertz")
"""Units of Prometheus: https://prometheus.io/docs/practices/naming/#base-units."""
SIZES = Metric("sizes", Kind.HISTOGRAM, "Sizes", ("what",), (1.0, 2.0, 4.0))


@pytest.mark.parametrize("metric", catalogue.ALL, ids=[one.name for one in catalogue.ALL])
def test_metric_is_named_by_the_conventions(metric: Metric) -> None:
    """The product's prefix, small letters, a counter ends in _total, a time or size in its base unit."""
    assert re.fullmatch(r"maaza(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert not re.search(r"_(ms|millis|milliseconds|kb|mb|kib|percent|khz|mhz)(_|$)", metric.name)
    if metric.kind is Kind.HISTOGRAM:
        assert metric.name.endswith(BASE_UNITS)
        assert list(metric.bounds) == sorted(set(metric.bounds))
    assert metric.help
    assert all(re.fullmatch(r"[a-z]+", label) for label in metric.labels)


def test_names_are_used_once() -> None:
    """Two metrics of one name would be one to a reader."""
    names = [one.name for one in catalogue.ALL]
    assert len(names) == len(set(names))


def test_everything_that_stages_count_is_in_the_catalogue() -> None:
    """Nothing is counted that is not documented."""
    assert {metric for metric, _values in Meter().registry.read()} <= set(catalogue.ALL)


def test_counter_counts_by_label() -> None:
    """Each combination of label values has a number of its own."""
    family = Family(catalogue.DECIDED, Counter)
    family("a/#", "ready").add()
    family("a/#", "ready").add(2)
    family("b", "rejected").add()
    assert family.read() == (catalogue.DECIDED, {("a/#", "ready"): 3, ("b", "rejected"): 1})


def test_wrong_labels_are_a_fault() -> None:
    """A call with too few or too many label values is found by the first test that counts."""
    with pytest.raises(ValueError, match="has the labels"):
        Family(catalogue.DECIDED, Counter)("a")


def test_children_are_bounded() -> None:
    """Labels that grow without end share a child in the end: memory is bounded, nothing uncounted."""
    family = Family(catalogue.RECEIVED, Counter)
    for number in range(MOST_CHILDREN * 3):
        family(str(number)).add()
    _metric, values = family.read()
    assert len(values) == MOST_CHILDREN + 1
    assert values[OTHER,] == MOST_CHILDREN * 2


@pytest.mark.parametrize(
    ("observed", "counts"),
    [([], (0, 0, 0, 0)), ([0.0, 1.0], (2, 0, 0, 0)), ([1.1, 2.0, 4.0, 4.1, 100], (0, 2, 1, 2))],
)
def test_histogram_counts_by_size(observed: list[float], counts: tuple[int, ...]) -> None:
    """A bucket holds what is at most its bound; the last one has none."""
    histogram = Histogram(SIZES)
    for value in observed:
        histogram.observe(value)
    assert histogram.read() == Distribution(SIZES.bounds, counts, sum(observed))


def test_observation_can_stand_for_many() -> None:
    """A commit of 500 messages is one call."""
    histogram = Histogram(SIZES)
    histogram.observe(1.5, 500)
    assert histogram.read() == Distribution(SIZES.bounds, (0, 500, 0, 0), 750.0)


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ((0, 0, 0, 0), 0.5, None),
        ((10, 0, 0, 0), 0.5, 0.5),
        ((0, 10, 0, 0), 0.5, 1.5),
        ((10, 10, 0, 0), 0.5, 1.0),
        ((10, 0, 10, 0), 0.95, 3.8),
        ((0, 0, 0, 10), 0.5, 4.0),
        ((1, 0, 0, 0), 0.99, 0.99),
    ],
)
def test_quantile_is_estimated(counts: tuple[int, ...], share: float, expected: float | None) -> None:
    """Linear within a bucket, at most the last bound."""
    found = Distribution(SIZES.bounds, counts, 0.0).quantile(share)
    assert found == (None if expected is None else pytest.approx(expected))


def test_distribution_since_a_moment() -> None:
    """What is told of an interval holds nothing of those before."""
    earlier = Distribution(SIZES.bounds, (1, 2, 3, 4), 20.0)
    assert Distribution(SIZES.bounds, (1, 5, 3, 4), 25.0).since(earlier).counts == (0, 3, 0, 0)
    assert earlier.since(None) is earlier


def meter() -> Meter:
    """Return a meter that has counted a little."""
    made = Meter()
    made.received('plant/+/"raw"').add(100)
    made.decided("r", "ready").add(60)
    made.decided("r", "rejected").add(30)
    made.decided("r", "dropped").add(5)
    made.refused("r", "undecodable").add(5)
    made.rejected("r", "not_this_schema").add(20)
    made.escalated("r").add(10)
    made.delivered("data").add(60)
    made.commits.add(50)
    made.tokens("nano").add(900)
    made.stage("extract", "nano").observe(0.03, 90)
    made.total.observe(0.2, 60)
    return made


def test_summary_tells_rates_and_shares() -> None:
    """Per second and per message, of the time since the last one."""
    empty = snapshot(100.0, Meter().registry.read())
    busy: list[Reading] = [(catalogue.MODEL_SECONDS, {("nano",): 3.0}), (catalogue.WRITTEN, {(): 409_600.0})]
    found = summary(snapshot(110.0, [*meter().registry.read(), *busy]), empty)
    assert found["seconds"] == 10
    assert found["received_per_s"] == 10
    assert found["decided_per_s"] == 10
    assert found["delivered_per_s"] == 6
    assert found["rejected_share"] == 0.35
    assert found["escalated_share"] == 0.1
    assert found["not_this_schema_share"] == 0.2
    assert found["fsyncs_per_message"] == 0.5
    assert found["written_bytes_per_message"] == 4096
    assert found["tiers"] == {"nano": {"tokens_per_s": 300.0, "busy_s": 3.0}}
    stages = found["stages"]
    assert isinstance(stages, dict)
    assert list(stages) == ["total", "extract/nano"]


def test_summary_of_silence_has_no_shares() -> None:
    """A share of no message is not 0."""
    moment = snapshot(100.0, meter().registry.read())
    found = summary(snapshot(110.0, meter().registry.read()), moment)
    assert found["received_per_s"] == 0
    for name in ("rejected_share", "escalated_share", "fsyncs_per_message", "written_bytes_per_message"):
        assert found[name] is None
    assert found["stages"] == {}


def test_page_and_document_say_the_same(tmp_path: Path) -> None:
    """Prometheus's own parser reads the page; each number is that of the document on MQTT."""
    counted = meter()
    path = tmp_path / "maaza.prom"
    prometheus.write(counted.registry.read, path)
    said = document(snapshot(0.0, counted.registry.read()))
    samples = [one for family in text_string_to_metric_families(path.read_text()) for one in family.samples]
    values = {(one.name, *sorted(one.labels.items())): one.value for one in samples}
    for name, entries in said.items():
        assert isinstance(entries, list)
        for entry in entries:
            assert isinstance(entry, dict)
            labels = sorted((key, str(entry[key])) for key in entry if key not in {"value", "count", "sum"})
            for part, suffix in (("value", ""), ("count", "_count"), ("sum", "_sum")):
                if part in entry:
                    assert values[(name + suffix, *labels)] == pytest.approx(entry[part])
    assert (
        values[("maaza_stage_seconds_bucket", ("le", "0.05"), ("stage", "extract"), ("tier", "nano"))] == 90
    )


def test_file_is_whole_and_open_to_its_reader(tmp_path: Path) -> None:
    """node_exporter runs as another user, and may read at any moment."""
    path = tmp_path / "maaza.prom"
    path.write_text("old")
    prometheus.write(meter().registry.read, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["maaza.prom"]


def test_counting_is_cheap() -> None:
    """A message passes about twenty instruments: together well under a tenth of a millisecond."""
    counted = Meter()

    def message() -> None:
        for _ in range(8):
            counted.validate.observe(0.001)
        for _ in range(8):
            counted.decided("plant/+/raw", "ready").add()
        counted.stage("extract", "nano").observe(0.01)

    seconds = min(timeit.repeat(message, number=1000, repeat=5)) / 1000
    assert seconds < 100e-6


def test_registry_reads_in_the_order_of_making() -> None:
    """Readers find things where they were."""
    registry = Registry()
    registry.counter(catalogue.RECEIVED)
    registry.histogram(catalogue.STAGE)
    assert [metric for metric, _values in registry.read()] == [catalogue.RECEIVED, catalogue.STAGE]
