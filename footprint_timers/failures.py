"""The notices that the failure handler leaves, one per unit, until a run ends well again."""

from pathlib import Path

from digital_footprint.config import Paths
from digital_footprint.schedule import Failure

# systemd.exec(5), PROCESS EXIT CODES: those that a person can do something about.
MEANINGS = {
    "200": "its working directory is gone",
    "203": "the program or its interpreter is gone: run install.sh again",
    "217": "its user does not exist, or may not be locked in: run footprint-timers doctor --fix",
    "226": "its sandbox could not be set up: run footprint-timers doctor --fix",
}


def directory(paths: Paths) -> Path:
    """Give the directory of the notices."""
    return paths.state / "failures"


def read(paths: Paths) -> tuple[Failure, ...]:
    """Give every notice, ordered by unit."""
    place = directory(paths)
    if not place.is_dir():
        return ()
    return tuple(_parsed(file) for file in sorted(place.glob("footprint-*.service")))


def clear(paths: Paths, job_name: str) -> None:
    """Drop the notice of a job that has run well since."""
    (directory(paths) / f"footprint-{job_name}.service").unlink(missing_ok=True)


def _parsed(file: Path) -> Failure:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    status = values.get("exit_status", "")
    return Failure(
        job=file.name.removeprefix("footprint-").removesuffix(".service"),
        unit=file.name,
        result=values.get("result", "unknown"),
        exit_status=status,
        at=values.get("at", ""),
        meaning=MEANINGS.get(status, ""),
    )
