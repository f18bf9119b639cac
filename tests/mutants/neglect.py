"""Planted faults of installation and configuration: what is not looked at, or not put back."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from planting import put

from agent.app import configuration
from agent.service import steps, verbs
from agent.service.layout import Layout
from agent.settings import sources


def read_the_disk_alone() -> None:
    """Check what lies in conf.d instead of the drop-in that is proposed."""
    read = sources.read

    def without(path: Path, environment: Mapping[str, str], **_proposed: Any) -> sources.Sources:
        return read(path, environment)

    put(configuration, "read_sources", without)


def reload_whatever_differs() -> None:
    """Call every change one that a reload takes over."""
    put(configuration, "needs_restart", lambda keys: [])


def forget_old_secrets() -> None:
    """Leave a process with the secrets that it was given once."""
    put(Layout, "secrets", property(lambda self: []))


def go_on_without_the_former_version() -> None:
    """Say that the former version is back, and do nothing."""
    take = steps.take

    def careless(steps_to_take: Any, **options: Any) -> list[steps.Done]:
        return list(take(steps_to_take, **options)) if "rehearse" in options else []

    put(verbs, "take", careless)


def fit_every_node() -> None:
    """Install whatever the processor is."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ansible/roles/agent/filter_plugins"))
    put(importlib.import_module("maaza"), "_wrong_machine", lambda node, house: iter(()))


CONFIG = "tests/unit/agent/test_cli_config.py::"
SERVICE = "tests/unit/agent/test_service.py::"
PLANTED: dict[str, tuple[Callable[[], None], str]] = {
    "read_the_disk_alone": (read_the_disk_alone, CONFIG + "test_proposed_drop_in_is_read_in_its_place"),
    "reload_whatever_differs": (reload_whatever_differs, CONFIG + "test_proposed_drop_in_says_what_it_takes"),
    "forget_old_secrets": (forget_old_secrets, SERVICE + "test_newer_secret_or_drop_in_takes_a_restart"),
    "go_on_without_the_former_version": (
        go_on_without_the_former_version,
        SERVICE + "test_failed_upgrade_puts_the_former_version_back",
    ),
    "fit_every_node": (
        fit_every_node,
        "tests/unit/ansible/test_role_filters.py::test_unfit_node_is_refused_with_its_reason",
    ),
}
"""Each with the test that catches it."""
