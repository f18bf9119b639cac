"""The agent as a service of systemd on one node: installed, upgraded, removed, looked at.

Every verb is a list of steps. A step knows whether it is due, so that a second run changes nothing, and says
what it does. `verbs` makes the lists, `steps` are the small things that change a machine, `systemd` asks and
tells the service manager, `layout` knows where everything lies.
"""

from __future__ import annotations

from agent.service.environment import check_environment, own_environment
from agent.service.layout import PREFIX, Layout
from agent.service.state import State, state_of
from agent.service.steps import Done, take
from agent.service.systemd import Systemd
from agent.service.verbs import Site, has_own_settings, install, kept, uninstall, upgrade

__all__ = [
    "PREFIX",
    "Done",
    "Layout",
    "Site",
    "State",
    "Systemd",
    "check_environment",
    "has_own_settings",
    "install",
    "kept",
    "own_environment",
    "state_of",
    "take",
    "uninstall",
    "upgrade",
]
