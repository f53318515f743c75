"""The values of this half: jobs, their slots, files, changes, and what a timer stands at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Level = Literal["off", "basic", "strong"]
Scope = Literal["user", "system"]
SCOPES: tuple[Scope, ...] = ("user", "system")
BACKENDS = ("systemd", "launchd", "cron")
# What is no job and has a timer all the same: it sends what quiet hours have held back.
DELIVERY = "alerts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When one job fires: every `interval_days`, at `hour`:`minute` local time.

    `phase` picks the days: it is reduced by `calendars` to as many choices as there are.
    `yearless`: the scheduler knows no years (launchd, cron), so that only a day and a week are
    exact, and every other length goes by days of the month.
    """

    interval_days: int
    phase: int
    hour: int
    minute: int
    yearless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as the operating system has to know it.

    `command`: what the program is called with. Only `run NAME` leaves a row. `sandbox`: which of
    the protection directives its service has.
    """

    name: str
    summary: str
    slot: Slot
    timeout_minutes: int
    after: tuple[str, ...] = ()
    needs_network: bool = True
    command: str = "run"
    sandbox: Level = "basic"

    @property
    def leaves_row(self) -> bool:
        """Say whether a firing of it stands in the history."""
        return self.command == "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What of the disk a strongly protected job is given, as absolute paths.

    All else of the home is hidden, all else of the machine read-only. `fixed` lies inside of
    what is writable, and is not.
    """

    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    fixed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Which level a job has, what a probe has proved of it, and why it is no stronger one.

    `key`: what the probe depended on; "" where none was asked.
    """

    level: Level
    proved: tuple[str, ...] = ()
    because: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """For whom the system's manager runs jobs, and where that manager keeps its stamps."""

    name: str
    home: Path
    stamps: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the generated files say about this machine, this user and this installation.

    `account`: for units of the system's manager; None for those of the user's own.
    """

    program: Path
    failures: Path
    environment: Mapping[str, str]
    systemd_version: int = 247
    room: Room = Room()
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One generated file; `path` is its name inside the scheduler's own directory."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Write:
    """The file is new (`old` is None) or says something else."""

    path: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class Remove:
    """The file is ours and no job wants it any more."""

    path: str
    old: str


@dataclass(frozen=True, slots=True)
class Keep:
    """The file already has these bytes."""

    path: str
    old: str


Change = Write | Remove | Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStatus:
    """What the operating system says of one job's timer.

    `idle`: it is loaded and starts its job no more: no firing is left, or it starts something else.
    """

    installed: bool
    enabled: bool
    loaded: bool
    running: bool
    stale: bool
    next_due: datetime | None
    idle: bool = False


NOT_THERE = TimerStatus(
    installed=False, enabled=False, loaded=False, running=False, stale=False, next_due=None
)


def timer_of(job_name: str) -> str:
    """Give the timer unit of a job."""
    return f"footprint-{job_name}.timer"


def service_of(job_name: str) -> str:
    """Give the service unit of a job."""
    return f"footprint-{job_name}.service"
