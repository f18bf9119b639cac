"""Speed beside peers, in one run on one machine: ``python -m eval bench``.

Ways that are compared take turns, and what is reported is the median of their ratios: the machine's mood hits
both. Absolute figures and processor time stand beside. See docs/benchmarks.md.
"""

from __future__ import annotations

from eval.bench.measure import Wish, measure
from eval.bench.table import table

__all__ = ["Wish", "measure", "table"]
