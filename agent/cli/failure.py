"""An error, said so that the reader knows what to do: what, where, why, next."""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from agent.errors import AgentError, ConfigError, EngineBroken, Fault
from agent.schemas.errors import SchemaError
from agent.terminal import BOLD, DIM, RED, Paint, paint_for, shown

FAILED: Final = 1
MISCONFIGURED: Final = 78
"""``EX_CONFIG`` of sysexits.h: trying again is of no use before a file has been changed."""

MISCONFIGURATIONS = (ConfigError, EngineBroken, SchemaError)

Facts = dict[str, str | int]


def report(error: Exception, *, as_json: bool = False) -> int:
    """Write an error to standard error, for programs to standard output; return its exit code."""
    _write(list(facts_of(error)), as_json=as_json)
    return MISCONFIGURED if isinstance(error, MISCONFIGURATIONS) else FAILED


def report_usage(error: click.ClickException) -> int:
    """Write to a program how a verb was called wrongly; return the exit code."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    verb = context.command_path if context else "maaza"
    _write([_facts(f"call {verb}", "", error.format_message(), f"see `{verb} --help`")], as_json=True)
    return error.exit_code


def _write(faults: list[Facts], *, as_json: bool) -> None:
    if as_json:
        # Names of files may hold bytes that are no UTF-8.
        line = json.dumps({"errors": faults}, ensure_ascii=False)
        with contextlib.suppress(OSError):
            click.echo(line.encode("utf-8", "replace").decode("utf-8"))
            return
    # Standard error takes what a full standard output cannot.
    with contextlib.suppress(OSError):
        click.echo("\n\n".join(said(facts, paint_for(sys.stderr)) for facts in faults), err=True, color=True)


def facts_of(error: Exception) -> Iterator[Facts]:
    """Yield what, where, why and next of each fault that an error carries."""
    if isinstance(error, AgentError):
        yield from _facts_of_ours(error)
    elif isinstance(error, OSError):
        place = str(error.filename or "")
        yield _facts("use a file", place, error.strerror or str(error), "check path, owner, mode and space")
    else:
        yield _unforeseen(error)


def _unforeseen(error: Exception) -> Facts:
    """Say of a fault of our own where it is, in one line: whoever mends it needs no more."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    cause = f"{type(error).__name__}: {error}"
    remedy = "this is a fault of maaza: report it with this text and `maaza --version`"
    return _facts("go on", place, cause, remedy)


def _facts_of_ours(error: AgentError) -> Iterator[Facts]:
    if isinstance(error, ConfigError):
        for fault in error.faults:
            yield _facts(fault.key or error.operation, fault.place, fault.cause, fault.remedy) | _place(fault)
    elif isinstance(error, SchemaError):
        for one in error.causes or (error,):
            yield _facts(one.what, one.where, one.why, one.remedy)
    else:
        yield _facts(error.operation, "", error.cause, error.remedy)


def _place(fault: Fault) -> Facts:
    """Return where a fault is, part by part: what a program wants to jump to."""
    parts: Facts = {"file": fault.file, "line": fault.line, "column": fault.column, "key": fault.key}
    return {name: fact for name, fact in parts.items() if fact}


def _facts(what: str, where: str, why: str, remedy: str) -> Facts:
    named: Facts = {"what": what, "where": where, "why": why, "next": remedy}
    return {name: fact for name, fact in named.items() if fact}


def said(facts: Facts, paint: Paint) -> str:
    """Write the facts of one fault."""
    lines = [f"{paint('error', RED, BOLD)}  {paint(shown(str(facts['what'])), BOLD)}"]
    rest = [(name, facts[name]) for name in ("where", "why", "next") if name in facts]
    lines.extend(f"{paint(f'{name:<5}', DIM)}  {shown(str(fact))}" for name, fact in rest)
    return "\n".join(lines)
