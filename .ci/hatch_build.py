"""Puts schemas and the files of ``systemd/`` into the wheel; an editable install reads them in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SchemasInWheel(BuildHookInterface):  # type: ignore[type-arg] - the builder's configuration is of no interest
    """Ships ``schemas/`` and the files of ``systemd/`` as ``agent/bundled/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them, unless the install is editable: a copy there would go stale."""
        if version != "editable":
            build_data["force_include"]["schemas"] = "agent/bundled"
            for file in Path(self.root, "systemd").iterdir():
                build_data["force_include"][str(file)] = f"agent/bundled/{file.name}"
