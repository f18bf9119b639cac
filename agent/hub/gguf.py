"""What a GGUF says about itself, and whether all that it says is there. Reads the head, no weights.

The format is that of ggml (docs/gguf.md there): magic, version, counts, keys with values, tensors with their
places. It comes from elsewhere, so each length is held against what the file has.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from agent.errors import Permanent

MAGIC: Final = b"GGUF"
VERSIONS: Final = (2, 3)
MAX_KEYS: Final = 10_000
MAX_TENSORS: Final = 100_000
MAX_DIMENSIONS: Final = 4
MAX_NESTING: Final = 4
ALIGNMENT: Final = 32
"""Bytes to which the weights are aligned where the file says nothing else."""

Value = bool | int | float | str | None
"""A value of a key; of an array its length alone, as an int."""

NUMBERS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Type of a value → how it is packed."""
STRING, ARRAY = 8, 9
QUANTISATIONS: Final[Mapping[int, tuple[str, int, int]]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}
"""Type of a tensor → its name, values and bytes of a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a file says about itself."""

    values: Mapping[str, Value]
    parameters: int
    quantisation: str
    """That of most weights."""
    needed_bytes: int
    """Bytes that the file must have, by its own account."""

    @property
    def architecture(self) -> str:
        """Return the architecture's name."""
        return str(self.values.get("general.architecture") or "")

    @property
    def context(self) -> int:
        """Return the tokens that it was trained for; 0: it does not say."""
        said = self.values.get(f"{self.architecture}.context_length")
        return said if isinstance(said, int) else 0

    @property
    def tokens(self) -> int:
        """Return the size of its vocabulary; 0: it has none."""
        said = self.values.get("tokenizer.ggml.tokens")
        return said if isinstance(said, int) else 0


def read(path: Path) -> Facts:
    """Read a file's head and hold it against the file's size.

    Raises:
        Permanent: it is no GGUF, a damaged one, or a part of one.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            facts = _Reader(file, path, size).facts()
    except OSError as error:
        remedy = "name a file that is there and that this user may read"
        raise Permanent(f"read {path}", cause=error.strerror or str(error), remedy=remedy) from error
    if size < facts.needed_bytes:
        cause = f"it ends after {size:,} bytes, and by its own account it has {facts.needed_bytes:,}"
        raise Permanent(f"read {path}", cause=cause, remedy="it is cut off: copy or pull it again")
    return facts


class _Reader:
    """Reads one file's head from its beginning."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file, self._path, self._size = file, path, size

    def facts(self) -> Facts:
        if self._bytes(4) != MAGIC:
            raise self._wrong(
                "it does not begin with GGUF", "name a GGUF; other formats must be converted first"
            )
        version = self._number("I")
        if version not in VERSIONS:
            known = " or ".join(map(str, VERSIONS))
            raise self._wrong(f"it is of version {version}, not {known}", "convert the model anew")
        tensors, keys = self._count(MAX_TENSORS, "tensors"), self._count(MAX_KEYS, "keys")
        values = dict(self._pair() for _ in range(keys))
        return self._with_tensors(values, tensors)

    def _with_tensors(self, values: dict[str, Value], count: int) -> Facts:
        weights: Counter[str] = Counter()
        end = 0
        for _ in range(count):
            name, elements, place, size = self._tensor()
            weights[name] += elements
            end = max(end, place + size)
        alignment = values.get("general.alignment", ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise self._damaged("its alignment is no number")
        begin = -(-self._file.tell() // alignment) * alignment
        return Facts(
            values=values,
            parameters=weights.total(),
            quantisation=weights.most_common(1)[0][0] if weights else "",
            needed_bytes=begin + end if count else self._file.tell(),
        )

    def _tensor(self) -> tuple[str, int, int, int]:
        """Read one tensor's line: quantisation, elements, place and bytes."""
        self._text()
        dimensions = self._number("I")
        if not 0 < dimensions <= MAX_DIMENSIONS:
            raise self._damaged(f"a tensor has {dimensions} dimensions")
        elements = math.prod(self._number("Q") for _ in range(dimensions))
        kind, place = self._number("I"), self._number("Q")
        if kind not in QUANTISATIONS:
            raise self._wrong(
                f"its weights are of kind {kind}, which this version does not know", "upgrade maaza"
            )
        name, block, size = QUANTISATIONS[kind]
        return name, elements, place, -(-elements // block) * size

    def _pair(self) -> tuple[str, Value]:
        return self._text(), self._value(self._number("I"))

    def _value(self, kind: int, depth: int = 0) -> Value:
        if kind in NUMBERS:
            return self._unpacked(NUMBERS[kind])
        if kind == STRING:
            return self._text()
        if kind == ARRAY and depth < MAX_NESTING:
            return self._array(depth)
        raise self._damaged(f"a value is of kind {kind}")

    def _array(self, depth: int) -> int:
        """Read over an array; return its length."""
        kind, length = self._number("I"), self._number("Q")
        if length > self._size:
            raise self._damaged(f"an array of {length:,} values")
        if kind in NUMBERS:
            self._skip(length * struct.calcsize("<" + NUMBERS[kind]))
            return length
        read: Callable[[], object] = (
            self._skip_text if kind == STRING else lambda: self._value(kind, depth + 1)
        )
        for _ in range(length):
            read()
        return length

    def _skip_text(self) -> None:
        self._skip(self._number("Q"))

    def _skip(self, count: int) -> None:
        if self._file.tell() + count > self._size:
            raise self._damaged(f"it ends within its head, {count:,} bytes before their end")
        self._file.seek(count, 1)

    def _text(self) -> str:
        return self._bytes(self._number("Q")).decode("utf-8", "replace")

    def _count(self, limit: int, what: str) -> int:
        count = self._number("Q")
        if count > limit:
            raise self._damaged(f"{count:,} {what}")
        return count

    def _number(self, form: str) -> int:
        return int(self._unpacked(form))

    def _unpacked(self, form: str) -> int | float | bool:
        (value,) = struct.unpack(f"<{form}", self._bytes(struct.calcsize(f"<{form}")))
        number: int | float | bool = value
        return number

    def _bytes(self, count: int) -> bytes:
        if count > self._size:
            raise self._damaged(f"it has no room for a length of {count:,} bytes")
        found = self._file.read(count)
        if len(found) < count:
            raise self._damaged("it ends within its head")
        return found

    def _wrong(self, cause: str, remedy: str) -> Permanent:
        return Permanent(f"read {self._path}", cause=cause, remedy=remedy)

    def _damaged(self, cause: str) -> Permanent:
        return self._wrong(cause, "the file is cut off or damaged: copy or pull it again")
