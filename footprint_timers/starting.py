"""Decides how a job is started by hand for somebody else: by its own unit, else as a process."""

import sys
from collections.abc import Callable

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.process import NOT_FOUND, Completed
from digital_footprint.schedule import Started
from footprint_timers import guards, installation, operations
from footprint_timers.manager import Manager
from footprint_timers.model import service_of
from footprint_timers.program import find_program
from footprint_timers.schedulers import systemd
from footprint_timers.trigger import leave_note

TRIGGER = "mcp"

Launch = Callable[[list[str]], Completed]
"""Starts a program that outlives this one; code 0 also stands for one that is still at work."""


def start_job(
    db: Database,
    config: Config,
    job_name: str,
    *,
    launch: Launch,
    find_manager: Callable[[], Manager],
) -> Started:
    """Start a job and do not wait for its end.

    `find_manager` raises NoSchedulerError where none answers. Raises FootprintError where neither
    the job's unit nor its program can be started.
    """
    manager = _manager_with_unit(db, config, job_name, find_manager)
    if manager is not None:
        return _start_unit(manager, config, job_name)
    program = find_program(config.paths, sys.argv[0])
    done = launch([str(program), "run", job_name, "--trigger", TRIGGER])
    if done.code == NOT_FOUND:
        raise FootprintError(f"{program} cannot be started", hint="run install.sh again")
    return Started(exit_code=done.code)


def _manager_with_unit(
    db: Database, config: Config, job_name: str, find_manager: Callable[[], Manager]
) -> Manager | None:
    """Give the scheduler, where it has a unit of the job that works in this very home."""
    installed = installation.read(config.paths)
    if installed is None or installed.slot(job_name) is None:
        return None
    if installation.scope_of(installed) == "system":
        return None  # its unit is root's to start; the program itself is this user's
    try:
        manager = find_manager()
        guards.refuse_other_home(operations.wish(db, config, manager).plan)
        there = systemd.read_status(manager, [job_name])[job_name].installed
    except FootprintError:
        return None
    return manager if there else None


def _start_unit(manager: Manager, config: Config, job_name: str) -> Started:
    unit = service_of(job_name)
    note = leave_note(config.paths, job_name, TRIGGER)
    # What a unit was stopped for by its own limits is no reason to refuse a person.
    manager.call("reset-failed", unit)
    started = manager.call("start", "--no-block", unit)
    if started.code:
        note.unlink(missing_ok=True)
        started.require()
    return Started(unit=unit)
