"""The command ``maaza``: verbs, and errors turned into words and exit codes; nothing else.

A verb's module is imported when the verb is called, so that ``maaza --help`` is quick on a Pi.
"""

from __future__ import annotations

import importlib
from itertools import takewhile
from types import ModuleType
from typing import Final

import click

VERBS: Final = {
    "run": "Run the agent with a settings file.",
    "config": "Check the configuration, show what is in effect, write a first one.",
    "doctor": "Check everything that the agent stands on; say what to do about each fault.",
    "demo": "Show the whole way with simulated devices, then prove that nothing was lost.",
    "extract": "Extract JSON from one text.",
    "schema": "Check schemas, test them on their examples, learn formats from examples.",
    "templates": "Look at learned formats, switch them off and on, carry them to other nodes.",
    "audit": "Prove where every message ended; ask, export, copy, erase.",
    "rejected": "Put rejected messages back, after a new schema, template or model.",
    "service": "Install, upgrade, remove or look at the agent as a service of systemd.",
    "metrics": "Show health, rates, latencies and queues of a running agent.",
    "models": "Get models, list and verify them, put them into use.",
}
"""Verb → what it is for; the module of the same name holds ``command``."""

SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Verbs(click.Group):
    """A group that knows its verbs by name and loads the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order in which people meet them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the verb's module."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"agent.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the menu without importing any verb."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Call the verb; say errors as what, where, why, next: also wrong usage, and faults of our own."""
        wanted = asks_for_json(ctx.args)
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except click.ClickException as error:
            if not wanted:
                raise
            ctx.exit(_failure().report_usage(error))
        except BrokenPipeError:
            # Whoever read has had enough; click ends quietly.
            raise
        except Exception as error:  # noqa: BLE001 - nobody but us can do anything with a traceback
            ctx.exit(_failure().report(error, as_json=wanted))


def asks_for_json(arguments: list[str]) -> bool:
    """Tell whether a program is reading, also where the arguments cannot be parsed."""
    return "--json" in takewhile(lambda argument: argument != "--", arguments)


def _failure() -> ModuleType:
    """Return the words for errors; most calls need none."""
    return importlib.import_module("agent.cli.failure")


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's
    if not wanted or ctx.resilient_parsing:
        return
    from agent.cli.version import lines  # noqa: PLC0415 - reads the model's manifest

    click.echo("\n".join(lines()))
    ctx.exit()


@click.group(cls=Verbs, context_settings=SETTINGS)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and the hash of the embedded model.",
)
def main() -> None:
    """Raw sensor and log text in over MQTT, grounded JSON out, nothing acknowledged is ever lost.

    Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 78 wrong configuration.
    """
