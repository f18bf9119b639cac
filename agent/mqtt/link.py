"""Keeps a connection up: options, reconnects, generations, guarded callbacks."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVarTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.clock import Clock
from agent.errors import Permanent, Transient
from agent.log import logger
from agent.message import Packet
from agent.mqtt.endpoint import Endpoint, Listener, Opened, tls_context
from agent.mqtt.subscriptions import Subscriptions
from agent.mqtt.wire import JsonProperties
from agent.retry import RECONNECT, Backoff

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

LOG = logger("mqtt")
Arguments = TypeVarTuple("Arguments")

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for a TCP connection, seconds."""
POLL_S = 0.5
"""Longest sleep of the network loop and of a wait between connections, seconds."""
FULL_POLL_S = 0.05
"""Longest wait for a closing connection to end, seconds."""
STOOD_S = 10.0
"""Seconds after which a connection counts as one that stood."""
SILENT_CLOSES = 2
"""Connections closed without an answer after which the other protocol version is tried."""
UNSUPPORTED_VERSION = frozenset({0x84, 1})
"""Reason codes (MQTT 5, MQTT 3.1.1) of a broker that does not speak our version."""
V5_INFLIGHT = 65_535
"""Receive Maximum of a broker that states none."""


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
    ) -> None:
        """Prepare; `may_connect` holds a new connection back while it is false.

        `left` are filters of an earlier configuration: the kept session still has them.
        """
        self.endpoint = endpoint
        self.generation = 0
        self.connected = threading.Event()
        self._listener = listener
        self._clock = clock
        self._subscriptions = Subscriptions(filters, left)
        self._backoff = backoff
        self._may_connect = may_connect
        self._stop = threading.Event()
        self._client: paho.Client | None = None
        self._v5 = endpoint.protocol != "3.1.1"
        self._reached = False
        """Whether the broker took the connection, so that its silence says something."""
        self._answered = False
        self._subscribed = False
        self._silent = 0
        self._cause = ""
        self._opened: Opened | None = None

    def run(self) -> None:
        """Connect, serve, reconnect, until told to stop. The body of the network thread."""
        failures = 0
        while not self._stop.is_set():
            began = self._clock.monotonic()
            self._serve_once()
            stood = self._answered and self._clock.monotonic() - began >= STOOD_S
            # One that stood is tried again soon; one that did not, or is fought over, ever later.
            failures = 0 if stood else failures + 1
            self._pause(self._backoff.wait(max(failures, 1), random.random()))  # noqa: S311 - jitter, not secrecy

    def stop(self) -> None:
        """End the connection politely (the session stays with the broker) and the loop with it."""
        self._stop.set()
        self.drop("stopping")

    def drop(self, cause: str) -> None:
        """End the present connection; the broker keeps what we have not acknowledged."""
        self._cause = cause
        client = self._client
        if client is not None:
            with contextlib.suppress(OSError, ValueError):
                client.disconnect()

    def acknowledge(self, generation: int, packet_id: int) -> bool:
        """Send a PUBACK; False where the message came on an earlier connection.

        The broker of a later connection may use the packet id for another message, which would then be lost.
        """
        client = self._client
        if not self.is_current(generation) or client is None:
            return False
        return client.ack(packet_id, 1) == MQTTErrorCode.MQTT_ERR_SUCCESS

    @property
    def is_connected(self) -> bool:
        """Tell whether a connection stands."""
        return self.connected.is_set()

    def is_current(self, generation: int) -> bool:
        """Tell whether a generation is the connection that stands."""
        return generation == self.generation and self.connected.is_set()

    def publish(
        self,
        topic: str,
        payload: str | bytes,
        *,
        properties: Sequence[tuple[str, str]] = (),
        retain: bool = False,
        expiry_s: int | None = None,
    ) -> int:
        """Hand a message over at QoS 1; return its packet id. The broker's answer comes to the listener.

        With MQTT 5 the broker forgets it after `expiry_s` seconds.

        Raises:
            Transient: there is no connection.
            Permanent: MQTT has no room for such a topic or payload.
        """
        client = self._client
        if client is None or not self.connected.is_set():
            raise Transient("publish", cause=f"no connection to {self.endpoint.address}")
        described = JsonProperties(properties, expiry_s=expiry_s) if self._v5 else None
        try:
            return client.publish(topic, payload, qos=1, retain=retain, properties=described).mid
        except ValueError as error:
            raise Permanent("publish", cause=str(error)) from error

    def follow(self, filters: Sequence[str]) -> None:
        """Receive the messages of other filters from now on.

        What is new is asked for before what is over is given up: no message falls in between. Without a
        connection the next one does it.
        """
        self._subscriptions.follow(filters)
        if self._client is not None and self._answered:
            self._subscriptions.ask(self._client, v5=self._v5)

    # one connection

    def _serve_once(self) -> None:
        self._reached = self._answered = False
        self._cause = ""
        self._opened = None
        self.generation += 1
        self._client = None
        try:
            client = self._client = self._build(self.generation)
            self._connect(client)
            self._reached = True
            while client.loop(POLL_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                pass
        except (OSError, ValueError) as error:
            # Also a certificate that is being replaced: its files are read anew for each connection.
            self._cause = self._cause or str(error)
        finally:
            self._close()

    def _close(self) -> None:
        self.connected.clear()
        with contextlib.suppress(OSError):
            if self._client is not None and (sock := self._client.socket()) is not None:
                sock.close()
        if self._reached and not self._answered:
            self._consider_other_version()
        cause = self._cause or "connection lost"
        if not self._stop.is_set():
            LOG.warning(
                "disconnected", broker=self.endpoint.address, client_id=self.endpoint.client_id, cause=cause
            )
        self._guarded(self._listener.down, self.generation, cause)

    def _consider_other_version(self) -> None:
        """Fall back to 3.1.1 (and return) when the broker says so, or keeps closing without an answer."""
        if self.endpoint.protocol != "auto":
            return
        self._silent += 1
        if self._silent >= SILENT_CLOSES:
            self._silent = 0
            self._v5 = not self._v5

    def _pause(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        while not self._stop.is_set():
            left = until - self._clock.monotonic()
            if left <= 0 and self._may_connect():
                return
            self._stop.wait(min(POLL_S, max(left, FULL_POLL_S)))

    def _build(self, generation: int) -> paho.Client:
        end = self.endpoint
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=end.client_id,
            protocol=paho.MQTTv5 if self._v5 else paho.MQTTv311,
            clean_session=None if self._v5 else end.session_expiry_s == 0,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(V5_INFLIGHT)
        client.username_pw_set(end.username, end.password)
        if end.tls is not None:
            client.tls_set_context(tls_context(end.tls))
        if end.will is not None:
            client.will_set(end.will.topic, end.will.payload, qos=1, retain=True)
        self._listen(client, generation)
        return client

    def _listen(self, client: paho.Client, generation: int) -> None:
        """Bind the callbacks. An exception in one would kill the network loop: each is guarded."""
        client.on_connect = lambda _c, _u, flags, code, props: self._guarded(
            self._on_connect, generation, flags, code, props
        )
        client.on_disconnect = lambda _c, _u, _f, code, _p: self._guarded(self._on_disconnect, code)
        client.on_subscribe = lambda _c, _u, mid, codes, _p: self._guarded(self._on_subscribe, mid, codes)
        client.on_message = lambda _c, _u, message: self._guarded(self._on_message, generation, message)
        client.on_publish = lambda _c, _u, mid, code, _p: self._guarded(
            self._listener.confirmed, generation, mid, code.value
        )
        # With a write callback set, other threads only queue packets and wake this loop; they never write.
        client.on_socket_register_write = lambda _c, _u, _s: None

    def _connect(self, client: paho.Client) -> None:
        end = self.endpoint
        if not self._v5:
            client.connect(end.host, end.port, end.keepalive_s)
            return
        wishes: Properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.SessionExpiryInterval = end.session_expiry_s
        wishes.ReceiveMaximum = end.receive_maximum
        wishes.MaximumPacketSize = end.packet_bytes
        client.connect(
            end.host, end.port, end.keepalive_s, clean_start=end.session_expiry_s == 0, properties=wishes
        )

    def _guarded(self, callback: Callable[[*Arguments], None], *arguments: *Arguments) -> None:
        """Run a callback; after a fault of ours the broker sends again what was not acknowledged."""
        try:
            callback(*arguments)
        except Exception:
            LOG.exception("callback_failed", callback=getattr(callback, "__name__", "?"))
            self.drop("a callback failed")

    def _on_connect(
        self, generation: int, flags: paho.ConnectFlags, code: ReasonCode, props: Properties
    ) -> None:
        if code.value in UNSUPPORTED_VERSION or code.is_failure:
            self._cause = f"refused: {code}"
            if code.value in UNSUPPORTED_VERSION:
                self._silent = SILENT_CLOSES
            return
        self._answered = True
        self._silent = 0
        maximum = getattr(props, "ReceiveMaximum", V5_INFLIGHT)
        self._opened = Opened(generation, flags.session_present, maximum, self._v5)
        self._subscribed = False
        self._subscriptions.forget()
        if self._client is None or not self._subscriptions.ask(self._client, v5=self._v5):
            self._announce()

    def _announce(self) -> None:
        """Say that the connection stands: once its subscriptions do, or a kept session sends before."""
        opened, self._opened = self._opened, None
        if opened is not None:
            self.connected.set()
            self._listener.up(opened)

    def _on_subscribe(self, packet_id: int, codes: list[ReasonCode]) -> None:
        refused = self._subscriptions.answered(packet_id, [code.value for code in codes])
        if refused:
            LOG.error("subscription_refused", filters=refused, remedy="allow the client to read these topics")
        first, self._subscribed = not self._subscribed, True
        # Refused later, after a reload: the other filters go on. Refused at first: nothing counts as whole.
        if refused and first:
            self._answered = False
            self.drop(f"subscription refused: {', '.join(refused)}")
            return
        self._announce()

    def _on_disconnect(self, code: ReasonCode) -> None:
        self._cause = self._cause or str(code)

    def _on_message(self, generation: int, message: paho.MQTTMessage) -> None:
        self._announce()
        expiry: int | None = getattr(message.properties, "MessageExpiryInterval", None)
        self._listener.packet(
            Packet(
                generation=generation,
                topic=topic_of(message),
                payload=bytes(message.payload),
                qos=message.qos,
                retained=message.retain,
                packet_id=message.mid if message.qos else 0,
                expiry_s=expiry,
                arrived_at=self._clock.now(),
            )
        )


def topic_of(message: paho.MQTTMessage) -> str:
    """Return the topic; U+FFFD where it is not UTF-8, which no route matches."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return "\ufffd"
