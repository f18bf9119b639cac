"""Puts schemas and the files of ``systemd/`` into the wheel; an editable install reads them in place."""

from __future__ import annotations

import contextlib
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SchemasInWheel(BuildHookInterface):  # type: ignore[type-arg] - the builder's configuration is of no interest
    """Ships ``schemas/``, the files of ``systemd/`` and the time of the build as ``agent/bundled/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them, unless the install is editable: a copy there would go stale."""
        if version != "editable":
            build_data["force_include"]["schemas"] = "agent/bundled"
            for file in Path(self.root, "systemd").iterdir():
                build_data["force_include"][str(file)] = f"agent/bundled/{file.name}"
            build_data["force_include"][str(self._stamp())] = "agent/bundled/BUILT"

    def _stamp(self) -> Path:
        """Write down a time before which this version did not exist; clocks are judged by it."""
        stamp = Path(self.root, ".maaza", "BUILT")
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(f"{built(Path(self.root))}\n", "utf-8")
        return stamp


def built(root: Path) -> str:
    """Return the time of the last commit, so that equal sources give equal wheels; without git, now."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return datetime.fromtimestamp(int(given), UTC).isoformat()
    asked = ["git", "-C", str(root), "log", "-1", "--format=%cI"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        if said:
            return said
    return datetime.now(UTC).isoformat(timespec="seconds")
