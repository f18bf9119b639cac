"""The mean of the weights of several models that went on from one beginning.

``python -m training.nano.mean --of agent/models/nano --of runs/nano/checkpoint.pt --out runs/mean.pt``

Models that were trained on from the same weights lie near enough that their mean does better than either, on
what the one has learned and on what the other has kept (model soups, Wortsman et al., 2022). A beginning for
``--weights``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import torch

from training.nano.model import Shape, grown
from training.nano.shipped import shipped


@click.command()
@click.option(
    "--of",
    "paths",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    required=True,
    help="Checkpoint or model folder; the counts of the last are kept.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(paths: tuple[Path, ...], out: Path) -> None:
    """Write the mean of several models as a checkpoint."""
    torch.save(mean([read(path) for path in paths]), out)


def read(path: Path) -> dict[str, Any]:
    """Return a checkpoint or a model folder, its shape as plain values."""
    if path.is_dir():
        found = shipped(path)
        return found | {"shape": asdict(found["shape"])}
    kept: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return kept


def mean(models: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of models of one shape, in the parts of the last.

    A part that had fewer inputs in an earlier model has weight zero on the others there; so has a part it
    lacked.

    Raises:
        ValueError: the shapes differ.
    """
    shapes = {Shape(**model["shape"]) for model in models}
    if len(shapes) > 1:
        message = f"models of different shapes have no mean: {shapes}"
        raise ValueError(message)
    last = models[-1]["model"]
    weights = {
        name: torch.stack(
            [
                grown(one["model"].get(name, torch.zeros(part.shape)).float(), torch.zeros(part.shape))
                for one in models
            ]
        ).mean(0)
        for name, part in last.items()
    }
    return {"shape": models[-1]["shape"], "model": weights, "state": models[-1]["state"]}


if __name__ == "__main__":
    main()
