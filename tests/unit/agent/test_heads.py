"""Heads: files that cannot be used are named, with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from agent.errors import EngineBroken
from agent.extract.heads import Heads


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 cut short", b"\x93NUMPY\x01\x00"])
def test_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    """Whatever is wrong with the file, the error says which one and what to do."""
    path = tmp_path / "heads.npz"
    path.write_bytes(content)
    with pytest.raises(EngineBroken, match=r"heads\.npz.*copy the model folder again"):
        Heads.load(path)


def test_file_of_another_version_is_named(tmp_path: Path) -> None:
    """A head that is missing is told by its name."""
    path = tmp_path / "heads.npz"
    np.savez(path, embed=np.zeros((2, 2), np.float32))
    with pytest.raises(EngineBroken, match="ask_start"):
        Heads.load(path)


def test_folder_in_place_of_a_file(tmp_path: Path) -> None:
    """A manifest without the name of its heads points at the folder itself."""
    with pytest.raises(EngineBroken, match="copy the model folder again"):
        Heads.load(tmp_path)
