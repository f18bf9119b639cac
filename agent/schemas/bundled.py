"""The schemas that ship with the product: in the checkout at the top level, in the wheel beside the code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agent.schemas.errors import SchemaError
from agent.schemas.load import load_folder
from agent.schemas.schema import Schema


def bundled_folder() -> Path:
    """Return the folder of the bundled schemas: the packaged copy, else the checkout's ``schemas``."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "bundled", package.parent / "schemas"):
        if folder.is_dir():
            return folder
    why = f"neither {package / 'bundled'} nor {package.parent / 'schemas'} is there"
    raise SchemaError("bundled schemas missing", where=str(package), why=why, remedy="Install maaza again")


@cache
def bundled_schemas() -> dict[str, Schema]:
    """Return the bundled schemas by name, loaded once per process. Do not change the dict."""
    return load_folder(bundled_folder())
