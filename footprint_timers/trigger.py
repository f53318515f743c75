"""Decides what started this process: its timer, a person, or one of our own commands.

The variables that systemd 252 and later passes (TRIGGER_UNIT) are no proof: they stay from the
first firing, so a start by hand has them too [tried on 252 and 257]. The proof is the manager's
own clock: a timer's last firing is younger than the end of the run before only when it was the
timer that started this one. A retry is told by its restart count, and inherits the answer.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from digital_footprint.clock import from_text, to_text, utc_now
from digital_footprint.config import Paths
from digital_footprint.files import make_directory, write_privately
from digital_footprint.process import Runner
from footprint_timers import calendars, installation
from footprint_timers.agents import label_of
from footprint_timers.identity import scope_of, systemctl
from footprint_timers.manager import monotonic, shown_units, timestamp
from footprint_timers.model import Scope, service_of, timer_of

NOTE_SECONDS = 60
TRIGGERS = ("timer", "catchup", "manual", "mcp")
PROPERTIES = (
    "Id,MainPID,NRestarts,InactiveEnterTimestampMonotonic,LastTriggerUSec,LastTriggerUSecMonotonic"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What started this process. Times as UTC text.

    `since`: the slot, or the moment of the first attempt where there was no slot.
    """

    trigger: str
    since: str
    scheduled_for: str | None = None
    attempt: int = 1
    invocation_id: str | None = None


def identify(
    job_name: str,
    paths: Paths,
    run: Runner,
    *,
    environ: Mapping[str, str] = os.environ,
    pid: int | None = None,
    now: datetime | None = None,
) -> Activation:
    """Say what started this process as a run of `job_name`.

    A note (`locks/NAME.trigger`, younger than a minute) is left by whoever starts the unit on
    somebody's behalf; it goes before what systemd says, and is used once.
    """
    moment = to_text(now or utc_now())
    note = _take_note(paths, job_name)
    alone = Activation(trigger=note or "manual", since=moment)
    if environ.get("XPC_SERVICE_NAME") == label_of(job_name):
        return _by_launchd(job_name, paths, alone, noted=note is not None)
    # Every process below a unit has this variable, every process without it is outside of one.
    if "INVOCATION_ID" not in environ:
        return alone
    told = _ask(job_name, run, scope_of(environ))
    if told is None or told.get("MainPID") != str(pid or os.getpid()):
        return alone
    attempt = int(told["NRestarts"]) + 1
    kept = _kept(paths, job_name)
    if attempt > 1 and kept is not None and note is None and not _fired(told):
        return replace(kept, attempt=attempt, invocation_id=environ["INVOCATION_ID"])
    activation = replace(alone, attempt=attempt, invocation_id=environ["INVOCATION_ID"])
    if note is None and _fired(told):
        activation = _by_timer(job_name, paths, told, activation)
    _keep(paths, job_name, activation)
    return activation


def leave_note(paths: Paths, job_name: str, word: str) -> Path:
    """Say on whose behalf the unit of a job is started next; give the note, to take it back."""
    note = _note_of(paths, job_name)
    write_privately(note, f"{word}\n")
    return note


def by_line(job_name: str, paths: Paths, alone: Activation) -> Activation:
    """Give the activation of a run that says of itself that a scheduler's line has started it."""
    return _timed(alone, _slot_before(job_name, paths, from_text(alone.since)))


def is_superseded(activation: Activation, done: datetime | None) -> bool:
    """Say whether a retry has nothing left to do: a run begun after its slot was done meanwhile."""
    return activation.attempt > 1 and done is not None and done >= from_text(activation.since)


def _by_launchd(job_name: str, paths: Paths, alone: Activation, *, noted: bool) -> Activation:
    """Say whether the calendar started this: launchd does not tell a start by hand from its own.

    It fires once for a slot. So the slot before now did it, unless an earlier run came after that
    slot, or the agent did.
    """
    installed, before = installation.known(paths), _kept(paths, job_name)
    slot = installed.slot(job_name) if installed else None
    found = calendars.latest_firing(slot, from_text(alone.since)) if slot else None
    activation = alone
    if installed and found and not noted:
        known = [installed.jobs[job_name][-1].since, *([before.since] if before else [])]
        if found > max(map(from_text, known)):
            activation = _timed(alone, found)
    _keep(paths, job_name, activation)
    return activation


def _by_timer(
    job_name: str, paths: Paths, told: Mapping[str, str], activation: Activation
) -> Activation:
    fired = timestamp(told["LastTriggerUSec"]) or from_text(activation.since)
    return _timed(activation, _slot_before(job_name, paths, fired))


def _timed(activation: Activation, slot: datetime) -> Activation:
    """Give the activation of a run that its timer has started for a slot."""
    text = to_text(slot)
    return replace(activation, trigger="timer", since=text, scheduled_for=text)


def _fired(told: Mapping[str, str]) -> bool:
    """Say whether the timer fired since the run before ended.

    The monotonic time is 0 for a firing of an earlier boot, which is read from the stamp.
    """
    fired = monotonic(told.get("LastTriggerUSecMonotonic", ""))
    return fired > int(told.get("InactiveEnterTimestampMonotonic", "0")) / 1e6


def _slot_before(job_name: str, paths: Paths, fired: datetime) -> datetime:
    """Give the newest slot at or before a firing: random delay and catch-up come after it."""
    installed = installation.known(paths)
    slot = installed.slot(job_name) if installed else None
    found = calendars.latest_firing(slot, fired) if slot else None
    return found or fired


def _ask(job_name: str, run: Runner, scope: Scope) -> dict[str, str] | None:
    """Give what decides, of the job's service and of its timer, or None without an answer."""
    service, timer = service_of(job_name), timer_of(job_name)
    answer = run([*systemctl(scope), "show", f"--property={PROPERTIES}", service, timer])
    shown = shown_units(answer.stdout)
    if answer.code or not shown.keys() >= {service, timer}:
        return None
    # Both have an InactiveEnterTimestampMonotonic: it is the service's that counts.
    return {**shown[timer], **shown[service]}


def _take_note(paths: Paths, job_name: str) -> str | None:
    """Read the note and drop it, whatever it says."""
    note = _note_of(paths, job_name)
    try:
        age = time.time() - note.stat().st_mtime
        word = note.read_text(encoding="utf-8").strip()
        note.unlink()
    except (OSError, UnicodeDecodeError):
        return None
    return word if age < NOTE_SECONDS and word in TRIGGERS else None


def _note_of(paths: Paths, job_name: str) -> Path:
    return make_directory(paths.locks) / f"{job_name}.trigger"


def _keep(paths: Paths, job_name: str, activation: Activation) -> None:
    write_privately(_file_of(paths, job_name), json.dumps(asdict(activation)))


def _kept(paths: Paths, job_name: str) -> Activation | None:
    try:
        return Activation(**json.loads(_file_of(paths, job_name).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _file_of(paths: Paths, job_name: str) -> Path:
    return make_directory(paths.locks) / f"{job_name}.activation"
