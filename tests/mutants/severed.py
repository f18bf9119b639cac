"""Faults of connections and of what depends on them; planted by name, see faults.py."""

from __future__ import annotations

import sqlite3

from planting import put

from agent import intake
from agent.buffer import Buffer
from agent.buffer.damage import is_damage, set_aside
from agent.mqtt import client, reconnect, secrets
from agent.mqtt.reconnect import History
from agent.publish import Addresses
from agent.retry import RECONNECT, Backoff


def take_own_output_for_input() -> None:
    """Look neither at the id nor at the topic of what comes in."""
    put(intake, "origin", lambda _packet: None)
    put(Addresses, "is_output", lambda _self, _topic: False)


def swap_a_damaged_file() -> None:
    """Begin another file under the feet of the loops."""
    opened = Buffer._open

    def open_or_swap(self: Buffer) -> sqlite3.Connection:
        try:
            return opened(self)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            set_aside(self.path, self._clock.now())
            return opened(self)

    put(Buffer, "_open", open_or_swap)


def fight_for_the_client_id() -> None:
    """Wait after a takeover as after any other end."""

    def impatient(history: History, chance: float, usual: Backoff = RECONNECT) -> float:
        return usual.wait(max(history.failures, 1), chance)

    put(reconnect, "wait", impatient)


def give_paho_the_whole_keep_alive() -> None:
    """Notice a dead link after two keep-alives."""
    put(client, "sign_of_life_s", lambda keepalive_s: keepalive_s)


def read_secrets_once() -> None:
    """Take every file for unchanged."""
    put(secrets, "digest", lambda _login, _tls: b"")
