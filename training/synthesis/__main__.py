"""Look at the examples: ``python -m training.synthesis --seed 1 --count 20``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from itertools import islice

from training.synthesis import FAMILIES, Example, generate, violations


def main() -> None:
    """Print examples with their spans marked, or counts over them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--level", type=float, default=1.0)
    parser.add_argument("--format", choices=sorted(FAMILIES))
    parser.add_argument("--stats", action="store_true", help="counts and throughput only")
    parser.add_argument("--cases", action="store_true", help="JSON Lines for `python -m eval`, nothing else")
    options = parser.parse_args()
    started = time.perf_counter()
    examples = list(islice(generate(options.seed, level=options.level, family=options.format), options.count))
    seconds = time.perf_counter() - started
    out = sys.stdout.write
    if options.cases:
        out("".join(case(number, one) + "\n" for number, one in enumerate(examples)))
        return
    if options.stats:
        out(_statistics(examples))
    else:
        out("\n".join(map(shown, examples)))
    out(f"\n{len(examples)} examples in {seconds:.2f} s: {len(examples) / seconds:.0f} a second\n")


def case(number: int, example: Example) -> str:
    """Return an example as a line of cases: id, text, schema, expected, format."""
    told = {"id": f"{example.format}-{number}", "text": example.text, "schema": example.schema}
    return json.dumps(told | {"expected": example.value, "format": example.format}, ensure_ascii=False)


def shown(example: Example) -> str:
    """Draw one example with its spans in brackets."""
    marks = [(end, "»") for _, end in example.spans.values()] + [
        (start, "«") for start, _ in example.spans.values()
    ]
    marks += [(end, ">>") for _, end in example.headings.values()] + [
        (start, "<<") for start, _ in example.headings.values()
    ]
    text = example.text
    for offset, mark in sorted(marks, reverse=True):
        text = text[:offset] + mark + text[offset:]
    schema, value = (json.dumps(part, ensure_ascii=False) for part in (example.schema, example.value))
    wrong = "".join(f"\n!! {fault}" for fault in violations(example))
    return f"===== {example.format}\n{text}\n--- schema {schema}\n--> {value}{wrong}\n"


def _statistics(examples: list[Example]) -> str:
    formats = Counter(example.format for example in examples)
    lengths = sorted(len(example.text) for example in examples)
    fields = sorted(len(example.spans) for example in examples if example.value is not None)
    lines = [f"{name:14} {number:6}" for name, number in formats.most_common()]
    for label, numbers in (("characters", lengths), ("leaves", fields)):
        cuts = " ".join(
            str(numbers[min(len(numbers) - 1, len(numbers) * cut // 100)])
            for cut in (5, 25, 50, 75, 95, 99, 100)
        )
        lines.append(f"{label} at 5 25 50 75 95 99 100 %: {cuts}")
    lines.append(f"negatives {sum(example.value is None for example in examples)}")
    lines.append(
        f"described {sum('description' in str(example.schema.get('properties')) for example in examples)}"
    )
    faults = [fault for example in examples for fault in violations(example)]
    lines.append(f"violations {len(faults)} {faults[:5]}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
