"""How fast is the audit of a long past? ``python tests/benchmarks/audit_rows.py [--rows N] [--rate R]``.

Builds a database of a million finished messages (about a gigabyte, half a minute), asks what people ask, then
lets the real agent forget half of them by age while messages flow. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

from history import build  # noqa: E402 - after the path
from rig import Agent, Broker, load  # noqa: E402 - after the path

HOUR = "received_at > (SELECT max(received_at) FROM v_states) - 3600"
NEWEST = "ORDER BY seq DESC LIMIT 100"
QUESTIONS = {
    "newest 100 records": f"SELECT * FROM v_records {NEWEST}",
    "newest 100 records by id": "SELECT * FROM v_records ORDER BY id DESC LIMIT 100",
    "newest 100 records of a device": f"SELECT * FROM v_records WHERE device = 'pump-007' {NEWEST}",
    "records of a device with one message": f"SELECT * FROM v_records WHERE device = 'rare' {NEWEST}",
    "newest 100 records of a schema": f"SELECT * FROM v_records WHERE schema = 'env_sensor' {NEWEST}",
    "records of the last hour": f"SELECT * FROM v_records WHERE {HOUR}",
    "newest 100 rejected": f"SELECT * FROM v_rejected {NEWEST}",
    "newest 100 rejected for a reason": f"SELECT * FROM v_rejected WHERE reason = 'unsure' {NEWEST}",
    "rejected by reason": "SELECT reason, count(*) FROM v_rejected GROUP BY reason",
    "rejected of a device": f"SELECT * FROM v_rejected WHERE device = 'pump-007' {NEWEST}",
    "messages by state": "SELECT state, count(*) FROM v_states GROUP BY state",
    "one message by id": "SELECT * FROM v_states WHERE id = (SELECT id FROM v_states WHERE seq = 5000)",
    "newest 100 states": f"SELECT * FROM v_states {NEWEST}",
    "99th percentile of the last hour": f"SELECT total_s FROM v_latency WHERE {HOUR} ORDER BY total_s DESC"
    f" LIMIT 1 OFFSET (SELECT count(*) / 100 FROM v_latency WHERE {HOUR})",
    "latency by tier, last hour": f"SELECT tier, max(total_s) FROM v_latency WHERE {HOUR} GROUP BY tier",
    "search: a word": f"SELECT * FROM v_search WHERE words MATCH 'fault' {NEWEST}",
    "search: a word and a phrase": f"SELECT * FROM v_search WHERE words MATCH 'fault \"pump-007\"' {NEWEST}",
    "search: beginning of a word": f"SELECT * FROM v_search WHERE words MATCH '4711*' {NEWEST}",
    "search: a word that is nowhere": f"SELECT * FROM v_search WHERE words MATCH 'nowhere' {NEWEST}",
    "search: how many": "SELECT count(*) FROM search WHERE search MATCH 'fault'",
    "configurations": "SELECT * FROM v_configurations",
    "the proof, all rows": "SELECT state, count(*), count(fault) FROM v_states GROUP BY state",
}
TRIES = 5
PROOF = "the proof, all rows"
"""Reads every row by its nature."""


def answer(path: Path) -> dict[str, tuple[float, float]]:
    """Return milliseconds for each question, on new connections: median and least of some tries."""
    found = {}
    for name, sql in QUESTIONS.items():
        times = sorted(once(path, sql) for _ in range(TRIES))
        found[name] = (round(times[TRIES // 2] * 1000, 1), round(times[0] * 1000, 1))
    return found


def once(path: Path, sql: str) -> float:
    """Ask as an auditor does; return seconds."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        began = time.perf_counter()
        db.execute(sql).fetchall()
        return time.perf_counter() - began


def retention(folder: Path, rows: int, rate: float) -> dict[str, object]:
    """Let half of the past become old, start the agent, send at a rate until it has been forgotten."""
    with contextlib.closing(sqlite3.connect(folder / "maaza.db")) as db:
        db.execute("INSERT INTO ages (ran_s, at, seq) VALUES (0, ?, ?)", (time.time(), rows // 2))
        db.execute("INSERT INTO ages (ran_s, at, seq) VALUES (864000, ?, ?)", (time.time(), rows))
        db.commit()
    broker = Broker(folder)
    broker.start()
    agent = Agent(folder, broker.port, more="max_bytes = 8589934592\n[audit]\nkeep_days = 5.0")
    sender = load("send", broker.port, 1_000_000, rate=rate)
    try:
        agent.start()
        return forgotten(agent, rows)
    finally:
        sender.kill()
        agent.kill()
        broker.kill()


def forgotten(agent: Agent, rows: int) -> dict[str, object]:
    """Wait until half has been forgotten; return how long that took and how messages fared meanwhile."""
    agent.wait_ready()
    began, log = time.monotonic(), 0
    while (
        gone := ask(agent, "SELECT coalesce(sum(value), 0) FROM counters WHERE name = 'forgotten'")
    ) < rows // 2:
        log = max(log, agent.database.with_name("maaza.db-wal").stat().st_size)
        time.sleep(0.1)
    seconds = time.monotonic() - began
    totals = []
    with agent.query() as db:
        rows_now = "SELECT total_s FROM v_latency WHERE seq > ? AND finished_at IS NOT NULL ORDER BY total_s"
        totals = [row[0] for row in db.execute(rows_now, (rows,))]
    return {
        "forgotten": gone,
        "seconds": round(seconds, 1),
        "messages meanwhile": len(totals),
        "per_s": round(len(totals) / seconds),
        "p50_ms": round(totals[len(totals) // 2] * 1000, 1),
        "p99_ms": round(totals[int(len(totals) * 0.99)] * 1000, 1),
        "max_ms": round(totals[-1] * 1000, 1),
        "largest log, MiB": round(log / (1 << 20), 1),
        "faults": ask(agent, "SELECT count(*) FROM v_states WHERE fault IS NOT NULL"),
    }


def ask(agent: Agent, sql: str) -> int:
    """Return a number from the database."""
    with agent.query() as db:
        number: int = db.execute(sql).fetchone()[0]
        return number


def main() -> int:
    """Build, ask, forget, print; exit code 1 where a view takes 100 ms or a message a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=100, help="messages per second during retention")
    parser.add_argument("--skip-retention", action="store_true")
    parser.add_argument("--folder", type=Path, help="where a gigabyte has room; default: the system's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder and options.folder.resolve()) as name:
        folder, began = Path(name), time.monotonic()
        build(folder / "maaza.db", options.rows, until=time.time() - 60)
        built = {"rows": options.rows, "seconds": round(time.monotonic() - began, 1)}
        size = (folder / "maaza.db").stat().st_size
        found: dict[str, object] = {"built": built, "bytes per message": round(size / options.rows)}
        found["load average"] = round(os.getloadavg()[0], 2)
        times = answer(folder / "maaza.db")
        found["milliseconds, median and least"] = times
        slow = [one for one, (median, _) in times.items() if median >= 100 and one != PROOF]
        if not options.skip_retention:
            found["retention of half"] = meanwhile = retention(folder, options.rows, options.rate)
            slow += ["retention"] if float(str(meanwhile["p99_ms"])) >= 1000 else []
    found["too slow"] = slow
    sys.stdout.write(f"{json.dumps(found, indent=1)}\n")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
