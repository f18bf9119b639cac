"""How fast is the way of a message? ``tests/load/bench.py [--count N] [--rate R] [--kills K] [--more TOML]``.

Real broker, real agent with the stub tier, independent sender and consumer. Prints one JSON object: what was
sent, where it ended, how fast, at what cost of processor time, and every broken promise.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

from rig import Agent, Broker, check_promises, load, result, wait_until  # noqa: E402 - after the path

from agent.buffer.retention import used_bytes  # noqa: E402


def run(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Run once, in a folder of its own."""
    broker = Broker(folder, f"max_inflight_messages {options.inflight}")
    broker.start()
    agent = Agent(folder, broker.port, more=options.more)
    agent.start()
    agent.wait_ready()
    try:
        return measure(agent, broker, options)
    finally:
        agent.kill()
        broker.kill()


def measure(agent: Agent, broker: Broker, options: argparse.Namespace) -> dict[str, object]:
    """Send, kill as often as asked, wait, count."""
    collector = load("collect", broker.port, options.count, timeout=60)
    assert collector.stdout is not None
    collector.stdout.readline()
    sender = load("send", broker.port, options.count, rate=options.rate)
    for _ in range(options.kills):
        time.sleep(options.count / (options.rate or 3000) / (options.kills + 1))
        agent.kill()
        agent.start()
    sent, collected = result(sender, 600), result(collector, 600)
    wait_until(lambda: agent.is_settled(options.count), 60, what="all settled")
    with agent.query() as db:
        seconds = db.execute("SELECT max(finished_at) - min(received_at) FROM inbox").fetchone()[0]
        stored = used_bytes(db)
        half, most = quantiles(row[0] for row in db.execute("SELECT total_s FROM v_latency"))
    return {
        "sent": sent["sent"],
        "sent_per_s": sent["per_s"],
        "states": agent.states(),
        "consumer": {name: collected[name] for name in ("received", "distinct", "texts")},
        "per_s": round(options.count / seconds),
        "bytes_per_message": round(stored / options.count),
        "p50_ms": round(half * 1000, 1),
        "p95_ms": round(most * 1000, 1),
        "agent_cpu_us_per_message": round(cpu_seconds(agent) / options.count * 1e6)
        if not options.kills
        else None,
        "broken_promises": check_promises(agent, options.count, collected),
    }


def quantiles(values: object) -> tuple[float, float]:
    """Return median and 95th percentile."""
    ordered = sorted(values)  # type: ignore[call-overload]
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


def cpu_seconds(agent: Agent) -> float:
    """Return the processor time of the agent's own process, start included."""
    assert agent.process is not None
    fields = Path(f"/proc/{agent.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> int:
    """Read the options, run, print; exit code 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=0, help="messages per second; 0: as fast as it goes")
    parser.add_argument("--kills", type=int, default=0, help="kill -9 so many times on the way")
    parser.add_argument("--more", default="", help="TOML behind the agent's [buffer] table")
    parser.add_argument("--inflight", type=int, default=20, help="max_inflight_messages of the broker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), options)
    sys.stdout.write(f"{json.dumps(found, indent=1)}\n")
    return 1 if found["broken_promises"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
