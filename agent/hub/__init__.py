"""Models from elsewhere: pulled from a hub, imported from a file, put into use.

What comes from a network is pinned by commit, size and SHA-256 before it is trusted, and nothing takes its
place before it is whole. The daemon needs none of this.
"""

from __future__ import annotations

from agent.hub.acquire import Acquired, Wishes, import_file, import_folder, pull
from agent.hub.choice import Chosen, choose
from agent.hub.registry import Entry, Pin, Wanted, known_entries, read_pins, wanted
from agent.hub.remote import Hub
from agent.hub.shelf import Shelf

__all__ = [
    "Acquired",
    "Chosen",
    "Entry",
    "Hub",
    "Pin",
    "Shelf",
    "Wanted",
    "Wishes",
    "choose",
    "import_file",
    "import_folder",
    "known_entries",
    "pull",
    "read_pins",
    "wanted",
]
