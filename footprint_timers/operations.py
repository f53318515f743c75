"""Install, plan and uninstall as a person asks for them: what is gathered, refused, done, told."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory, unwritable
from digital_footprint.process import Runner
from digital_footprint.scheduler.runner import last_done
from footprint_timers import catalogue, failures, installation, levels, linger, plan, probe, render
from footprint_timers.installation import Installation
from footprint_timers.manager import Manager
from footprint_timers.model import Job, Proof, TimerStatus, Write, service_of, timer_of
from footprint_timers.program import find_program
from footprint_timers.schedulers import systemd, systemd_apply
from footprint_timers.slots import host_seed


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
    jobs = catalogue.wanted_jobs(config, host_seed())
    program = find_program(config.paths, sys.argv[0])
    host = catalogue.host_of(
        config.paths,
        program,
        os.environ,
        manager_environment=manager.environment,
        version=manager.version,
        stamps=manager.stamps,
    )
    before = installation.read(config.paths)
    choice = sandbox or (before.sandbox if before else "auto")
    known = before.proofs if before and not anew else {}
    if prove:
        probing = partial(probe.prove, manager, host=host)
        proofs = levels.settle(manager, jobs, host, choice, known=known, prove=probing)
    else:
        proofs = levels.remembered(jobs, choice, known=known)
    jobs = levels.with_levels(jobs, proofs)
    files = render.systemd_files(jobs, host)
    made = systemd.make_plan(manager, jobs, files, partial(last_done, db))
    return Wish(jobs=jobs, program=str(program), plan=made, sandbox=choice, proofs=proofs)


def rescheduled(wanted: Wish) -> tuple[Job, ...]:
    """Give the jobs whose timers are about to be written."""
    written = plan.paths(wanted.plan.changes)
    return tuple(job for job in wanted.jobs if timer_of(job.name) in written)


def refuse_edited(wanted: systemd.Plan, units: str, command: str) -> None:
    """Raise ConfigurationError when a file that a person has made or changed would be lost."""
    if names := plan.edited(wanted.changes):
        raise ConfigurationError(
            f"{', '.join(names)} in {units} was edited by hand; nothing was changed",
            hint=(
                f"keep your lines in a drop-in (systemctl --user edit {names[0]}),"
                f" then: footprint-timers {command} --force, which keeps a copy of the file"
            ),
        )


def back_up(paths: Paths, units: Path, wanted: systemd.Plan) -> Path | None:
    """Copy what a person has made or changed and --force is about to overwrite; say where to."""
    names = plan.edited(wanted.changes)
    if not names:
        return None
    place = make_directory(paths.state / "replaced" / f"{utc_now():%Y-%m-%dT%H-%M-%SZ}")
    try:
        for name in names:
            shutil.copy2(units / name, place / name, follow_symlinks=False)
    except OSError as error:
        raise unwritable(place, error) from None
    return place


def refuse_other_home(wanted: systemd.Plan) -> None:
    """Raise ConfigurationError when the timers that stand there work in another home."""
    for change in wanted.changes:
        match change:
            case Write(path, str(old), new) if path.endswith(".service") and _home(old) != _home(
                new
            ):
                raise ConfigurationError(
                    f"the installed timers work with {_home(old) or 'no FOOTPRINT_HOME'},"
                    f" this shell with {_home(new) or 'no FOOTPRINT_HOME'}; nothing was changed",
                    hint="set FOOTPRINT_HOME as it was, or move the timers here: "
                    "footprint-timers install --force",
                )


def _home(unit: str) -> str:
    return next((line for line in unit.splitlines() if "FOOTPRINT_HOME=" in line), "")


def install(paths: Paths, manager: Manager, wanted: Wish) -> Installation:
    """Carry the plan out and record it; a step that fails puts everything back."""
    before = installation.read(paths)
    base = before or Installation(
        backend=systemd.NAME,
        scope=systemd.SCOPE,
        units=str(manager.units),
        stamps=str(manager.stamps),
    )
    # Of what leaves no row none can be missed.
    slots = {job.name: job.slot for job in wanted.jobs if job.leaves_row}
    after = replace(
        installation.with_slots(base, slots, utc_now()),
        sandbox=wanted.sandbox,
        proofs=wanted.proofs,
    )
    _recorded(paths, before, after, lambda: systemd_apply.apply(manager, wanted.plan))
    return after


def install_proved_anew(db: Database, config: Config, manager: Manager) -> None:
    """Probe every job's protection again, and install what is proved now.

    Raises ConfigurationError for units that were edited by hand.
    """
    wanted = wish(db, config, manager, prove=True, anew=True)
    refuse_edited(wanted.plan, str(manager.units), "install")
    install(config.paths, manager, wanted)


def settle_linger(paths: Paths, run: Runner, installed: Installation) -> linger.Linger:
    """Turn linger on where it is off and allowed, and record that it was us."""
    found = linger.turn_on(run)
    if found.by_us:
        installation.write(paths, replace(installed, linger_by_us=True))
    return found


def plan_removal(manager: Manager) -> systemd.Plan:
    """Work out what an uninstallation would do; nothing is changed."""
    return systemd.make_plan(manager, (), (), lambda _name: None)


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
