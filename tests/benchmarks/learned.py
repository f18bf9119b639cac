"""How much of a stream do templates serve that the model has taught? ``python tests/benchmarks/learned.py``.

The agent as a process, with the embedded model and a real broker, on `eval.streams`: ten devices mixed, then
lines that are nearly theirs. Counted against records that were made without the agent. ``--teach
door,firewall``: three lines of these are taught first, as a person would. Prints one JSON object; times are
of the machine as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

from rig import Broker, Producer, wait_until  # noqa: E402 - after the path
from streaming import Made, StreamAgent, shares  # noqa: E402

from eval.devices import BY_NAME  # noqa: E402
from eval.streams import mutated, stream  # noqa: E402

WARM_UP = 500
"""Messages after which templates are to serve."""


def main() -> None:
    """Play, and say what became of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1500)
    options.add_argument("--mutated", type=int, default=300)
    options.add_argument("--drift-at", type=int)
    options.add_argument("--threshold", type=float, help="Else the model's own.")
    options.add_argument("--teach", default="", help="Shapes, with commas.")
    wish = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), wish), indent=1))  # noqa: T201 - what it is for


def measure(folder: Path, wish: argparse.Namespace) -> dict[str, Any]:
    """Run the agent on a stream."""
    messages, mutants = list(stream(wish.count, drift_at=wish.drift_at)), list(mutated(wish.mutated))
    broker = Broker(folder)
    broker.start()
    agent = StreamAgent(folder, broker.port, threshold=wish.threshold)
    agent.start()
    try:
        agent.wait_ready()
        for name in filter(None, wish.teach.split(",")):
            for drifted in (False, True)[: 1 + (wish.drift_at is not None)]:
                agent.teach(BY_NAME[name], drifted=drifted)
        if wish.teach:
            wait_until(lambda: agent.log().count('"active"') > 0, 20, what="what was taught is in force")
        producer, began = Producer(broker.port), time.monotonic()
        agent.play(producer, messages, seconds=600)
        seconds = time.monotonic() - began
        agent.play(producer, mutants, seconds=600)
        producer.close()
        made = agent.made([*messages, *mutants])
        return report(made[: wish.count], made[wish.count :], seconds) | standing(agent)
    finally:
        agent.terminate()
        broker.kill()


def report(made: list[Made], mutants: list[Made], seconds: float) -> dict[str, Any]:
    """Return what became of stream and mutants."""
    by_shape: dict[str, list[Made]] = defaultdict(list)
    for one in made:
        by_shape[f"{one.message.shape}{' drifted' if one.message.drifted else ''}"].append(one)
    late = made[WARM_UP:]
    return {
        "seconds": round(seconds, 1),
        "first": shares(made[:WARM_UP]),
        "after": shares(late),
        "template_share_after": round(sum(one.by_template for one in late) / max(1, len(late)), 4),
        "mutants": shares(mutants),
        "by_shape": {name: shares(some) for name, some in sorted(by_shape.items())},
    }


def standing(agent: StreamAgent) -> dict[str, Any]:
    """Return how the templates are, and what the model was asked for them."""
    with agent.query() as db:
        disputes = db.execute("SELECT template, origin, fields, suspects FROM v_disputes").fetchall()
    rows = agent.templates("ORDER BY schema")
    keys = ("id", "schema", "origin", "state", "served", "checks", "demotions", "to_review")
    return {"templates": [{key: row[key] for key in keys} for row in rows], "disputes": disputes}


if __name__ == "__main__":
    main()
