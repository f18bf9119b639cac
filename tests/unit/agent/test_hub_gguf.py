"""GGUFs from elsewhere: what they say about themselves, and those that are refused."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from typing import Any

import gguf as reference
import pytest
from gguf_files import write_gguf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Permanent
from agent.hub import gguf
from agent.hub.describe import Wishes, manifest_of
from agent.models import EMBEDDED, load

SHA = "a" * 64


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Give a small whole model."""
    return write_gguf(tmp_path / "tiny.gguf")


def test_facts_of_a_whole_file(tiny: Path) -> None:
    """Architecture, sizes and the bytes that there must be, to the last one."""
    facts = gguf.read(tiny)
    assert (facts.architecture, facts.context, facts.tokens) == ("llama", 4096, 300)
    assert (facts.parameters, facts.quantisation) == (3 * 256 * 64, "Q8_0")
    assert 0 <= tiny.stat().st_size - facts.needed_bytes < gguf.ALIGNMENT


def test_facts_of_the_embedded_model() -> None:
    """A real file, made by another program's quantisation."""
    model = load(EMBEDDED)
    facts = gguf.read(model.gguf)
    assert (facts.architecture, facts.quantisation) == ("llama", model.manifest.quantisation)
    assert 0 <= model.gguf.stat().st_size - facts.needed_bytes < gguf.ALIGNMENT


def test_sizes_of_blocks_are_those_of_the_format() -> None:
    """Compared with the format's own library."""
    theirs = {kind.value: sizes for kind, sizes in reference.GGML_QUANT_SIZES.items()}
    ours = {kind: (block, size) for kind, (_name, block, size) in gguf.QUANTISATIONS.items()}
    assert {kind: theirs[kind] for kind in ours} == ours
    names = {kind: reference.GGMLQuantizationType(kind).name for kind in ours}
    assert names == {kind: name for kind, (name, _block, _size) in gguf.QUANTISATIONS.items()}


@pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.9, 0.999])
def test_file_that_is_cut_off_is_refused_wherever_it_ends(tiny: Path, share: float) -> None:
    """In its head or in its weights; the words say that it is cut off."""
    content = tiny.read_bytes()
    tiny.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Permanent) as caught:
        gguf.read(tiny)
    assert "pull it again" in caught.value.remedy or "converted" in caught.value.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GG", "a length of 4 bytes"),
        (b"PK\3\4" + bytes(100), "does not begin with GGUF"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(100), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0) + bytes(100), "tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60) + bytes(100), "keys"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60) + bytes(100), "a length of"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 4, 1 << 62) + bytes(50), "an array of"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 99) + bytes(50), "of kind 99"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 1, 0, 1, b"t", 9) + bytes(50), "9 dimensions"),
        (b"GGUF" + struct.pack("<IQQQ1sIQI", 3, 1, 0, 1, b"t", 1, 4, 77) + bytes(50), "of kind 77"),
    ],
)
def test_damage_has_words(tmp_path: Path, content: bytes, words: str) -> None:
    """No length is believed that the file cannot have."""
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(Permanent, match=words):
        gguf.read(path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 400), value=st.integers(0, 255))
def test_any_changed_byte_is_read_or_refused(tiny: Path, place: int, value: int) -> None:
    """Nothing but our own error comes out, and no memory is taken for a length that is not there."""
    content = bytearray(tiny.read_bytes())
    content[place] = value
    path = tiny.with_name("changed.gguf")
    path.write_bytes(content)
    with contextlib.suppress(Permanent):
        assert gguf.read(path).needed_bytes <= len(content)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"architecture": "mamba"}, "architecture is 'mamba'"),
        ({"architecture": "bert"}, "architecture is 'bert'"),
        ({"causal": False}, "an encoder"),
        ({"tokenizer": ""}, "no tokenizer"),
        ({"tokenizer": "llama"}, "of kind 'llama'"),
        ({"kind": "adapter"}, "no model but a adapter"),
        ({"licence": ""}, "no licence"),
    ],
)
def test_models_that_cannot_serve_have_words(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    """Each names what is wrong with it and what to do."""
    path = write_gguf(tmp_path / "x.gguf", **options)
    with pytest.raises(Permanent, match=words) as caught:
        manifest_of(gguf.read(path), Wishes(), name="x", gguf="x.gguf", sha256=SHA)
    assert caught.value.remedy


def test_manifest_is_made_of_facts_and_wishes(tiny: Path) -> None:
    """Wishes come first, the file second, defaults last."""
    facts = gguf.read(tiny)
    plain = manifest_of(facts, Wishes(), name="x", gguf="x.gguf", sha256=SHA)
    assert (plain.decoding, plain.context, plain.licence, plain.parameters) == (
        "generate",
        2048,
        "Apache-2.0",
        49_152,
    )
    wishes = Wishes(tier="small", prompt="Read {text}", context=4096, licence="MIT")
    asked = manifest_of(facts, wishes, name="x", gguf="x.gguf", sha256=SHA)
    assert (asked.tier, asked.prompt, asked.context, asked.licence) == ("small", "Read {text}", 4096, "MIT")


def test_context_beyond_what_it_was_trained_for_is_refused(tiny: Path) -> None:
    """The number is named."""
    with pytest.raises(Permanent, match="4096 tokens"):
        manifest_of(gguf.read(tiny), Wishes(context=8192), name="x", gguf="x.gguf", sha256=SHA)
