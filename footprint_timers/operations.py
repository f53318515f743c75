"""Install, plan and uninstall as a person asks for them: what is gathered, refused, done, told."""

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic

from digital_footprint.clock import utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory
from digital_footprint.scheduler.due import last_done
from digital_footprint.scheduler.locks import patient_lock
from footprint_timers import (
    catalogue,
    failures,
    guards,
    installation,
    levels,
    linger,
    moving,
    places,
    plan,
    render,
)
from footprint_timers.installation import Installation
from footprint_timers.model import Job, Proof, TimerStatus, service_of, timer_of
from footprint_timers.schedulers.scheduler import AnyPlan, Scheduler

INSTALLING_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Generic[AnyPlan]):
    """What is wanted on this machine, and the plan that leads there."""

    jobs: tuple[Job, ...]
    program: str
    plan: AnyPlan
    sandbox: str = "auto"
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    def drifted(self) -> tuple[str, ...]:
        """Give the jobs that are not as they should be."""
        units = plan.paths(self.plan.changes)
        touched = set(self.plan.touched)
        if render.NOTIFY in units:
            touched |= {job.name for job in self.jobs}
        return tuple(
            job.name for job in self.jobs if job.name in touched or service_of(job.name) in units
        )


def alone(paths: Paths) -> AbstractContextManager[None]:
    """Keep a second installation out: each would put back what the other has just loaded.

    Raises TemporaryError where one takes its time.
    """
    return patient_lock(make_directory(paths.locks), "install", INSTALLING_SECONDS)


def wish(
    db: Database,
    config: Config,
    scheduler: Scheduler[AnyPlan],
    *,
    sandbox: str | None = None,
    prove: bool = False,
    anew: bool = False,
) -> Wish[AnyPlan]:
    """Work out what an installation would do; nothing is changed.

    `sandbox`: the level asked for, None for that of the last time. `prove`: start a probe where no
    proof is known; else each job keeps the level that it has. `anew`: believe no older proof.
    """
    jobs = catalogue.wanted_jobs(config, scheduler.seed)
    if not scheduler.knows_years:
        jobs = catalogue.without_years(jobs)
    program = scheduler.program(config.paths)
    before = installation.read(config.paths)
    choice = sandbox or (before.sandbox if before else "auto")
    # Who asks for another level asks what this machine can do now.
    still_asked = before is not None and not anew and choice == before.sandbox
    known = before.proofs if before is not None and still_asked else {}
    proofs = scheduler.proofs(jobs, config.paths, program, choice, known=known, prove=prove)
    jobs = levels.with_levels(jobs, proofs)
    files = scheduler.files(jobs, config.paths, program)
    made = scheduler.make_plan(jobs, files, partial(last_done, db))
    return Wish(jobs=jobs, program=str(program), plan=made, sandbox=choice, proofs=proofs)


def rescheduled(wanted: Wish[Any]) -> tuple[Job, ...]:
    """Give the jobs whose timers are about to be written."""
    written = plan.paths(wanted.plan.changes)
    return tuple(job for job in wanted.jobs if timer_of(job.name) in written)


def install(
    paths: Paths,
    scheduler: Scheduler[AnyPlan],
    wanted: Wish[AnyPlan],
    *,
    abandoned: moving.Abandoned | None = None,
) -> Installation:
    """Carry the plan out and record it; a step that fails puts everything back.

    `abandoned`: what goes with it, because another scheduler has the timers from now on.
    """
    before = installation.read(paths)
    # Of what leaves no row none can be missed.
    slots = {job.name: job.slot for job in wanted.jobs if job.leaves_row}
    after = replace(
        installation.with_slots(_at(scheduler, before), slots, utc_now()),
        sandbox=wanted.sandbox,
        proofs=wanted.proofs,
    )
    meanwhile = after
    if abandoned is not None:
        place = (abandoned.scheduler.name, abandoned.scheduler.scope)
        meanwhile, after = replace(after, leaving=place), replace(after, leaving=None)
    _recorded(paths, before, meanwhile, lambda: moving.move_in(scheduler, wanted.plan, abandoned))
    installation.write(paths, after)
    if abandoned is not None and abandoned.scheduler.name != scheduler.name:
        _forget_notices(paths)
    return after


