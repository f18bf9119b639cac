"""Documents do not drift: their commands, files, pictures and settings exist."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

import agent
from agent import pipeline
from agent.app.assembly import wrapping_of
from agent.cli import VERBS, main
from agent.conversion import KEYS, Reading, Unconvertible, declared, proves
from agent.message import Json, Reason
from agent.payload import Limits, contents
from agent.schemas import bundled_schemas
from agent.settings import Settings, check
from agent.settings.effective import RELOADED
from eval.__main__ import main as evaluation

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *(
            ROOT / folder / "README.md"
            for folder in ("schemas", "eval", "training", "agent/models/nano", "ansible")
        ),
    ]
)
TEXTS = {path.relative_to(ROOT): path.read_text("utf-8") for path in DOCUMENTS}


def code(text: str) -> str:
    """Return what stands in code blocks and between backticks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def found(pattern: str) -> list[str]:
    """Return all matches of a pattern in the code of all documents."""
    return sorted({match[1] for text in TEXTS.values() for match in re.finditer(pattern, code(text))})


@pytest.mark.parametrize("target", found(r"\bmake ([a-z][a-z-]+)"))
def test_targets_of_make_exist(target: str) -> None:
    """`make something` in a document is a target of the Makefile."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("line", found(r"(?:^|[\s/`|])maaza ([a-z][^\n`]*)"))
def test_verbs_and_options_exist(line: str) -> None:
    """`maaza something --option` in a document is understood by the command."""
    verb, *words = line.partition("#")[0].split()
    assert verb in VERBS
    command = main.get_command(click.Context(main), verb)
    if isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words[0]]
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("module", found(r"python -m ((?:agent|eval|training)[\w.]*)"))
def test_modules_exist(module: str) -> None:
    """`python -m module` in a document can be run."""
    assert importlib.util.find_spec(module) is not None


SCRIPTS = [ROOT / "Makefile", *sorted((ROOT / "training/runs").glob("*.sh"))]


def quoted(pattern: str) -> list[str]:
    """Return all matches in the code of documents and in the scripts."""
    scripts = "\n".join(path.read_text("utf-8") for path in SCRIPTS)
    return sorted({*found(pattern), *re.findall(pattern, scripts)})


def source(module: str) -> str:
    """Return the source of what `python -m module` runs; some of it needs torch, so it is not imported."""
    path = ROOT / module.replace(".", "/")
    return (path / "__main__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")


@pytest.mark.parametrize("line", quoted(r"-m ((?:agent|eval|training)\b[^\n`|#;]*)"))
def test_commands_and_options_of_modules_exist(line: str) -> None:
    """`python -m module command --option` in a document, the Makefile or a run is understood."""
    module, *words = line.split()
    options = {word for word in words if word.startswith("--")}
    if module == "eval" and words:
        known = {option for one in evaluation.commands[words[0]].params for option in one.opts}
        assert options <= known
        return
    said = source(module)
    assert [word for word in options if f'"{word}"' not in said] == []


@pytest.mark.parametrize("path", sorted(TEXTS), ids=str)
def test_links_and_files_exist(path: Path) -> None:
    """What a document links to or names with its path is there."""
    text = TEXTS[path]
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    named = re.findall(r"`((?:agent|eval|training|schemas|tests|docs|\.ci)/[\w./-]+)`", text)
    assert [link for link in links if not (ROOT / path.parent / link).exists()] == []
    assert [name for name in named if not (ROOT / name).exists() and name not in BUILT] == []


BUILT = frozenset({"agent/bundled/"})
"""Folders that only the wheel has."""


def test_the_tree_of_the_readme_exists() -> None:
    """Each line of the annotated tree is a file or folder with a phrase."""
    tree = README.split("## The tree")[1].split("```")[1]
    top = ""
    for line in tree.strip().splitlines():
        name, phrase = line.split(maxsplit=1)
        top = top if line.startswith(" ") else name
        assert phrase
        assert (ROOT / (top if line.startswith(" ") else "") / name).exists(), line


def test_settings_in_the_readme_are_valid() -> None:
    """The configuration that the README shows is accepted."""
    blocks = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        assert check(tomllib.loads(block), known_schemas=sorted(bundled_schemas())).route


EXAMPLE = re.compile(r"```toml\n(.*?)```\n\n```payload\n(.*?)```\n\n```records\n(.*?)```", re.DOTALL)


def test_payloads_in_the_document_give_the_records_it_shows() -> None:
    """Each example is a route, a payload and what becomes of it; the routes without one are valid too."""
    text = TEXTS[Path("docs/payloads.md")]
    for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL):
        assert check(tomllib.loads(block), known_schemas=sorted(bundled_schemas())).route
    examples = EXAMPLE.findall(text)
    assert len(examples) == 2
    for settings, payload, records in examples:
        wrapping = wrapping_of(check(tomllib.loads(settings)).route[0])
        found = contents(payload.encode(), wrapping, Limits(payload_bytes=1000))
        assert [f"{one.device or 'file'}: {one.text}" for one in found] == records.splitlines()


FIELD = re.compile(r"```field\n(.*?)```\n\n```becomes\n(.*?)```", re.DOTALL)
RECEIVED_AT = datetime(2026, 1, 1, 0, 5, tzinfo=UTC).timestamp()


def outcome(field: dict[str, Json], text: str) -> str:
    """Return what becomes of the first thing in a text that is written as a field declares."""
    conversion = declared(field["x-maaza"], str(field["type"]), str(field.get("ucumUnit", "")))
    spans = conversion.spans(text)
    if not spans:
        return "nothing"
    reading = Reading(text, *spans[0], RECEIVED_AT)
    try:
        value = conversion.apply(reading).value
    except Unconvertible as error:
        return str(error)
    assert proves(conversion, value, reading)
    return json.dumps(value)


def test_conversions_in_the_document_give_what_it_shows() -> None:
    """Each example is a field, texts, and the value or the reason of each."""
    examples = FIELD.findall(TEXTS[Path("docs/conversions.md")])
    assert len(examples) == 7
    for field, lines in examples:
        for line in lines.splitlines():
            text, shown = line.split(" => ")
            assert outcome(json.loads(field), text) == shown, line


def test_keys_of_conversions_are_documented() -> None:
    """The tables name every key, and no other."""
    rows = re.findall(r"^\| `(\w+)` \|", TEXTS[Path("docs/conversions.md")], re.MULTILINE)
    assert sorted(rows) == sorted(KEYS)


def test_reasons_of_payloads_are_documented() -> None:
    """Every reason that reading a payload can give stands in the table."""
    named = re.findall(
        r"^\| `(\w+)` \| [^`0-9]", TEXTS[Path("docs/payloads.md")].split("## Reasons")[1], re.MULTILINE
    )
    assert set(named) <= set(Reason)
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "agent/payload").glob("*.py"))
    sources += (ROOT / "agent/joining.py").read_text("utf-8")
    assert {Reason[name] for name in re.findall(r"Reason\.([A-Z_]+)", sources)} <= set(named)


def test_what_a_reload_takes_over_is_documented() -> None:
    """The table names every key of the top level, each where it belongs."""
    rows = [
        line
        for line in TEXTS[Path("docs/configuration.md")].splitlines()
        if " at once, " in line or " at a restart" in line
    ]
    named = [set(re.findall(r"`(\w+)`", row)) for row in rows]
    assert named == [set(RELOADED), set(Settings.model_fields) - RELOADED]


def test_continuous_integration_runs_what_the_readme_says() -> None:
    """`.ci/run` calls the README's test command, then the checks, and nothing else."""
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert "\n```\nmake test\n```\n" in README
    assert re.findall(r"^make .*$", script, re.MULTILINE) == ["make test </dev/null", "make check </dev/null"]


