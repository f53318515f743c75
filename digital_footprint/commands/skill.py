"""`footprint skill install|remove`: the page by which an assistant knows its way around here."""

from pathlib import Path
from typing import get_args

import click

from digital_footprint import skills
from digital_footprint.command_line import Group, json_option
from digital_footprint.output import Result, emit
from digital_footprint.skills import Scope

scope_option = click.option(
    "--scope",
    type=click.Choice(get_args(Scope)),
    default="user",
    show_default=True,
    help="For all your projects, or for the one in this directory.",
)
force_option = click.option("--force", is_flag=True, help="Also a file that was edited.")


@click.group(cls=Group)
def skill() -> None:
    """Teach an assistant that reads skills, such as Claude Code, how to work with the schedule."""


@skill.command("install")
@scope_option
@force_option
@json_option
def install(scope: Scope, *, force: bool, as_json: bool) -> None:
    """Write the skill /schedule; once more, where a newer one came with the program."""
    path = skills.place_of(scope)
    changed = skills.install(path, force=force)
    said = f"the skill /{skills.NAME} is in {path}" if changed else f"{path} is as it should be"
    _tell(path, said, changed=changed, as_json=as_json)


@skill.command("remove")
@scope_option
@force_option
@json_option
def remove(scope: Scope, *, force: bool, as_json: bool) -> None:
    """Remove the skill."""
    path = skills.place_of(scope)
    changed = skills.remove(path, force=force)
    _tell(path, f"{path} {'is removed' if changed else 'was not there'}", changed=changed,
          as_json=as_json)  # fmt: skip


def _tell(path: Path, said: str, *, changed: bool, as_json: bool) -> None:
    emit(Result({"path": str(path), "changed": changed}, (said,)), as_json=as_json)
