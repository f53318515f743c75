"""The notices that failure handlers leave, one per unit, until a run ends well again.

Those of systemd are named footprint-NAME.service, those of launchd as the agent's label.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint.config import Paths

if TYPE_CHECKING:
    from digital_footprint.schedule import Failure

# The shell's own exit codes, and of systemd.exec(5), PROCESS EXIT CODES, those that a person can
# do something about.
MEANINGS = {
    "126": "the program cannot be executed: run install.sh again",
    "127": "the program or its interpreter is gone: run install.sh again",
    "200": "its working directory is gone",
    "203": "the program or its interpreter is gone: run install.sh again",
    "217": "its user does not exist, or may not be locked in: run footprint-timers doctor --fix",
    "226": "its sandbox could not be set up: run footprint-timers doctor --fix",
}

UNITS = ("footprint-{}.service", "footprint-timers.{}")


def directory(paths: Paths) -> Path:
    """Give the directory of the notices."""
    return paths.state / "failures"


def read(paths: Paths) -> tuple["Failure", ...]:
    """Give every notice, ordered by unit."""
    place = directory(paths)
    if not place.is_dir():
        return ()
    files = [file for pattern in UNITS for file in place.glob(pattern.format("*"))]
    return tuple(_parsed(file) for file in sorted(files))


def clear(paths: Paths, job_name: str) -> None:
    """Drop the notice of a job that has run well since."""
    for pattern in UNITS:
        (directory(paths) / pattern.format(job_name)).unlink(missing_ok=True)


def _parsed(file: Path) -> "Failure":
    from digital_footprint.schedule import Failure

    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    status = values.get("exit_status", "")
    return Failure(
        job=_job_of(file.name),
        unit=file.name,
        result=values.get("result", "unknown"),
        exit_status=status,
        at=values.get("at", ""),
        meaning=MEANINGS.get(status, ""),
    )


def _job_of(unit: str) -> str:
    return (
        unit.removeprefix("footprint-timers.").removeprefix("footprint-").removesuffix(".service")
    )