def picture(text: str | None) -> list[str]:
    """Return the lines with arrows: the pipeline as a docstring draws it."""
    return [line.strip() for line in (text or "").splitlines() if " -> " in line]


def test_one_picture_of_the_pipeline() -> None:
    """Package, pipeline and architecture draw one picture, with a class for each of its loops."""
    drawn = TEXTS[Path("ARCHITECTURE.md")].split("```")[1].strip().splitlines()
    assert picture(agent.__doc__) == picture(pipeline.__doc__) == drawn
    assert [line.split()[0].capitalize() for line in drawn] == ["Receive", "Process", "Deliver"]
    assert {"Receive", "Process", "Deliver"} <= set(pipeline.__all__)


def test_layers_in_the_architecture_are_those_that_are_checked() -> None:
    """The table of layers and the contract list the same modules in the same order."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one.get("exhaustive"))
    checked = [sorted(re.findall(r"\w+", layer)) for layer in layers]
    rows = re.findall(r"^\| (`.*?`) \| ", TEXTS[Path("ARCHITECTURE.md")].split("## Layers")[1], re.MULTILINE)
    assert [sorted(re.findall(r"`(\w+)`", row)) for row in rows] == checked


@pytest.mark.parametrize("path", sorted(TEXTS), ids=str)
def test_documents_speak_of_the_product_alone(path: Path) -> None:
    """No path of one machine, no name of a registry."""
    assert re.findall(r"/work/|/root/|/tmp/|pypi\.org|pythonhosted", TEXTS[path]) == []
