"""`footprint-timers`: hands the jobs to the operating system, and shows how they stand there."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from digital_footprint import process
from digital_footprint.clock import utc_now
from digital_footprint.command_line import (
    EXIT_CODES,
    Group,
    confirm,
    json_option,
    main_of,
    open_home,
    version_option,
    yes_option,
)
from digital_footprint.config import load_config, resolve_paths
from digital_footprint.errors import FootprintError, NoSchedulerError
from digital_footprint.files import make_directory, write_privately
from digital_footprint.output import Result, emit, say
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.scheduler.runner import get_schedule_status, require_job
from footprint_timers import (
    agreement,
    audit,
    catalogue,
    causes,
    doctor,
    explanation,
    failures,
    guards,
    installation,
    linger,
    moving,
    operations,
    plan,
    schedule,
    view,
)
from footprint_timers.model import TimerStatus
from footprint_timers.options import site_options
from footprint_timers.program import refuse_passing
from footprint_timers.sandbox import CHOICES, level_without_probe
from footprint_timers.schedulers import BACKENDS, systemd
from footprint_timers.site import Asked, Site, settled
from footprint_timers.slots import host_seed

Function = TypeVar("Function", bound=Callable[..., Any])


def backend_option(function: Function) -> Function:
    """Add --backend to a command."""
    kinds = click.Choice(BACKENDS)
    return click.option("--backend", type=kinds, default="auto", show_default=True)(function)


def force_option(function: Function) -> Function:
    """Add --force to a command."""
    text = "Overwrite or remove files that were edited by hand; a copy is kept."
    return click.option("--force", is_flag=True, help=text)(function)


def sandbox_option(function: Function) -> Function:
    """Add --sandbox to a command."""
    text = "How far jobs are locked in; auto: as far as a probe proves. Kept for the next time."
    return click.option("--sandbox", type=click.Choice(CHOICES), help=text)(function)


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def footprint_timers() -> None:
    """Hand the jobs to the operating system, and see how they stand there.

    On Linux they are systemd user timers: systemctl --user list-timers 'footprint-*'
    """


@footprint_timers.command()
@backend_option
@site_options
@yes_option
@force_option
@sandbox_option
@json_option
def install(
    backend: str, asked: Asked, *, yes: bool, force: bool, sandbox: str | None, as_json: bool
) -> None:
    """Bring the timers to what the configuration says; done twice, the second changes nothing.

    Timers of the system run for --user NAME without a login: sudo, and --scope system.
    """
    with settled(asked) as site, open_home(site.paths) as home:
        manager = site.manager(process.run, backend)
        abandoned = moving.abandoned(site, process.run)
        wanted = operations.wish(home.db, home.config(), manager, sandbox=sandbox, prove=True)
        if not wanted.plan.is_empty or abandoned:
            site.refuse_without_rights(manager, "install")
        refuse_passing(Path(wanted.program))
        agreement.refuse_disagreement(process.run, operations.rescheduled(wanted), utc_now())
        if not force:
            guards.refuse_edited(wanted.plan, manager, "install")
            guards.refuse_other_home(wanted.plan)
        guards.refuse_other_person(wanted.plan, site.person.name)
        if wanted.plan.surprises and sys.stdin.isatty():
            confirm(f"This starts {', '.join(wanted.plan.surprises)} at once. Go on?", yes=yes)
        backup = guards.back_up(home.paths, manager.units, wanted.plan)
        installed = operations.install(home.paths, manager, wanted, abandoned=abandoned)
        found = operations.settle_linger(home.paths, process.run, installed, manager)
        timers = operations.timers_after(manager, wanted)
        if found.advice:
            say(found.advice)
        due = {name: timer.next_due for name, timer in timers.items()}
        shown = view.of_installation(wanted, manager, linger=found.on, due=due, abandoned=abandoned)
        emit(view.with_backup(shown, backup, manager), as_json=as_json)


@footprint_timers.command()
@backend_option
@site_options
@yes_option
@force_option
@json_option
def uninstall(backend: str, asked: Asked, *, yes: bool, force: bool, as_json: bool) -> None:
    """Remove the timers and all that belongs to them; the data stays."""
    with settled(asked) as site:
        _uninstall(site, backend, yes=yes, force=force, as_json=as_json)


def _uninstall(site: Site, backend: str, *, yes: bool, force: bool, as_json: bool) -> None:
    recorded = installation.read(site.paths)
    try:
        manager = site.manager(process.run, backend)
    except NoSchedulerError:
        if recorded is not None:
            raise
        document: dict[str, object] = {"removed": [], "linger_undo": None, "backup": None}
        emit(Result(document, ("nothing is installed",)), as_json=as_json)
        return
    site.refuse_without_rights(manager, "uninstall")
    wanted = moving.plan_removal(manager)
    guards.refuse_other_person(wanted, site.person.name)
    if not force:
        guards.refuse_edited(wanted, manager, "uninstall")
    if not wanted.is_empty and sys.stdin.isatty():
        confirm(f"Remove {', '.join(plan.paths(wanted.changes))}?", yes=yes)
    backup = guards.back_up(site.paths, manager.units, wanted)
    operations.uninstall(site.paths, manager, wanted)
    undo = linger.undo_command() if recorded and recorded.linger_by_us else None
    shown = view.of_removal(wanted, undo)
    emit(view.with_backup(shown, backup, manager), as_json=as_json)


@footprint_timers.command("plan")
@click.option("--check", is_flag=True, help="Exit with 1 when something would be changed.")
@backend_option
@site_options
@sandbox_option
@json_option
def plan_(backend: str, asked: Asked, *, check: bool, sandbox: str | None, as_json: bool) -> int:
    """Show what install would change, as a diff, and whether it starts a job.

    Where no proof of a sandbox is known, units of a probe are started and leave nothing behind.
    """
    with settled(asked) as site, open_home(site.paths) as home:
        manager = site.manager(process.run, backend)
        wanted = operations.wish(home.db, home.config(), manager, sandbox=sandbox, prove=True)
        emit(view.of_plan(wanted, manager, moving.abandoned(site, process.run)), as_json=as_json)
    return 1 if check and not wanted.plan.is_empty else 0


@footprint_timers.command("status")
@backend_option
@site_options
@json_option
def status_(backend: str, asked: Asked, *, as_json: bool) -> None:
    """Show how each job stands; whatever it finds, the exit code is 0."""
    with settled(asked) as site, open_home(site.paths) as home:
        reach = partial(site.manager, process.run, backend)
        found, trouble = schedule.read_schedule(home.db, home.config(), process.run, reach)
        if trouble:
            say(trouble)
        emit(view.of_status(found), as_json=as_json)


@footprint_timers.command("audit")
@backend_option
@site_options
@json_option
def audit_(backend: str, asked: Asked, *, as_json: bool) -> int:
    """Compare the firings due since installation with the recorded runs; 1 when one is missing."""
    with settled(asked) as site, open_home(site.paths) as home:
        installed = installation.read(home.paths)
        timers = _timers(site, backend)
        why = causes.explainer(process.run, failures.read(home.paths), timers, scope=site.scope)
        audits = audit.audit_jobs(home.db, installed.jobs, why) if installed else ()
        jobs = get_schedule_status(home.db, home.config())["jobs"]
        late = [job["name"] for job in jobs if job["late"] and job["enabled"]]
        emit(view.of_audit(audits, late), as_json=as_json)
    return 1 if late or any(one.missed for one in audits) else 0


def _timers(site: Site, backend: str) -> Mapping[str, TimerStatus] | None:
    """Ask how the timers stand now; None where no scheduler answers, which stops no audit."""
    try:
        return systemd.read_status(site.manager(process.run, backend), list(JOBS))
    except FootprintError:
        return None


@footprint_timers.command()
@click.argument("job", required=False)
@json_option
def explain(job: str | None, *, as_json: bool) -> None:
    """Show when the jobs fire under each scheduler: calendar, next firings, true gaps."""
    if job is not None:
        require_job(job)
    jobs = catalogue.all_jobs(load_config(resolve_paths()), host_seed())
    shown = [one for one in jobs if job in (None, one.name)]
    emit(explanation.of_jobs(shown, utc_now()), as_json=as_json)


@footprint_timers.command("doctor")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, then look again.")
@backend_option
@site_options
@json_option
def doctor_(backend: str, asked: Asked, *, fix: bool, as_json: bool) -> int:
    """Start what a timed run depends on, and say what is wrong and what mends it.

    The exit code is 1 when anything is wrong.
    """
    with settled(asked) as site:
        site.refuse_doctor()
        with open_home(site.paths) as home:
            config = home.config()
            findings = doctor.examine(home.db, config, process.run, site, backend)
            done = doctor.mended(findings) if fix else ()
            if done:
                findings = doctor.examine(home.db, config, process.run, site, backend)
        emit(view.of_examination(findings, done), as_json=as_json)
    return 0 if all(one.ok for one in findings) else 1


@footprint_timers.command("render")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True)
@site_options
@sandbox_option
@json_option
def render_(output: Path, asked: Asked, *, sandbox: str | None, as_json: bool) -> None:
    """Write the units into a directory, without asking any scheduler."""
    level = level_without_probe(sandbox or "auto")
    with settled(asked) as site:
        files = operations.rendered(site.paths, site.unasked(), level)
        say(f"sandbox: {level}; no manager was asked, and so no probe has proved anything")
        make_directory(output.absolute())
        for file in files:
            write_privately(output / file.path, file.text)
        names = [str(output / file.path) for file in files]
        emit(Result({"files": names}, tuple(names)), as_json=as_json)


def main() -> None:
    """Run `footprint-timers` as a process."""
    main_of(footprint_timers, "footprint-timers")
