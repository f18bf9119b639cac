"""What happens to a text on its way: other line ends, blank edges, lines that do not belong to it."""

from __future__ import annotations

from random import Random

from training.synthesis import words
from training.synthesis.page import Page


def disturb(page: Page, rng: Random, level: float) -> None:
    """Change a finished page without touching any value; most pages are left as they are."""
    if rng.random() > 0.2 * level:
        return
    kind = rng.random()
    text = page.text
    breaks = [offset for offset, char in enumerate(text) if char == "\n"]
    if kind < 0.2:
        torn = any("\n" in text[start:end] for start, end in page.spans.values())
        page.insert([] if torn else [(offset, "\r") for offset in breaks])
    elif kind < 0.4:
        page.insert([(0, rng.choice(("\n", " ", "  ", "\n\n", "\t", "\ufeff")))])
    elif kind < 0.55:
        page.write(rng.choice((" ", "  ", "\n", "\n\n", "\t", " \n", "\x00")))
    elif kind < 0.7:
        page.insert([(0, _chatter(rng) + "\n")])
    elif kind < 0.85:
        page.write(("" if text.endswith("\n") else "\n") + _chatter(rng))
    else:
        mark = rng.choice(("> ", "# ", "| ", "  ", "\t", "* ", "// "))
        torn = any("\n" in text[start:end] for start, end in page.spans.values())
        page.insert(
            [] if torn else [(0, mark), *((offset + 1, mark) for offset in breaks if offset + 1 < len(text))]
        )


def _chatter(rng: Random) -> str:
    return rng.choice((
        words.sentence(rng), f"--- {words.phrase(rng)} ---", f"{words.word(rng)}: {words.sentence(rng)}",
        f"[{rng.randrange(99)}] {words.phrase(rng)}",
        f"$ {words.word(rng)} -{words.word(rng)[:1]}", "=" * rng.randint(5, 30),
        f"{rng.randrange(9999)} {words.word(rng)}", f"# {words.phrase(rng)}",
    ))  # fmt: skip
