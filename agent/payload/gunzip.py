"""gzip (RFC 1952) with a limit: a small payload that grows without end is refused, never unpacked."""

from __future__ import annotations

import zlib

from agent.message import Reason
from agent.payload.unfit import Unfit
from agent.wrapping import ALWAYS, NEVER

MAGIC = b"\x1f\x8b"
"""First bytes of every gzip member; no UTF-8 begins with them."""
GZIP_ONLY = 16 + zlib.MAX_WBITS
"""Window bits by which zlib reads a gzip header and nothing else."""


def unpacked(payload: bytes, gzip: str, *, most: int) -> bytes:
    """Return what a payload holds behind gzip; the payload itself where it is not packed.

    Raises:
        Unfit: it is damaged or cut short, or holds more than `most` bytes.
    """
    if gzip == NEVER or (gzip != ALWAYS and not payload.startswith(MAGIC)):
        return payload
    if not payload:
        return payload
    found = bytearray()
    rest = payload
    while rest:
        rest = _member(rest, found, most)
    return bytes(found)


def _member(packed: bytes, found: bytearray, most: int) -> bytes:
    """Unpack one member behind what was found; return what follows it. zlib makes no byte past the limit."""
    reader = zlib.decompressobj(GZIP_ONLY)
    try:
        found += reader.decompress(packed, most - len(found) + 1)
    except zlib.error as error:
        raise Unfit(Reason.UNDECODABLE, f"not gzip: {error}") from error
    if len(found) > most:
        raise Unfit(Reason.TOO_LARGE, f"more than {most} bytes behind gzip; limits.unpacked_bytes")
    if not reader.eof:
        raise Unfit(Reason.UNDECODABLE, "not gzip: it is cut short")
    return reader.unused_data