def install_proved_anew(db: Database, config: Config, scheduler: Scheduler[Any]) -> None:
    """Probe every job's protection again, and install what is proved now.

    Raises ConfigurationError for units that were edited by hand.
    """
    wanted = wish(db, config, scheduler, prove=True, anew=True)
    guards.refuse_edited(wanted.plan, scheduler, "install")
    install(config.paths, scheduler, wanted)


def settle_linger(
    paths: Paths, scheduler: Scheduler[Any], installed: Installation
) -> linger.Linger:
    """Turn linger on where it is off and allowed, and record that it was us."""
    found = scheduler.outlive_login()
    if found.by_us:
        installation.write(paths, replace(installed, linger_by_us=True))
    return found


def uninstall(
    paths: Paths,
    scheduler: Scheduler[AnyPlan],
    wanted: AnyPlan,
    *,
    abandoned: moving.Abandoned | None = None,
) -> None:
    """Remove timers, services, links, stamps, notices and the record of the installation.

    What another scheduler has stays, and so does what is recorded of it; `abandoned`: what a move
    that was killed has left with it, and goes too.
    """
    refuse_kept_record(paths)
    if abandoned is not None:
        abandoned.scheduler.apply(abandoned.plan)
    scheduler.apply(wanted)
    recorded = installation.read(paths)
    if recorded is None or moving.is_of(recorded, scheduler):
        _forget_notices(paths)
        for name in _job_notes(paths):
            (paths.locks / name).unlink(missing_ok=True)
        installation.remove(paths)


def refuse_kept_record(paths: Paths) -> None:
    """Raise ConfigurationError where the record could not be removed with the timers."""
    if installation.file_of(paths).exists() and not os.access(paths.state, os.W_OK | os.X_OK):
        raise ConfigurationError(
            f"{paths.state} cannot be written, where the installation is recorded; nothing was"
            " changed",
            hint=f"make it writable: chmod u+wx {paths.state}",
        )


def timers_after(scheduler: Scheduler[AnyPlan], wanted: Wish[AnyPlan]) -> Mapping[str, TimerStatus]:
    """Give each job's timer as it stands now; where nothing was changed, as it was found."""
    if wanted.plan.is_empty:
        return wanted.plan.found
    return scheduler.read_status([job.name for job in wanted.jobs])


def _at(scheduler: Scheduler[Any], before: Installation | None) -> Installation:
    """Give the record of what is installed with a scheduler, with the history that it has."""
    root = scheduler.root
    fresh = Installation(
        backend=scheduler.name,
        scope=scheduler.scope,
        units=str(places.inside(root, scheduler.units)),
        stamps=str(places.inside(root, scheduler.stamps)) if scheduler.stamps else "",
    )
    if before is None:
        return fresh
    return replace(
        before, backend=fresh.backend, scope=fresh.scope, units=fresh.units, stamps=fresh.stamps
    )


def _recorded(
    paths: Paths, before: Installation | None, after: Installation, step: Callable[[], None]
) -> None:
    """Write the record, do the step, and put the record back when the step fails."""
    installation.write(paths, after)
    try:
        step()
    except BaseException:
        if before is None:
            installation.remove(paths)
        else:
            installation.write(paths, before)
        raise


def _forget_notices(paths: Paths) -> None:
    """Drop what the handler of failures has left: no other scheduler has one."""
    for failure in failures.read(paths):
        failures.clear(paths, failure.job)
    if failures.directory(paths).is_dir() and not any(failures.directory(paths).iterdir()):
        failures.directory(paths).rmdir()


def _job_notes(paths: Paths) -> list[str]:
    if not paths.locks.is_dir():
        return []
    return [path.name for path in paths.locks.iterdir() if path.suffix == ".activation"]
