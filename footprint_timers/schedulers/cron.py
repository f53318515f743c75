"""cron: our lines in the person's crontab, read and written through the crontab program alone."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from digital_footprint import process
from digital_footprint.clock import utc_now
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError, FootprintError
from digital_footprint.process import Completed, Runner
from digital_footprint.scheduler.due import overdue_from
from footprint_timers import catalogue, cron_lines, crontab, plan, render
from footprint_timers.cron_daemon import PROCESSES, running_daemon
from footprint_timers.crontab_program import CrontabProgram, all_said, is_none_yet
from footprint_timers.linger import Linger
from footprint_timers.manager import Refusal
from footprint_timers.model import (
    NOT_THERE,
    Change,
    File,
    Job,
    Keep,
    Proof,
    Remove,
    Scope,
    TimerStatus,
    Write,
)
from footprint_timers.program import find_program
from footprint_timers.schedulers.scheduler import LastDone
from footprint_timers.slots import host_seed

NAME = "cron"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that an installation would do. `due`: what the hourly line will find to be overdue."""

    changes: tuple[Change, ...]
    found: Mapping[str, TimerStatus]
    touched: frozenset[str] = frozenset()
    due: tuple[str, ...] = ()
    surprises: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing would be changed at all."""
        return all(isinstance(change, Keep) for change in self.changes)

    def steps(self) -> list[str]:
        """Give what follows by itself."""
        return [f"within an hour or two, being overdue: run {', '.join(self.due)}"] * bool(self.due)


def connect(
    run: Runner, paths: Paths, *, platform: str = sys.platform, processes: Path = PROCESSES
) -> "Cron | Refusal":
    """Reach this user's crontab, or say why not; nothing is changed."""
    if platform == "darwin":
        return Refusal("it is not used on macOS, which asks in a dialog", "--backend launchd")
    answer = run(["crontab", "-l"])
    if answer.code == process.NOT_FOUND:
        return Refusal("no crontab program is installed", "sudo apt-get install cron")
    daemon = running_daemon(run, processes)
    if daemon is None:
        return Refusal(
            "no cron daemon runs, and a crontab alone starts nothing",
            "sudo systemctl enable --now cron, or: sudo service cron start",
        )
    if answer.code and not is_none_yet(answer):
        return Refusal(
            f"the crontab cannot be read: {all_said(answer)}",
            "crontab -l (who may use it stands in /etc/cron.allow and /etc/cron.deny)",
        )
    return Cron(crontab=CrontabProgram(run, paths.locks), paths=paths, daemon=daemon)


