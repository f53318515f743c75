"""Reads how the schedule stands, from the scheduler where one answers, and always the database."""

from collections.abc import Callable
from functools import partial
from typing import Any

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.process import Runner
from digital_footprint.schedule import ScheduleStatus
from digital_footprint.scheduler.due import NAMES
from footprint_timers import installation, operations, status
from footprint_timers.schedulers import choose
from footprint_timers.schedulers.scheduler import Scheduler

Reach = Callable[[], Scheduler[Any]]


def read_schedule(
    db: Database, config: Config, run: Runner, reach: Reach | None = None
) -> tuple[ScheduleStatus, str]:
    """Give how the schedule stands, and what kept it from being known better ("" for nothing).

    `reach`: reaches the scheduler; without it that is the one that is installed.
    Raises ConfigurationError for a record of the installation that nobody can read.
    """
    installed = installation.read(config.paths)
    reaching = reach or partial(choose, run, installed=installed)
    try:
        scheduler = reaching()
        timers = scheduler.read_status(list(NAMES))
    except FootprintError as error:
        found = status.put_together(
            db, config, installed=installed, scheduler=None, timers=None, run=run
        )
        return found, _sentence(error)
    drifted, trouble = _drifted(db, config, scheduler)
    found = status.put_together(
        db,
        config,
        installed=installed,
        scheduler=scheduler,
        timers=timers,
        run=run,
        drifted=drifted,
    )
    return found, trouble


def _drifted(
    db: Database, config: Config, scheduler: Scheduler[Any]
) -> tuple[tuple[str, ...], str]:
    """Give the jobs whose timers are not as wanted; all, where that cannot be worked out."""
    try:
        return operations.wish(db, config, scheduler).drifted(), ""
    except FootprintError as error:
        return NAMES, _sentence(error)


def _sentence(error: FootprintError) -> str:
    return f"{error.message}\n  next: {error.hint}"
