"""`footprint-timers`: hands the jobs to the operating system, and shows how they stand there."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    agreement,
    audit,
    catalogue,
    catch_up,
    causes,
    doctor,
    explanation,
    failures,
    installation,
    linger,
    offline,
    operations,
    plan,
    schedule,
    view,
)
from footprint_timers.machine import Machine
from footprint_timers.model import TimerStatus
from footprint_timers.options import backend_option, force_option, sandbox_option, scope_option
from footprint_timers.program import refuse_passing
from footprint_timers.schedulers import OnRefused, choose
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.slots import host_seed

if TYPE_CHECKING:
    from footprint_timers.manager import Refusal


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def footprint_timers() -> None:
    """Hand the jobs to the operating system, and see how they stand there.

    On Linux they are systemd user timers: systemctl --user list-timers 'footprint-*'

    On macOS they are launchd agents: launchctl print gui/$(id -u)/footprint-timers.JOB
    """


@footprint_timers.command()
@backend_option
@scope_option
@yes_option
@force_option
@sandbox_option
@json_option
def install(
    backend: str,
    scope: str | None,
    *,
    yes: bool,
    force: bool,
    sandbox: str | None,
    as_json: bool,
) -> None:
    """Bring the timers to what the configuration says; done twice, the second changes nothing."""
    passed_over: dict[str, Refusal] = {}
    with open_home() as home, operations.alone(home.paths):
        manager = _choose(backend, scope, on_refused=passed_over.setdefault)
        operations.refuse_other_scheduler(home.paths, manager)
        for name, why in passed_over.items():
            say(f"{name} is not used: {why.reason}")
        wanted = operations.wish(home.db, home.config(), manager, sandbox=sandbox, prove=True)
        refuse_passing(Path(wanted.program))
        agreement.refuse_disagreement(process.run, operations.rescheduled(wanted), utc_now())
        if not force:
            operations.refuse_edited(wanted.plan, str(manager.units), "install")
            operations.refuse_other_home(wanted.plan)
        if wanted.plan.surprises and sys.stdin.isatty():
            confirm(f"This starts {', '.join(wanted.plan.surprises)} at once. Go on?", yes=yes)
        backup = operations.back_up(home.paths, manager.units, wanted.plan)
        installed = operations.install(home.paths, manager, wanted)
        found = operations.settle_linger(home.paths, manager, installed)
        timers = operations.timers_after(manager, wanted)
    if found.advice:
        say(found.advice)
    due = {name: timer.next_due for name, timer in timers.items()}
    shown = view.of_installation(wanted, manager, linger=found.on, due=due)
    emit(view.with_backup(shown, backup, manager), as_json=as_json)


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
        document: dict[str, object] = {"removed": [], "linger_undo": None, "backup": None}
        emit(Result(document, ("nothing is installed",)), as_json=as_json)
        return
    with operations.alone(paths):
        wanted = operations.plan_removal(manager)
        if not force:
            operations.refuse_edited(wanted, str(manager.units), "uninstall")
        if not wanted.is_empty and sys.stdin.isatty():
            confirm(f"Remove {', '.join(plan.paths(wanted.changes))}?", yes=yes)
        backup = operations.back_up(paths, manager.units, wanted)
        operations.uninstall(paths, manager, wanted)
    undo = linger.undo_command() if recorded and recorded.linger_by_us else None
    shown = view.of_removal(wanted, undo)
    emit(view.with_backup(shown, backup, manager), as_json=as_json)


@footprint_timers.command("plan")
@click.option("--check", is_flag=True, help="Exit with 1 when something would be changed.")
@backend_option
@scope_option
@sandbox_option
@json_option
def plan_(
    backend: str, scope: str | None, *, check: bool, sandbox: str | None, as_json: bool
) -> int:
    """Show what install would change, as a diff, and whether it starts a job.

    Where no proof of a sandbox is known, units of a probe are started and leave nothing behind.
    """
    with open_home() as home:
        manager = _choose(backend, scope)
        wanted = operations.wish(home.db, home.config(), manager, sandbox=sandbox, prove=True)
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
        outcomes = catch_up.catch_up(home.db, home.config(), installed, _choose())
        catch_up.trim(agents.log_of(home.paths))
    emit(view.of_catch_up(outcomes), as_json=as_json)
    return 1 if any(one.refused for one in outcomes) else 0


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
@sandbox_option
@json_option
def render_(
    output: Path, backend: str, scope: str | None, *, sandbox: str | None, as_json: bool
) -> None:
    """Write the files of a scheduler into a directory, without asking any scheduler."""
    files = offline.files(backend, scope, sandbox, _machine() or Machine())
    make_directory(output.absolute())
    for file in files:
        write_privately(output / file.path, file.text)
    names = [str(output / file.path) for file in files]
    emit(Result({"files": names}, tuple(names)), as_json=as_json)


def _choose(
    backend: str = "auto",
    scope: str | None = None,
    on_refused: OnRefused = lambda _name, _why: None,
) -> Scheduler[Any]:
    return choose(
        process.run,
        backend,
        scope=scope,
        machine=_machine(),
        installed=installation.read(resolve_paths()),
        on_refused=on_refused,
    )


def _machine() -> Machine | None:
    """Give the machine that this command was handed; None for the one that it runs on."""
    return click.get_current_context().find_object(Machine)


def main() -> None:
    """Run `footprint-timers` as a process."""
    main_of(footprint_timers, "footprint-timers")
