"""The options that several commands of footprint-timers share."""

import shlex
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from footprint_timers.machine import Machine
from footprint_timers.model import SCOPES, Scope
from footprint_timers.sandbox import CHOICES
from footprint_timers.schedulers import BACKENDS
from footprint_timers.site import Asked

Function = TypeVar("Function", bound=Callable[..., Any])
Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def site_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --backend, --scope, --user and --root to a command, as the argument `asked`."""
    return _as_asked(function, (_backend(), *_whose()))


def whose_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --scope, --user and --root to a command that is about no other scheduler."""
    return _as_asked(function, _whose())


def force_option(function: Function) -> Function:
    """Add --force to a command."""
    text = "Overwrite or remove files that were edited by hand; a copy is kept."
    return click.option("--force", is_flag=True, help=text)(function)


def sandbox_option(function: Function) -> Function:
    """Add --sandbox to a command."""
    text = "How far jobs are locked in; auto: as far as a probe proves. Kept for the next time."
    return click.option("--sandbox", type=click.Choice(CHOICES), help=text)(function)


def _as_asked(function: Callable[..., Any], options: tuple[Option, ...]) -> Callable[..., Any]:
    @wraps(function)
    def with_asked(
        *,
        scope: Scope | None,
        user: str | None,
        root: Path | None,
        backend: str = "auto",
        **others: object,
    ) -> Any:
        context = click.get_current_context()
        asked = Asked(
            verb=str(context.info_name),
            options=tuple(_typed(context)),
            backend=backend,
            scope=scope,
            user=user,
            root=root,
            machine=context.find_object(Machine),
        )
        return function(asked=asked, **others)

    command: Callable[..., Any] = with_asked
    for option in reversed(options):
        command = option(command)
    return command


def _typed(context: click.Context) -> Iterator[str]:
    """Give what was typed besides whose timers they are, as a shell reads it."""
    for parameter in context.command.params:
        name = str(parameter.name)
        source = context.get_parameter_source(name)
        if name in Asked.__slots__ and name != "backend":
            continue
        if source is not click.core.ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Option):
            yield parameter.opts[0]
        if value is not True:
            yield shlex.quote(str(value))


def _backend() -> Option:
    return click.option(
        "--backend",
        type=click.Choice(BACKENDS),
        default="auto",
        show_default=True,
        help="Which scheduler; auto: the one that is installed, or the first that answers.",
    )


def _whose() -> tuple[Option, ...]:
    tree = click.Path(exists=True, file_okay=False, path_type=Path)
    return (
        click.option(
            "--scope",
            type=click.Choice(SCOPES),
            help="Whose manager runs the jobs: yours, or the system's. Kept for the next time.",
        ),
        click.option("--user", metavar="NAME", help="Whose timers, where root calls."),
        click.option(
            "--root",
            type=tree,
            metavar="DIR",
            help="Work offline on a machine's files in DIR: enabled, and nothing started.",
        ),
    )
