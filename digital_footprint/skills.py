"""Decides where the skill for assistants lies, and what is written there or removed."""

from pathlib import Path
from typing import Literal

from digital_footprint.errors import ConfigurationError
from digital_footprint.files import unwritable, write_privately
from digital_footprint.marked import Mark, read
from digital_footprint.templating import templates

Scope = Literal["user", "project"]

NAME = "schedule"
FILE = "SKILL.md"
MARK = Mark("<!-- footprint-timers skill, sha256 ", " -->")


def place_of(scope: Scope) -> Path:
    """Give the file, for all projects of this user or for the one of this directory."""
    root = Path.home() if scope == "user" else Path.cwd()
    return root / ".claude" / "skills" / NAME / FILE


def install(path: Path, *, force: bool) -> bool:
    """Write the skill; say whether that changed anything.

    Raises ConfigurationError for a file that is not ours or was edited, unless `force`.
    """
    wanted = MARK.sign((templates() / "skills" / NAME / FILE).read_text(encoding="utf-8"))
    found = read(path)
    if found == wanted:
        return False
    if found is not None and not force:
        _refuse_foreign(path, found, "install")
    write_privately(path, wanted)
    return True


def remove(path: Path, *, force: bool) -> bool:
    """Remove the skill and its directory; say whether there was one.

    Raises ConfigurationError for a file that is not ours or was edited, unless `force`.
    """
    found = read(path)
    if found is None:
        return False
    if not force:
        _refuse_foreign(path, found, "remove")
    try:
        path.unlink()
        # What else lies there is somebody's own.
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    except OSError as error:
        raise unwritable(path, error) from None
    return True


def _refuse_foreign(path: Path, found: str, command: str) -> None:
    why = MARK.objection(found)
    if why is None:
        return
    raise ConfigurationError(
        f"{path} {why}; nothing was changed",
        hint=f"keep a copy elsewhere, then: footprint skill {command} --force",
    )
