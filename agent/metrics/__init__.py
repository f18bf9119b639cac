"""What is counted and measured, what it means, and whether a rate departs from its long run."""

from __future__ import annotations

from agent.metrics.instruments import Counter, Distribution, Family, Histogram, Kind, Metric, Reading
from agent.metrics.meter import Meter

__all__ = ["Counter", "Distribution", "Family", "Histogram", "Kind", "Meter", "Metric", "Reading"]
