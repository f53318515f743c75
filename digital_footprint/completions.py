"""Decides where bash, zsh and fish look for a person's own completions, and what lies there."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import click

from digital_footprint.errors import FootprintError
from digital_footprint.files import unwritable, write_privately
from digital_footprint.marked import Mark, read

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)
State = Literal["written", "unchanged", "removed", "absent", "left"]

PROGRAMS = ("footprint", "footprint-job", "footprint-timers")
MARK = Mark("# footprint-timers completion, sha256 ")


@dataclass(frozen=True, slots=True)
class Completion:
    """One program's file for one shell; `reason`: why it was left as it is."""

    program: str
    shell: Shell
    path: Path
    state: State
    reason: str | None = None


def script(shell: Shell, program: str) -> str:
    """Give what a shell has to read so that Tab completes the program."""
    from click.shell_completion import BashComplete, FishComplete, ZshComplete

    kinds = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
    variable = f"_{program}_COMPLETE".replace("-", "_").upper()
    one = kinds[shell](click.Command(program), {}, program, variable)
    # Not source(): for bash it starts one, to ask for its version.
    text = one.source_template % one.source_vars()
    # zsh is in that context at the first Tab only: at the second click's file would do nothing.
    return text.replace("$zsh_eval_context[-1] == loadautofunc", f"$funcstack[1] == _{program}")


def install(
    programs: Iterable[str], environ: Mapping[str, str] = os.environ
) -> tuple[Completion, ...]:
    """Write the files for every shell that is on this machine; what is not ours is left."""
    shells = [shell for shell in SHELLS if shutil.which(shell, path=environ.get("PATH"))]
    return tuple(
        _settled(program, shell, _install(program, shell, place), place)
        for shell, program, place in _places(shells, programs, environ)
    )


def remove(
    programs: Iterable[str], environ: Mapping[str, str] = os.environ
) -> tuple[Completion, ...]:
    """Remove the files for every shell, and directories that hold nothing else."""
    return tuple(
        _settled(program, shell, _remove(place), place)
        for shell, program, place in _places(SHELLS, programs, environ)
    )


def _places(
    shells: Iterable[Shell], programs: Iterable[str], environ: Mapping[str, str]
) -> Iterator[tuple[Shell, str, Path]]:
    names = tuple(programs)
    for shell in shells:
        for program in names:
            yield shell, program, _place(shell, program, environ)


def _place(shell: Shell, program: str, environ: Mapping[str, str]) -> Path:
    data = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    config = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    match shell:
        case "bash":
            return data / "bash-completion" / "completions" / program
        case "zsh":
            # zsh searches no directory of a person's own: they add this one to fpath.
            return data / "zsh" / "site-functions" / f"_{program}"
        case "fish":
            return config / "fish" / "completions" / f"{program}.fish"


def _settled(program: str, shell: Shell, end: State | FootprintError, place: Path) -> Completion:
    if isinstance(end, FootprintError):
        return Completion(program, shell, place, "left", end.message)
    return Completion(program, shell, place, end)


def _install(program: str, shell: Shell, place: Path) -> State | FootprintError:
    try:
        wanted = MARK.sign(script(shell, program))
        found = _read_ours(place)
        if found == wanted:
            return "unchanged"
        write_privately(place, wanted)
    except FootprintError as error:
        return error
    return "written"


def _remove(place: Path) -> State | FootprintError:
    try:
        if _read_ours(place) is None:
            return "absent"
        place.unlink()
    except FootprintError as error:
        return error
    except OSError as error:
        return unwritable(place, error)
    for directory in (place.parent, place.parent.parent):
        try:
            directory.rmdir()
        except OSError:
            break  # what else lies there is somebody's own
    return "removed"


def _read_ours(place: Path) -> str | None:
    """Read a file of ours, None where there is none. Raises FootprintError for any other."""
    if place.is_symlink():
        raise FootprintError(f"{place} is a link")
    found = read(place)
    objection = None if found is None else MARK.objection(found)
    if objection:
        raise FootprintError(f"{place} {objection}")
    return found