def without_daemon(run: Runner, paths: Paths) -> "Cron | None":
    """Give this user's crontab, whether or not anything reads it; None without its program."""
    if run(["crontab", "-l"]).code == process.NOT_FOUND:
        return None
    return Cron(crontab=CrontabProgram(run, paths.locks), paths=paths, daemon="no daemon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """This user's crontab, with a daemon that reads it."""

    crontab: CrontabProgram
    paths: Paths
    daemon: str

    @property
    def name(self) -> str:
        """Its name."""
        return NAME

    @property
    def scope(self) -> Scope:
        """Whose crontab it is."""
        return "user"

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"cron ({self.daemon} runs), user scope"

    @property
    def units(self) -> Path:
        """Where its lines lie; which file that is, is the crontab program's own business."""
        return Path("crontab")

    @property
    def stamps(self) -> Path | None:
        """It keeps nothing."""
        return None

    @property
    def root(self) -> Path | None:
        """It is this machine's own."""
        return None

    @property
    def seed(self) -> str:
        """What tells this machine and its user from others."""
        return host_seed()

    @property
    def may_change(self) -> bool:
        """A crontab is its user's to change."""
        return True

    @property
    def knows_years(self) -> bool:
        """Its lines have months and weekdays, and no years."""
        return False

    @property
    def fires_alone(self) -> bool:
        """It needs nobody to be logged in."""
        return True

    def program(self, paths: Paths) -> Path:
        """Give the program of this machine."""
        return find_program(paths, sys.argv[0])

    def files(self, jobs: Sequence[Job], paths: Paths, program: Path) -> tuple[File, ...]:
        """Give the lines of our region."""
        return lines_of(jobs, paths, program)

    def proofs(
        self,
        jobs: Sequence[Job],  # noqa: ARG002 - as every scheduler
        paths: Paths,  # noqa: ARG002
        program: Path,  # noqa: ARG002
        asked: str,
        *,
        known: Mapping[str, Proof],  # noqa: ARG002
        prove: bool,  # noqa: ARG002
    ) -> dict[str, Proof]:
        """Give no level: cron has no sandbox for jobs.

        Raises ConfigurationError where the strong one was asked for.
        """
        if asked == "strong":
            raise ConfigurationError(
                "cron has no sandbox for jobs; nothing was changed",
                hint="footprint-timers install --sandbox auto",
            )
        return {}

    def make_plan(self, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone) -> Plan:
        """Compare what is wanted with our region. Raises ConfigurationError for half a region."""
        region = crontab.find(self.crontab.read() or "")
        changes = tuple(plan.change_of(file, region.text if region else None) for file in wanted)
        if region is not None and not wanted:
            changes = (Remove(render.CRONTAB, region.text),)
        names = [job.name for job in jobs]
        found = self.read_status(names)
        fresh = [job for job in jobs if job.leaves_row and not found[job.name].installed]
        return Plan(
            changes=changes,
            found=found,
            # The lines stand and fall together.
            touched=frozenset(names if plan.paths(changes) else ()),
            due=tuple(job.name for job in fresh if _is_due(job, last_done)),
        )

    def apply(self, wanted: Plan) -> None:
        """Carry a plan out; when a step fails, the crontab is put back as it was.

        Raises FootprintError, also when our region is not as it was when the plan was made.
        """
        if wanted.is_empty:
            return
        with self.crontab.locked():
            before = self.crontab.read()
            region = crontab.find(before or "")
            for change in wanted.changes:
                if change.old != (region.text if region else None):
                    raise FootprintError(
                        "the crontab was changed meanwhile, and stays as it is",
                        hint="run the command again",
                    )
                self._bring(before, change)

    def _bring(self, before: str | None, change: Change) -> None:
        match change:
            case Write(_, _, new):
                self.crontab.replace(before, crontab.put(before, new))
            case Remove():
                self.crontab.restore(before, crontab.taken_out(before or ""))
            case Keep():
                pass

    def read_status(self, names: Sequence[str]) -> dict[str, TimerStatus]:
        """Say how each job's line stands; there is nothing that a daemon would have to load."""
        region = crontab.find(self.crontab.read() or "")
        lines = cron_lines.read_jobs(region.text) if region else {}
        return {name: _status(lines.get(name)) for name in names}

    def start(self, job_name: str) -> Completed:
        """Start a job as its line does, without waiting for its end."""
        program = find_program(self.paths, sys.argv[0])
        return process.launch([str(program), "run", job_name], seconds=0.1)

    def starting(self, job_name: str) -> str:
        """Give the command that does what a job's line does."""
        return f"footprint-job run {job_name}"

    def outlive_login(self) -> Linger:
        """Do nothing: cron needs nobody to be logged in."""
        return Linger(on=True)

    def keeping_lines(self, file: str) -> str:  # noqa: ARG002 - as every scheduler
        """Name the rest of the crontab."""
        return "keep your lines outside of ours (crontab -e), then: "

    def restoring(self, kept: Path) -> str:
        """Give the command; only a person can say which of the lines are to come back."""
        return f"crontab -e, with the lines of {shlex.quote(str(kept / render.CRONTAB))}"


def lines_of(jobs: Sequence[Job], paths: Paths, program: Path) -> tuple[File, ...]:
    """Give the lines of our region, as one file; nothing for no job."""
    if not jobs:
        return ()
    # cron starts things with next to no variables.
    environment = catalogue.unit_environment(paths, os.environ, {})
    return (render.crontab_file(jobs, program, environment),)


def _status(fields: str | None) -> TimerStatus:
    if fields is None:
        return NOT_THERE
    due = cron_lines.next_firing(fields, utc_now())
    there = replace(NOT_THERE, installed=True, enabled=True, loaded=True)
    return replace(there, next_due=due)


def _is_due(job: Job, last_done: LastDone) -> bool:
    done = last_done(job.name)
    return done is None or utc_now() >= overdue_from(done, job.slot.interval_days)
