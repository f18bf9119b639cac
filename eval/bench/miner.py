"""The peer for formats: drain3-improved, and regular expressions for what it leaves as parameters.

Not among the product's dependencies: ``pip install drain3-improved`` to have it measured.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def mined(lines: Sequence[str]) -> Callable[[str], list[Any]] | None:
    """Teach it some lines; return what reads a line's parameters, or None where it is not installed."""
    try:
        drain = importlib.import_module("drain3")
        config = importlib.import_module("drain3.template_miner_config")
    except ImportError:
        return None
    miner = drain.TemplateMiner(config=config.TemplateMinerConfig())
    for line in lines:
        miner.add_log_message(line)

    def read(line: str) -> list[Any]:
        cluster = miner.match(line)
        found = miner.extract_parameters(cluster.get_template(), line) if cluster else []
        return [_value(one.value) for one in found or []]

    return read


def _value(text: str) -> Any:  # noqa: ANN401 - JSON
    found = _NUMBER.search(text)
    return float(found.group()) if found else text
