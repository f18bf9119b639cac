"""``maaza doctor``: how everything is that the agent stands on, and what to do about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import options
from agent.clock import SystemClock

if TYPE_CHECKING:
    from agent.doctor import Finding

FAILED, MISCONFIGURED = 1, 78
BUDGET_S = 28.0
"""As in `agent.doctor.rounds`, which is not imported for a help page."""


@click.command()
@options.config
@options.as_json
@click.option(
    "--seconds",
    type=click.FloatRange(1, 600),
    default=BUDGET_S,
    show_default=True,
    help="Time for all checks together; with more of it each may take more. What is over is skipped.",
)
@click.option("--quick", is_flag=True, help="Do not measure the models, and hardly listen to topics.")
@click.pass_context
def command(ctx: click.Context, path: Path, *, as_json: bool, seconds: float, quick: bool) -> None:
    """Check configuration, brokers, disk, clock, processor and models; say what to do about each fault.

    Works while the agent runs and while it does not, and changes nothing: it connects under a client id of
    its own and leaves no session and no message behind. Marks: ✓ good, ! to be seen to, ✗ broken, – not
    looked at.

    Exit codes: 0 nothing is broken, 1 something is, 78 the configuration is wrong.
    """
    from agent import doctor  # noqa: PLC0415 - the whole product

    clock = SystemClock()
    began = clock.monotonic()
    patience = doctor.patience_of(seconds)
    case = doctor.open_case(path, os.environ, clock=clock, quick=quick, patience=patience)
    findings: list[Finding] = []
    for finding in doctor.examine(list(doctor.checks(case)), seconds=seconds, clock=clock):
        findings.append(finding)
        if not as_json:
            _say(finding)
    _conclude(findings, clock.monotonic() - began, as_json=as_json)
    ctx.exit(exit_code(findings, misconfigured=bool(case.reading.faults)))


def _say(finding: Finding) -> None:
    """Print a finding as soon as it is there."""
    from agent.doctor.report import line  # noqa: PLC0415 - with the doctor
    from agent.terminal import paint_for  # noqa: PLC0415 - the same

    click.echo(line(finding, paint_for(sys.stdout)), color=True)


def _conclude(findings: list[Finding], seconds: float, *, as_json: bool) -> None:
    from agent.doctor import report  # noqa: PLC0415 - with the doctor

    if as_json:
        options.print_json(report.document(findings, seconds))
    else:
        click.echo(f"\n{report.summary(findings, seconds)}")


def exit_code(findings: list[Finding], *, misconfigured: bool) -> int:
    """Return what the shell is told."""
    from agent.doctor import Mark  # noqa: PLC0415 - with the doctor

    if misconfigured:
        return MISCONFIGURED
    return FAILED if any(one.mark is Mark.FAULT for one in findings) else 0
