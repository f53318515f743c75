"""Starts the program as a job is started: by the manager, with the words of the job's own unit."""

import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digital_footprint.clock import utc_now
from digital_footprint.files import write_privately
from footprint_timers import quoting
from footprint_timers.failures import MEANINGS
from footprint_timers.manager import Manager
from footprint_timers.model import service_of

# What belongs to a run and its row, would start it again, or lets it take its time.
NOT_TAKEN = re.compile(
    r"^(Description|ExecStartPre|ExecStopPost|Restart\w*|OnFailure|After|Wants|StartLimit\w*|Timeout\w*)="
)
CALL = re.compile(r'^(ExecStart=".*") [^"]*$', re.MULTILINE)
# systemd.exec(5), PROCESS EXIT CODES: those of a sandbox that cannot be set up, and the next ones.
STEM = "footprint-probe-"
STALE_SECONDS = 3600
# A condition that does not hold, or another program in the place of ours, is no failure to systemd.
ENDS_EARLY = "the unit ends before it starts our program"
ENDINGS = ("ExecMainStatus", "Result", "ConditionResult", "AssertResult")
EXIT_NAMES = {"200": "CHDIR", "203": "EXEC", "217": "USER", "226": "NAMESPACE", "228": "SECCOMP"}


@dataclass(frozen=True, slots=True)
class Call:
    """A job's unit, and what the program is called with in the place of the run."""

    job_name: str
    unit: str
    words: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a unit saw (its JSON document), or why it saw nothing.

    `stopped`: how the unit ended, as systemd names it.
    """

    document: dict[str, Any] | None
    trouble: str = ""
    stopped: str = ""


def look_from(manager: Manager, calls: Mapping[str, Call]) -> dict[str, Seen]:
    """Start, all at once, units that differ from the jobs' in nothing but what they call.

    They lie in the runtime directory under names that were never there before: the manager reads
    them without being told to read everything anew, and nothing of them outlives the call.
    """
    runtime = manager.runtime
    token = secrets.token_hex(4)
    units = {key: f"{STEM}{token}-{number}.service" for number, key in enumerate(calls)}
    outputs = {key: runtime / f"{unit}.json" for key, unit in units.items()}
    with manager.rights(), _written(manager, runtime, calls, units, outputs):
        started = manager.call("start", *units.values()) if units else None
        seen = {
            key: _read(manager, units[key], outputs[key], started.complaint() if started else "")
            for key in calls
        }
        if started and started.code:
            manager.call("reset-failed", *units.values())
    return seen


@contextmanager
def _written(
    manager: Manager,
    runtime: Path,
    calls: Mapping[str, Call],
    units: Mapping[str, str],
    outputs: Mapping[str, Path],
) -> Iterator[None]:
    place = runtime / "systemd" / manager.scope
    clear_stale((*runtime.glob(f"{STEM}*"), *place.glob(f"{STEM}*")))
    files: list[Path] = []
    try:
        for key, call in calls.items():
            files.append(place / units[key])
            write_privately(files[-1], _asking(call, outputs[key]))
            for name, text in manager.drop_ins(service_of(call.job_name)).items():
                files.append(place / f"{units[key]}.d" / name)
                write_privately(files[-1], text)
        if manager.account:
            for path in files:
                path.chmod(0o644)  # the system's manager complains of one that is private
        yield
    finally:
        for path in (*files, *outputs.values()):
            path.unlink(missing_ok=True)
        for directory in {path.parent for path in files if path.parent != place}:
            directory.rmdir()


def clear_stale(paths: Iterable[Path]) -> None:
    """Remove what a look or a probe that was killed has left; one that is under way is younger."""
    for left in paths:
        with suppress(FileNotFoundError):
            if left.lstat().st_mtime < utc_now().timestamp() - STALE_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _asking(call: Call, output: Path) -> str:
    """Give the unit's words: everything of the job's own but its call and what follows a run."""
    lines = [
        line
        for line in CALL.sub(rf"\1 {call.words}", call.unit, count=1).splitlines()
        if not NOT_TAKEN.match(line)
    ]
    added = [
        f"SyslogIdentifier={STEM}{call.job_name}",
        f"StandardOutput=file:{output}",
        "TimeoutStartSec=60s",
        *(
            f"Environment={quoting.systemd_assignment(name, value)}"
            for name, value in call.environment.items()
        ),
    ]
    at = lines.index("[Service]") + 1
    return "\n".join([*lines[:at], *added, *lines[at:]]) + "\n"


def _read(manager: Manager, unit: str, output: Path, complaint: str) -> Seen:
    try:
        return Seen(json.loads(output.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        pass
    shown = manager.show([unit], ENDINGS).get(unit, {})
    status, result = shown.get("ExecMainStatus", ""), shown.get("Result", "")
    kept_back = "no" in (shown.get("ConditionResult"), shown.get("AssertResult"))
    # The manager makes the file for whatever it starts, unless a drop-in leads the output away.
    if kept_back or (result == "success" and output.exists()):
        return Seen(None, ENDS_EARLY, ENDS_EARLY)
    meaning = MEANINGS.get(status, complaint)
    name = EXIT_NAMES.get(status)
    stopped = f"{status}/{name}" if name else f"{result}, exit status {status}"
    return Seen(None, f"exit status {status}: {meaning}", stopped)
