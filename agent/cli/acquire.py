"""``maaza models pull|import|use``: models from elsewhere, described, checked, put into use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli import options
from agent.errors import Permanent
from agent.message import Json

if TYPE_CHECKING:
    from agent.hub import Acquired, Chosen, Hub, Wishes

folder = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of models; the setting `models` where left out.",
)

described = [
    click.option("--name", default="", help="Name of the model's folder; made of the file's where left out."),
    click.option("--tier", default="", help="Tier that it is for; written to its manifest."),
    click.option(
        "--prompt",
        default="",
        help="Prompt that it was trained with: {text} and {schema} are replaced. @FILE reads it from a file.",
    ),
    click.option(
        "--context",
        type=click.IntRange(256, 131_072),
        help="Tokens of prompt and answer; 2048 where left out, or what the model has.",
    ),
    click.option("--licence", default="", help="Licence, where the file does not name it."),
]


def with_description(function: Any) -> Any:  # noqa: ANN401 - click's
    """Add the options that go to a manifest."""
    for option in reversed(described):
        function = option(function)
    return function


def models_folder(config: Path, given: Path | None) -> Path:
    """Return the folder of models: the option, else the setting, else its default."""
    from agent.app.configuration import examine  # noqa: PLC0415 - pydantic is slow to import
    from agent.settings import Settings  # noqa: PLC0415 - the same

    if given is not None:
        return given
    settings = examine(config, os.environ).settings
    return Path(settings.models if settings else Settings.model_fields["models"].default)


def wishes_of(*, name: str, tier: str, prompt: str, context: int | None, licence: str) -> Wishes:
    """Return what the options say about a model."""
    from agent.hub import Wishes  # noqa: PLC0415 - with the verb

    if prompt.startswith("@"):
        try:
            prompt = Path(prompt[1:]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            remedy = "name a text file in UTF-8"
            raise Permanent(f"read {prompt[1:]}", cause=str(error), remedy=remedy) from error
    if prompt and "{text}" not in prompt:
        message = "--prompt must hold {text}, where the message goes."
        raise click.UsageError(message)
    return Wishes(name=name, tier=tier, prompt=prompt, context=context or 0, licence=licence)


@click.command()
@click.argument("target", metavar="NAME|OWNER/REPO/FILE.gguf")
@click.option("--sha256", default="", metavar="HEX", help="The file's SHA-256, from whom you trust.")
@click.option("--size", type=click.IntRange(1), metavar="BYTES", help="The file's size.")
@click.option("--revision", default="", metavar="COMMIT", help="Commit of the repository; `main` else.")
@click.option(
    "--accept", is_flag=True, help="Trust what comes, and pin it: the next pull must give the same."
)
@click.option(
    "--endpoint",
    envvar="HF_ENDPOINT",
    default="https://huggingface.co",
    show_default=True,
    help="Address of the hub or a mirror; HF_ENDPOINT names one too.",
)
@with_description
@folder
@options.config
@options.as_json
def pull(
    target: str,
    *,
    endpoint: str,
    folder: Path | None,
    path: Path,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - from click
) -> None:
    """Get a GGUF from the Hugging Face hub: a known NAME, or any file of any repository.

    It is trusted only with the SHA-256 that is pinned for it: known models have theirs; of others give it, or
    --accept what comes. A download that broke off is gone on from. HF_TOKEN opens repositories that are not
    open to all.
    """
    from agent import hub  # noqa: PLC0415 - with the verb
    from agent.cli.progress import Bar  # noqa: PLC0415 - the same

    pinned = {name: said.pop(name) for name in ("sha256", "size", "revision", "accept")}
    pinned |= {"sha256": pinned["sha256"].lower(), "size": pinned["size"] or 0}
    _check_pins(pinned["sha256"], pinned["revision"])
    shelf = hub.Shelf(models_folder(path, folder))
    pins = hub.read_pins(shelf.folder)
    wish = hub.wanted(target, entries=hub.known_entries(), pins=pins, **pinned)
    bar = Bar(None if as_json else sys.stderr)
    try:
        done = hub.pull(wish, shelf, _hub(endpoint), wishes=wishes_of(**said), progress=bar)
    finally:
        bar.close()
    report(done, as_json=as_json)


def _check_pins(sha256: str, revision: str) -> None:
    digits = set("0123456789abcdef")
    for name, text, length in (("--sha256", sha256, 64), ("--revision", revision, 40)):
        if text and (len(text) != length or not set(text) <= digits):
            message = f"{name} has {length} hexadecimal digits; a branch or a short form pins nothing."
            raise click.UsageError(message)


def _hub(endpoint: str) -> Hub:
    from agent.hub import Hub  # noqa: PLC0415 - with the verb

    if os.environ.get("HF_HUB_OFFLINE", "") not in {"", "0"}:
        remedy = "unset it, or `maaza models import FILE`, which needs no network"
        raise Permanent("use the hub", cause="HF_HUB_OFFLINE forbids it", remedy=remedy)
    return Hub(endpoint, token=os.environ.get("HF_TOKEN", ""))


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Manifest of the file; made of it where left out.",
)
@with_description
@folder
@options.config
@options.as_json
def import_(
    source: Path,
    *,
    manifest: Path | None,
    folder: Path | None,
    path: Path,
    as_json: bool,
    **description: Any,  # noqa: ANN401 - from click
) -> None:
    """Copy a GGUF or a model folder to the folder of models, without a network.

    A file that is cut off or damaged, of an architecture that cannot be decoded under a grammar, or without
    the tokenizer that needs is refused.
    """
    from agent import hub  # noqa: PLC0415 - with the verb

    wishes = wishes_of(**description)
    shelf = hub.Shelf(models_folder(path, folder))
    if source.is_dir():
        if manifest is not None:
            message = "--manifest belongs to a file; a folder has its own."
            raise click.UsageError(message)
        done = hub.import_folder(source, shelf, wishes=wishes)
    else:
        done = hub.import_file(source, shelf, wishes=wishes, manifest=manifest)
    report(done, as_json=as_json)


def report(done: Acquired, *, as_json: bool) -> None:
    """Say what is there now, and what comes next."""
    model = done.model
    if as_json:
        facts: dict[str, Json] = {
            "name": model.folder.name,
            "folder": str(model.folder),
            "changed": done.changed,
            "sha256": model.manifest.gguf_sha256,
            "bytes": model.gguf.stat().st_size,
            "pinned": done.pinned or None,
        }
        options.print_json(facts)
        return
    verb = "in its place" if done.changed else "there already, whole"
    click.echo(f"{model.folder.name}: {verb}, {model.folder}")
    if done.pinned:
        click.echo(f"pinned: sha256 {done.pinned}")
    tier = model.manifest.tier or "TIER"
    click.echo(f"Next: `maaza models use {model.folder.name} --tier {tier}`")


@click.command()
@click.argument("name")
@click.option("--tier", required=True, help="Tier that gets it.")
@click.option("--new-tier", is_flag=True, help="Add the tier behind the others, if it is not there.")
@click.option("--dry-run", "rehearse", is_flag=True, help="Print the lines, and write nothing.")
@folder
@options.config
@options.as_json
def use(
    name: str, *, tier: str, new_tier: bool, rehearse: bool, folder: Path | None, path: Path, as_json: bool
) -> None:
    """Let a tier use a model: a name in the folder of models, the path of a model folder, or `embedded`.

    Writes a drop-in to conf.d beside the settings, after the whole configuration was checked with it; the
    drop-in before it is kept. It takes effect when the agent starts again.
    """
    from agent import hub  # noqa: PLC0415 - with the verb

    done = hub.choose(
        name,
        tier,
        config=path,
        folder=models_folder(path, folder),
        environment=os.environ,
        new_tier=new_tier,
        rehearse=rehearse,
    )
    _say(done, as_json=as_json)


def _say(done: Chosen, *, as_json: bool) -> None:
    if as_json:
        facts: dict[str, Json] = {
            "file": str(done.file),
            "text": done.text,
            "written": done.written,
            "previous": str(done.previous) if done.previous else None,
            "covered_by": done.covered_by or None,
        }
        options.print_json(facts)
        return
    click.echo(f"{'Written' if done.written else 'Write this to'}: {done.file}\n\n{done.text}")
    if done.previous:
        click.echo(f"The one before: {done.previous}")
    if done.covered_by:
        click.echo(f"Without effect: {done.covered_by}")
    elif done.written:
        click.echo("Next: `systemctl restart maaza`")
