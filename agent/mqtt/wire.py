"""The bytes of MQTT that are laid out here, because paho's way is too slow for the hot path."""

from __future__ import annotations

from collections.abc import Sequence

CONTENT_TYPE_JSON = b"\x01\x01\x03\x00\x10application/json"
"""Payload Format Indicator 1 (UTF-8) and Content Type, as they stand in a PUBLISH."""

MESSAGE_EXPIRY = b"\x02"
"""Message Expiry Interval: four bytes of seconds follow (MQTT 5, 3.3.2.3.3)."""
MAX_EXPIRY_S = 0xFFFF_FFFF
"""Longest Message Expiry Interval, seconds."""

MAX_STRING_BYTES = 65_535
"""Bytes of the longest string that MQTT has room for."""


def json_properties(pairs: Sequence[tuple[str, str]], *, expiry_s: int | None = None) -> bytes:
    """Return the MQTT 5 properties of a JSON message as they stand in a PUBLISH.

    Of the user properties, and the seconds after which the broker forgets it.
    """
    body = CONTENT_TYPE_JSON + b"".join([b"\x26" + utf8(name) + utf8(value) for name, value in pairs])
    if expiry_s is not None:
        body += MESSAGE_EXPIRY + min(expiry_s, MAX_EXPIRY_S).to_bytes(4)
    return variable_length(len(body)) + body


def utf8(text: str) -> bytes:
    """Return an MQTT string: two bytes of length, then UTF-8, cut at the longest that MQTT has room for.

    Characters that cannot be seen become U+FFFD: brokers end the connection on control characters, and the
    message would be sent again for ever.
    """
    if not text.isprintable():
        text = "".join(one if one.isprintable() else "\ufffd" for one in text)
    encoded = text.encode("utf-8", "replace")
    if len(encoded) > MAX_STRING_BYTES:
        encoded = encoded[:MAX_STRING_BYTES].decode("utf-8", "ignore").encode("utf-8")
    return len(encoded).to_bytes(2) + encoded


def variable_length(number: int) -> bytes:
    """Return an MQTT variable byte integer."""
    encoded = bytearray()
    while True:
        number, low = divmod(number, 128)
        encoded.append(low | (128 if number else 0))
        if not number:
            return bytes(encoded)
