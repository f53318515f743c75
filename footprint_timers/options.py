"""The words by which a command is told whose timers, which manager and which tree are meant."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from footprint_timers.model import Scope
from footprint_timers.site import Asked

Function = TypeVar("Function", bound=Callable[..., Any])


def site_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --scope, --user and --root to a command, as the argument `asked`."""

    @wraps(function)
    def command(
        *, scope: Scope | None, user: str | None, root: Path | None, **others: object
    ) -> Any:
        return function(asked=Asked(scope=scope, user=user, root=root), **others)

    for option in reversed(_options()):
        command = option(command)
    return command


def _options() -> tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...]:
    tree = click.Path(exists=True, file_okay=False, path_type=Path)
    return (
        click.option(
            "--scope",
            type=click.Choice(("user", "system")),
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
