"""What ``maaza --version`` prints."""

from __future__ import annotations

from importlib import metadata

from agent.errors import EngineBroken
from agent.models import EMBEDDED, load


def version() -> str:
    """Return the version of the installed product."""
    try:
        return metadata.version("maaza")
    except metadata.PackageNotFoundError:
        return "0+checkout"


def lines() -> list[str]:
    """Return the version, and the embedded model with the SHA-256 of its weights."""
    try:
        manifest = load(EMBEDDED).manifest
    except EngineBroken as error:
        return [f"maaza {version()}", f"embedded model: none ({error.cause})"]
    return [f"maaza {version()}", f"embedded model: {manifest.name} sha256 {manifest.gguf_sha256}"]
