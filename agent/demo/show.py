"""The demo from its first process to its verdict."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.demo import notes
from agent.demo.notes import Received, Sent
from agent.demo.proof import Summary, concluded
from agent.demo.scene import Scene, reading
from agent.demo.view import Follower, card
from agent.errors import Transient
from agent.terminal import DIM, Paint

LOOK_S: Final = 0.2
"""Seconds between looks at the database."""
SURE: Final = 0.5
"""Threshold of the demo: of the examples of its devices' bundled schemas nine in ten are right from there."""
CARDS_PER_S: Final = 2.5
"""Cards that a person can follow; more are counted and not shown."""
STALL_S: Final = 60.0
"""How long no message may reach its end, when the devices are silent, before the demo gives up, seconds."""
MAX_THREADS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What kind of demo."""

    seconds: float
    rate: float
    """Messages that the devices send per second."""
    seed: int
    broker: str
    """``auto``, ``mosquitto`` or ``python``."""
    model: str
    """Folder of the model; empty: the embedded one."""
    stub: bool
    """Rehearse without a model."""
    keep: bool
    """Leave the folder with database and logs."""


def perform(wish: Wish, *, say: Callable[[str], None], paint: Paint) -> Summary:
    """Run the demo; return what was counted."""
    with stage(say) as folder:
        scene = Scene(folder, broker=wish.broker, tier=tier_of(wish))
        try:
            open_curtain(scene, say)
            started = time.monotonic()
            scene.start_simulator(seconds=wish.seconds, rate=wish.rate, seed=wish.seed)
            watch(scene, say, paint)
            figures = close_curtain(scene, time.monotonic() - started)
        finally:
            scene.stop_all()
        if figures.agree and not wish.keep:
            shutil.rmtree(folder)
        return figures


def tier_of(wish: Wish) -> str:
    """Return the settings of the one tier."""
    if wish.stub:
        return 'name = "stub"\nkind = "stub"'
    model = str(Path(wish.model).resolve()) if wish.model else ""
    # One core is left to broker, devices and consumer: llama.cpp's threads wait awake.
    threads = max(1, min(MAX_THREADS, (os.cpu_count() or 1) - 1))
    return f'name = "nano"\nmodel = {json.dumps(model)}\nthreads = {threads}\nthreshold = {SURE}'


@contextlib.contextmanager
def stage(say: Callable[[str], None]) -> Iterator[Path]:
    """Lend a folder; where it is not removed, say where it is, so that somebody can look into it."""
    folder = Path(tempfile.mkdtemp(prefix="maaza-demo-"))
    try:
        yield folder
    finally:
        if folder.exists():
            say(f"Logs and database are in {folder}")


def open_curtain(scene: Scene, say: Callable[[str], None]) -> None:
    """Start everyone who listens, before anyone speaks."""
    broker = scene.start_broker()
    scene.start_consumer()
    scene.start_agent()
    say(f"{broker} on port {scene.port}, agent, consumer and devices run. Ctrl-C ends the demo early.\n")


def watch(scene: Scene, say: Callable[[str], None], paint: Paint) -> None:
    """Show what happens until the devices are silent and all they said has reached its end."""
    with contextlib.closing(reading(scene.database)) as db:
        follower = Follower(db)
        try:
            show(follower, say, paint, lambda: scene.is_running("simulator"))
        except KeyboardInterrupt:
            scene.stop("simulator")
        finish(scene, follower, say, paint)


def show(follower: Follower, say: Callable[[str], None], paint: Paint, more: Callable[[], bool]) -> None:
    """Show the messages that end, as many as a person can follow."""
    allowance, hidden, at = 1.0, 0, time.monotonic()
    while more():
        now = time.monotonic()
        allowance, at = min(CARDS_PER_S, allowance + (now - at) * CARDS_PER_S), now
        for one in follower.new():
            if allowance < 1:
                hidden += 1
                continue
            say(
                card(one, paint)
                + (paint(f"\n    and {hidden} more", DIM) if hidden and paint.enabled else "")
            )
            allowance, hidden = allowance - 1, 0
        time.sleep(LOOK_S)


def finish(scene: Scene, follower: Follower, say: Callable[[str], None], paint: Paint) -> None:
    """Go on until nothing is under way, or nothing moves any more."""
    if scene.exit_code("simulator"):
        cause = "the broker did not confirm all messages"
        raise Transient("count what was sent", cause=cause, remedy="see broker.log")
    rest = Rest(lambda: follower.open() + notes.count(scene.sent) - follower.stored())
    if rest.left:
        say(f"\nThe devices are silent; {rest.left} messages are still under way.")
    show(follower, say, paint, lambda: rest.moves() and scene.is_running("agent"))


class Rest:
    """What is still under way, and whether it becomes less."""

    def __init__(self, count: Callable[[], int], *, now: Callable[[], float] = time.monotonic) -> None:
        """Count with `count`."""
        self._count = count
        self._now = now
        self.left = count()
        self._since = now()

    def moves(self) -> bool:
        """Tell whether to go on waiting: something is left, and some of it ended not long ago."""
        left = self._count()
        if left < self.left:
            self.left, self._since = left, self._now()
        return left > 0 and self._now() - self._since < STALL_S


def close_curtain(scene: Scene, seconds: float) -> Summary:
    """Stop agent and consumer in order, then hear the witnesses."""
    code = scene.stop("agent")
    if code:
        raise Transient("stop the agent", cause=f"it ended with exit code {code}", remedy="see agent.log")
    scene.stop("consumer")
    with contextlib.closing(reading(scene.database)) as db:
        return concluded(
            db,
            sent=notes.read(scene.sent, Sent),
            received=notes.read(scene.received, Received),
            seconds=seconds,
        )


def flushed(text: str) -> None:
    """Print at once, whoever reads."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
