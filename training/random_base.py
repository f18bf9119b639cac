"""A Hugging Face model of random weights and SmolLM2's shape, made here: it proves the way, it knows nothing.

::

    python -m training.random_base --shape 135m --out runs/base-135m

The tokenizer is a byte-level BPE set up as SmolLM2's is (control tokens, digits one by one, no normaliser),
trained on synthetic texts and filled up with made-up merges to the real model's number of tokens.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import click

from training.random_model import SHAPES, Shape, merges
from training.synthesis import generate

CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<repo_name>",
    "<reponame>",
    "<file_sep>",
    "<filename>",
    "<gh_stars>",
    "<issue_start>",
    "<issue_comment>",
    "<issue_closed>",
    "<jupyter_start>",
    "<jupyter_text>",
    "<jupyter_code>",
    "<jupyter_output>",
    "<jupyter_script>",
    "<empty_output>",
)
"""SmolLM2's, in its order: tokens 0 to 16."""
TEXTS = 3_000
"""Synthetic texts that the merges are learned from."""
TEXTS_SEED = 990_101
CONTEXT = 8192
"""Positions of SmolLM2."""
ROPE_THETA = 100_000.0
NORM_EPS = 1e-5


@dataclass(frozen=True, slots=True)
class Bpe:
    """The vocabulary of a byte-level BPE."""

    ids: dict[str, int]
    merges: list[tuple[str, str]]


def filled(learned: Bpe, size: int) -> Bpe:
    """Return a vocabulary with made-up merges behind those that were learned, to ``size`` tokens.

    Raises:
        ValueError: there are more tokens than that already.
    """
    if len(learned.ids) > size:
        message = f"{len(learned.ids)} tokens were learned; {size} are wanted"
        raise ValueError(message)
    ids, rules = dict(learned.ids), list(learned.merges)
    for one, two in merges():
        if len(ids) == size:
            break
        if one in ids and two in ids and one + two not in ids:
            ids[one + two] = len(ids)
            rules.append((one, two))
    return Bpe(ids, rules)


def learn(size: int, texts: int) -> Bpe:
    """Learn merges from synthetic texts; at most ``size`` tokens come of it."""
    import tokenizers as api  # noqa: PLC0415 - training's environment only

    tokenizer = api.Tokenizer(api.models.BPE())
    tokenizer.pre_tokenizer = splitting()
    trainer = api.trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(CONTROL),
        initial_alphabet=sorted(api.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator((one.text for one in islice(generate(TEXTS_SEED), texts)), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return Bpe(model["vocab"], [(one, two) for one, two in model["merges"]])


def splitting() -> Any:  # noqa: ANN401 - the package has no types here
    """Return what cuts a text before merging, as SmolLM2's: digits one by one, then GPT-2's words."""
    from tokenizers import pre_tokenizers  # noqa: PLC0415 - training's environment only

    digits = pre_tokenizers.Digits(individual_digits=True)
    return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])


def tokenizer_of(bpe: Bpe) -> Any:  # noqa: ANN401 - the package has no types here
    """Return a tokenizer in transformers' form."""
    import tokenizers as api  # noqa: PLC0415 - training's environment only
    import transformers  # noqa: PLC0415 - training's environment only

    made = api.Tokenizer(api.models.BPE(vocab=bpe.ids, merges=bpe.merges))
    made.pre_tokenizer = splitting()
    made.decoder = api.decoders.ByteLevel()
    made.add_special_tokens([api.AddedToken(name, special=True, normalized=False) for name in CONTROL])
    end = CONTROL[0]
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token=end, eos_token=end, unk_token=end, model_max_length=CONTEXT
    )


def model_of(shape: Shape, seed: int) -> Any:  # noqa: ANN401 - the package has no types here
    """Return a model with weights drawn as for a training from nothing."""
    import torch  # noqa: PLC0415 - training's environment only
    from transformers import LlamaConfig, LlamaForCausalLM  # noqa: PLC0415 - training's environment only

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=shape.tokens,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=CONTEXT,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        rms_norm_eps=NORM_EPS,
        initializer_range=shape.width**-0.5,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
    )
    return LlamaForCausalLM(config)


def make(shape: Shape, out: Path, *, seed: int = 1, texts: int = TEXTS) -> Path:
    """Write a model folder as the hub has them: configuration, weights in bfloat16, tokenizer."""
    import torch  # noqa: PLC0415 - training's environment only

    tokenizer_of(filled(learn(shape.tokens, texts), shape.tokens)).save_pretrained(out)
    model_of(shape, seed).to(torch.bfloat16).save_pretrained(out)
    return out


@click.command()
@click.option("--shape", type=click.Choice(list(SHAPES)), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--seed", default=1, show_default=True)
def main(shape: str, out: Path, seed: int) -> None:
    """Write a Hugging Face model of random weights."""
    folder = make(SHAPES[shape], out, seed=seed)
    for path in sorted(folder.iterdir()):
        click.echo(f"{path} {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
