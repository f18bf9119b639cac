"""Ten formats from broker to broker: rate, latency, memory and start of the agent, beside its limit.

``python -m eval.flow`` measures; `measure` is the same as a function. The limit is a paho client that
publishes what it consumes: nothing read, nothing kept.
"""

from __future__ import annotations

from eval.flow.measure import Found, Wish, measure

__all__ = ["Found", "Wish", "measure"]
