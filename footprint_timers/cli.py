"""`footprint-timers`: hands the jobs to the operating system, and shows how they stand there."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import click

from digital_footprint import process
from digital_footprint.clock import utc_now
from digital_footprint.command_line import (
    EXIT_CODES,
    Group,
    complete_job,
    confirm,
    json_option,
    main_of,
    open_home,
    version_option,
    yes_option,
)
from digital_footprint.config import load_config
from digital_footprint.errors import ConfigurationError, FootprintError, NoSchedulerError
from digital_footprint.files import make_directory, write_privately
from digital_footprint.output import Result, emit, say
from digital_footprint.schedule import ScheduleStatus
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
    doctor_units,
    explanation,
    failures,
    guards,
    linger,
    moving,
    operations,
    plan,
    schedule,
    status_view,
    unasked,
    view,
)
from footprint_timers.model import TimerStatus
from footprint_timers.options import force_option, sandbox_option, site_options, whose_options
from footprint_timers.program import refuse_of_another, refuse_passing
from footprint_timers.site import Asked, Site, settled


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def footprint_timers() -> None:
    """Hand the jobs to the operating system, and see how they stand there.

    On Linux they are systemd user timers: systemctl --user list-timers 'footprint-*'

    On macOS they are launchd agents: launchctl print gui/$(id -u)/footprint-timers.JOB
    """


@footprint_timers.command()
@site_options
@yes_option
@force_option
@sandbox_option
@json_option
def install(asked: Asked, *, yes: bool, force: bool, sandbox: str | None, as_json: bool) -> None:
    """Bring the timers to what the configuration says; done twice, the second changes nothing.

    What another scheduler or scope has of them is removed. Timers of the system run for --user
    NAME without a login: sudo, and --scope system.
    """
    passed_over: list[str] = []
    with (
        settled(asked) as site,
        open_home(site.paths) as home,
        operations.alone(home.config().paths),
    ):
        scheduler = site.scheduler(
            process.run,
            lambda name, why: passed_over.append(f"{name} is not used: {why.reason}"),
        )
        for sentence in passed_over:
            say(sentence)
        abandoned = moving.abandoned(site, scheduler, process.run)
        wanted = operations.wish(home.db, home.config(), scheduler, sandbox=sandbox, prove=True)
        if not wanted.plan.is_empty or abandoned:
            site.refuse_without_rights(scheduler, "install")
        refuse_passing(Path(wanted.program))
        if site.person.uid == 0:
            refuse_of_another(Path(wanted.program))
        agreement.refuse_disagreement(process.run, operations.rescheduled(wanted), utc_now())
        if not force:
            guards.refuse_edited(wanted.plan, scheduler, "install")
            guards.refuse_other_home(wanted.plan)
        guards.refuse_other_person(wanted.plan, site.person.name)
        if wanted.plan.surprises and sys.stdin.isatty():
            confirm(f"This starts {', '.join(wanted.plan.surprises)} at once. Go on?", yes=yes)
        backup = guards.back_up(home.paths, scheduler.units, wanted.plan)
        installed = operations.install(home.paths, scheduler, wanted, abandoned=abandoned)
        found = operations.settle_linger(home.paths, scheduler, installed)
        timers = operations.timers_after(scheduler, wanted)
        if found.advice:
            say(found.advice)
        due = {name: timer.next_due for name, timer in timers.items()}
        shown = view.of_installation(
            wanted, scheduler, linger=found.on, due=due, abandoned=abandoned
        )
        emit(view.with_backup(shown, backup, scheduler), as_json=as_json)


@footprint_timers.command()
@site_options
@yes_option
@force_option
@json_option
def uninstall(asked: Asked, *, yes: bool, force: bool, as_json: bool) -> None:
    """Remove the timers and all that belongs to them; the data stays."""
    with settled(asked) as site:
        _uninstall(site, yes=yes, force=force, as_json=as_json)


def _uninstall(site: Site, *, yes: bool, force: bool, as_json: bool) -> None:
    try:
        scheduler = site.scheduler(process.run)
    except NoSchedulerError:
        if site.installed is not None:
            raise
        document: dict[str, object] = {"removed": [], "linger_undo": None, "backup": None}
        emit(Result(document, ("nothing is installed",)), as_json=as_json)
        return
    site.refuse_without_rights(scheduler, "uninstall")
    with operations.alone(site.paths):
        wanted = moving.plan_removal(scheduler)
        left = moving.left_behind(site, scheduler, process.run)
        guards.refuse_other_person(wanted, site.person.name)
        if not force:
            moving.refuse_strange_removal(site, scheduler, wanted)
            guards.refuse_edited(wanted, scheduler, "uninstall")
        if not wanted.is_empty and sys.stdin.isatty():
            confirm(f"Remove {', '.join(plan.paths(wanted.changes))}?", yes=yes)
        backup = guards.back_up(site.paths, scheduler.units, wanted)
        operations.uninstall(site.paths, scheduler, wanted, abandoned=left)
    undo = linger.undo_command() if site.installed and site.installed.linger_by_us else None
    shown = view.of_removal(wanted, undo, abandoned=left)
    emit(view.with_backup(shown, backup, scheduler), as_json=as_json)


@footprint_timers.command("plan")
@click.option("--check", is_flag=True, help="Exit with 1 when something would be changed.")
@site_options
@sandbox_option
@json_option
def plan_(asked: Asked, *, check: bool, sandbox: str | None, as_json: bool) -> int:
    """Show what install would change, as a diff, and whether it starts a job.

    Where no proof of a sandbox is known, units of a probe are started and leave nothing behind.
    """
    with settled(asked) as site, open_home(site.paths) as home:
        scheduler = site.scheduler(process.run)
        abandoned = moving.abandoned(site, scheduler, process.run)
        wanted = operations.wish(home.db, home.config(), scheduler, sandbox=sandbox, prove=True)
        emit(view.of_plan(wanted, scheduler, abandoned), as_json=as_json)
    return 1 if check and (abandoned or not wanted.plan.is_empty) else 0


@footprint_timers.command("status")
@site_options
@json_option
def status_(asked: Asked, *, as_json: bool) -> None:
    """Show how each job stands; however they stand, the exit code is 0.

    Only where configuration, database or the record of the installation cannot be read is it 78.
    """
    with settled(asked) as site, open_home(site.paths) as home:
        reach = partial(site.scheduler, process.run)
        found, trouble = schedule.read_schedule(home.db, home.config(), process.run, reach)
        if trouble:
            say(trouble)
        _tell_of_others(site, found)
        emit(status_view.of_status(found, site.command("install")), as_json=as_json)


def _tell_of_others(site: Site, found: ScheduleStatus) -> None:
    """Tell of timers that stand in another place than the one that `status` reads."""
    if site.installed is None:
        try:
            moving.refuse_unrecorded(site, found.backend, found.scope)
        except FootprintError as error:
            say(f"{error.message}\n  next: {error.hint}")
    elif site.installed.leaving is not None:
        half = doctor_units.half_moved(site, site.installed.leaving)
        say(f"{half.found}\n  next: {half.fix}")


@footprint_timers.command("audit")
@site_options
@json_option
def audit_(asked: Asked, *, as_json: bool) -> int:
    """Compare the firings due since installation with the recorded runs; 1 when one is missing."""
    with settled(asked) as site, open_home(site.paths) as home:
        installed = site.installed
        why = causes.explainer(
            process.run,
            failures.read(home.paths),
            _timers(site),
            needs_login=installed is None or installed.needs_login,
        )
        audits = audit.audit_jobs(home.db, installed.jobs, why) if installed else ()
        jobs = get_schedule_status(home.db, home.config())["jobs"]
        late = [job["name"] for job in jobs if job["late"] and job["enabled"]]
        emit(view.of_audit(audits, late), as_json=as_json)
    return 1 if late or any(one.missed for one in audits) else 0


def _timers(site: Site) -> Mapping[str, TimerStatus] | None:
    """Ask how the timers stand now; None where no scheduler answers, which stops no audit."""
    try:
        return site.scheduler(process.run).read_status(list(JOBS))
    except FootprintError:
        return None


@footprint_timers.command("catch-up")
@whose_options
@json_option
def catch_up_(asked: Asked, *, as_json: bool) -> int:
    """Start what is overdue because the machine was off, each by its own unit.

    macOS calls it at every login and once a day. systemd makes up for that time by itself: there,
    and elsewhere, it only starts what is overdue now.
    """
    with settled(asked) as site:
        site.refuse_to_start("catch-up")
        if site.installed is None:
            raise ConfigurationError("nothing is installed", hint="footprint-timers install")
        with open_home(site.paths) as home:
            scheduler = site.scheduler(process.run)
            outcomes = catch_up.catch_up(home.db, home.config(), site.installed, scheduler)
            catch_up.trim(agents.log_of(home.paths))
        emit(view.of_catch_up(outcomes), as_json=as_json)
    return 1 if any(one.refused for one in outcomes) else 0


@footprint_timers.command()
@click.argument("job", required=False, shell_complete=complete_job)
@whose_options
@json_option
def explain(asked: Asked, job: str | None, *, as_json: bool) -> None:
    """Show when the jobs fire under each scheduler: calendar, next firings, true gaps."""
    if job is not None:
        require_job(job)
    with settled(asked) as site:
        jobs = catalogue.all_jobs(load_config(site.paths), site.seed)
        shown = [one for one in jobs if job in (None, one.name)]
        emit(explanation.of_jobs(shown, utc_now()), as_json=as_json)


@footprint_timers.command("doctor")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, then look again.")
@site_options
@json_option
def doctor_(asked: Asked, *, fix: bool, as_json: bool) -> int:
    """Start what a timed run depends on, and say what is wrong and what mends it.

    The exit code is 1 when anything is wrong.
    """
    with settled(asked) as site:
        site.refuse_to_start("doctor --fix" if fix else "doctor")
        with open_home(site.paths) as home:
            examine = partial(doctor.examine, home.db, home.config(), process.run, site)
            findings = examine()
            tried = doctor.mend(findings) if fix else ()
            if tried:
                findings = examine()
        emit(view.of_examination(findings, doctor.mended(tried, findings)), as_json=as_json)
    return 0 if all(one.ok for one in findings) else 1


@footprint_timers.command("render")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True)
@site_options
@sandbox_option
@json_option
def render_(output: Path, asked: Asked, *, sandbox: str | None, as_json: bool) -> None:
    """Write the files of a scheduler into a directory, without asking any scheduler."""
    with settled(asked) as site:
        files = unasked.files(site, sandbox)
        make_directory(output.absolute())
        for file in files:
            write_privately(output / file.path, file.text)
        names = [str(output / file.path) for file in files]
        emit(Result({"files": names}, tuple(names)), as_json=as_json)


def main() -> None:
    """Run `footprint-timers` as a process."""
    main_of(footprint_timers, "footprint-timers")
