"""The one place that knows prometheus_client: a page for scrapers, and a file for node_exporter."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import Permanent
from agent.metrics.instruments import Distribution, Kind, Labels, Metric, Reading, Value

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric as Family

PACKAGE = "prometheus_client"
READABLE = 0o644
"""Mode of the file: node_exporter runs as a user of its own. It holds numbers and topic filters."""
REMEDY = "pip install 'maaza[metrics]' in the agent's environment"

Read = Callable[[], Sequence[Reading]]
Stop = Callable[[], None]


def is_installed() -> bool:
    """Tell whether the extra is there, without importing it."""
    return importlib.util.find_spec(PACKAGE) is not None


class _Collector:
    """Gives the present readings at each scrape; prometheus_client's own objects are not used to count."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def collect(self) -> Iterator[Family]:
        """Yield each metric in prometheus_client's form."""
        return (_family(metric, values.items()) for metric, values in self._read())


def registry(read: Read) -> CollectorRegistry:
    """Return a registry that reads anew at each scrape."""
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - optional

    made = CollectorRegistry(auto_describe=False)
    made.register(_Collector(read))
    return made


def _family(metric: Metric, values: Iterable[tuple[Labels, Value]]) -> Family:
    from prometheus_client import core  # noqa: PLC0415 - optional

    if metric.kind is Kind.HISTOGRAM:
        histogram = core.HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, value in values:
            if isinstance(value, Distribution):
                histogram.add_metric(labels, buckets(value), value.sum)
        return histogram
    kind = core.CounterMetricFamily if metric.kind is Kind.COUNTER else core.GaugeMetricFamily
    family = kind(metric.name, metric.help, labels=metric.labels)
    for labels, value in values:
        if not isinstance(value, Distribution):
            family.add_metric(labels, value)
    return family


def buckets(value: Distribution) -> list[tuple[str, float]]:
    """Return the counts as Prometheus has them: each bucket with all below it, up to infinity."""
    names, total, found = [*map(str, value.bounds), "+Inf"], 0, []
    for name, count in zip(names, value.counts, strict=True):
        total += count
        found.append((name, float(total)))
    return found


def serve(read: Read, *, host: str, port: int) -> Stop:
    """Serve the page in a thread of its own; return how to end that.

    Raises:
        Permanent: the address cannot be used.
    """
    from prometheus_client import start_http_server  # noqa: PLC0415 - optional

    try:
        server, thread = start_http_server(port, host, registry(read))
    except OSError as error:
        remedy = "set another metrics.port, or end what uses it"
        raise Permanent(f"serve metrics at {host}:{port}", cause=str(error), remedy=remedy) from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def write(read: Read, path: Path) -> None:
    """Write the page to a file, whole or not at all, and open to the collector's user.

    Raises:
        OSError: the file cannot be written.
    """
    from prometheus_client import generate_latest  # noqa: PLC0415 - optional

    half = path.with_name(f"{path.name}.half")
    half.write_bytes(generate_latest(registry(read)))
    half.chmod(READABLE)
    half.replace(path)
