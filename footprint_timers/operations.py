"""Install, plan and uninstall as a person asks for them: what is gathered, refused, done, told."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from digital_footprint.clock import utc_now
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.process import Runner
from digital_footprint.scheduler.runner import last_done
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
    probe,
    render,
)
from footprint_timers.installation import Installation
from footprint_timers.manager import Manager
from footprint_timers.model import (
    File,
    Job,
    Level,
    Proof,
    TimerStatus,
    service_of,
    timer_of,
)
from footprint_timers.program import find_program
from footprint_timers.schedulers import systemd, systemd_apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted on this machine, and the plan that leads there."""

    jobs: tuple[Job, ...]
    program: str
    plan: systemd.Plan
    sandbox: str = "auto"
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    def drifted(self) -> tuple[str, ...]:
        """Give the jobs that are not as they should be."""
        units = plan.paths(self.plan.changes)
        touched = {*self.plan.start, *self.plan.enable}
        if render.NOTIFY in units:
            touched |= {job.name for job in self.jobs}
        return tuple(
            job.name for job in self.jobs if job.name in touched or service_of(job.name) in units
        )


def wish(
    db: Database,
    config: Config,
    manager: Manager,
    *,
    sandbox: str | None = None,
    prove: bool = False,
    anew: bool = False,
) -> Wish:
    """Work out what an installation would do; nothing is changed.

    `sandbox`: the level asked for, None for that of the last time. `prove`: start a probe where no
    proof is known; else each job keeps the level that it has. `anew`: believe no older proof.
    """
    jobs = catalogue.wanted_jobs(config, places.seed_of(manager))
    program = places.program_of(manager, config.paths)
    host = places.host_of(config.paths, manager, program)
    before = installation.read(config.paths)
    choice = sandbox or (before.sandbox if before else "auto")
    known = before.proofs if before and not anew else {}
    if prove and manager.root is None and manager.may_change:
        probing = partial(probe.prove, manager, host=host)
        proofs = levels.settle(manager, jobs, host, choice, known=known, prove=probing)
    else:
        proofs = levels.remembered(jobs, choice, known=known)
    jobs = levels.with_levels(jobs, proofs)
    files = render.systemd_files(jobs, host)
    made = systemd.make_plan(manager, jobs, files, partial(last_done, db))
    return Wish(jobs=jobs, program=str(program), plan=made, sandbox=choice, proofs=proofs)


def rendered(paths: Paths, manager: Manager, level: Level) -> tuple[File, ...]:
    """Give the units as they would be written, without asking anybody."""
    jobs = catalogue.wanted_jobs(load_config(paths), places.seed_of(manager))
    host = places.host_of(paths, manager, find_program(paths, sys.argv[0]))
    return render.systemd_files([replace(job, sandbox=level) for job in jobs], host)


def rescheduled(wanted: Wish) -> tuple[Job, ...]:
    """Give the jobs whose timers are about to be written."""
    written = plan.paths(wanted.plan.changes)
    return tuple(job for job in wanted.jobs if timer_of(job.name) in written)


def install(
    paths: Paths, manager: Manager, wanted: Wish, *, abandoned: moving.Abandoned | None = None
) -> Installation:
    """Carry the plan out and record it; a step that fails puts everything back.

    `abandoned`: what goes with it, because another manager has the timers from now on.
    """
    before = installation.read(paths)
    base = _at(manager, before)
    # Of what leaves no row none can be missed.
    slots = {job.name: job.slot for job in wanted.jobs if job.leaves_row}
    after = replace(
        installation.with_slots(base, slots, utc_now()),
        sandbox=wanted.sandbox,
        proofs=wanted.proofs,
    )
    _recorded(paths, before, after, lambda: moving.move_in(manager, wanted.plan, abandoned))
    return after


def install_proved_anew(db: Database, config: Config, manager: Manager) -> None:
    """Probe every job's protection again, and install what is proved now.

    Raises ConfigurationError for units that were edited by hand.
    """
    wanted = wish(db, config, manager, prove=True, anew=True)
    guards.refuse_edited(wanted.plan, manager, "install")
    install(config.paths, manager, wanted)


def settle_linger(
    paths: Paths, run: Runner, installed: Installation, manager: Manager
) -> linger.Linger:
    """Turn linger on where it is off and allowed, and record that it was us.

    Timers of the system need none; in a tree of files there is nobody to be asked for it.
    """
    if manager.scope == "system":
        return linger.Linger(on=linger.is_on())
    if manager.root is not None:
        return linger.offline(manager.root, manager.person)
    found = linger.turn_on(run)
    if found.by_us:
        installation.write(paths, replace(installed, linger_by_us=True))
    return found


def uninstall(paths: Paths, manager: Manager, wanted: systemd.Plan) -> None:
    """Remove timers, services, links, stamps, notices and the record of the installation."""
    systemd_apply.apply(manager, wanted)
    for failure in failures.read(paths):
        failures.clear(paths, failure.job)
    if failures.directory(paths).is_dir() and not any(failures.directory(paths).iterdir()):
        failures.directory(paths).rmdir()
    for name in _job_notes(paths):
        (paths.locks / name).unlink(missing_ok=True)
    installation.remove(paths)


def timers_after(manager: Manager, wanted: Wish) -> Mapping[str, TimerStatus]:
    """Give each job's timer as it stands now; where nothing was changed, as it was found."""
    if wanted.plan.is_empty:
        return wanted.plan.found
    return systemd.read_status(manager, [job.name for job in wanted.jobs])


def _at(manager: Manager, before: Installation | None) -> Installation:
    """Give the record of what is installed with a manager, with the history that it has."""
    fresh = Installation(
        backend=systemd.NAME,
        scope=manager.scope,
        units=str(manager.inside(manager.units)),
        stamps=str(manager.inside(manager.stamps)),
    )
    if before is None:
        return fresh
    return replace(before, scope=fresh.scope, units=fresh.units, stamps=fresh.stamps)


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
