"""What a connection proves itself with and whom it trusts: files, read anew for each connection."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files that secure a connection."""

    ca_file: str | None = None
    """Authorities to trust; None: the system's."""
    cert_file: str | None = None
    """Our certificate, for brokers that ask for one."""
    key_file: str | None = None
    crl_file: str | None = None
    """Revoked certificates, signed by the authorities; None: revocation is not asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are."""

    username: str | None = None
    username_file: str | None = None
    """File whose first line is the user name; comes before `username`."""
    password_file: str | None = None
    """File whose first line is the password."""

    def read(self) -> tuple[str | None, str | None]:
        """Return user name and password.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is no text.
        """
        return self.name(), first_line(self.password_file) if self.password_file else None

    def name(self) -> str | None:
        """Return the user name.

        Raises:
            OSError: its file cannot be read.
            ValueError: it is no text.
        """
        return first_line(self.username_file) if self.username_file else self.username


NOBODY: Final = Login()
"""Neither name nor password."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one connection uses."""

    username: str | None
    password: str | None
    context: ssl.SSLContext | None
    """None: no TLS."""
    digest: bytes
    """SHA-256 of all that was read: another one means that a file was changed."""


def read(login: Login, tls: Tls | None) -> Secrets:
    """Read all files as they are now.

    Raises:
        OSError: a file is missing, may not be read, or is no certificate or key (`ssl.SSLError`).
        ValueError: a file is no text.
    """
    name, password = login.read()
    context = None if tls is None else tls_context(tls)
    return Secrets(name, password, context, digest(login, tls))


def digest(login: Login, tls: Tls | None) -> bytes:
    """Return the SHA-256 of the files as they are now.

    Raises:
        OSError: a file cannot be read.
    """
    whole = hashlib.sha256()
    for name in _files(login, tls):
        whole.update(hashlib.sha256(Path(name).read_bytes()).digest())
    return whole.digest()


def _files(login: Login, tls: Tls | None) -> Iterator[str]:
    named = [login.username_file, login.password_file]
    if tls is not None:
        named += [tls.ca_file, tls.cert_file, tls.key_file, tls.crl_file]
    yield from filter(None, named)


def first_line(name: str) -> str:
    """Return the first line of a text file, without its end."""
    return Path(name).read_text("utf-8").partition("\n")[0].removesuffix("\r")


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Return a context that speaks TLS 1.2 or later and verifies certificate and name of the broker."""
    context = ssl.create_default_context(cafile=tls.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.crl_file:
        context.load_verify_locations(cafile=tls.crl_file)
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    if tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return context
