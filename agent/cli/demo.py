"""``maaza demo``: the whole way with simulated devices, and the proof that nothing was lost."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click

from agent.cli import options


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=60, show_default=True, help="How long devices speak."
)
@click.option(
    "--rate", type=click.FloatRange(min=0.1), default=8, show_default=True, help="Messages per second."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the simulated devices.")
@click.option(
    "--stub", is_flag=True, help="Rehearse with a tier that copies words by position, without a model."
)
@click.option(
    "--broker",
    type=click.Choice(["auto", "mosquitto", "python"]),
    default="auto",
    show_default=True,
    help="auto: Mosquitto, else the one in Python.",
)
@click.option("--keep", is_flag=True, help="Leave the folder with database and logs.")
@options.model
@options.as_json
@click.pass_context
def command(ctx: click.Context, /, *, as_json: bool, **wishes: Any) -> None:  # noqa: ANN401 - from click
    """Show raw text become JSON, then prove that nothing was lost.

    Starts a broker, simulated devices, the agent with the embedded model and an independent consumer, each as
    a process of its own, in a temporary folder. At the end the messages are counted by the simulator, by the
    database and by the consumer. Exit code 0 only where the three agree, message by message.
    """
    from agent.demo.show import Wish, flushed, perform  # noqa: PLC0415 - the whole product
    from agent.demo.view import page  # noqa: PLC0415
    from agent.terminal import paint_for  # noqa: PLC0415

    paint = paint_for(sys.stdout)
    wish = Wish(**wishes)
    figures = perform(wish, say=(lambda _: None) if as_json else flushed, paint=paint)
    if as_json:
        options.print_json({**asdict(figures), "agree": figures.agree})
    else:
        click.echo(f"\n{page(figures, paint)}", color=True)
    ctx.exit(int(not figures.agree))
