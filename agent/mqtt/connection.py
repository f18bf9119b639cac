"""One connection, from CONNECT to its end. Its callbacks run in the thread that serves it."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVarTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode

from agent.clock import Clock
from agent.log import logger
from agent.message import Packet
from agent.mqtt import client as clients
from agent.mqtt import ends
from agent.mqtt.endpoint import Endpoint, Listener, Opened
from agent.mqtt.ends import End, Why
from agent.mqtt.marks import Marks
from agent.mqtt.quick import Arrived, QuickClient
from agent.mqtt.secrets import Secrets
from agent.mqtt.subscriptions import Subscriptions

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

LOG = logger("mqtt")
Arguments = TypeVarTuple("Arguments")

POLL_S = 0.5
"""Longest sleep of the network loop, seconds."""
UNSUPPORTED_VERSION = frozenset({0x84, 1})
"""Reason codes (MQTT 5, MQTT 3.1.1) of a broker that does not speak our version."""


class Connection:
    """A client object, what the broker said to it, and why it ended."""

    def __init__(
        self,
        endpoint: Endpoint,
        listener: Listener,
        subscriptions: Subscriptions,
        *,
        generation: int,
        v5: bool,
        clock: Clock,
        stands: threading.Event,
        opened: Callable[[Opened], None],
    ) -> None:
        """Prepare; `stands` is set while messages may go out and come in, and `opened` called before."""
        self.generation = generation
        self.v5 = v5
        self.client: QuickClient | None = None
        self.end: End | None = None
        """Why it ended; the first cause counts."""
        self.reached = False
        """Whether the broker took the connection, so that its silence says something."""
        self.answered = False
        """Whether the broker answered at all, also by a refusal."""
        self.wrong_version = False
        """Whether the broker refused our version of MQTT."""
        self.accepted_at: float | None = None
        self._endpoint, self._listener, self._subscriptions = endpoint, listener, subscriptions
        self._clock, self._stands, self._tell = clock, stands, opened
        self._opened: Opened | None = None
        self._subscribed = False
        self._marks = Marks()

    def serve(self, secrets: Secrets) -> None:
        """Connect, and serve until the end."""
        try:
            client = self.client = clients.build(self._endpoint, secrets, v5=self.v5)
            self._listen(client)
            clients.connect(client, self._endpoint, v5=self.v5)
            self.reached = True
            if self.end is not None:
                # It was told to end before there was anything to end.
                client.disconnect()
            while client.loop(POLL_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                pass
        except (OSError, ValueError) as error:
            tls = self._endpoint.tls is not None and not self.reached
            self.finish(ends.of_error(error, tls=tls))
        finally:
            self._close()

    def _close(self) -> None:
        self._stands.clear()
        # The client's callbacks hold this connection: let go of it, so that its sockets close at once.
        client, self.client = self.client, None
        with contextlib.suppress(OSError):
            if client is not None and (sock := client.socket()) is not None:
                sock.close()
        self.finish(ends.UNANSWERED if self.reached and not self.answered else ends.LOST)

    def finish(self, end: End) -> None:
        """Note why it ends; the first cause counts."""
        self.end = self.end or end

    def drop(self, cause: str) -> None:
        """End it politely; the broker keeps what we have not acknowledged."""
        self.finish(End(Why.OURS, cause))
        # Another thread may let go of it meanwhile.
        client = self.client
        if client is not None:
            with contextlib.suppress(OSError, ValueError):
                client.disconnect()

    def mark(self) -> threading.Event | None:
        """Ask the broker for a sign behind all that was sent; None where the connection has ended."""
        client = self.client
        return None if client is None else self._marks.set(client)

    def _listen(self, client: QuickClient) -> None:
        """Bind the callbacks. An exception in one would kill the network loop: each is guarded."""
        client.on_connect = lambda _c, _u, flags, code, props: self.guarded(
            self._on_connect, flags, code, props
        )
        client.on_disconnect = lambda _c, _u, flags, code, _p: self.guarded(self._on_disconnect, flags, code)
        client.on_subscribe = lambda _c, _u, mid, codes, _p: self.guarded(self._on_subscribe, mid, codes)
        client.on_unsubscribe = lambda _c, _u, mid, _codes, _p: self.guarded(self._marks.answered, mid)
        client.on_arrived = lambda one: self.guarded(self._on_arrived, one)
        client.on_confirmed = lambda packet_id, code: self.guarded(
            self._listener.confirmed, self.generation, packet_id, code
        )
        clients.overhear(client, self._overheard)

    def guarded(self, callback: Callable[[*Arguments], None], *arguments: *Arguments) -> None:
        """Run a callback; after a fault of ours the broker sends again what was not acknowledged."""
        try:
            callback(*arguments)
        except Exception:
            LOG.exception("callback_failed", callback=getattr(callback, "__name__", "?"))
            self.drop("a callback failed")

    def _on_connect(self, flags: paho.ConnectFlags, code: ReasonCode, props: Properties) -> None:
        self.answered = True
        if code.value in UNSUPPORTED_VERSION or code.is_failure:
            self.wrong_version = code.value in UNSUPPORTED_VERSION
            self.finish(ends.of_answer(code.value, str(code)))
            return
        self.accepted_at = self._clock.monotonic()
        maximum = getattr(props, "ReceiveMaximum", clients.V5_INFLIGHT)
        self._opened = Opened(self.generation, flags.session_present, maximum, self.v5)
        self._subscriptions.forget()
        if self.client is None or not self._subscriptions.ask(self.client, v5=self.v5):
            self._announce()

    def _announce(self) -> None:
        """Say that the connection stands: once its subscriptions do, or a kept session sends before."""
        opened, self._opened = self._opened, None
        if opened is not None:
            self._stands.set()
            self._tell(opened)

    def _on_subscribe(self, packet_id: int, codes: list[ReasonCode]) -> None:
        refused = self._subscriptions.answered(packet_id, [code.value for code in codes])
        if refused:
            LOG.error("subscription_refused", filters=refused, remedy="allow the client to read these topics")
        first, self._subscribed = not self._subscribed, True
        # Refused later, after a reload: the other filters go on. Refused at first: nothing counts as whole.
        if refused and first:
            self.accepted_at = None
            self.drop(f"subscription refused: {', '.join(refused)}")
            return
        self._announce()

    def _overheard(self, error: BaseException) -> None:
        """TLS 1.3 refuses a certificate only after the handshake has ended for us."""
        if isinstance(error, ssl.SSLError) and not self.answered:
            self.finish(ends.of_error(error, tls=True))

    def _on_disconnect(self, flags: paho.DisconnectFlags, code: ReasonCode) -> None:
        by_broker = flags.is_disconnect_packet_from_server
        if by_broker or self.answered or code.value == ends.KEEP_ALIVE:
            self.finish(ends.of_disconnect(code.value, str(code), by_broker=by_broker))

    def _on_arrived(self, arrived: Arrived) -> None:
        if self._opened is not None:
            self._announce()
        properties = arrived.properties
        expiry: int | None = getattr(properties, "MessageExpiryInterval", None)
        self._listener.packet(
            Packet(
                generation=self.generation,
                topic=topic_of(arrived.topic),
                payload=arrived.payload,
                qos=arrived.qos,
                retained=arrived.retained,
                packet_id=arrived.packet_id,
                expiry_s=expiry,
                arrived_at=self._clock.now(),
                claimed_id=claimed(properties, "id"),
                claimed_hops=claimed(properties, "hops"),
            )
        )


def topic_of(topic: bytes) -> str:
    """Return a topic; U+FFFD where it is not UTF-8, which no route matches."""
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return "\ufffd"


def claimed(properties: Properties | None, wanted: str) -> str | None:
    """Return a user property; None where there is none."""
    if properties is None:
        return None
    pairs: list[tuple[str, str]] = getattr(properties, "UserProperty", [])
    return next((value for name, value in pairs if name == wanted), None)
