"""Puts the schemas into the wheel, beside the code; an editable install reads the folder itself."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SchemasInWheel(BuildHookInterface):  # type: ignore[type-arg] - the builder's configuration is of no interest
    """Ships ``schemas/`` as ``agent/bundled/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folder, unless the install is editable: a copy there would go stale."""
        if version != "editable":
            build_data["force_include"]["schemas"] = "agent/bundled"
