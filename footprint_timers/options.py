"""The options that several commands of footprint-timers share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from footprint_timers.sandbox import CHOICES
from footprint_timers.schedulers import BACKENDS, SCOPES

Function = TypeVar("Function", bound=Callable[..., Any])


def backend_option(function: Function) -> Function:
    """Add --backend to a command."""
    kinds = click.Choice(BACKENDS)
    return click.option("--backend", type=kinds, default="auto", show_default=True)(function)


def scope_option(function: Function) -> Function:
    """Add --scope to a command."""
    text = "This user's, if absent, or the system's: daemons of macOS that need no login."
    return click.option("--scope", type=click.Choice(SCOPES), help=text)(function)


def force_option(function: Function) -> Function:
    """Add --force to a command."""
    text = "Overwrite or remove files that were edited by hand; a copy is kept."
    return click.option("--force", is_flag=True, help=text)(function)


def sandbox_option(function: Function) -> Function:
    """Add --sandbox to a command."""
    text = "How far jobs are locked in; auto: as far as a probe proves. Kept for the next time."
    return click.option("--sandbox", type=click.Choice(CHOICES), help=text)(function)
