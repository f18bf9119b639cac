"""Bases of the hub's form with adapters: opened, put together, merged. The one place that knows peft."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from training.export.llama import read_config
from training.faults import Unusable
from training.finetune.recipe import Recipe
from training.record import Record

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
MODEL_FILES = ("*.json", "*.safetensors", "README.md")


def folder_of(name: str, revision: str = "") -> Path:
    """Return the folder of a model: itself, or the copy of one on the hub.

    Raises:
        Unusable: it is neither a folder nor to be had from the hub.
    """
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - training's environment only

    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=list(MODEL_FILES)))
    except (OSError, ValueError, RuntimeError) as error:
        raise Unusable(
            f"open {name}",
            cause=f"no such folder, and the hub gives none: {' '.join(str(error).split())[:300]}",
            remedy="name a folder, or see to the network; HF_TOKEN opens what is not open to all",
        ) from error


def open_base(folder: Path) -> Any:  # noqa: ANN401 - the package has no types here
    """Return a base in single precision."""
    import torch  # noqa: PLC0415 - training's environment only
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - training's environment only

    read_config(folder)  # what could not be exported is not trained
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def with_new(base: Any, recipe: Recipe) -> Any:  # noqa: ANN401 - the package has no types here
    """Return a base with an adapter that changes nothing yet.

    Raises:
        Unusable: the base has no matrices of the targets' names.
    """
    from peft import LoraConfig, get_peft_model  # noqa: PLC0415 - training's environment only

    config = LoraConfig(
        r=recipe.r,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(recipe.targets),
        bias="none",
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(base, config)
    except ValueError as error:
        raise Unusable("add an adapter", cause=str(error), remedy="correct targets") from error


def with_known(base: Any, adapter: Path, *, learns: bool) -> Any:  # noqa: ANN401 - no types here
    """Return a base with an adapter that was made for it.

    Raises:
        Unusable: it was made for another, or is damaged.
    """
    from peft import PeftModel  # noqa: PLC0415 - training's environment only

    try:
        return PeftModel.from_pretrained(base, adapter, is_trainable=learns)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise Unusable(
            f"load the adapter {adapter}",
            cause=" ".join(str(error).split())[:300],
            remedy="name the base that it was made for; its adapter_config.json says which",
        ) from error


def merge(model: Any, base: Path, out: Path, record: Record) -> None:  # noqa: ANN401 - no types here
    """Write a base with its adapter merged in, in half precision, with its tokenizer and record.

    Half precision, because that is what an export writes: what is compared with the export is then what was
    merged, to the last bit.

    Raises:
        Unusable: a weight is too large for half precision, or no number.
    """
    import torch  # noqa: PLC0415 - training's environment only

    merged = model.merge_and_unload().to(torch.float16)
    broken = [name for name, weight in merged.state_dict().items() if not torch.isfinite(weight).all()]
    if broken:
        raise Unusable(
            f"merge into {out}",
            cause=f"{broken[0]} is too large for half precision, or no number",
            remedy="train anew with a lower lr",
        )
    draft = out.with_name(f"{out.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    merged.save_pretrained(draft)
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copyfile(base / name, draft / name)
    record.write(draft)
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)
