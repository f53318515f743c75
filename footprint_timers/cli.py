"""`footprint-timers`: hands the jobs to the operating system, and shows how they stand there."""

import os
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
from digital_footprint.errors import ConfigurationError, FootprintError, NoSchedulerError
from digital_footprint.files import make_directory, write_privately
from digital_footprint.output import Result, emit, say
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.scheduler.runner import get_schedule_status, require_job
from footprint_timers import (
    agents,
    audit,
    catalogue,
    catch_up,
    causes,
    doctor,
    failures,
    installation,
    linger,
    operations,
    plan,
    render,
    schedule,
    view,
)
from footprint_timers.linger import user_name
from footprint_timers.machine import Machine
from footprint_timers.manager import OLDEST
from footprint_timers.model import File, TimerStatus
from footprint_timers.program import find_program, refuse_passing
from footprint_timers.schedulers import BACKENDS, SCOPES, choose
from footprint_timers.schedulers.launchd_domain import plists
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.slots import host_seed

Function = TypeVar("Function", bound=Callable[..., Any])


def backend_option(function: Function) -> Function:
    """Add --backend to a command."""
    kinds = click.Choice(BACKENDS)
    return click.option("--backend", type=kinds, default="auto", show_default=True)(function)


def scope_option(function: Function) -> Function:
    """Add --scope to a command."""
    text = "This user's, if absent, or the system's: daemons of macOS that need no login."
    kinds = click.Choice(SCOPES)
    return click.option("--scope", type=kinds, help=text)(function)


def force_option(function: Function) -> Function:
    """Add --force to a command."""
    text = "Overwrite or remove files that were edited by hand."
    return click.option("--force", is_flag=True, help=text)(function)


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def footprint_timers() -> None:
    """Hand the jobs to the operating system, and see how they stand there.

    On Linux they are systemd user timers: systemctl --user list-timers 'footprint-*'
    """


@footprint_timers.command()
@backend_option
@scope_option
@yes_option
@force_option
@json_option
def install(backend: str, scope: str | None, *, yes: bool, force: bool, as_json: bool) -> None:
    """Bring the timers to what the configuration says; done twice, the second changes nothing."""
    with open_home() as home:
        manager = _choose(backend, scope)
        operations.refuse_other_scheduler(home.paths, manager)
        wanted = operations.wish(home.db, home.config(), manager)
        refuse_passing(Path(wanted.program))
        if not force:
            operations.refuse_edited(wanted.plan, str(manager.units), "install")
            operations.refuse_other_home(wanted.plan)
        if wanted.plan.surprises and sys.stdin.isatty():
            confirm(f"This starts {', '.join(wanted.plan.surprises)} at once. Go on?", yes=yes)
        installed = operations.install(home.paths, manager, wanted)
        found = operations.settle_linger(home.paths, manager, installed)
        timers = operations.timers_after(manager, wanted)
    if found.advice:
        say(found.advice)
    due = {name: timer.next_due for name, timer in timers.items()}
    emit(view.of_installation(wanted, manager, linger=found.on, due=due), as_json=as_json)


@footprint_timers.command()
@backend_option
@scope_option
@yes_option
@force_option
@json_option
def uninstall(backend: str, scope: str | None, *, yes: bool, force: bool, as_json: bool) -> None:
    """Remove the timers and all that belongs to them; the data stays."""
    paths = resolve_paths()
    recorded = installation.read(paths)
    try:
        manager = _choose(backend, scope)
    except NoSchedulerError:
        if recorded is not None:
            raise
        emit(
            Result({"removed": [], "linger_undo": None}, ("nothing is installed",)), as_json=as_json
        )
        return
    wanted = operations.plan_removal(manager)
    if not force:
        operations.refuse_edited(wanted, str(manager.units), "uninstall")
    if not wanted.is_empty and sys.stdin.isatty():
        confirm(f"Remove {', '.join(plan.paths(wanted.changes))}?", yes=yes)
    operations.uninstall(paths, manager, wanted)
    undo = linger.undo_command() if recorded and recorded.linger_by_us else None
    emit(view.of_removal(wanted, undo), as_json=as_json)


@footprint_timers.command("plan")
@click.option("--check", is_flag=True, help="Exit with 1 when something would be changed.")
@backend_option
@scope_option
@json_option
def plan_(backend: str, scope: str | None, *, check: bool, as_json: bool) -> int:
    """Show what install would change, as a diff, and whether it starts a job."""
    with open_home() as home:
        manager = _choose(backend, scope)
        wanted = operations.wish(home.db, home.config(), manager)
    emit(view.of_plan(wanted, str(manager.units)), as_json=as_json)
    return 1 if check and not wanted.plan.is_empty else 0


