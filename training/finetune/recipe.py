"""What a fine-tuning is: the keys of a configuration file, with their defaults."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.faults import Unusable
from training.record import PROMPT


class Recipe(BaseModel):
    """How a base is fine-tuned; the defaults are the published Maaza models', where these are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str
    """Folder of a model in the hub's form, or its name there."""
    revision: str = ""
    """Commit of a base on the hub; empty: its newest."""
    adapter: str = ""
    """Folder or name of an adapter of that base to go on from; its own sizes count then."""
    tier: str = ""
    """Tier that the model is for."""
    r: int = Field(default=16, ge=1, le=1024)
    """Rank of the adapter's matrices."""
    alpha: float = Field(default=32, gt=0)
    """The adapter counts alpha / r times."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Of the adapter's inputs."""
    targets: tuple[str, ...] = Field(default=("q_proj", "k_proj", "v_proj", "o_proj"), min_length=1)
    """Matrices that get an adapter."""
    lr: float = Field(default=3e-4, gt=0, le=1)
    """Highest learning rate of AdamW."""
    weight_decay: float = Field(default=0.0, ge=0, le=1)
    warmup: float = Field(default=0.0, ge=0, lt=1)
    """Share of the run over which the rate rises; it falls linearly to zero from there."""
    batch: int = Field(default=32, ge=1, le=4096)
    """Texts of one step."""
    together: int = Field(default=4, ge=1, le=4096)
    """Texts computed at once; changes memory and speed, not the step."""
    epochs: int = Field(default=3, ge=1, le=1000)
    max_length: int = Field(default=1024, ge=32, le=131_072)
    """Tokens of prompt and answer; longer rows are left out."""
    context: int = Field(default=2048, ge=256, le=131_072)
    """Tokens of prompt and answer that the agent will allow."""
    prompt: str = PROMPT
    """Template; ``{text}`` and ``{schema}`` are replaced."""
    loss: Literal["answer", "decisions"] = "answer"
    """All tokens of an answer; or only those that the agent's grammar leaves open, among what it allows."""
    ungrounded: bool = False
    """Learn answers too that the agent's grammar cannot write: values that do not stand in their text."""
    seed: int = 1
    """Of the adapter, the order of rows, and dropout."""
    threads: int = Field(default=2, ge=1, le=256)
    """Of torch, on a CPU."""

    @model_validator(mode="after")
    def _consistent(self) -> Recipe:
        if self.ungrounded and self.loss == "decisions":
            message = (
                "loss = 'decisions' has none for answers that the grammar cannot write: ungrounded = false"
            )
            raise ValueError(message)
        if self.prompt.count("{text}") != 1:
            message = "prompt: write {text} in it once"
            raise ValueError(message)
        return self


def load(path: Path, **changed: str | None) -> Recipe:
    """Read a configuration; what is given beside goes before it.

    Raises:
        Unusable: the file is not TOML, or a key is not known, missing or out of bounds.
    """
    given = {key: value for key, value in changed.items() if value}
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")) | given)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        )
        raise Unusable(f"read {path}", cause=faults, remedy="see training/finetune/recipe.py") from error
    except (OSError, ValueError) as error:
        raise Unusable(f"read {path}", cause=str(error), remedy="write TOML in UTF-8") from error
