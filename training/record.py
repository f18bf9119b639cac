"""What a fine-tuning leaves beside the merged weights, so that an export knows what they are."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.models import Manifest
from training.faults import Unusable

NAME = "maaza-training.json"
PROMPT: str = Manifest.model_fields["prompt"].default
"""That of the published Maaza models."""


class Record(BaseModel):
    """Where weights come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = ""
    """Folder or name of the model that was fine-tuned."""
    licence: str = ""
    """Of the base, SPDX."""
    tier: str = ""
    prompt: str = PROMPT
    context: int = 2048
    """Tokens of prompt and answer."""
    examples: int = 0
    """Different texts learned from."""
    tokens: int = 0
    """Tokens read while learning, prompts included."""
    steps: int = 0
    sources: tuple[str, ...] = ()
    """Kinds of data: edgejson, examples, audit."""
    left_out: dict[str, int] = {}
    """Why rows were not learned from → how many."""

    def write(self, folder: Path) -> None:
        """Write it into a model folder."""
        (folder / NAME).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> Record:
    """Return what a folder says of itself; a folder of the hub says nothing.

    Raises:
        Unusable: the file is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        return Record(base=folder.name)
    try:
        return Record.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise Unusable(f"read {path}", cause=str(error), remedy="merge the adapter anew") from error
