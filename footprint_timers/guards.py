"""Decides which units are not overwritten or removed, because they are a person's own work."""

import shutil
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory, unwritable
from footprint_timers import mark, plan
from footprint_timers.manager import Manager
from footprint_timers.model import Keep, Write
from footprint_timers.schedulers import systemd


def refuse_edited(wanted: systemd.Plan, manager: Manager, command: str) -> None:
    """Raise ConfigurationError when a file that a person has made or changed would be lost."""
    if names := plan.edited(wanted.changes):
        raise ConfigurationError(
            f"{', '.join(names)} in {manager.units} was edited by hand; nothing was changed",
            hint=(
                f"keep your lines in a drop-in ({manager.typed('edit')} {names[0]}),"
                f" then: footprint-timers {command} --force, which keeps a copy of the file"
            ),
        )


def back_up(paths: Paths, units: Path, wanted: systemd.Plan) -> Path | None:
    """Copy what a person has made or changed and --force is about to overwrite; say where to."""
    names = plan.edited(wanted.changes)
    if not names:
        return None
    place = make_directory(paths.state / "replaced" / f"{utc_now():%Y-%m-%dT%H-%M-%SZ}")
    try:
        for name in names:
            shutil.copy2(units / name, place / name, follow_symlinks=False)
    except OSError as error:
        raise unwritable(place, error) from None
    return place


def refuse_other_person(wanted: systemd.Plan, name: str) -> None:
    """Raise ConfigurationError when the system's timers work for somebody else; not even --force.

    A machine has one set of them.
    """
    for change in wanted.changes:
        old = change.text if isinstance(change, Keep) else change.old
        user = _line(old or "", "User=").partition("=")[2]
        if mark.is_ours(old or "") and user not in ("", name):
            raise ConfigurationError(
                f"the system's timers on this machine work for {user}; nothing was changed",
                hint=f"{name} can have timers of their own, with --scope user; or remove those:"
                f" footprint-timers uninstall --scope system --user {user}",
            )


def refuse_other_home(wanted: systemd.Plan) -> None:
    """Raise ConfigurationError when the timers that stand there work in another home."""
    for change in wanted.changes:
        match change:
            case Write(path, str(old), new) if path.endswith(".service") and _home(old) != _home(
                new
            ):
                raise ConfigurationError(
                    f"the installed timers work with {_home(old) or 'no FOOTPRINT_HOME'},"
                    f" this shell with {_home(new) or 'no FOOTPRINT_HOME'}; nothing was changed",
                    hint="set FOOTPRINT_HOME as it was, or move the timers here: "
                    "footprint-timers install --force",
                )


def _home(unit: str) -> str:
    return _line(unit, "FOOTPRINT_HOME=")


def _line(unit: str, word: str) -> str:
    return next((line for line in unit.splitlines() if word in line), "")
