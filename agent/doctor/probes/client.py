"""A client that asks one thing at a time and waits for the answer. Never under the agent's own client id."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.doctor.facts import Answer
from agent.mqtt import Endpoint

if TYPE_CHECKING:
    from paho.mqtt.reasoncodes import ReasonCode

CONNECT_S: Final = 3.0
"""Longest wait for a connection and for the answer to CONNECT, seconds."""
ANSWER_S: Final = 2.0
"""Longest wait for the answer to anything else, seconds."""
ROUND_S: Final = 0.02
"""Longest sleep of a round, seconds."""
UNSUPPORTED: Final = 0x84
"""Reason code of a broker that does not speak our version."""
KEPT_BYTES: Final = 256
"""Bytes of a payload that are kept: listening to a busy topic must not fill the memory."""
FORGET_S: Final = 60
"""Seconds after which the broker forgets a probe's session by itself, should the doctor be killed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came."""

    topic: str
    payload: bytes
    """Its first bytes: no probe asks for more."""
    retained: bool


class Probe:
    """One connection. Used by one thread, which turns the network loop while it waits."""

    def __init__(self, endpoint: Endpoint, *, client_id: str, v5: bool) -> None:
        """Prepare; `connect` goes out."""
        self.heard: list[Heard] = []
        self.v5 = v5
        self._endpoint = endpoint
        self._client_id = client_id
        self._answer = Answer(v5=v5)
        self._codes: dict[int, tuple[int, ...]] = {}
        self._client: paho.Client | None = None
        self._alive = False

    def connect(self, *, clean: bool = True, keep_s: int = 0) -> Answer:
        """Connect; return what the broker says. `keep_s`: how long it is to keep the session."""
        try:
            self._client = self._build(keeps=not clean or keep_s > 0, clean=clean)
            self._open(self._client, clean=clean, keep_s=keep_s)
        except (OSError, ValueError) as error:
            return Answer(v5=self.v5, reason=str(error))
        self._alive = True
        self.wait(lambda: self._answer.code is not None, CONNECT_S)
        return self._answer

    def _build(self, *, keeps: bool, clean: bool) -> paho.Client:
        end = self._endpoint
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=paho.MQTTv5 if self.v5 else paho.MQTTv311,
            clean_session=None if self.v5 else clean and not keeps,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_S
        secrets = end.secrets()
        client.username_pw_set(secrets.username, secrets.password)
        if secrets.context is not None:
            client.tls_set_context(secrets.context)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = lambda _c, _u, mid, codes, _p: self._answered(mid, codes)
        client.on_publish = lambda _c, _u, mid, code, _p: self._answered(mid, [code])
        client.on_message = self._on_message
        return client

    def _open(self, client: paho.Client, *, clean: bool, keep_s: int) -> None:
        end = self._endpoint
        if not self.v5:
            client.connect(end.host, end.port, end.keepalive_s)
            return
        wishes: Properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.SessionExpiryInterval = keep_s
        wishes.ReceiveMaximum = end.receive_maximum
        wishes.MaximumPacketSize = end.packet_bytes
        client.connect(end.host, end.port, end.keepalive_s, clean_start=clean, properties=wishes)

    def subscribe(self, filters: Sequence[str]) -> tuple[int | None, ...]:
        """Subscribe at QoS 1; return the broker's code for each filter, None where it says nothing."""
        if self._client is None or not self._alive:
            return (None,) * len(filters)
        _code, mid = self._client.subscribe([(name, 1) for name in filters])
        return self._codes_of(mid, len(filters))

    def publish(self, topic: str, payload: str) -> int | None:
        """Publish at QoS 1; return the code of the PUBACK, None where none comes."""
        if self._client is None or not self._alive:
            return None
        return self._codes_of(self._client.publish(topic, payload, qos=1).mid, 1)[0]

    def _codes_of(self, mid: int | None, count: int) -> tuple[int | None, ...]:
        if mid is None:
            return (None,) * count
        self.wait(lambda: mid in self._codes, ANSWER_S)
        return self._codes.get(mid, (None,) * count)

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Serve the connection until something is so, or time is up, or the broker is gone."""
        until = time.monotonic() + seconds
        while self._alive and self._client is not None and not done() and time.monotonic() < until:
            self._alive = self._client.loop(ROUND_S) == MQTTErrorCode.MQTT_ERR_SUCCESS
        return done()

    def hears(self, topic: str, payload: str, seconds: float = ANSWER_S) -> bool:
        """Wait for a message."""

        def is_there() -> bool:
            return any(one.topic == topic and one.payload == payload.encode() for one in self.heard)

        return self.wait(is_there, seconds)

    def close(self) -> None:
        """Go; what the broker keeps of the session was said at `connect`."""
        if self._client is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._client.disconnect()
            self.wait(lambda: False, ROUND_S)
            if (sock := self._client.socket()) is not None:
                sock.close()
        self._alive = False

    def _on_connect(
        self,
        _client: paho.Client,
        _data: object,
        flags: paho.ConnectFlags,
        code: ReasonCode,
        props: Properties | None,
    ) -> None:
        self._answer = Answer(
            code=code.value,
            reason=str(code),
            v5=self.v5,
            present=flags.session_present,
            session_expiry_s=getattr(props, "SessionExpiryInterval", None),
            receive_maximum=getattr(props, "ReceiveMaximum", None),
            maximum_qos=getattr(props, "MaximumQoS", 2),
            retain=bool(getattr(props, "RetainAvailable", 1)),
            wildcards=bool(getattr(props, "WildcardSubscriptionAvailable", 1)),
            shared=bool(getattr(props, "SharedSubscriptionAvailable", 1)),
            packet_bytes=getattr(props, "MaximumPacketSize", None),
        )

    def _on_disconnect(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _props: object
    ) -> None:
        self._alive = False
        if self._answer.code is None:
            self._answer = replace(self._answer, reason=str(code))

    def _answered(self, mid: int, codes: Sequence[ReasonCode]) -> None:
        self._codes[mid] = tuple(code.value for code in codes)

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        with contextlib.suppress(UnicodeDecodeError):
            self.heard.append(Heard(message.topic, bytes(message.payload[:KEPT_BYTES]), message.retain))


def log_in(endpoint: Endpoint, *, client_id: str) -> Answer:
    """Connect and go; with protocol ``auto`` MQTT 3.1.1 is tried where 5 is not spoken, as the agent does."""
    answer = _once(endpoint, client_id, v5=endpoint.protocol != "3.1.1")
    if endpoint.protocol == "auto" and answer.code in {None, UNSUPPORTED}:
        older = _once(endpoint, client_id, v5=False)
        return older if older.code is not None else answer
    return answer


def _once(endpoint: Endpoint, client_id: str, *, v5: bool) -> Answer:
    probe = Probe(endpoint, client_id=client_id, v5=v5)
    try:
        return probe.connect()
    finally:
        probe.close()
