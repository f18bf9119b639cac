"""Looks up a name, opens a connection, shakes hands."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import ssl
import time
from typing import Final

from agent.doctor.facts import Reached, Resolved, Secured
from agent.mqtt import Tls, tls_context

CONNECT_S: Final = 3.0
"""Longest wait for one address, seconds."""
ALERT_S: Final = 0.3
"""Wait for what a broker says right after a handshake, where it wants a certificate of ours."""
SILENT: Final = frozenset({errno.ETIMEDOUT})
UNREACHABLE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN})
VERIFY_KINDS: Final = {10: "expired", 9: "early", 62: "name", 64: "name"}
"""``X509_V_ERR_…`` of OpenSSL; all others mean that nobody vouches for the certificate."""


def resolve(host: str) -> Resolved:
    """Look a name up."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        return Resolved(host=host, addresses=(host,), is_address=True)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return Resolved(host=host, fault=getattr(error, "strerror", None) or str(error))
    return Resolved(host=host, addresses=tuple(dict.fromkeys(str(one[4][0]) for one in found)))


def is_local(host: str) -> bool:
    """Tell whether a broker is this machine: every address of its name can be bound here."""
    addresses = resolve(host).addresses
    return bool(addresses) and all(_is_ours(one) for one in addresses)


def _is_ours(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        return True
    return False


def reach(host: str, port: int) -> Reached:
    """Open a connection and close it."""
    address = f"{host}:{port}"
    began = time.monotonic()
    try:
        with socket.create_connection((host, port), timeout=CONNECT_S):
            return Reached(address=address, seconds=time.monotonic() - began)
    except OSError as error:
        return Reached(address=address, kind=_kind(error), fault=error.strerror or str(error))


def _kind(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError) or error.errno in SILENT:
        return "silent"
    return "unreachable" if error.errno in UNREACHABLE else "other"


def secure(host: str, port: int, tls: Tls) -> Secured:
    """Shake hands as the agent does, and hear what the broker says to it."""
    try:
        with (
            socket.create_connection((host, port), timeout=CONNECT_S) as plain,
            tls_context(tls).wrap_socket(plain, server_hostname=host) as secured,
        ):
            _hear(secured)
            version = secured.version() or ""
            return Secured(host=host, version=version, expires_at=_expiry(secured.getpeercert()))
    except ssl.SSLCertVerificationError as error:
        kind = VERIFY_KINDS.get(error.verify_code, "untrusted")
        return Secured(host=host, kind=kind, fault=error.verify_message)
    except ssl.SSLError as error:
        return Secured(host=host, kind=_tls_kind(error), fault=error.reason or str(error))
    except ConnectionError as error:
        # A broker that does not know what a handshake is hangs up.
        return Secured(host=host, kind="no_tls", fault=error.strerror or str(error))
    except OSError as error:
        return Secured(host=host, kind="other", fault=error.strerror or str(error))


def _tls_kind(error: ssl.SSLError) -> str:
    reason = (error.reason or "").upper()
    if "WRONG_VERSION" in reason or "RECORD_LAYER" in reason or isinstance(error, ssl.SSLEOFError):
        return "no_tls"
    return "ours" if "CERTIFICATE" in reason else "other"


def _hear(secured: ssl.SSLSocket) -> None:
    """Read the alert by which a broker refuses our certificate: in TLS 1.3 it comes after the handshake."""
    secured.settimeout(ALERT_S)
    with contextlib.suppress(TimeoutError):
        secured.recv(1)


def _expiry(certificate: object) -> float | None:
    until = certificate.get("notAfter") if isinstance(certificate, dict) else None
    return float(ssl.cert_time_to_seconds(until)) if isinstance(until, str) else None
