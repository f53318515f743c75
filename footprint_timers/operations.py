"""Install, plan and uninstall as a person asks for them: what is gathered, refused, done, told."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic

from digital_footprint.clock import utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory, open_privately, unwritable
from digital_footprint.scheduler.locks import patient_lock
from digital_footprint.scheduler.runner import last_done
from footprint_timers import (
    catalogue,
    crontab,
    failures,
    installation,
    levels,
    linger,
    plan,
    render,
)
from footprint_timers.installation import Installation
from footprint_timers.model import Job, Proof, Remove, TimerStatus, Write, service_of, timer_of
from footprint_timers.program import find_program
from footprint_timers.schedulers.scheduler import AnyPlan, Plan, Scheduler
from footprint_timers.slots import host_seed

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
    jobs = catalogue.wanted_jobs(config, host_seed())
    if not scheduler.knows_years:
        jobs = catalogue.without_years(jobs)
    program = find_program(config.paths, sys.argv[0])
    before = installation.read(config.paths)
    choice = sandbox or (before.sandbox if before else "auto")
    known = before.proofs if before and not anew else {}
    proofs = scheduler.proofs(jobs, config.paths, program, choice, known=known, prove=prove)
    jobs = levels.with_levels(jobs, proofs)
    files = scheduler.files(jobs, config.paths, program)
    made = scheduler.make_plan(jobs, files, partial(last_done, db))
    return Wish(jobs=jobs, program=str(program), plan=made, sandbox=choice, proofs=proofs)


def rescheduled(wanted: Wish[Any]) -> tuple[Job, ...]:
    """Give the jobs whose timers are about to be written."""
    written = plan.paths(wanted.plan.changes)
    return tuple(job for job in wanted.jobs if timer_of(job.name) in written)


def refuse_edited(wanted: Plan, units: str, command: str) -> None:
    """Raise ConfigurationError when a file that a person has made or changed would be lost."""
    if names := plan.edited(wanted.changes):
        raise ConfigurationError(
            f"{', '.join(names)} in {units} was edited by hand; nothing was changed",
            hint=f"{_own_lines(names[0])}footprint-timers {command} --force,"
            " which keeps a copy of the file",
        )


def _own_lines(name: str) -> str:
    """Say where a person's own lines survive, where there is such a place."""
    if name == render.CRONTAB:
        return "keep your lines outside of ours (crontab -e), then: "
    if not name.endswith((".service", ".timer")):
        return ""
    return f"keep your lines in a drop-in (systemctl --user edit {name}), then: "


def refuse_other_scheduler(paths: Paths, scheduler: Scheduler[Any]) -> None:
    """Raise ConfigurationError when another scheduler has the jobs: they would run twice."""
    recorded = installation.read(paths)
    if recorded and (recorded.backend, recorded.scope) != (scheduler.name, scheduler.scope):
        raise ConfigurationError(
            f"the jobs are installed with {recorded.backend}, {recorded.scope} scope;"
            " nothing was changed",
            hint=f"first: footprint-timers uninstall --backend {recorded.backend}"
            f" --scope {recorded.scope}",
        )


def back_up(paths: Paths, units: Path, wanted: Plan) -> Path | None:
    """Copy what a person has made or changed and --force is about to overwrite; say where to."""
    names = plan.edited(wanted.changes)
    if not names:
        return None
    place = make_directory(paths.state / "replaced" / f"{utc_now():%Y-%m-%dT%H-%M-%SZ}")
    try:
        for name in names:
            if name == render.CRONTAB:
                _keep_lines(place / name, wanted)
            else:
                shutil.copy2(units / name, place / name, follow_symlinks=False)
    except OSError as error:
        raise unwritable(place, error) from None
    return place


def _keep_lines(file: Path, wanted: Plan) -> None:
    """Keep our lines of a crontab as they stood there: no file of their own has them."""
    for change in wanted.changes:
        if isinstance(change, (Write, Remove)):
            with os.fdopen(open_privately(file, os.O_WRONLY), "wb") as kept:
                kept.write(crontab.encoded(change.old or ""))


def refuse_other_home(wanted: Plan) -> None:
    """Raise ConfigurationError when the timers that stand there work in another home."""
    for change in wanted.changes:
        match change:
            case Write(_, str(old), new) if _home(old) != _home(new):
                raise ConfigurationError(
                    f"the installed timers work with {_home(old) or 'no FOOTPRINT_HOME'},"
                    f" this shell with {_home(new) or 'no FOOTPRINT_HOME'}; nothing was changed",
                    hint="set FOOTPRINT_HOME as it was, or move the timers here: "
                    "footprint-timers install --force",
                )


def _home(unit: str) -> str:
    return next((line for line in unit.splitlines() if _names_home(line)), "").strip()


def _names_home(line: str) -> bool:
    return "FOOTPRINT_HOME=" in line or "<key>FOOTPRINT_HOME</key>" in line


def install(paths: Paths, scheduler: Scheduler[AnyPlan], wanted: Wish[AnyPlan]) -> Installation:
    """Carry the plan out and record it; a step that fails puts everything back."""
    before = installation.read(paths)
    base = before or Installation(
        backend=scheduler.name,
        scope=scheduler.scope,
        units=str(scheduler.units),
        stamps=str(scheduler.stamps or ""),
    )
    # Of what leaves no row none can be missed.
    slots = {job.name: job.slot for job in wanted.jobs if job.leaves_row}
    after = replace(
        installation.with_slots(base, slots, utc_now()),
        sandbox=wanted.sandbox,
        proofs=wanted.proofs,
    )
    _recorded(paths, before, after, lambda: scheduler.apply(wanted.plan))
    return after


def install_proved_anew(db: Database, config: Config, scheduler: Scheduler[Any]) -> None:
    """Probe every job's protection again, and install what is proved now.

    Raises ConfigurationError for units that were edited by hand.
    """
    wanted = wish(db, config, scheduler, prove=True, anew=True)
    refuse_edited(wanted.plan, str(scheduler.units), "install")
    install(config.paths, scheduler, wanted)


def settle_linger(
    paths: Paths, scheduler: Scheduler[Any], installed: Installation
) -> linger.Linger:
    """Turn linger on where it is off and allowed, and record that it was us."""
    found = scheduler.outlive_login()
    if found.by_us:
        installation.write(paths, replace(installed, linger_by_us=True))
    return found


def plan_removal(scheduler: Scheduler[AnyPlan]) -> AnyPlan:
    """Work out what an uninstallation would do; nothing is changed."""
    return scheduler.make_plan((), (), lambda _name: None)


def uninstall(paths: Paths, scheduler: Scheduler[AnyPlan], wanted: AnyPlan) -> None:
    """Remove timers, services, links, stamps, notices and the record of the installation."""
    scheduler.apply(wanted)
    for failure in failures.read(paths):
        failures.clear(paths, failure.job)
    if failures.directory(paths).is_dir() and not any(failures.directory(paths).iterdir()):
        failures.directory(paths).rmdir()
    for name in _job_notes(paths):
        (paths.locks / name).unlink(missing_ok=True)
    installation.remove(paths)


def timers_after(scheduler: Scheduler[AnyPlan], wanted: Wish[AnyPlan]) -> Mapping[str, TimerStatus]:
    """Give each job's timer as it stands now; where nothing was changed, as it was found."""
    if wanted.plan.is_empty:
        return wanted.plan.found
    return scheduler.read_status([job.name for job in wanted.jobs])


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


def _job_notes(paths: Paths) -> list[str]:
    if not paths.locks.is_dir():
        return []
    return [path.name for path in paths.locks.iterdir() if path.suffix == ".activation"]
