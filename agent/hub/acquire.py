"""Pull and import, from the wish to the model in its place."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from agent import models
from agent.clock import Clock, SystemClock
from agent.errors import EngineBroken, Permanent
from agent.hub import gguf
from agent.hub.describe import Wishes, manifest_of
from agent.hub.download import Download, Downloaded, Progress
from agent.hub.registry import Pin, Wanted
from agent.hub.remote import Hub, RemoteFile
from agent.hub.shelf import Shelf
from agent.hub.trial import try_loading
from agent.models import MANIFEST, Manifest, Model

__all__ = ["Acquired", "Wishes", "import_file", "import_folder", "pull"]


@dataclass(frozen=True, slots=True)
class Acquired:
    """A model in its place."""

    model: Model
    changed: bool
    """False where the same was there already."""
    pinned: str = ""
    """What was written to the file of pins; empty: nothing."""


def pull(
    wish: Wanted,
    shelf: Shelf,
    hub: Hub,
    *,
    wishes: Wishes = Wishes(),  # noqa: B008 - frozen
    progress: Progress = lambda _done, _total: None,
    clock: Clock | None = None,
) -> Acquired:
    """Bring a file of a hub here, compare it with its pin, describe it, put it in its place.

    Raises:
        Permanent: the hub has other bytes than the pin, or they are no model that can serve.
        Transient: network or disk failed; what has come is kept, and the next call goes on from there.
    """
    name = wishes.name or wish.name
    with shelf.turn(wish.key):
        there = _there(shelf, name, wish.sha256)
        if there:
            return Acquired(there, changed=False)
        remote = _compared(hub.locate(wish.repo, wish.file, wish.revision), wish, hub)
        part = shelf.part(wish.key, remote.commit)
        have = part.stat().st_size if part.exists() else 0
        shelf.require_room(max(0, remote.size - have))
        shelf.begin(part)
        found = Download(hub, remote, part, clock=clock or SystemClock(), progress=progress).run()
        _confirm(found, wish.sha256 or remote.sha256, remote)
        asked = replace(wishes, licence=wishes.licence or wish.licence)
        model = _placed(found, shelf, asked, name=name, gguf_name=Path(wish.file).name)
        shelf.tidy(wish.key)
        if not wish.sha256:
            shelf.pin(wish.key, Pin(revision=remote.commit, sha256=found.sha256, size=found.size))
    return Acquired(model, changed=True, pinned="" if wish.sha256 else found.sha256)


def _there(shelf: Shelf, name: str, sha256: str) -> Model | None:
    """Return the model that is in its place already, whole and with these bytes."""
    try:
        model = models.load(shelf.folder / name)
        models.verify(model)
    except EngineBroken:
        return None
    return model if sha256 and model.manifest.gguf_sha256 == sha256 else None


def _compared(remote: RemoteFile, wish: Wanted, hub: Hub) -> RemoteFile:
    """Hold what the hub says against the pin, before a byte is paid for; size and hash of the pin count."""
    operation = f"pull {wish.key}"
    if not wish.sha256 and not hub.is_trustworthy:
        remedy = "use an https endpoint, or give the SHA-256 that its author states (--sha256)"
        raise Permanent(
            operation, cause=f"{hub.endpoint} is not secured: a hash from there proves nothing", remedy=remedy
        )
    if wish.sha256 and remote.sha256 and wish.sha256 != remote.sha256:
        cause = f"the hub has SHA-256 {remote.sha256}, pinned is {wish.sha256}"
        raise Permanent(
            operation, cause=cause, remedy="the file was replaced there: find out why before you pin it anew"
        )
    if wish.size and remote.size and wish.size != remote.size:
        cause = f"the hub has {remote.size:,} bytes, pinned are {wish.size:,}"
        raise Permanent(
            operation, cause=cause, remedy="the file was replaced there: find out why before you pin it anew"
        )
    return replace(remote, size=remote.size or wish.size)


def _confirm(found: Downloaded, expected: str, remote: RemoteFile) -> None:
    """Throw wrong bytes away: nothing can be gone on from there."""
    if expected and found.sha256 != expected:
        found.path.unlink()
        cause = f"what came has SHA-256 {found.sha256}, expected is {expected}"
        remedy = (
            "it was thrown away: call it again; if it happens again, a proxy or the hub gives other bytes"
        )
        raise Permanent(f"get {remote.url}", cause=cause, remedy=remedy)


def _placed(found: Downloaded, shelf: Shelf, wishes: Wishes, *, name: str, gguf_name: str) -> Model:
    facts = gguf.read(found.path)
    manifest = manifest_of(facts, wishes, name=name, gguf=gguf_name, sha256=found.sha256)
    try_loading(found.path)
    return Model(shelf.place(name, manifest, {gguf_name: found.path}, move=True), manifest)


def import_file(path: Path, shelf: Shelf, *, wishes: Wishes, manifest: Path | None = None) -> Acquired:
    """Copy a GGUF here, with the manifest that is given or one made of the file and the user's words.

    Raises:
        Permanent: it is damaged, cut off, or no model that can serve.
        Transient: the disk has no room.
    """
    facts = gguf.read(path)
    digest = models.sha256(path)
    name = wishes.name or path.stem.lower()
    if manifest is not None:
        described = _given(manifest, path, digest)
        name = wishes.name or described.name
    else:
        described = manifest_of(facts, wishes, name=name, gguf=path.name, sha256=digest)
    there = _there(shelf, name, digest)
    if there and there.manifest == described:
        return Acquired(there, changed=False)
    try_loading(path)
    shelf.require_room(path.stat().st_size)
    return Acquired(
        Model(shelf.place(name, described, {path.name: path}, move=False), described), changed=True
    )


def _given(manifest: Path, path: Path, digest: str) -> Manifest:
    """Read a manifest and hold it against the file."""
    remedy = "correct it, or leave --manifest out: one is made of the file"
    try:
        described = Manifest.model_validate(json.loads(manifest.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise Permanent(f"read {manifest}", cause=" ".join(str(error).split()), remedy=remedy) from error
    if described.heads:
        remedy = "import the whole folder: the heads belong to it"
        raise Permanent(f"import {path}", cause="its manifest names heads", remedy=remedy)
    if described.gguf_sha256 != digest:
        cause = f"the file has SHA-256 {digest}, the manifest says {described.gguf_sha256}"
        raise Permanent(
            f"import {path}", cause=cause, remedy="they do not belong together, or the file is damaged"
        )
    return described.model_copy(update={"gguf": path.name})


def import_folder(folder: Path, shelf: Shelf, *, wishes: Wishes) -> Acquired:
    """Copy a model folder here; one without a manifest that holds a single GGUF is imported as that file.

    Raises:
        Permanent: a file differs from the manifest, is damaged, or is no model that can serve.
        Transient: the disk has no room.
    """
    if not (folder / MANIFEST).exists():
        found = sorted(folder.glob("*.gguf"))
        if len(found) != 1:
            cause = f"it has no {MANIFEST} and {len(found)} files that end in .gguf"
            raise Permanent(f"import {folder}", cause=cause, remedy="name the file itself")
        return import_file(found[0], shelf, wishes=wishes)
    model = models.load(folder)
    models.verify(model)
    gguf.read(model.gguf)
    name = wishes.name or model.manifest.name
    there = _there(shelf, name, model.manifest.gguf_sha256)
    if there and there.manifest == model.manifest:
        return Acquired(there, changed=False)
    try_loading(model.gguf, vocabulary=model.manifest.decoding == "generate")
    files = {model.gguf.name: model.gguf} | ({model.heads.name: model.heads} if model.manifest.heads else {})
    shelf.require_room(sum(path.stat().st_size for path in files.values()))
    return Acquired(Model(shelf.place(name, model.manifest, files, move=False), model.manifest), changed=True)
