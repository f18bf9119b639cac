"""Bytes to text."""

from __future__ import annotations

from agent.message import Reason
from agent.payload.unfit import Unfit
from agent.wrapping import EITHER, LATIN_1, UTF_8

SIGNATURE = "\ufeff"
"""What some programs put before UTF-8; no part of the text."""


def decoded(payload: bytes, charset: str) -> str:
    """Return the text of a payload.

    Raises:
        Unfit: it is not in the charset, or holds NUL.
    """
    try:
        text = payload.decode(UTF_8 if charset == EITHER else charset)
    except UnicodeDecodeError as error:
        if charset != EITHER:
            cause = f"not {charset}: byte {error.start}: {error.reason}"
            raise Unfit(Reason.UNDECODABLE, cause) from error
        text = payload.decode(LATIN_1)
    return sound(text.removeprefix(SIGNATURE))


def sound(text: str) -> str:
    """Return a text that can be stored and published.

    Raises:
        Unfit: it holds NUL, or half of a surrogate pair, which JSON can name and UTF-8 cannot write.
    """
    if "\x00" in text:
        cause = f"character {text.index(chr(0))} is NUL: binary data, not text"
        raise Unfit(Reason.UNDECODABLE, cause)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        cause = f"character {error.start} is half of a surrogate pair"
        raise Unfit(Reason.UNDECODABLE, cause) from error
    return text
