"""One run of a job at a time: a kernel lock that dies with its holder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from digital_footprint.errors import TemporaryError
from digital_footprint.files import open_privately

# Held by whoever sends messages.
ALERTS = "alerts"


@contextmanager
def job_lock(locks: Path, job_name: str) -> Iterator[None]:
    """Hold the lock of one job.

    Raises TemporaryError when another process holds it.
    """
    descriptor = open_privately(locks / f"{job_name}.lock", os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TemporaryError(
                f"{job_name} is running already, or somebody is being forgotten",
                hint=f"wait for it, or look at it: footprint-job history --job {job_name}",
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def all_job_locks(locks: Path, job_names: list[str]) -> Iterator[None]:
    """Hold every job's lock: nothing is being asked or recorded meanwhile.

    Raises TemporaryError when one of them is running.
    """
    with ExitStack() as stack:
        for job_name in job_names:
            stack.enter_context(job_lock(locks, job_name))
        yield


@contextmanager
def patient_lock(locks: Path, name: str, seconds: float) -> Iterator[None]:
    """Hold a lock that others hold for a short while, waiting so long for it.

    Raises TemporaryError when it does not come free.
    """
    descriptor = open_privately(locks / f"{name}.lock", os.O_RDWR)
    end = time.monotonic() + seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TemporaryError(
                        f"another process holds the lock of {name}, and keeps it",
                        hint="run the command again when that one is done",
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)
