"""One paho client per connection: its options, and the errors that it only logs."""

from __future__ import annotations

import logging
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.mqtt.endpoint import Endpoint
from agent.mqtt.quick import QuickClient
from agent.mqtt.secrets import Secrets

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for a TCP connection, and again for TLS, seconds."""
V5_INFLIGHT = 65_535
"""Receive Maximum of a broker that states none."""


def build(endpoint: Endpoint, secrets: Secrets, *, v5: bool) -> QuickClient:
    """Return a client that is not connected yet and reconnects never: each connection has its own."""
    client = QuickClient(
        CallbackAPIVersion.VERSION2,
        client_id=endpoint.client_id,
        protocol=paho.MQTTv5 if v5 else paho.MQTTv311,
        clean_session=None if v5 else endpoint.session_expiry_s == 0,
        manual_ack=True,
        reconnect_on_failure=False,
    )
    client.prepare()
    client.connect_timeout = CONNECT_TIMEOUT_S
    client.username_pw_set(secrets.username, secrets.password)
    if secrets.context is not None:
        client.tls_set_context(secrets.context)
    if endpoint.will is not None:
        client.will_set(endpoint.will.topic, endpoint.will.payload, qos=1, retain=True)
    # With a write callback set, other threads only queue packets and wake this loop; they never write.
    client.on_socket_register_write = lambda _c, _u, _s: None
    return client


def connect(client: paho.Client, endpoint: Endpoint, *, v5: bool) -> None:
    """Connect.

    Raises:
        OSError: there is no way to the broker, or TLS found no common ground (`ssl.SSLError`).
    """
    alive_s = sign_of_life_s(endpoint.keepalive_s)
    if not v5:
        client.connect(endpoint.host, endpoint.port, alive_s)
        return
    wishes: Properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.SessionExpiryInterval = endpoint.session_expiry_s
    wishes.ReceiveMaximum = endpoint.receive_maximum
    wishes.MaximumPacketSize = endpoint.packet_bytes
    clean = endpoint.session_expiry_s == 0
    client.connect(endpoint.host, endpoint.port, alive_s, clean_start=clean, properties=wishes)


def sign_of_life_s(keepalive_s: int) -> int:
    """Return the keep-alive to tell paho, so that a dead connection is noticed within 1.5 of the setting.

    paho asks for a sign of life after one keep-alive of silence, and gives up after another one, both seen
    only between two sleeps of its loop. The broker notices within 1.5 of what it is told.
    """
    return (3 * keepalive_s - 4) // 4


def overhear(client: paho.Client, hear: Callable[[BaseException], None]) -> None:
    """Hear errors of the connection, which paho logs and does not pass on."""
    # Not one of the tree of loggers: it belongs to this connection and goes with it.
    ear = logging.Logger("connection", level=logging.ERROR)  # noqa: LOG001 - see above
    ear.addHandler(_Ear(hear))
    client.enable_logger(ear)


class _Ear(logging.Handler):
    """Passes on the errors that a log line was written about."""

    def __init__(self, hear: Callable[[BaseException], None]) -> None:
        super().__init__(logging.ERROR)
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the first error on."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        for one in arguments:
            if isinstance(one, BaseException):
                self._hear(one)
                return
