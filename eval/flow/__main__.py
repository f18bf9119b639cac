"""``python -m eval.flow [--quick] [--json]``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from eval.flow.measure import Found, Wish, measure
from eval.flow.scene import SceneError

QUICK = Wish(repeats=1, seconds=4, sustained_s=8, latency_s=4, starts=1)


def table(found: Found) -> str:
    """Lay it out for people."""
    rows = {
        "limit (paho, no database)": f"{found.limit_per_s:.0f} messages/s",
        "agent": f"{found.agent_per_s:.0f} messages/s, {found.share:.0%} of the limit",
        "pairs": ", ".join(f"{limit:.0f}/{ours:.0f}" for limit, ours in found.pairs),
        "sustained": f"{found.sustained_per_s:.0f} messages/s over {found.sustained_messages} messages",
        "processor": f"per message agent {found.cpu_us_per_message:.0f} µs,"
        f" limit {found.limit_cpu_us_per_message:.0f} µs, broker {found.broker_cpu_us_per_message:.0f} µs;"
        f" load generator {found.driver_cpu_share:.0%} of a core",
        "at half of it": f"{found.half_rate_per_s:.0f}/s:"
        f" p50 {found.half_p50_ms} ms, p99 {found.half_p99_ms} ms",
        "memory (PSS)": f"{found.pss_end_mib:.0f} MiB at the end,"
        f" {found.pss_growth_mib:+.1f} MiB in the sustained run",
        "start to first record": f"{found.start_s} s",
        "database": f"{found.messages} messages {found.states}, {found.faults} faults, tiers {found.tiers}",
        "records": f"{found.checked} compared, {found.wrong} wrong, {found.repeats} repeats",
        "machine": str(found.machine),
    }
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def main() -> int:
    """Measure and print; exit code 1 where a record is wrong or a row contradicts itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute, for a look")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--folder", type=Path, help="file system of the database")
    parser.add_argument("--window", type=int, default=Wish().window, help="messages under way at a time")
    parser.add_argument(
        "--inflight", type=int, default=Wish().inflight, help="max_inflight_messages of the broker"
    )
    options = parser.parse_args()
    wish = QUICK if options.quick else Wish()
    wish = replace(wish, folder=options.folder, window=options.window, inflight=options.inflight)
    try:
        found = measure(wish)
    except SceneError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{json.dumps(asdict(found)) if options.json else table(found)}\n")
    return 1 if found.wrong or found.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
