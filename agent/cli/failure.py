"""An error, said so that the reader knows what to do: what, where, why, next."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
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


def report(error: AgentError, *, as_json: bool = False) -> int:
    """Write an error to standard error, for programs to standard output; return its exit code."""
    faults = list(facts_of(error))
    if as_json:
        click.echo(json.dumps({"errors": faults}, ensure_ascii=False))
    else:
        click.echo("\n\n".join(said(facts, paint_for(sys.stderr)) for facts in faults), err=True, color=True)
    return MISCONFIGURED if isinstance(error, MISCONFIGURATIONS) else FAILED


def facts_of(error: AgentError) -> Iterator[Facts]:
    """Yield what, where, why and next of each fault that an error carries."""
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
