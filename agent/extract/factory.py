"""Build the extractor of a model folder: what the worker process, the command line and eval call."""

from __future__ import annotations

from pathlib import Path

from agent.extract import Extractor
from agent.models import EMBEDDED, Model, load


def build(*, model: str = "", tier: str = "nano", threads: int = 1) -> Extractor:
    """Return the extractor of a model folder; the embedded model where none is named.

    One thread is the default because llama.cpp's threads wait for each other by spinning: where cores are
    shared with other work, two can be a hundred times slower than one. With 0, causal models take as many as
    a measurement finds to be faster; the embedded model takes one.

    Raises:
        EngineBroken: the folder, a file in it, or its manifest is missing or wrong.
    """
    return opened(load(Path(model) if model else EMBEDDED), tier=tier, threads=threads)


def opened(found: Model, *, tier: str = "nano", threads: int = 1) -> Extractor:
    """Return the extractor of a model.

    Raises:
        EngineBroken: a file is missing or wrong.
    """
    if found.manifest.decoding == "generate":
        from agent.extract.generate import GenerateExtractor  # noqa: PLC0415 - loads llama.cpp

        return GenerateExtractor(found, tier=tier, threads=threads)
    from agent.extract.engine import PointerExtractor  # noqa: PLC0415 - loads llama.cpp

    return PointerExtractor(found, tier=tier, threads=threads or 1)
