"""What does an agent with causal models hold in memory?

::

    python tests/benchmarks/causal_memory.py --model FOLDER-OF-135M --model FOLDER-OF-360M --count 200

Real broker, real agent, one tier for each model folder, smallest first; the bundled examples are sent again
and again. A message that a tier refuses or is unsure of climbs, so that all of them work. Taken is the sum of
the proportional set sizes (PSS) of the agent's processes, weights that are mapped from their file included,
whenever a fifth of the messages is finished. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

from memory import pss  # noqa: E402 - after the path
from rig import Agent, Broker, Producer, wait_until  # noqa: E402

from agent.schemas import bundled_folder  # noqa: E402
from eval.dataset import Case, load_examples  # noqa: E402

SETTINGS = """
node = "memory"
[input]
host = "127.0.0.1"
port = {port}
[buffer]
path = "{folder}/maaza.db"
min_free_bytes = 0
"""
ROUTE = """
[[route]]
filter = "{name}/raw"
schemas = ["{name}"]
"""
TIER = """
[[tier]]
name = "{name}"
model = "{model}"
deadline_s = 600
threads = {threads}
"""
NAMES = ("micro", "small")
"""Tiers, in the order of climbing."""
FAILED = """
SELECT t.value ->> 'tier', count(*) FROM v_rejected r, json_each(r.trail) t GROUP BY 1
"""
"""Tries of rejected messages, by tier: both have worked."""
LOOKS = 5
"""Times that memory is taken on the way, after the start."""
STEP_S = 600
"""Seconds that each part of the messages may take; a wait is four times as patient."""


def settings(models: list[Path], schemas: set[str], port: int, folder: Path, threads: int) -> str:
    """Return an agent's settings: a route for each schema, a tier for each model."""
    routes = "".join(ROUTE.format(name=name) for name in sorted(schemas))
    tiers = "".join(
        TIER.format(name=name, model=model.resolve(), threads=threads)
        for name, model in zip(NAMES, models, strict=False)
    )
    return SETTINGS.format(port=port, folder=folder) + routes + tiers


def memory(agent: Agent) -> dict[str, Any]:
    """Return the PSS of the agent's processes in megabytes: its own, each extractor's, and the sum."""
    assert agent.process is not None
    own, *extractors = (pss(pid) for pid in [agent.process.pid, *agent.extractors()])
    return {"agent": own, "extractors": extractors, "sum": round(own + sum(extractors), 1)}


def measure(agent: Agent, port: int, cases: list[Case], count: int) -> dict[str, Any]:
    """Send, look at memory as messages are finished."""
    producer, sent = Producer(port), 0
    texts = cycle(cases)
    looks: list[dict[str, Any]] = [{"messages": 0, **memory(agent)}]
    for look in range(1, LOOKS + 1):
        part = count * look // LOOKS - sent
        for case in islice(texts, part):
            producer.send(f"{case.schema_name}/raw", case.text)
        sent += part
        wait_until(partial(agent.is_settled, sent), STEP_S, what=f"{sent} settled")
        looks.append({"messages": sent, **memory(agent)})
    producer.close()
    with agent.query() as db:
        failed = dict(db.execute(FAILED).fetchall())
    return {"states": agent.states(), "tries_that_failed": failed, "pss_mb": looks}


def main() -> int:
    """Run, print; exit code 1 where the sum is above the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, action="append", required=True, help="folder; at most two")
    parser.add_argument("--count", type=int, default=200, help="messages")
    parser.add_argument("--threads", type=int, default=1, help="of each tier")
    parser.add_argument("--most", type=float, default=float("inf"), help="megabytes that the sum may have")
    options = parser.parse_args()
    cases = load_examples(bundled_folder())
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder))
        broker.start()
        agent = Agent(Path(folder), broker.port)
        names = {case.schema_name for case in cases}
        agent.settings.write_text(settings(options.model, names, broker.port, Path(folder), options.threads))
        agent.start()
        try:
            wait_until(lambda: '"input_connected"' in agent.log(), 120, what="connected")
            found = measure(agent, broker.port, cases, options.count)
        finally:
            agent.kill()
            broker.kill()
    about = {"models": [one.name for one in options.model], "load_average": round(os.getloadavg()[0], 1)}
    sys.stdout.write(f"{json.dumps(about | found, indent=1)}\n")
    return int(max(look["sum"] for look in found["pss_mb"]) > options.most)


if __name__ == "__main__":
    raise SystemExit(main())
