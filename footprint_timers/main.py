"""Composes the programs that show the schedule: gives them eyes to see it, and a hand to start."""

from typing import Any

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.schedule import ScheduleStatus, Started

# What has not ended by then is at work: so quick an end is told, and nobody waits longer.
SECONDS = 1


def mcp() -> None:
    """Run `footprint-mcp`: the MCP server on standard input and output."""
    from digital_footprint.mcp_server.access import existing_home
    from digital_footprint.mcp_server.server import build_server
    from digital_footprint.schedule import Schedule

    build_server(existing_home, Schedule(read=_read, start=_start)).run()


def _read(db: Database, config: Config) -> tuple[ScheduleStatus, str]:
    # Imported when it is asked for: an assistant's host waits for the start.
    from digital_footprint import process
    from footprint_timers.schedule import read_schedule

    return read_schedule(db, config, process.run)


def _start(db: Database, config: Config, job_name: str) -> Started:
    from functools import partial

    from digital_footprint import process
    from footprint_timers.installation import Installation
    from footprint_timers.schedulers import choose
    from footprint_timers.schedulers.scheduler import Scheduler
    from footprint_timers.starting import start_job

    def find(installed: Installation) -> Scheduler[Any]:
        return choose(process.run, installed=installed)

    launch = partial(process.launch, seconds=SECONDS)
    return start_job(db, config, job_name, launch=launch, find_scheduler=find)
