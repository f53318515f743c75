"""Decides at what time systemd's own persistence stands: the stamp of a timer is its last done.

A timer reads its stamp once, when it starts; only the file's time of change counts.
While a run is under way the manager has already set it to now. Set back to the last done, it lets
the next boot make up for a run that a power cut ended.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from footprint_timers.model import timer_of


def stamp_directory(environment: dict[str, str]) -> Path:
    """Find where a user manager with this environment keeps its stamps (systemd.timer(5))."""
    data = environment.get("XDG_DATA_HOME") or f"{environment['HOME']}/.local/share"
    return Path(data) / "systemd" / "timers"


def stamp_of(stamps: Path, job_name: str) -> Path:
    """Give the stamp file of a job's timer."""
    return stamp_of_unit(stamps, timer_of(job_name))


def stamp_of_unit(stamps: Path, timer: str) -> Path:
    """Give the stamp file of a timer unit."""
    return stamps / f"stamp-{timer}"


def write_stamp(stamps: Path, job_name: str, moment: datetime | None) -> None:
    """Set a stamp, or drop it for None. One that stands there already is not touched."""
    write_time(stamp_of(stamps, job_name), moment)


def read_time(stamp: Path) -> datetime | None:
    """Give the time of a stamp file, or None where there is none."""
    try:
        seconds = stamp.stat().st_mtime
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(seconds).astimezone()


def write_time(stamp: Path, moment: datetime | None) -> None:
    """Set a stamp file's time, or drop the file for None."""
    if moment is None:
        stamp.unlink(missing_ok=True)
    elif read_time(stamp) != moment:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
        os.utime(stamp, (moment.timestamp(), moment.timestamp()))


def hold(stamps: Path, job_name: str, done: datetime | None, since: datetime | None) -> None:
    """Set the stamp for a run that begins: to the last done, or just before what fired it.

    A job that was never done and was started by hand (`since` None) owes nothing yet.
    """
    moment = done or (since - timedelta(seconds=1) if since else None)
    if moment is not None:
        write_stamp(stamps, job_name, moment)


def release(stamps: Path, job_name: str, done: datetime | None) -> None:
    """Set the stamp for a run that has ended: to the last done, which may be this run."""
    if done is not None:
        write_stamp(stamps, job_name, done)
