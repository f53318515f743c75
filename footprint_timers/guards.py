"""Decides which units are not overwritten or removed, because they are a person's own work."""

import os
import re
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digital_footprint.clock import utc_now
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory, open_privately, unwritable
from footprint_timers import mark, plan, render
from footprint_timers.model import Remove, Write
from footprint_timers.schedulers.scheduler import Plan, Scheduler

# How a unit and a plist say as whom the system's scheduler runs a job.
USER = re.compile(r"^User=(.*)$|<key>UserName</key>\s*<string>(.*)</string>", re.MULTILINE)


def refuse_edited(wanted: Plan, scheduler: Scheduler[Any], command: str) -> None:
    """Raise ConfigurationError when a file that a person has made or changed would be lost."""
    if names := plan.edited(wanted.changes):
        _refuse_no_file(scheduler.units, names)
        raise ConfigurationError(
            f"{', '.join(names)} in {scheduler.units} was edited by hand; nothing was changed",
            hint=f"{scheduler.keeping_lines(names[0])}footprint-timers {command} --force,"
            " which keeps a copy of the file",
        )


def back_up(paths: Paths, units: Path, wanted: Plan) -> Path | None:
    """Copy what a person has made or changed and --force is about to overwrite; say where to."""
    names = plan.edited(wanted.changes)
    if not names:
        return None
    _refuse_no_file(units, names)
    place = make_directory(paths.state / "replaced" / f"{utc_now():%Y-%m-%dT%H-%M-%SZ}")
    try:
        for name in names:
            if name == render.CRONTAB:
                _keep_lines(place / name, wanted)
            else:
                shutil.copy2(units / name, place / name, follow_symlinks=False)
    except OSError as error:
        raise unwritable(place, error) from None
    return place


def _refuse_no_file(units: Path, names: Sequence[str]) -> None:
    """Raise ConfigurationError for a directory or a pipe of that name: no copy of it is kept."""
    for path in (units / name for name in names):
        if path.exists() and not path.is_symlink() and not path.is_file():
            raise ConfigurationError(
                f"{path} is no ordinary file, and stays; nothing was changed",
                hint=f"move it away: mv {shlex.quote(str(path))} ~",
            )


def _keep_lines(file: Path, wanted: Plan) -> None:
    """Keep our lines of a crontab as they stood there: no file of their own has them."""
    from footprint_timers import crontab

    for change in wanted.changes:
        if isinstance(change, (Write, Remove)):
            with os.fdopen(open_privately(file, os.O_WRONLY), "wb") as kept:
                kept.write(crontab.encoded(change.old or ""))


def refuse_other_person(wanted: Plan, name: str) -> None:
    """Raise ConfigurationError when the system's timers work for somebody else; not even --force.

    A machine has one set of them.
    """
    for change in wanted.changes:
        old = change.old or ""
        user = _user(old)
        if mark.is_ours(old) and user not in (None, name):
            raise ConfigurationError(
                f"the system's timers on this machine work for {user}; nothing was changed",
                hint=f"{name} can have timers of their own, with --scope user; or remove those:"
                f" footprint-timers uninstall --scope system --user {user}",
            )


def works_for(name: str, text: str) -> bool:
    """Say whether a unit or a plist of the system's scheduler runs a job for somebody."""
    return _user(text) == name


def _user(text: str) -> str | None:
    found = USER.search(text)
    return (found[1] or found[2]) if found else None


def refuse_other_home(wanted: Plan) -> None:
    """Raise ConfigurationError when the timers that stand there work in another home."""
    for change in wanted.changes:
        match change:
            case Write(_, str(old), new) if _home(old) != _home(new):
                raise ConfigurationError(
                    f"the installed timers work with {_home(old) or 'no FOOTPRINT_HOME'},"
                    f" this shell with {_home(new) or 'no FOOTPRINT_HOME'}; nothing was changed",
                    hint="set FOOTPRINT_HOME as it was, or move the timers here: "
                    "footprint-timers install --force",
                )


def _home(text: str) -> str:
    return next((line for line in text.splitlines() if _names_home(line)), "").strip()


def _names_home(line: str) -> bool:
    return "FOOTPRINT_HOME=" in line or "<key>FOOTPRINT_HOME</key>" in line
