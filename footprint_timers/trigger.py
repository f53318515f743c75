"""Decides what started this run: an explicit word, a note left for it, a timer, or a person."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

NOTE_SECONDS = 60
TRIGGERS = ("timer", "catchup", "manual", "mcp")


def trigger_of(locks: Path, job_name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Give the trigger of the run that this process is about to make.

    A note (`locks/NAME.trigger`, younger than a minute) is left by whoever starts the unit on
    somebody's behalf, and is used once.
    """
    note = _take_note(locks / f"{job_name}.trigger")
    if note in TRIGGERS:
        return note
    # systemd 248 and newer name the process they started; 247 leaves only the parent to tell.
    started_by_manager = environ.get("SYSTEMD_EXEC_PID") == str(os.getpid())
    return "timer" if started_by_manager else "manual"


def _take_note(path: Path) -> str | None:
    try:
        age = time.time() - path.stat().st_mtime
        note = path.read_text(encoding="ascii", errors="replace").strip()
        path.unlink()
    except FileNotFoundError:
        return None
    return note if age <= NOTE_SECONDS else None
