"""Runs the selftest as a job would be run: by the manager, with the words of the job's own unit."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digital_footprint.files import make_directory, write_privately
from footprint_timers.failures import MEANINGS
from footprint_timers.manager import Manager
from footprint_timers.model import service_of

UNIT = "footprint-doctor.service"
# What belongs to a run and its row, or would start it again.
NOT_TAKEN = re.compile(r"^(ExecStopPost|Restart\w*|OnFailure|After|StartLimit\w*)=")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a unit saw (the selftest's document), or why it saw nothing."""

    document: dict[str, Any] | None
    trouble: str = ""


def look_from(manager: Manager, runtime: Path, job_name: str) -> Seen:
    """Start a unit that differs from a job's in nothing but what it calls, and read what it says.

    It lies in the runtime directory, so that nothing of it outlives this session.
    """
    installed = manager.units / service_of(job_name)
    unit, output = runtime / "systemd" / "user" / UNIT, runtime / "footprint-doctor.json"
    try:
        text = installed.read_text(encoding="utf-8")
    except OSError as error:
        return Seen(None, f"{installed} cannot be read: {error.strerror}")
    drop_ins = make_directory(unit.with_name(f"{UNIT}.d"))
    try:
        write_privately(unit, _asking(text, job_name, output))
        _take_drop_ins(manager, service_of(job_name), drop_ins)
        return _answer(manager, output)
    finally:
        for path in (*drop_ins.iterdir(), unit, output):
            path.unlink(missing_ok=True)
        drop_ins.rmdir()
        manager.call("daemon-reload")
        manager.call("reset-failed", UNIT)


def _asking(text: str, job_name: str, output: Path) -> str:
    """Give the unit's words: everything of the job's own but its call and what follows a run."""
    asking = text.replace(f" run {job_name}\n", " selftest --json\n", 1)
    lines = [line for line in asking.splitlines() if not NOT_TAKEN.match(line)]
    lines.insert(lines.index("[Service]") + 1, f"StandardOutput=file:{output}")
    return "\n".join(lines) + "\n"


def _take_drop_ins(manager: Manager, service: str, place: Path) -> None:
    """Copy what a person has changed of that very unit; what holds for all of ours holds anyway."""
    paths = manager.show([service], ["DropInPaths"])[service].get("DropInPaths", "").split()
    for path in map(Path, paths):
        if path.parent.name == f"{service}.d":
            write_privately(place / path.name, path.read_text(encoding="utf-8"))


def _answer(manager: Manager, output: Path) -> Seen:
    manager.call("daemon-reload").require()
    started = manager.call("start", UNIT)
    try:
        document = json.loads(output.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Seen(None, _why(manager, started.complaint()))
    return Seen(document)


def _why(manager: Manager, complaint: str) -> str:
    shown = manager.show([UNIT], ["ExecMainStatus", "Result"]).get(UNIT, {})
    status = shown.get("ExecMainStatus", "")
    meaning = MEANINGS.get(status)
    return f"exit status {status}: {meaning}" if meaning else f"exit status {status} ({complaint})"
