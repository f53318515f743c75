"""`footprint completion install|remove|show`: what the Tab key knows of our commands."""

from collections.abc import Sequence

import click

from digital_footprint import completions
from digital_footprint.command_line import Group, json_option
from digital_footprint.completions import PROGRAMS, SHELLS, Completion, Shell, State
from digital_footprint.errors import ConfigurationError
from digital_footprint.output import Result, emit

programs_argument = click.argument(
    "programs", nargs=-1, type=click.Choice(PROGRAMS), metavar="[PROGRAM]..."
)
SETTLED = "completion is as it should be"


@click.group(cls=Group)
def completion() -> None:
    """Let the Tab key of bash, zsh and fish complete commands, options and jobs.

    ./install.sh installs it, and --uninstall removes it.
    """


@completion.command("install")
@programs_argument
@json_option
def install(programs: tuple[str, ...], *, as_json: bool) -> int:
    """Write a file where each shell of this machine looks for a user's own; no rc file is touched.

    Exits with 78 where a file that is not ours was left as it is.
    """
    return _tell(completions.install(programs or PROGRAMS), SETTLED, as_json=as_json)


@completion.command("remove")
@programs_argument
@json_option
def remove(programs: tuple[str, ...], *, as_json: bool) -> int:
    """Remove the files again, of every shell; what is not ours stays."""
    return _tell(completions.remove(programs or PROGRAMS), "there is none", as_json=as_json)


@completion.command("show")
@click.argument("shell", type=click.Choice(SHELLS))
@programs_argument
def show(shell: Shell, programs: tuple[str, ...]) -> None:
    """Print what a shell is to read, for one that looks nowhere by itself.

    \b
    eval "$(footprint completion show bash)"
    """
    for program in programs or PROGRAMS:
        click.echo(completions.script(shell, program))


def _tell(found: Sequence[Completion], nothing: str, *, as_json: bool) -> int:
    left = [one for one in found if one.state == "left"]
    text = tuple(_text(found)) or (nothing,)
    emit(Result([_document(one) for one in found], text), as_json=as_json)
    return ConfigurationError.exit_code if left else 0


def _document(one: Completion) -> dict[str, str | None]:
    return {
        "program": one.program,
        "shell": one.shell,
        "path": str(one.path),
        "state": one.state,
        "reason": one.reason,
    }


def _text(found: Sequence[Completion]) -> list[str]:
    written = _directories(found, "written")
    lines = [f"completion for {shell}: {place}" for shell, place in written]
    lines += [
        f"zsh looks there once ~/.zshrc has, before compinit: fpath=({place} $fpath)"
        for shell, place in written
        if shell == "zsh"
    ]
    removed = _directories(found, "removed")
    lines += [f"completion for {shell} removed from {place}" for shell, place in removed]
    lines += [f"{one.reason}; it stays as it is" for one in found if one.state == "left"]
    return list(dict.fromkeys(lines))


def _directories(found: Sequence[Completion], state: State) -> list[tuple[str, str]]:
    return list(
        dict.fromkeys((one.shell, str(one.path.parent)) for one in found if one.state == state)
    )
