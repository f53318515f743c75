"""What is asked of whoever knows the operating system: how the jobs stand, and to start one."""

from dataclasses import dataclass
from typing import Protocol

from digital_footprint.config import Config
from digital_footprint.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The newest row of a job."""

    run_id: int
    started_at: str
    completed_at: str | None
    status: str
    trigger: str
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """How far a job is locked in: off, basic or strong; what was proved, and why not further."""

    level: str
    proved: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """How one job stands. Times as UTC text; `next_due` as the operating system tells it.

    `state`: ok, late, failing, never, running, disabled (switched off in the configuration or in
    the operating system, or no scheduler answers), not_installed or not_configured. `sandbox`: as
    it was installed, None where that is not known.
    """

    name: str
    interval_days: int
    installed: bool
    enabled: bool
    loaded: bool
    drift: bool
    next_due: str | None
    last_run: LastRun | None
    last_success_at: str | None
    overdue: bool
    state: str
    sandbox: Sandbox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A firing that left no row."""

    job: str
    scheduled_for: str
    cause: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What the failure handler wrote of one unit: systemd's result, exit status or signal, when."""

    job: str
    unit: str
    result: str
    exit_status: str
    at: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStatus:
    """How the whole schedule stands; `backend` is None where no scheduler answers."""

    backend: str | None
    scope: str | None
    linger: bool
    jobs: tuple[JobStatus, ...]
    missed: tuple[Missed, ...]
    failures: tuple[Failure, ...]


class ScheduleReader(Protocol):
    """Whoever knows the operating system."""

    def __call__(self, db: Database, config: Config) -> tuple[ScheduleStatus, str]:
        """Give how the schedule stands, and what kept it from being known better ("": nothing).

        Raises FootprintError.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run that was begun on an assistant's behalf.

    `by_unit`: the scheduler starts the job's own unit; else it is a process of its own.
    `exit_code`: of a process that has ended already; 0 while one is at work.
    """

    by_unit: bool = False
    exit_code: int = 0


class JobStarter(Protocol):
    """Whoever can start a job so that it outlives the process that asked for it."""

    def __call__(self, db: Database, config: Config, job_name: str) -> Started:
        """Start it and do not wait for its end. Raises FootprintError."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the operating system is asked: how the jobs stand, and to start one."""

    read: ScheduleReader
    start: JobStarter
