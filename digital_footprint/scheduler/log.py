"""scheduler.log: one line of JSON per run, counts and statuses alone."""

import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from digital_footprint.clock import from_text
from digital_footprint.files import open_privately
from digital_footprint.model import JobResult

ROTATE_AT = 1024 * 1024
PATIENCE_SECONDS = 5
# What is no file (a FIFO without a reader) is an error, not a wait.
APPEND = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK


def write(path: Path, locks: Path, result: JobResult) -> None:
    """Append one run; at 1 MiB the file becomes scheduler.log.1, replacing the one before."""
    line = json.dumps(_line(result)).encode() + b"\n"
    # Held over the rotation: two jobs may end at once.
    with os.fdopen(open_privately(locks / f"{path.name}.lock", os.O_RDWR), "rb") as lock:
        _lock(lock.fileno())
        if path.exists() and path.stat().st_size + len(line) > ROTATE_AT:
            path.replace(path.with_name(path.name + ".1"))
        with os.fdopen(open_privately(path, APPEND), "ab") as file:
            file.write(line)


def _lock(descriptor: int) -> None:
    """Take the log's lock; a run that is done waits a few seconds for it, and not for ever."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def read(path: Path, job_name: str, limit: int) -> list[dict[str, Any]]:
    """Give the newest `limit` lines of one job, the oldest of them first."""
    lines: list[dict[str, Any]] = []
    for file in (path.with_name(path.name + ".1"), path):
        if file.is_file():
            lines += map(_parsed, file.read_text("utf-8", errors="replace").splitlines())
    return [line for line in lines if line.get("job_name") == job_name][-limit:]


def _line(result: JobResult) -> dict[str, Any]:
    started, completed = from_text(result.started_at), from_text(result.completed_at)
    return {
        "at": result.completed_at,
        "run_id": result.run_id,
        "job_name": result.job_name,
        "trigger": result.trigger,
        "status": result.status,
        "seconds": int((completed - started).total_seconds()),
        "exit_code": result.exit_code,
        "details": result.details,
        "error": result.error,
    }


def _parsed(line: str) -> dict[str, Any]:
    """Read one line; one cut short by a full disk or a power loss is shown as it is."""
    try:
        content = json.loads(line)
    except ValueError:
        return {"unreadable": line}
    return content if isinstance(content, dict) else {"unreadable": line}
