"""The broker, agent and clients of the rig, new for each test."""

from fixtures import agent, broker, consumer, make_agent, producer

__all__ = ["agent", "broker", "consumer", "make_agent", "producer"]
