"""What is measured, in which order, and what is made of it."""

from __future__ import annotations

import contextlib
import sqlite3
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from eval.flow import machine
from eval.flow.scene import Load, Scene, SceneError

SAMPLE_S: Final = 1.0
"""Seconds between looks at the memory."""
OURS: Final = {"input": "stream", "output": "maaza/bench/data/+"}
LIMIT: Final = {"input": "plain", "output": "limit/+", "plain": True}
UNKNOWN_LINE: Final = "probe PX-7: 21.5 °C, 40 % humidity"
"""Of no format that is taught, for the schema of the first: the model reads it."""
FIRST_S: Final = 30.0
"""Longest wait for the first record after a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How much is measured."""

    repeats: int = 3
    """Alternating runs of limit and agent."""
    seconds: float = 10.0
    """Length of each."""
    sustained_s: float = 60.0
    """Length of the run in which the memory is watched."""
    latency_s: float = 20.0
    """Length of the run at half of the agent's rate."""
    window: int = 1000
    """Messages under way at a time."""
    inflight: int = 1000
    """``max_inflight_messages`` of the broker, and what the agent asks for."""
    max_bytes: int = 1 << 30
    """Cap of the agent's database."""
    starts: int = 3
    """Starts of the agent that are timed."""
    folder: Path | None = None
    """On which file system; None: the system's for such files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came out, medians where it was measured repeatedly."""

    limit_per_s: float
    """Messages per second of the paho client without a database."""
    agent_per_s: float
    share: float
    """The agent's rate in parts of the limit's: the median of the pairs."""
    pairs: tuple[tuple[float, float], ...]
    """Rates of limit and agent, as they alternated."""
    sustained_per_s: float
    sustained_messages: int
    limit_cpu_us_per_message: float
    cpu_us_per_message: float
    """Processor time of the agent and its children in the sustained run."""
    broker_cpu_us_per_message: float
    driver_cpu_share: float
    """Part of one core that the load generator took in the sustained run."""
    half_rate_per_s: float
    half_p50_ms: float
    half_p99_ms: float
    pss_mib: tuple[float, ...]
    """Sum over the agent's processes, second by second, in the sustained run."""
    pss_end_mib: float
    """The same at the end of everything, median of the last samples."""
    pss_growth_mib: float
    """Median of the last quarter less the median of the second one."""
    messages: int
    """Messages in the database at the end."""
    states: dict[str, int]
    faults: int
    """Messages whose rows contradict themselves (must be 0)."""
    tiers: dict[str, int]
    checked: int
    """Records that were compared with their gold record."""
    wrong: int
    repeats: int
    start_s: float
    """From the start of the process to the first record of the embedded model."""
    machine: dict[str, object] = field(default_factory=dict)


