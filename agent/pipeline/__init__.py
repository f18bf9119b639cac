"""Table of contents: receive, process, deliver. Three loops between durable tables.

A crash between any two lines loses nothing. The only place where a message's fate is decided::

    receive   intake -> buffer (durable commit) -> acknowledge
    process   claim -> route -> extract -> convert -> validate -> settle
    deliver   outbox -> publish -> broker confirms -> delivered
"""

from __future__ import annotations

from agent.pipeline.admission import Admission
from agent.pipeline.deliver import Deliver
from agent.pipeline.observer import Observer
from agent.pipeline.process import Process, Rung
from agent.pipeline.receive import Receive

__all__ = ["Admission", "Deliver", "Observer", "Process", "Receive", "Rung"]
