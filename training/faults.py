"""What stops a training or an export, in words: what, why, what next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from agent.errors import AgentError, Permanent
from agent.schemas import SchemaError
from eval.dataset import DatasetError


class Unusable(Permanent):
    """A model, a file of data or a configuration cannot be used as it is."""


class Unfaithful(Permanent):
    """An exported file does not say what the model says; nothing was put in place."""


@contextmanager
def in_words() -> Iterator[None]:
    """Show on a command line what was refused, without a stack."""
    try:
        yield
    except AgentError as error:
        raise click.ClickException(
            f"{error.operation}: {error.cause}" + f"\nNext: {error.remedy}" * bool(error.remedy)
        ) from error
    except (DatasetError, SchemaError) as error:
        raise click.ClickException(str(error)) from error
