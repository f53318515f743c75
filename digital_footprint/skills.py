"""Decides where the skill for assistants lies, and whether a file there is ours to replace.

The last line of what we write is a hash of all before it: a file without it, or with another, has
somebody's own words in it.
"""

import hashlib
from pathlib import Path
from typing import Literal

from digital_footprint.errors import ConfigurationError
from digital_footprint.files import unwritable, write_privately
from digital_footprint.templating import templates

Scope = Literal["user", "project"]

NAME = "schedule"
FILE = "SKILL.md"
MARK = "<!-- footprint-timers skill, sha256 "


def place_of(scope: Scope) -> Path:
    """Give the file, for all projects of this user or for the one of this directory."""
    root = Path.home() if scope == "user" else Path.cwd()
    return root / ".claude" / "skills" / NAME / FILE


def install(path: Path, *, force: bool) -> bool:
    """Write the skill; say whether that changed anything.

    Raises ConfigurationError for a file that is not ours or was edited, unless `force`.
    """
    wanted = _marked((templates() / "skills" / NAME / FILE).read_text(encoding="utf-8"))
    found = _read(path)
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
    found = _read(path)
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


def _marked(text: str) -> str:
    return f"{text}{MARK}{_hash(text)} -->\n"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str | None:
    """Read what stands there; a link is read as the text at its end."""
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -ld {path}"
        ) from None


def _refuse_foreign(path: Path, found: str, command: str) -> None:
    text, mark, rest = found.rpartition(MARK)
    if mark and rest == f"{_hash(text)} -->\n":
        return
    why = "was edited by hand" if mark else "is not ours"
    raise ConfigurationError(
        f"{path} {why}; nothing was changed",
        hint=f"keep a copy elsewhere, then: footprint skill {command} --force",
    )
