"""What a training run is: the keys of a configuration file, with their defaults."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the model, length of the run, and how it learns."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    hidden: int = 640
    seed: int = 1
    tokens: int = 60_000_000
    """Length of the run in tokens, padding left out."""
    batch_tokens: int = 3_072
    """Size of a batch of one process, padding included; at least one text of ``max_length``."""
    max_length: int = 896
    """Longer examples are left out."""
    muon_lr: float = 0.01
    adam_lr: float = 2e-3
    warmup: float = 0.01
    """Share of the run, at its beginning, over which the learning rate rises."""
    decay: float = 0.35
    """Share of the run, at its end, over which the learning rate falls to zero."""
    level_start: float = 0.0
    """Difficulty of the first texts, 0 to 1."""
    level_full: float = 0.35
    """Share of the run after which the texts are as hard as they get."""
    weight_decay: float = 0.0
    rows: str = ""
    """File of labelled texts (``training.rows``) that are mixed in; the empty string for none."""
    rows_share: float = 0.0
    """Share of the examples that come from ``rows``."""
    processes: int = 2
    """Processes that train together on a CPU; each has a worker beside it that makes its examples."""
    threads: int = 1
    """Threads of each, on a CPU."""

    @classmethod
    def load(cls, path: Path, *, tokens: int | None = None, rows: str | None = None) -> Config:
        """Read a file; ``tokens`` and ``rows`` overrule what it says of them.

        Raises:
            TypeError: the file has a key that is not known.
        """
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        told = {"tokens": tokens, "rows": rows}
        return cls(**given | {key: value for key, value in told.items() if value})
