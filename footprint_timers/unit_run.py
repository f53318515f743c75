"""What surrounds one run of a job so that the operating system's own record agrees with ours."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digital_footprint.clock import from_text
from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.scheduler.due import last_done
from footprint_timers import failures, installation, stamps
from footprint_timers.trigger import Activation

ENDED_WELL = ("success", "partial", "skipped")


@contextmanager
def in_step(db: Database, paths: Paths, job_name: str, activation: Activation) -> Iterator[None]:
    """Hold the timer's stamp at the last done while a run is under way, then move it on.

    A run that ends well, if only because there was nothing to ask, also drops the notice of an
    earlier failure.
    """
    place, newest = _stamps(paths), db.get_last_run(job_name)
    before = last_done(db, job_name)
    since = from_text(activation.since) if activation.trigger == "timer" else None
    if place is not None:
        with suppress(PermissionError):  # a stamp of the system's that root has made anew
            stamps.hold(place, job_name, before, since)
    yield
    after = last_done(db, job_name)
    if place is not None:
        with suppress(PermissionError):
            stamps.release(place, job_name, after)
    row = db.get_last_run(job_name)
    if row is not None and row != newest and row["status"] in ENDED_WELL:
        failures.clear(paths, job_name)


def _stamps(paths: Paths) -> Path | None:
    """Give the manager's stamps where a timer is installed."""
    installed = installation.known(paths)
    return Path(installed.stamps) if installed and installed.stamps else None
