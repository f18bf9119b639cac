"""The commented configuration that `maaza config init` gives: the example file, with this machine's name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from agent.errors import Permanent
from agent.settings.model import own_name

NAME: Final = "maaza.example.toml"


def template() -> str:
    """Return the text of a complete configuration."""
    text = example().read_text("utf-8")
    return re.sub(r'^node = ".*"$', f'node = "{own_name()}"', text, count=1, flags=re.MULTILINE)


def example() -> Path:
    """Return the example file: the packaged copy, else the checkout's."""
    package = Path(__file__).resolve().parents[1]
    for file in (package / "bundled" / NAME, package.parent / "systemd" / NAME):
        if file.is_file():
            return file
    raise Permanent(
        "read the example configuration", cause=f"{NAME} is missing", remedy="install maaza again"
    )