def measure(wish: Wish | None = None) -> Found:
    """Measure everything; takes about the sum of the wished times and half a minute.

    Raises:
        SceneError: Mosquitto is missing, or a part did not come up.
    """
    wish, about = wish or Wish(), machine.described()
    with (
        tempfile.TemporaryDirectory(dir=wish.folder) as folder,
        Scene(Path(folder), inflight=wish.inflight, max_bytes=wish.max_bytes) as scene,
    ):
        scene.start_agent()
        scene.teach()
        limit = scene.start_limit()
        pairs = tuple(_pair(scene, wish) for _ in range(wish.repeats))
        spent = machine.cpu_s(limit) / sum(one.consumed for one in pairs)
        sustained = _Sustained.run(scene, wish)
        rate = statistics.median(one.agent for one in pairs) / 2
        half = scene.load(rate=rate, seconds=wish.latency_s, **OURS).result()
        pss = machine.pss_mib(scene.pid("agent"))
        starts = [_start(scene) for _ in range(wish.starts)]
        stored = _stored(scene)
        return Found(
            limit_per_s=statistics.median(one.limit for one in pairs),
            agent_per_s=statistics.median(one.agent for one in pairs),
            share=round(statistics.median(one.agent / one.limit for one in pairs), 3),
            pairs=tuple((one.limit, one.agent) for one in pairs),
            limit_cpu_us_per_message=round(spent * 1e6, 1),
            half_rate_per_s=round(rate, 1),
            half_p50_ms=half["p50_ms"],
            half_p99_ms=half["p99_ms"],
            pss_end_mib=round(pss, 1),
            checked=sustained.checked + half["checked"],
            wrong=sustained.wrong + half["wrong"],
            repeats=sustained.repeats + half["repeats"],
            start_s=round(statistics.median(starts), 2) if starts else 0.0,
            machine=about,
            **sustained.figures(),
            **stored,
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    """Rates of limit and agent, one after the other."""

    limit: float
    agent: float
    consumed: int
    """Messages that went through the limit, warm-up included."""


def _pair(scene: Scene, wish: Wish) -> _Pair:
    limit = scene.load(window=wish.window, seconds=wish.seconds, **LIMIT).result()
    ours = scene.load(window=wish.window, seconds=wish.seconds, **OURS).result()
    for one in (limit, ours):
        if one["taken"] != one["sent"]:
            raise SceneError(f"{one['sent']} were sent and {one['taken']} came back")
    return _Pair(limit["per_s"], ours["per_s"], limit["taken"])


@dataclass(frozen=True, slots=True)
class _Sustained:
    """The long run."""

    load: dict[str, Any]
    pss: tuple[float, ...]
    cpu_s: float
    broker_s: float

    @classmethod
    def run(cls, scene: Scene, wish: Wish) -> _Sustained:
        """Run it, with looks at the memory."""
        agent, broker = scene.pid("agent"), scene.pid("broker")
        before = machine.cpu_s(agent), machine.cpu_s(broker)
        load: Load = scene.load(window=wish.window, seconds=wish.sustained_s, **OURS)
        samples = []
        while load.runs:
            time.sleep(SAMPLE_S)
            samples.append(round(machine.pss_mib(agent), 1))
        after = machine.cpu_s(agent), machine.cpu_s(broker)
        return cls(load.result(), tuple(samples), after[0] - before[0], after[1] - before[1])

    @property
    def checked(self) -> int:
        return int(self.load["checked"])

    @property
    def wrong(self) -> int:
        return int(self.load["wrong"])

    @property
    def repeats(self) -> int:
        return int(self.load["repeats"])

    def figures(self) -> dict[str, Any]:
        """Return what is told of it."""
        taken, quarter = max(1, self.load["taken"]), max(1, len(self.pss) // 4)
        growth = statistics.median(self.pss[-quarter:]) - statistics.median(self.pss[quarter : 2 * quarter])
        return {
            "sustained_per_s": self.load["per_s"],
            "sustained_messages": taken,
            "cpu_us_per_message": round(self.cpu_s / taken * 1e6, 1),
            "broker_cpu_us_per_message": round(self.broker_s / taken * 1e6, 1),
            "driver_cpu_share": self.load["cpu_share"],
            "pss_mib": self.pss,
            "pss_growth_mib": round(growth, 1),
        }


def _stored(scene: Scene) -> dict[str, Any]:
    """Count what the database holds."""
    with contextlib.closing(sqlite3.connect(f"file:{scene.database}?mode=ro", uri=True)) as db:
        states = db.execute("SELECT state, count(*), count(fault) FROM v_states GROUP BY state").fetchall()
        tiers = db.execute("SELECT tier, count(*) FROM records GROUP BY tier").fetchall()
    return {
        "messages": sum(count for _, count, _ in states),
        "states": {state: count for state, count, _ in states},
        "faults": sum(faults for *_, faults in states),
        "tiers": dict(tiers),
    }


def _start(scene: Scene) -> float:
    """Start the agent anew with a line waiting that only the model reads; return seconds to its record."""
    from eval.flow.first import First  # noqa: PLC0415 - paho is needed for this alone

    scene.end("agent")
    with First(scene.port) as first:
        first.send(UNKNOWN_LINE)
        began = time.monotonic()
        scene.start_agent()
        return first.wait(FIRST_S) - began
