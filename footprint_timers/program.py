"""Decides which path of footprint-job the units start: one that outlives the next upgrade."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from digital_footprint import errors
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.program import find
from footprint_timers import render

NAME = "footprint-job"


def find_program(paths: Paths, invoked_as: str, prefix: Path = Path(sys.prefix)) -> Path:
    """Give the path of footprint-job. Raises ConfigurationError where there is none."""
    return find(paths, NAME, invoked_as, prefix)


def places_of(program: Path) -> tuple[Path, ...]:
    """Give the path that a unit starts, then every place that its interpreter reads."""
    packages = [Path(str(one.__file__)).parent for one in (errors, render)]
    interpreter = [
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.executable).resolve().parents[1],
    ]
    return (program, *packages, render.templates(), *interpreter)


def refuse_of_another(program: Path) -> None:
    """Refuse to have root run what somebody else may change. Raises ConfigurationError."""
    for place in (program.resolve(), program.resolve().parent):
        if place.stat().st_uid:
            raise ConfigurationError(
                f"these would be root's own timers, and {place} is somebody else's;"
                " nothing was changed",
                hint="install as the person whose timers they are, without root; or root's own:"
                " ./install.sh as root",
            )


def refuse_passing(program: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Refuse a program in a directory that is emptied without notice.

    Raises ConfigurationError.
    """
    cache = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    passing = (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/run", cache)  # noqa: S108 - they are refused
    for place in passing:
        if program.is_relative_to(place):
            raise ConfigurationError(
                f"{program} lies under {place}, which may be emptied at any time",
                hint="install it to stay with ./install.sh, or with pipx or uv tool install",
            )
