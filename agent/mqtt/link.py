"""Keeps a connection up: one after the other, each with its number, and a wait in between."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from paho.mqtt.enums import MQTTErrorCode

from agent.clock import Clock
from agent.errors import Permanent, Transient
from agent.log import logger
from agent.message import Json
from agent.mqtt import reconnect, secrets
from agent.mqtt.connection import POLL_S, Connection
from agent.mqtt.endpoint import Endpoint, Listener, Opened
from agent.mqtt.ends import End, Why
from agent.mqtt.reconnect import History
from agent.mqtt.secrets import Secrets
from agent.mqtt.subscriptions import Subscriptions
from agent.mqtt.wire import json_properties
from agent.retry import RECONNECT, Backoff

if TYPE_CHECKING:
    from agent.mqtt.quick import QuickClient

LOG = logger("mqtt")

FULL_POLL_S: Final = 0.05
"""Shortest sleep of a wait between connections, seconds."""
SILENT_CLOSES: Final = 2
"""Connections closed without an answer after which the other protocol version is tried."""
KEEP_FILES: Final = "put whole files in place by renaming; the ones read before are used until then"

Note = Callable[[str, Mapping[str, Json]], None]
"""Takes what an auditor wants to know of a connection: a word, and the facts."""


class Link:
    """Keeps one connection up. Each has a number, its generation, and a client object of its own."""

    def __init__(
        self,
        endpoint: Endpoint,
        listener: Listener,
        *,
        clock: Clock,
        filters: Sequence[str] = (),
        left: Sequence[str] = (),
        backoff: Backoff = RECONNECT,
        may_connect: Callable[[], bool] = lambda: True,
        note: Note = lambda _kind, _facts: None,
    ) -> None:
        """Prepare; `may_connect` holds a new connection back while it is false.

        `left` are filters of an earlier configuration: the kept session still has them. `note` is told what
        an auditor wants to know; it must not wait.
        """
        self.endpoint = endpoint
        self.generation = 0
        self.connected = threading.Event()
        self._listener = listener
        self._clock = clock
        self._subscriptions = Subscriptions(filters, left)
        self._backoff = backoff
        self._may_connect = may_connect
        self._note = note
        self._stop = threading.Event()
        self._connection: Connection | None = None
        self._v5 = endpoint.protocol != "3.1.1"
        self._silent = 0
        self._secrets: Secrets | None = None
        self._history = History()
        self._last: End | None = None

    def run(self) -> None:
        """Connect, serve, reconnect, until told to stop. The body of the network thread."""
        while not self._stop.is_set():
            self._serve_once()
            self._pause(reconnect.wait(self._history, random.random(), self._backoff))  # noqa: S311 - jitter, not secrecy

    def stop(self) -> None:
        """End the connection politely (the session stays with the broker) and the loop with it."""
        self._stop.set()
        self.drop("stopping")

    def drop(self, cause: str) -> None:
        """End the present connection; the broker keeps what we have not acknowledged."""
        if self._connection is not None:
            self._connection.drop(cause)

    def renew(self) -> bool:
        """Connect anew where files of passwords or certificates were changed; tell whether."""
        used = self._secrets
        if used is None or not self.is_connected:
            return False
        try:
            same = secrets.digest(self.endpoint.login, self.endpoint.tls) == used.digest
        except OSError:
            return False
        if not same:
            self.drop("passwords or certificates were changed")
        return not same

    def acknowledge(self, generation: int, packet_id: int) -> bool:
        """Send a PUBACK; False where the message came on an earlier connection.

        The broker of a later connection may use the packet id for another message, which would then be lost.
        """
        client = self._client
        if not self.is_current(generation) or client is None:
            return False
        return client.ack(packet_id, 1) == MQTTErrorCode.MQTT_ERR_SUCCESS

    def mark(self, generation: int) -> threading.Event | None:
        """Ask the broker for a sign behind all that was sent; return what is set when it comes.

        None where that connection has ended.
        """
        connection = self._connection
        if connection is None or not self.is_current(generation):
            return None
        return connection.mark()

    @property
    def is_connected(self) -> bool:
        """Tell whether a connection stands."""
        return self.connected.is_set()

    def is_current(self, generation: int) -> bool:
        """Tell whether a generation is the connection that stands."""
        return generation == self.generation and self.connected.is_set()

    @property
    def trouble(self) -> str:
        """Return what is wrong with the connection; empty while it stands and nobody contests it."""
        last = self._last
        if self.is_connected:
            return last.cause if last is not None and self._history.contests else ""
        cause = f": {last.cause}" if last is not None else ""
        return f"no connection to {self.endpoint.address}{cause}"

    def publish(
        self,
        topic: str,
        payload: str | bytes,
        *,
        properties: Sequence[tuple[str, str]] = (),
        retain: bool = False,
        expiry_s: int | None = None,
        qos: int = 1,
    ) -> int:
        """Hand a message over; return its packet id. The broker's answer to QoS 1 comes to the listener.

        With MQTT 5 the broker forgets it after `expiry_s` seconds.

        Raises:
            Transient: there is no connection.
            Permanent: MQTT has no room for such a topic or payload.
        """
        client = self._client
        if client is None or not self.connected.is_set():
            raise Transient("publish", cause=f"no connection to {self.endpoint.address}")
        described = json_properties(properties, expiry_s=expiry_s) if self._v5 else b""
        written = payload.encode() if isinstance(payload, str) else payload
        try:
            return client.hand_over(topic, written, qos=qos, retain=retain, properties=described)
        except ValueError as error:
            raise Permanent("publish", cause=str(error)) from error

    def follow(self, filters: Sequence[str]) -> None:
        """Receive the messages of other filters from now on.

        What is new is asked for before what is over is given up: no message falls in between. Without a
        connection the next one does it.
        """
        self._subscriptions.follow(filters)
        connection, client = self._connection, self._client
        if connection is not None and client is not None and connection.accepted_at is not None:
            self._subscriptions.ask(client, v5=connection.v5)

    @property
    def _about(self) -> dict[str, str]:
        return {"broker": self.endpoint.address, "client_id": self.endpoint.client_id}

    @property
    def _client(self) -> QuickClient | None:
        return self._connection.client if self._connection else None

    # one connection after the other

    def _serve_once(self) -> None:
        self.generation += 1
        connection = self._connection = Connection(
            self.endpoint,
            self._listener,
            self._subscriptions,
            generation=self.generation,
            v5=self._v5,
            clock=self._clock,
            stands=self.connected,
            opened=self._opened,
        )
        found = self._read_secrets(connection)
        if found is not None and not self._stop.is_set():
            connection.serve(found)
        if self._stop.is_set():
            connection.finish(End(Why.OURS, "stopping"))
        self._learn(connection)

    def _read_secrets(self, connection: Connection) -> Secrets | None:
        """Read the files as they are now; while they cannot be read, those of the last connection serve."""
        try:
            self._secrets = self.endpoint.secrets()
        except (OSError, ValueError) as error:
            # Perhaps one that is just being replaced.
            cause = f"passwords or certificates cannot be read: {error}"
            if self._secrets is None:
                connection.finish(End(Why.FILES, cause, KEEP_FILES))
            else:
                LOG.warning("secrets_kept", broker=self.endpoint.address, cause=cause, remedy=KEEP_FILES)
        return self._secrets

    def _opened(self, opened: Opened) -> None:
        self._listener.up(opened)
        self._note("connected", {**self._about, "v5": opened.v5, "session_present": opened.session_present})

    def _learn(self, connection: Connection) -> None:
        """Draw conclusions from how a connection ended, and say so."""
        self._consider_other_version(connection)
        accepted = connection.accepted_at
        stood_s = None if accepted is None else self._clock.monotonic() - accepted
        ended = connection.end or End(Why.LOST, "")
        self._history, end = reconnect.after(self._history, ended, stood_s=stood_s)
        self._last = end
        if not self._stop.is_set():
            self._say(end)
        connection.guarded(self._listener.down, connection.generation, end.cause)

    def _say(self, end: End) -> None:
        contested = end.why in {Why.TAKEN_OVER, Why.CONTESTED}
        kind = str(end.why) if contested else "disconnected"
        say = LOG.error if contested else LOG.warning
        say(kind, **self._about, why=str(end.why), cause=end.cause, remedy=end.remedy)
        self._note(kind, {**self._about, "why": str(end.why), "cause": end.cause})

    def _consider_other_version(self, connection: Connection) -> None:
        """Fall back to 3.1.1 (and return) when the broker says so, or keeps closing without an answer."""
        if self.endpoint.protocol != "auto":
            return
        closed = connection.reached and not connection.answered
        if closed and connection.end is not None and connection.end.why is Why.LOST:
            self._silent += 1
        elif connection.accepted_at is not None:
            self._silent = 0
        if connection.wrong_version or self._silent >= SILENT_CLOSES:
            self._silent = 0
            self._v5 = not self._v5

    def _pause(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        while not self._stop.is_set():
            left = until - self._clock.monotonic()
            if left <= 0 and self._may_connect():
                return
            self._stop.wait(min(POLL_S, max(left, FULL_POLL_S)))
