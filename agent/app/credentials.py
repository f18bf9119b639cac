"""Reads what a connection needs from files: the password, the certificates. Before any data is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.errors import ConfigError, Fault
from agent.mqtt import Tls, tls_context
from agent.settings import BrokerSettings, Settings


def password(broker: BrokerSettings, table: str) -> str | None:
    """Read the password's file."""
    if broker.password_file is None:
        return None
    try:
        return Path(broker.password_file).read_text("utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a text file that this user may read"
        raise ConfigError((Fault(f"{table}.password_file", str(error), remedy),)) from error


def tls_of(broker: BrokerSettings, table: str) -> Tls | None:
    """Return the files that secure a connection, and see that they serve."""
    if broker.tls is None:
        return None
    tls = Tls(ca_file=broker.tls.ca_file, cert_file=broker.tls.cert_file, key_file=broker.tls.key_file)
    try:
        tls_context(tls)
    except OSError as error:
        named = ", ".join(filter(None, (tls.ca_file, tls.cert_file, tls.key_file)))
        remedy = "name PEM files that this user may read: the authority's, the certificate and its key"
        raise ConfigError((Fault(f"{table}.tls", f"{error}: {named}", remedy),)) from error
    return tls


def unusable(settings: Settings) -> Iterator[Fault]:
    """Yield each password and each set of certificates that cannot be used."""
    brokers = {"input": settings.input} | ({"output": settings.output} if settings.output else {})
    for table, broker in brokers.items():
        for read in (password, tls_of):
            try:
                read(broker, table)
            except ConfigError as error:
                yield from error.faults
