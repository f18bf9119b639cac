"""Why a connection ended or never stood, in an operator's words. Pure."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """Kinds of ends."""

    OURS = "ours"
    """We ended it ourselves."""
    UNREACHABLE = "unreachable"
    """There is no way to the broker, or nobody listens."""
    UNTRUSTED = "untrusted"
    """The broker's certificate was not accepted."""
    TLS = "tls"
    """No common ground in TLS, or the broker did not accept our certificate."""
    LOGIN = "login"
    """User name, password or right to connect were refused."""
    REFUSED = "refused"
    """The broker refused the connection for another reason."""
    TAKEN_OVER = "taken_over"
    """Another client has connected with our client id."""
    CONTESTED = "contested"
    """It looks as if another client used our client id, though the broker does not say so."""
    SILENT = "silent"
    """There was no sign of life for too long."""
    ENDED = "ended"
    """The broker ended it and said why."""
    LOST = "lost"
    """It was closed without a word."""
    FILES = "files"
    """Passwords or certificates could not be read."""


@dataclass(frozen=True, slots=True)
class End:
    """How a connection ended."""

    why: Why
    cause: str
    remedy: str = ""


TAKEN_OVER: Final = 0x8E
"""MQTT 5, 4.13 and 3.14.2.1: another connection uses the same client id."""
KEEP_ALIVE: Final = 0x8D
"""MQTT 5: no sign of life within one and a half keep-alives."""
LOGIN_CODES: Final = frozenset({0x86, 0x87, 0x8C, 4, 5})
"""CONNACK codes (MQTT 5, then 3.1.1) of a client that may not connect as who it says it is."""

OWN_ID: Final = "give each agent a `node` or `client_id` of its own, and see that no old one still runs"
SAME_ID: Final = "another client has connected with our client id, and the broker allows one"
PERHAPS_SAME_ID: Final = (
    "connections were closed soon after they had been accepted: perhaps another client uses our client id"
)

CERTIFICATE: Final = {
    9: ("is not valid yet", "set this machine's clock; else renew the broker's certificate"),
    10: ("has expired", "renew the broker's certificate; see also this machine's clock"),
    12: ("cannot be looked up: the list of revoked certificates has expired", "renew `tls.crl_file`"),
    3: ("cannot be looked up: its authority is not in the list of revoked ones", "see `tls.crl_file`"),
    18: ("is signed by itself", "name that certificate in `tls.ca_file` if it is the right one"),
    19: ("comes from an authority that is not trusted", "name the authority's file in `tls.ca_file`"),
    20: ("comes from an authority that is not trusted", "name the authority's file in `tls.ca_file`"),
    23: ("was revoked by its authority", "give the broker another certificate; ask who runs it"),
    62: ("is for another name", "set `host` to a name in the certificate, or have one made for this name"),
    64: ("is for another address", "set `host` to a name in the certificate, or have one made for it"),
}
"""What is wrong with the broker's certificate, and the remedy, by OpenSSL's code (X509_V_ERR_…)."""

OUR_CERTIFICATE: Final = "see `tls.cert_file` and `tls.key_file`, and which authority the broker trusts"
HANDSHAKE: Final = {
    "TLSV1_ALERT_PROTOCOL_VERSION": ("the broker speaks no TLS of version 1.2 or later", "update the broker"),
    "UNSUPPORTED_PROTOCOL": ("the broker speaks no TLS of version 1.2 or later", "update the broker"),
    "WRONG_VERSION_NUMBER": ("the broker does not speak TLS on this port", "TLS mostly has port 8883"),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": ("the broker wants a certificate of ours", OUR_CERTIFICATE),
    "TLSV1_ALERT_UNKNOWN_CA": ("the broker does not trust the authority of our certificate", OUR_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ("our certificate has expired", "renew `tls.cert_file`"),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ("our certificate was revoked", "get another `tls.cert_file`"),
    "SSLV3_ALERT_BAD_CERTIFICATE": ("the broker does not accept our certificate", OUR_CERTIFICATE),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ("the broker does not accept our certificate", OUR_CERTIFICATE),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the broker accepts none of our ciphers, or wants a certificate of ours",
        OUR_CERTIFICATE,
    ),
}
"""What a failed handshake means, and the remedy, by OpenSSL's reason."""


NO_TLS: Final = End(Why.TLS, "closed while TLS was agreed on", "does the broker speak TLS on this port?")


def of_error(error: BaseException, *, tls: bool) -> End:
    """Say what an error on the way to the broker means; `tls`: a handshake was part of the way."""
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if tls and isinstance(error, ConnectionResetError):
        return NO_TLS
    if isinstance(error, socket.gaierror):
        return End(Why.UNREACHABLE, f"the host's name is not known: {error.strerror}", "see `host` and DNS")
    if isinstance(error, ConnectionRefusedError):
        return End(Why.UNREACHABLE, "nobody listens there", "start the broker; see `host` and `port`")
    if isinstance(error, TimeoutError):
        return End(Why.UNREACHABLE, "no answer in time", "see the network, a firewall, `host` and `port`")
    return End(Why.LOST if isinstance(error, ConnectionError) else Why.UNREACHABLE, str(error))


def _of_tls(error: ssl.SSLError) -> End:
    if isinstance(error, ssl.SSLCertVerificationError):
        said, remedy = CERTIFICATE.get(error.verify_code, (f"is not accepted: {error.verify_message}", ""))
        return End(Why.UNTRUSTED, f"the broker's certificate {said}", remedy)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return NO_TLS
    said, remedy = HANDSHAKE.get(str(error.reason), (f"TLS failed: {error}", ""))
    return End(Why.TLS, said, remedy)


def of_answer(code: int, words: str) -> End:
    """Say what a CONNACK that refuses means; `words` are the specification's name of the code."""
    if code in LOGIN_CODES:
        remedy = "see `username`, `password_file`, and the broker's list of users"
        return End(Why.LOGIN, f"the broker refused our login: {words}", remedy)
    return End(Why.REFUSED, f"the broker refused the connection: {words}")


def of_disconnect(code: int, words: str, *, by_broker: bool) -> End:
    """Say what a DISCONNECT of the broker, or an end that was noticed here, means."""
    if code == TAKEN_OVER:
        return End(Why.TAKEN_OVER, SAME_ID, OWN_ID)
    if by_broker:
        return End(Why.ENDED, f"the broker ended the connection: {words}")
    if code == KEEP_ALIVE:
        return End(Why.SILENT, "no sign of life within one and a half keep-alives", "see broker and network")
    return LOST


LOST: Final = End(Why.LOST, "closed without a word")
UNANSWERED: Final = End(
    Why.LOST, "closed before the broker answered", "does this port want TLS? See the broker's log"
)
"""The broker took the connection and closed it without a CONNACK."""
CONTEST: Final = End(Why.CONTESTED, PERHAPS_SAME_ID, f"{OWN_ID}; the broker's log says why it closes them")
