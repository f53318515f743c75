"""One run of a job at a time: a kernel lock that dies with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from digital_footprint.errors import TemporaryError
from digital_footprint.files import open_privately


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
