"""Decides how a job is started by hand for somebody else: by its own unit, else as a process."""

import sys
from collections.abc import Callable
from typing import Any

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.process import NOT_FOUND, Completed
from digital_footprint.schedule import Started
from footprint_timers import guards, installation, operations
from footprint_timers.catch_up import start_for
from footprint_timers.installation import Installation
from footprint_timers.program import find_program
from footprint_timers.schedulers.scheduler import Scheduler

TRIGGER = "mcp"

Launch = Callable[[list[str]], Completed]
"""Starts a program that outlives this one; code 0 also stands for one that is still at work."""

Find = Callable[[Installation], Scheduler[Any]]
"""Gives the scheduler of an installation; raises NoSchedulerError where it does not answer."""


def start_job(
    db: Database, config: Config, job_name: str, *, launch: Launch, find_scheduler: Find
) -> Started:
    """Start a job and do not wait for its end.

    Raises FootprintError where neither the job's unit nor its program can be started.
    """
    scheduler = _scheduler_with_unit(db, config, job_name, find_scheduler)
    if scheduler is not None:
        start_for(config.paths, scheduler, job_name, TRIGGER).require()
        return Started(by_unit=True)
    program = find_program(config.paths, sys.argv[0])
    done = launch([str(program), "run", job_name, "--trigger", TRIGGER])
    if done.code == NOT_FOUND:
        raise FootprintError(f"{program} cannot be started", hint="run install.sh again")
    return Started(exit_code=done.code)


def _scheduler_with_unit(
    db: Database, config: Config, job_name: str, find_scheduler: Find
) -> Scheduler[Any] | None:
    """Give the scheduler, where it has a unit of the job that works in this very home."""
    installed = installation.read(config.paths)
    if installed is None or installed.slot(job_name) is None:
        return None
    try:
        scheduler = find_scheduler(installed)
        if not scheduler.may_change:
            return None  # its unit is root's to start; the program itself is this user's
        guards.refuse_other_home(operations.wish(db, config, scheduler).plan)
        there = scheduler.read_status([job_name])[job_name].installed
    except FootprintError:
        return None
    return scheduler if there else None
