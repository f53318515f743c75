"""Decides which jobs are overdue on a machine that was off, and has their own units started.

It never runs a job itself: whoever starts a unit leaves the run, its row and its log to the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digital_footprint.clock import from_text, utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.process import Completed
from digital_footprint.scheduler.due import NAMES, last_done, overdue_from, ran_lately
from footprint_timers.installation import Installation
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.trigger import leave_note

LOG_LIMIT = 1_000_000
LOG_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one overdue job. `why`: why it was not started, "" where it was."""

    job: str
    why: str = ""
    refused: bool = False


def catch_up(
    db: Database, config: Config, installed: Installation, scheduler: Scheduler[Any]
) -> tuple[Outcome, ...]:
    """Start the units of all jobs that are overdue, have no run of the last six hours, and rest."""
    names = overdue(db, config, installed, utc_now())
    running = {name for name, one in scheduler.read_status(names).items() if one.running}
    return tuple(
        _settle(db, config.paths, scheduler, name, running=name in running) for name in names
    )


def overdue(db: Database, config: Config, installed: Installation, now: datetime) -> list[str]:
    """Give the jobs whose interval is over since they were last done, or else installed.

    So a fresh installation starts nothing, and what was never done is not left for ever.
    """
    return [
        name
        for name in NAMES
        if (slot := installed.slot(name))
        and config.job(name).enabled
        and now >= overdue_from(_since(db, installed, name, now), slot.interval_days)
    ]


def trim(log: Path) -> None:
    """Keep the end of a log that has grown; launchd has it open, and appends wherever it ends."""
    if not log.is_file() or log.stat().st_size <= LOG_LIMIT:
        return
    with log.open("r+b") as file:
        file.seek(-LOG_KEPT, 2)
        end = file.read().partition(b"\n")[2]
        file.seek(0)
        file.write(end)
        file.truncate()


def _since(db: Database, installed: Installation, name: str, now: datetime) -> datetime:
    return last_done(db, name, now) or from_text(installed.jobs[name][0].since)


def _settle(
    db: Database, paths: Paths, scheduler: Scheduler[Any], name: str, *, running: bool
) -> Outcome:
    if running:
        return Outcome(name, "it is running")
    if ran_lately(db, name, utc_now()):
        return Outcome(name, "it ran less than six hours ago")
    answer = start_for(paths, scheduler, name, "catchup")
    return Outcome(name, answer.complaint(), refused=True) if answer.code else Outcome(name)


def start_for(paths: Paths, scheduler: Scheduler[Any], name: str, trigger: str) -> Completed:
    """Start a job's unit on somebody's behalf, whom its row then names."""
    note = leave_note(paths, name, trigger)
    answer = scheduler.start(name)
    if answer.code:
        note.unlink(missing_ok=True)
    return answer


def names_of(outcomes: Sequence[Outcome]) -> list[str]:
    """Give the jobs that were started."""
    return [one.job for one in outcomes if not one.why]
