"""Passwords and certificates: where the settings have them, and whether they serve."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Final

from agent.errors import Fault
from agent.mqtt import Login, Tls, tls_context
from agent.settings import BrokerSettings, Settings
from agent.settings.files import located

PEM: Final = "name PEM files that this user may read: the authority's, the certificate and its key"
NOT_A_PAIR: Final = "the key is not the one of the certificate"
"""What OpenSSL calls ``KEY_VALUES_MISMATCH``."""


def login_of(broker: BrokerSettings, environment: Mapping[str, str]) -> Login:
    """Return who the agent is at a broker; its files are read for each connection."""
    return Login(
        username=broker.username,
        username_file=_located(broker.username_file, environment),
        password_file=_located(broker.password_file, environment),
    )


def tls_of(broker: BrokerSettings, environment: Mapping[str, str]) -> Tls | None:
    """Return the files that secure a connection; they are read for each."""
    if broker.tls is None:
        return None
    return Tls(
        ca_file=_located(broker.tls.ca_file, environment),
        cert_file=_located(broker.tls.cert_file, environment),
        key_file=_located(broker.tls.key_file, environment),
        crl_file=_located(broker.tls.crl_file, environment),
    )


def _located(name: str | None, environment: Mapping[str, str]) -> str | None:
    return None if name is None else located(name, environment)


def unusable(settings: Settings, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield each user name, each password and each set of certificates that cannot be used."""
    brokers = {"input": settings.input} | ({"output": settings.output} if settings.output else {})
    for table, broker in brokers.items():
        yield from _wrong_login(table, broker, environment)
        yield from _wrong_tls(table, tls_of(broker, environment))


def _wrong_login(table: str, broker: BrokerSettings, environment: Mapping[str, str]) -> Iterator[Fault]:
    whole = login_of(broker, environment)
    parts = {
        "username_file": Login(username_file=whole.username_file),
        "password_file": Login(password_file=whole.password_file),
    }
    for key, login in parts.items():
        try:
            login.read()
        except (OSError, UnicodeDecodeError) as error:
            yield Fault(f"{table}.{key}", str(error), "name a text file that this user may read")


def _wrong_tls(table: str, tls: Tls | None) -> Iterator[Fault]:
    if tls is None:
        return
    try:
        tls_context(tls)
    except OSError as error:
        named = ", ".join(filter(None, (tls.ca_file, tls.cert_file, tls.key_file, tls.crl_file)))
        mixed = isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH"
        yield Fault(f"{table}.tls", f"{NOT_A_PAIR if mixed else error}: {named}", PEM)
