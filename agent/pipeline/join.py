"""Makes records of lines that came as messages of their own, before anything is claimed.

All lines are rows of the inbox, stored and acknowledged like any other message. What is open is known in
memory only as row numbers: after a crash it is read from the table again, and nothing else has to be saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent import publish
from agent.buffer import Buffer
from agent.clock import Clock
from agent.errors import Transient
from agent.joining import Run, take
from agent.log import logger
from agent.message import Fragment, Joined
from agent.metrics import Meter
from agent.pipeline import tally
from agent.plans import Plans
from agent.publish import Addresses, Source
from agent.redaction import Redaction
from agent.wrapping import Joining

LOG = logger("join")

READ_ROWS = 500
"""Rows looked at in one unit of work."""

Stream = tuple[str, str]
"""Topic and device: lines of one record come from one of each."""


@dataclass(frozen=True, slots=True)
class Open:
    """A record that may go on."""

    run: Run
    joining: Joining
    """The rules under which it began."""
    until: float
    """Monotonic seconds at which it is complete unless another line comes: clocks may jump."""


class Join:
    """Reads lines, joins what is complete. Used by the process loop."""

    def __init__(
        self,
        *,
        buffer: Buffer,
        plans: Plans,
        addresses: Addresses,
        clock: Clock,
        meter: Meter,
        redaction: Redaction,
    ) -> None:
        """Begin with whatever the table holds."""
        self._redaction = redaction
        self._meter = meter
        self._buffer, self._plans, self._addresses, self._clock = buffer, plans, addresses, clock
        self._open: dict[Stream, Open] = {}
        self._after = 0
        self._unread = True
        self.news = True
        """False where nothing has come in since the last look."""

    def step(self) -> bool:
        """Join what is complete; tell whether there is something to claim now.

        Raises:
            Transient: the database could not; all is read anew next time.
        """
        if not (self._unread or self._open or (self.news and self._plans.joining)):
            return False
        try:
            return self._look()
        except Transient:
            self._open.clear()
            self._after, self._unread = 0, True
            raise

    def _look(self) -> bool:
        rows = self._buffer.pending(after=self._after, limit=READ_ROWS) if self.news or self._unread else []
        self._unread = len(rows) == READ_ROWS
        self.news = False
        complete = [run for row in rows for run in self._take(row)]
        if not self._unread:
            # Only once all that waits was seen: the line that goes on may be among it.
            complete += self._overdue()
        if rows:
            self._after = rows[-1].seq
        if complete:
            texts = self._buffer.texts([seq for run in complete for seq in run.seqs])
            self._buffer.join([self._joined(run, texts) for run in complete])
        return bool(complete)

    def _take(self, row: Fragment) -> tuple[Run, ...]:
        """Add a line to its stream; return what is complete."""
        stream = (row.topic, row.device)
        known = self._open.pop(stream, None)
        joining = known.joining if known else self._joining(row)
        if joining is None:
            return (Run(row),)
        run, complete = take(known.run if known else None, row, joining)
        if run is not None:
            # A record that begins is under its own rules, whatever the one before it was under.
            own = joining if known and run.head == known.run.head else self._joining(row) or joining
            self._open[stream] = Open(run, own, self._clock.monotonic() + own.wait_s)
        return complete

    def _joining(self, row: Fragment) -> Joining | None:
        """Return the rules under which a line came in; None where its route joins nothing any more."""
        route = self._plans.numbered(row.configuration).router.find(row.topic)
        return route.wrapping.joining if route else None

    def _overdue(self) -> list[Run]:
        """Close what has waited long enough."""
        now = self._clock.monotonic()
        over = [stream for stream, one in self._open.items() if one.until <= now]
        return [self._open.pop(stream).run for stream in over]

    def _joined(self, run: Run, texts: Mapping[int, str]) -> Joined:
        text = "\n".join(texts[seq] for seq in run.seqs)
        if run.reason is None:
            return Joined(run.head.seq, text, run.parts, keeps_parts=not self._redaction.is_on)
        kept = self._redaction.of_text(text)
        LOG.info("rejected", message_id=run.head.id, reason=str(run.reason), text=kept.text)
        route = self._plans.numbered(run.head.configuration).router.find(run.head.topic)
        tally.rejected(self._meter, route.filter if route else "", run.reason)
        source = source_of(run.head, kept.text)
        return Joined(
            run.head.seq,
            kept.text,
            run.parts,
            run.reason,
            run.detail,
            publish.dead_letter(source, run.reason, run.detail, (), self._addresses),
            redacted=kept.count,
            keeps_parts=not self._redaction.is_on,
        )


def source_of(head: Fragment, text: str) -> Source:
    """Return what a dead letter says about where it comes from."""
    return Source(
        head.id, head.topic, head.device, head.received_at, text, head.qos, head.retained, hops=head.hops
    )
