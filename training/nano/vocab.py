"""Build the vocabulary of the nano model.

``python -m training.nano.vocab --size 4096 --out training/nano/vocab.txt``

Words are counted in synthetic examples and in the sources of Python's standard library (identifiers and
English of the trade, on every machine), so that the model's vocabulary leans on no benchmark.
"""

from __future__ import annotations

import json
import sysconfig
from collections import Counter
from itertools import islice
from pathlib import Path

import click
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from agent.pieces import pieces
from agent.vocabulary import GLUED, SPECIAL
from training.synthesis import generate

SYNTHETIC_EXAMPLES = 20_000
LIBRARY_BYTES = 12_000_000
SIGNS = "°µ²³€£±×÷–—…“”„‘’«»·•→ßäöüéèêàáíóúñç"


def words(text: str) -> list[str]:
    """Return the folded words of a text."""
    return [piece.text for piece in pieces(text) if piece.kind == "word"]


def count(seed: int) -> Counter[str]:
    """Count words; the square root of a count tames the loud ones."""
    synthetic: Counter[str] = Counter()
    for example in islice(generate(seed), SYNTHETIC_EXAMPLES):
        synthetic.update(words(example.text))
        synthetic.update(words(json.dumps(example.schema, ensure_ascii=False)))
    library: Counter[str] = Counter()
    read = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        text = path.read_text(encoding="utf-8", errors="ignore")
        read += len(text)
        library.update(words(text))
        if read > LIBRARY_BYTES:
            break
    total: Counter[str] = Counter()
    for source in (synthetic, library):
        for word, number in source.items():
            if len(word) <= 20:
                total[word] += int(number**0.5)
    return total


def fixed() -> list[str]:
    """Return the tokens that are not learned: marks, digit pairs, single characters."""
    pairs = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
    marks = [chr(code) for code in range(33, 127) if not chr(code).isalnum()]
    runs = [mark * 2 for mark in "-=*#./:_+<>"] + [mark * 3 for mark in "-=*#._"]
    letters = [chr(code) for code in range(97, 123)]
    signs = [sign for sign in SIGNS if sign not in letters]
    glued = [GLUED + token for token in (*pairs, *letters, *(sign for sign in signs if sign.isalpha()))]
    return list(dict.fromkeys([*SPECIAL, *pairs, *marks, *runs, *letters, *signs, *glued]))


def learn(counts: Counter[str], size: int) -> list[str]:
    """Return word parts by merging the commonest neighbours until there are ``size``."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, continuing_subword_prefix=GLUED, special_tokens=["<unk>"], show_progress=False
    )
    lines = (" ".join([word] * number) for word, number in sorted(counts.items()))
    tokenizer.train_from_iterator(lines, trainer)
    return [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]


@click.command()
@click.option("--size", default=4096, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("training/nano/vocab.txt"), show_default=True
)
def main(size: int, seed: int, out: Path) -> None:
    """Write the vocabulary, one token a line, as JSON strings."""
    tokens = fixed()
    known = set(tokens)
    extra = [
        token
        for token in learn(count(seed), size)
        if token not in known and token.removeprefix(GLUED).isalpha()
    ]
    tokens += extra[: size - len(tokens)]
    out.write_text(
        "".join(json.dumps(token, ensure_ascii=False) + "\n" for token in tokens), encoding="utf-8"
    )
    click.echo(f"{len(tokens)} tokens in {out}")


if __name__ == "__main__":
    main()
