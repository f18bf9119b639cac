"""The record of runs on test sets: when, with which code and model, and what came out.

A test set that is asked too often is tuned on without anybody wanting to; a record shows how often it was.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

RECORD: Final = Path("eval/runs.jsonl")
"""Where the record stands in the repository."""
KEPT: Final = ("cases", "json_exact", "field_f1", "leaf_f1", "refused", "published", "published_right")


def note(path: Path, name: str, model: str, figures: Mapping[str, Any], *, when: datetime) -> None:
    """Append a run; where the record's folder is missing, as outside of the repository, nothing is kept."""
    if not path.parent.is_dir():
        return
    row = {"at": when.isoformat(timespec="seconds"), "commit": commit(), "set": name, "model": model}
    row |= {key: figures[key] for key in KEPT}
    with path.open("a", encoding="utf-8") as record:
        record.write(json.dumps(row, ensure_ascii=False) + "\n")


def commit() -> str:
    """Return the commit of the code in the working folder, with a ``+`` where files differ from it."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    told = [_asked(git, "rev-parse", "--short=12", "HEAD"), _asked(git, "status", "--porcelain", "-uno")]
    return "unknown" if not told[0] else told[0] + ("+" if told[1] else "")


def _asked(git: str, *arguments: str) -> str:
    found = subprocess.run([git, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return found.stdout.strip()
