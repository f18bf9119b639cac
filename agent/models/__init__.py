"""Models: a folder with a GGUF, what belongs to it, and a manifest that pins every byte."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.errors import EngineBroken
from agent.message import Evidence
from agent.settings import THRESHOLD

__all__ = [
    "EMBEDDED",
    "MANIFEST",
    "Broken",
    "Calibration",
    "Manifest",
    "Model",
    "Thresholds",
    "find",
    "load",
    "sha256",
    "share_characters",
    "verify",
]

EMBEDDED = Path(__file__).parent / "nano"
"""The model inside the wheel."""
MANIFEST = "manifest.json"
SMALLEST = 1e-12
"""Raw confidences below this count as this."""
OVERRULED = frozenset({"publish", "escalate"})
"""Thresholds that older manifests hold; the setting ``threshold`` of a tier decides instead."""


class Thresholds(BaseModel):
    """Decisions of one model about its probabilities; what is sure enough to publish, the settings say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fits: float = Field(default=0.5, ge=0, le=1)
    """A text less likely than this to be of the schema is refused."""
    absent: float = Field(default=0.5, ge=0, le=1)
    """A field more likely than this to stand nowhere is left out."""
    missing: float = Field(default=0.9, ge=0, le=1)
    """The same for required fields: below it the likeliest place is taken, and lowers the confidence."""
    item: float = Field(default=0.5, ge=0, le=1)
    """An array item begins where its probability is above this."""
    section: float = Field(default=0.5, ge=0, le=1)
    """An object more likely than this to stand nowhere is left out, whatever its fields say."""

    @model_validator(mode="before")
    @classmethod
    def _without_overruled(cls, given: object) -> object:
        """Accept older manifests: what they say here besides has never decided anything."""
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if name not in OVERRULED}


class Calibration(BaseModel):
    """A logistic curve from what is seen of an answer to the share of such answers that are right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float = Field(ge=0)
    """Of the logarithm of the raw confidence."""
    offset: float
    shared: float = Field(default=0.0, le=0)
    """Log-odds of an answer two of whose values stand on the same characters."""
    precision: float | None = Field(default=None, ge=0, le=1)
    """Share of right answers that ``threshold`` was chosen for."""
    threshold: float | None = Field(default=None, ge=0, le=1)
    """Confidence from which on so many were right on each of the sets that it was chosen on."""

    def confidence(self, raw: float, *, shared: bool = False) -> float:
        """Return the calibrated confidence of a raw one."""
        odds = self.slope * math.log(max(raw, SMALLEST)) + self.offset + self.shared * shared
        return 0.5 * (1.0 + math.tanh(0.5 * odds))


class Manifest(BaseModel):
    """What a model folder holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    decoding: str = Field(pattern="^(pointer|generate)$")
    """``pointer``: an encoder with heads. ``generate``: a causal model under a grounded grammar."""
    gguf: str
    gguf_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    heads: str = ""
    heads_sha256: str = Field(default="", pattern="^([0-9a-f]{64})?$")
    prompt: str = "Extract the structured JSON data from the following text.\n\nInput: {text}\n\nOutput:"
    """Template of a causal model; ``{text}`` and ``{schema}`` are replaced."""
    context: int = Field(ge=256, le=131_072)
    """Tokens of prompt and answer that fit."""
    licence: str
    tier: str = ""
    """Tier that it was made for."""
    parameters: int = Field(gt=0)
    quantisation: str
    agreement: float | None = Field(default=None, ge=0, le=1)
    """Share of questions at which the files point where the trained weights do, measured at export."""
    trained_tokens: int = 0
    trained_examples: int = 0
    thresholds: Thresholds = Thresholds()
    calibration: Calibration | None = None
    """Made by ``python -m eval calibrate``; without it confidence is the raw product of probabilities."""

    def confidence(self, raw: float, evidence: Sequence[Evidence]) -> float:
        """Return how likely an answer is to be right as a whole; raw where nothing is calibrated."""
        if self.calibration is None:
            return raw
        return self.calibration.confidence(raw, shared=share_characters(evidence))

    @property
    def threshold(self) -> float:
        """Confidence from which on answers are believed where settings name no other."""
        measured = self.calibration.threshold if self.calibration else None
        return THRESHOLD if measured is None else measured


def share_characters(evidence: Sequence[Evidence]) -> bool:
    """Tell whether two values of an answer stand on the same characters: one of them is mostly wrong."""
    spans = sorted((one.start, one.end) for one in evidence if one.start >= 0)
    return any(behind[0] < before[1] for before, behind in pairwise(spans))


@dataclass(frozen=True, slots=True)
class Model:
    """A model folder that was found; its files may still be wrong, which ``verify`` tells."""

    folder: Path
    manifest: Manifest

    @property
    def gguf(self) -> Path:
        """Path of the GGUF."""
        return self.folder / self.manifest.gguf

    @property
    def heads(self) -> Path:
        """Path of the heads of a pointing model."""
        return self.folder / self.manifest.heads


@dataclass(frozen=True, slots=True)
class Broken:
    """A model folder whose manifest cannot be read."""

    folder: Path
    fault: str
    """What, why, and what to do."""


def load(folder: Path) -> Model:
    """Read a model folder's manifest.

    Raises:
        EngineBroken: there is no manifest, or it is wrong.
    """
    path = folder / MANIFEST
    remedy = "name a folder that holds manifest.json and the files that it names"
    try:
        manifest = Manifest.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise EngineBroken(
            f"open model {folder}", cause=error.strerror or str(error), remedy=remedy
        ) from error
    except (ValidationError, ValueError, RecursionError) as error:
        raise EngineBroken(f"read {path}", cause=" ".join(str(error).split()), remedy=remedy) from error
    return Model(folder, manifest)


def find(folders: list[Path]) -> list[Model | Broken]:
    """Return the embedded model and every model below the given folders, by name, broken ones too."""
    places = [EMBEDDED, *(path.parent for folder in folders for path in sorted(folder.glob(f"*/{MANIFEST}")))]
    return [_found(place) for place in places if (place / MANIFEST).exists()]


def _found(folder: Path) -> Model | Broken:
    try:
        return load(folder)
    except EngineBroken as error:
        return Broken(folder, str(error))


def verify(model: Model) -> None:
    """Compare every file of a model with its manifest.

    Raises:
        EngineBroken: a file is missing, or its SHA-256 differs.
    """
    expected = [(model.gguf, model.manifest.gguf_sha256)]
    if model.manifest.heads:
        expected.append((model.heads, model.manifest.heads_sha256))
    for path, wanted in expected:
        if not path.is_file():
            raise EngineBroken(
                f"open {path}", cause="no such file", remedy="copy the whole model folder again"
            )
        found = sha256(path)
        if found != wanted:
            raise EngineBroken(
                f"verify {path}",
                cause=f"SHA-256 is {found}, the manifest says {wanted}",
                remedy="the file is damaged or was replaced: copy the model folder again",
            )


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
