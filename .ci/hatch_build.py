"""Puts schemas and example settings into the wheel; an editable install reads them where they are."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SchemasInWheel(BuildHookInterface):  # type: ignore[type-arg] - the builder's configuration is of no interest
    """Ships ``schemas/`` and the example settings as ``agent/bundled/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them, unless the install is editable: a copy there would go stale."""
        if version != "editable":
            build_data["force_include"]["schemas"] = "agent/bundled"
            example = "maaza.example.toml"
            build_data["force_include"][f"systemd/{example}"] = f"agent/bundled/{example}"
