"""What does a message cost the card? ``python tests/benchmarks/wear.py [--rates 1 10 100] [--seconds S]``.

Real broker, real agent with the stub tier, independent sender, on the file system of ``--folder``. The kernel
counts the bytes that the agent's process and its children had written, from start to end, the last copy of
the log into the file included; a run without messages is taken off. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

import paho.mqtt.client as paho  # noqa: E402 - after the path
from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402
from rig import Agent, Broker, load, result, wait_until  # noqa: E402

BLOCK = 512
"""Bytes in which the kernel tells what a process had written (getrusage(2), ``ru_oublock``)."""
LEAST = 60
"""Messages sent at least."""
MORE = "[metrics]\ninterval_s = 1.0\n"


def cost(folder: Path, count: int, rate: float, seconds: float, more: str) -> dict[str, float]:
    """Run the agent for so long, with or without messages; return what that took in all."""
    broker = Broker(folder, "max_inflight_messages 20")
    broker.start()
    agent = Agent(folder, broker.port, more=f"{more}\n{MORE}")
    agent.start()
    agent.wait_ready()
    try:
        if count:
            result(load("send", broker.port, count, rate=rate), count / rate * 3 + 60)
            wait_until(lambda: agent.is_settled(count), 60, what="all settled")
        else:
            time.sleep(seconds)
        time.sleep(2.5)
        found = metrics(broker.port)
        with agent.query() as db:
            rows = db.execute(
                "SELECT total_s FROM v_latency WHERE total_s IS NOT NULL ORDER BY total_s"
            ).fetchall()
        totals = [row[0] for row in rows] or [0.0]
        return {
            "bytes": written(agent),
            "commits": found["maaza_buffer_commits_total"],
            "p50_ms": round(totals[len(totals) // 2] * 1000, 1),
            "p95_ms": round(totals[int(len(totals) * 0.95)] * 1000, 1),
        }
    finally:
        agent.kill()
        broker.kill()


def written(agent: Agent) -> int:
    """End the agent in order; return the bytes it had written in all its life."""
    assert agent.process is not None
    agent.process.send_signal(signal.SIGTERM)
    _pid, _status, usage = os.wait4(agent.process.pid, 0)
    agent.process.returncode = 0
    agent.process = None
    return usage.ru_oublock * BLOCK


def metrics(port: int) -> dict[str, float]:
    """Return the agent's own numbers, as it retains them at the broker."""
    found: dict[str, float] = {}

    def note(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        for name, values in json.loads(message.payload)["metrics"].items():
            found[name] = sum(float(one.get("value", 0)) for one in values)

    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.on_message = note
    client.on_connect = lambda c, *_rest: c.subscribe("maaza/+/metrics", qos=1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_until(lambda: bool(found), 10, what="metrics")
    client.disconnect()
    client.loop_stop()
    return found


def at_rate(folder: Path | None, rate: float, seconds: float, more: str) -> dict[str, float]:
    """Return what a message costs at a rate: a run with messages, less one without."""
    count = max(LEAST, round(rate * seconds))
    with tempfile.TemporaryDirectory(dir=folder) as busy, tempfile.TemporaryDirectory(dir=folder) as idle:
        loaded = cost(Path(busy), count, rate, seconds, more)
        silent = cost(Path(idle), 0, rate, count / rate, more)
    return {
        "messages": count,
        "fsyncs_per_message": round((loaded["commits"] - silent["commits"]) / count, 2),
        "KiB_per_message": round((loaded["bytes"] - silent["bytes"]) / count / 1024, 1),
        "KiB_idle_per_s": round(silent["bytes"] / 1024 / (count / rate), 1),
        "p50_ms": loaded["p50_ms"],
        "p95_ms": loaded["p95_ms"],
    }


def main() -> int:
    """Measure each rate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[1, 10, 100, 500], help="messages per second"
    )
    parser.add_argument("--seconds", type=float, default=30, help="how long each is sent")
    parser.add_argument(
        "--folder", type=Path, help="on which file system; default: the system's for such files"
    )
    parser.add_argument("--more", default="", help="TOML behind the agent's [buffer] table")
    options = parser.parse_args()
    rows = {
        f"{rate:g}/s": at_rate(options.folder, rate, options.seconds, options.more) for rate in options.rates
    }
    found = {"load_average": round(os.getloadavg()[0], 2), **rows}
    sys.stdout.write(f"{json.dumps(found, indent=1)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