@footprint_timers.command("status")
@backend_option
@scope_option
@json_option
def status_(backend: str, scope: str | None, *, as_json: bool) -> None:
    """Show how each job stands; whatever it finds, the exit code is 0."""
    with open_home() as home:
        found, trouble = schedule.read_schedule(
            home.db, home.config(), process.run, backend, scope=scope, machine=_machine()
        )
    if trouble:
        say(trouble)
    emit(view.of_status(found), as_json=as_json)


@footprint_timers.command("audit")
@json_option
def audit_(*, as_json: bool) -> int:
    """Compare the firings due since installation with the recorded runs; 1 when one is missing."""
    with open_home() as home:
        installed = installation.read(home.paths)
        why = causes.explainer(process.run, failures.read(home.paths), _timers())
        audits = audit.audit_jobs(home.db, installed.jobs, why) if installed else ()
        jobs = get_schedule_status(home.db, home.config())["jobs"]
    late = [job["name"] for job in jobs if job["late"] and job["enabled"]]
    emit(view.of_audit(audits, late), as_json=as_json)
    return 1 if late or any(one.missed for one in audits) else 0


def _timers() -> Mapping[str, TimerStatus] | None:
    """Ask how the timers stand now; None where no scheduler answers, which stops no audit."""
    try:
        return _choose().read_status(list(JOBS))
    except FootprintError:
        return None


@footprint_timers.command("catch-up")
@json_option
def catch_up_(*, as_json: bool) -> int:
    """Start what is overdue because the machine was off, each by its own unit.

    macOS calls it at every login and once a day. systemd makes up for that time by itself: there,
    and elsewhere, it only starts what is overdue now.
    """
    with open_home() as home:
        installed = installation.read(home.paths)
        if installed is None:
            raise ConfigurationError("nothing is installed", hint="footprint-timers install")
        scheduler = _choose()
        outcomes = catch_up.catch_up(home.db, home.config(), installed, scheduler)
        catch_up.trim(agents.log_of(home.paths))
    emit(view.of_catch_up(outcomes), as_json=as_json)
    return 1 if any(one.refused for one in outcomes) else 0


@footprint_timers.command()
@click.argument("job", required=False)
@json_option
def explain(job: str | None, *, as_json: bool) -> None:
    """Show when the jobs fire: calendar lines, next firings, true gaps."""
    if job is not None:
        require_job(job)
    jobs = catalogue.all_jobs(load_config(resolve_paths()), host_seed())
    shown = [one for one in jobs if job in (None, one.name)]
    emit(view.of_explanation(shown, utc_now()), as_json=as_json)


@footprint_timers.command("doctor")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, then look again.")
@backend_option
@scope_option
@json_option
def doctor_(backend: str, scope: str | None, *, fix: bool, as_json: bool) -> int:
    """Start what a timed run depends on, and say what is wrong and what mends it.

    The exit code is 1 when anything is wrong.
    """
    with open_home() as home:
        config = home.config()
        examine = partial(
            doctor.examine, home.db, config, process.run, backend, scope=scope, machine=_machine()
        )
        findings = examine()
        done = doctor.mended(findings) if fix else ()
        if done:
            findings = examine()
    emit(view.of_examination(findings, done), as_json=as_json)
    return 0 if all(one.ok for one in findings) else 1


@footprint_timers.command("render")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True)
@backend_option
@scope_option
@json_option
def render_(output: Path, backend: str, scope: str | None, *, as_json: bool) -> None:
    """Write the files of a scheduler into a directory, without asking any scheduler."""
    files = _rendered(backend, scope)
    make_directory(output.absolute())
    for file in files:
        write_privately(output / file.path, file.text)
    names = [str(output / file.path) for file in files]
    emit(Result({"files": names}, tuple(names)), as_json=as_json)


def _rendered(backend: str, scope: str | None) -> tuple[File, ...]:
    paths = resolve_paths()
    jobs = catalogue.wanted_jobs(load_config(paths), host_seed())
    program = find_program(paths, sys.argv[0])
    machine = _machine() or Machine()
    if backend == "launchd" or (backend == "auto" and machine.platform == "darwin"):
        user = (machine.sudo_user or user_name()) if scope == "system" else None
        return plists(catalogue.without_years(jobs), paths, program, os.environ, user)
    host = catalogue.host_of(paths, program, os.environ, manager_environment={}, version=OLDEST)
    return render.systemd_files(jobs, host)


def _choose(backend: str = "auto", scope: str | None = None) -> Scheduler[Any]:
    installed = installation.read(resolve_paths())
    return choose(process.run, backend, scope=scope, machine=_machine(), installed=installed)


def _machine() -> Machine | None:
    """Give the machine that this command was handed; None for the one that it runs on."""
    return click.get_current_context().find_object(Machine)


def main() -> None:
    """Run `footprint-timers` as a process."""
    main_of(footprint_timers, "footprint-timers")
