"""Subscriptions: what is new comes before what is over, on this connection and on the next."""

from __future__ import annotations

from typing import Any

import pytest

from agent.mqtt.subscriptions import Subscriptions


class Client:
    """The part of paho that subscriptions call."""

    def __init__(self) -> None:
        self.said: list[tuple[str, list[str]]] = []

    def subscribe(self, topics: list[tuple[str, object]]) -> tuple[int, int]:
        """Note a SUBSCRIBE; packet ids count from 1."""
        self.said.append(("subscribe", [name for name, _options in topics]))
        return 0, len(self.said)

    def unsubscribe(self, topics: list[str]) -> None:
        """Note an UNSUBSCRIBE."""
        self.said.append(("unsubscribe", topics))


@pytest.fixture
def client() -> Any:
    """Give a client that notes what it is asked for."""
    return Client()


def test_change_asks_for_the_new_before_it_gives_up_the_old(client: Any) -> None:
    """No message falls in between; what stays is left alone."""
    subscriptions = Subscriptions(["a", "b"])
    assert subscriptions.ask(client, v5=True)
    subscriptions.follow(["b", "c"])
    assert subscriptions.ask(client, v5=True)
    assert client.said == [("subscribe", ["a", "b"]), ("subscribe", ["c"]), ("unsubscribe", ["a"])]


def test_nothing_new_asks_for_nothing(client: Any) -> None:
    """No answer will come, so nobody may wait for one."""
    subscriptions = Subscriptions(["a"])
    subscriptions.ask(client, v5=False)
    assert not subscriptions.ask(client, v5=False)
    assert len(client.said) == 1


def test_next_connection_gives_up_again_what_is_over(client: Any) -> None:
    """The session may have been kept, and nobody knows whether the broker had heard."""
    subscriptions = Subscriptions(["a"], left=["old", "a"])
    subscriptions.follow(["b"])
    for _ in range(2):
        subscriptions.forget()
        subscriptions.ask(client, v5=True)
    assert client.said == [("subscribe", ["b"]), ("unsubscribe", ["old", "a"])] * 2


def test_filter_that_comes_back_is_asked_for_again(client: Any) -> None:
    """And given up again when it goes again."""
    subscriptions = Subscriptions(["a"])
    for wanted in (["a"], ["b"], ["a"], ["b"]):
        subscriptions.follow(wanted)
        subscriptions.ask(client, v5=True)
    assert client.said == [
        ("subscribe", ["a"]),
        ("subscribe", ["b"]),
        ("unsubscribe", ["a"]),
        ("subscribe", ["a"]),
        ("unsubscribe", ["b"]),
        ("subscribe", ["b"]),
        ("unsubscribe", ["a"]),
    ]


def test_refusal_names_the_filters_of_its_own_request(client: Any) -> None:
    """The second SUBSCRIBE's answer is about the second one's filters."""
    subscriptions = Subscriptions(["a", "b"])
    subscriptions.ask(client, v5=True)
    subscriptions.follow(["a", "b", "c", "d"])
    subscriptions.ask(client, v5=True)
    assert subscriptions.answered(2, [1, 0x87]) == ["d"]
    assert subscriptions.answered(1, [0x80, 1]) == ["a"]
    assert subscriptions.answered(9, [0x80]) == []
