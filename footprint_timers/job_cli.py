"""`footprint-job`: runs one job as the timers do, and shows what the runs came to."""

import json
import os
from contextlib import AbstractContextManager, nullcontext

import click

from digital_footprint import process, runs
from digital_footprint.clock import Clock
from digital_footprint.command_line import (
    EXIT_CODES,
    ID,
    Group,
    Home,
    complete_job,
    json_option,
    limit_option,
    main_of,
    open_home,
    version_option,
)
from digital_footprint.errors import ConfigurationError, UsageError
from digital_footprint.journal import JournalProgress
from digital_footprint.model import JobResult, NoProgress, Progress
from digital_footprint.output import Result, Table, emit, say, when
from digital_footprint.scheduler import due, interruptions, log, runner
from digital_footprint.scheduler.attempt import WITHOUT_A_WORD, Options, end_dead_rows
from digital_footprint.scheduler.locks import job_lock
from footprint_timers import failures
from footprint_timers.catalogue import DELIVERY
from footprint_timers.model import service_of
from footprint_timers.trigger import TRIGGERS, by_line, identify, is_superseded
from footprint_timers.unit_run import in_step

GRAVEST_FIRST = (1, 2, 78, 69, 75, 0)


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def footprint_job() -> None:
    """Run the jobs, and see what their runs came to.

    Timers call `footprint-job run NAME`; so can you.
    """


@footprint_job.command()
@click.argument("name", shell_complete=complete_job)
@click.option(
    "--trigger", type=click.Choice(TRIGGERS), help="What started it; found out if absent."
)
@click.option("--full", is_flag=True, help="Take over no answer of an interrupted run.")
@json_option
def run(name: str, trigger: str | None, *, full: bool, as_json: bool) -> int:
    """Run one job once, as one row of the history."""
    due.require_job(name)
    with open_home() as home, _watched(as_json=as_json) as progress:
        activation = identify(name, home.paths, process.run)
        if trigger == "timer" and activation.trigger == "manual":
            activation = by_line(name, home.paths, activation)
        if is_superseded(activation, due.last_done(home.db, name)):
            say(f"{name} was done meanwhile: nothing is left to try again")
            return 0
        options = Options(
            trigger=trigger or activation.trigger,
            carry=not full,
            scheduled_for=activation.scheduled_for,
            attempt=activation.attempt,
            invocation_id=activation.invocation_id,
            progress=progress,
            failures=failures.read(home.paths),
        )
        with in_step(home.db, home.paths, name, activation):
            result = _run(home, name, options)
    emit(runs.of_result(result), as_json=as_json)
    _pass_on([result])
    return result.exit_code


@footprint_job.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show the jobs there are, when each was last done and whether it is due."""
    with open_home() as home:
        jobs = due.get_schedule_status(home.db, home.config())["jobs"]
    table = Table(
        ("job", "every", "last run", "status", "due", "does"),
        [
            (
                job["name"],
                f"{job['interval_days']} days",
                when(job["last_run"]) or "never",
                job["last_status"],
                "late" if job["late"] else "yes" if job["overdue"] else "no",
                job["summary"],
            )
            for job in jobs
        ],
        "",
    )
    emit(Result(jobs, (table,)), as_json=as_json)


@footprint_job.command()
@click.option("--job", "name", shell_complete=complete_job, help="Only this job.")
@limit_option
@json_option
def history(name: str | None, limit: int, *, as_json: bool) -> None:
    """Show the newest runs."""
    if name is not None:
        due.require_job(name)
    with open_home() as home:
        rows = home.db.get_run_history(limit, job_name=name)
    emit(runs.of_history(rows), as_json=as_json)


@footprint_job.command()
@click.argument("run_id", type=ID, metavar="RUN")
@json_option
def show(run_id: int, *, as_json: bool) -> None:
    """Show one run with each of its checks."""
    with open_home() as home:
        emit(runs.of_run(home.db, run_id), as_json=as_json)


@footprint_job.command()
@click.argument("name", shell_complete=complete_job)
@limit_option
@json_option
def logs(name: str, limit: int, *, as_json: bool) -> None:
    """Show the newest lines of scheduler.log about one job, the oldest first."""
    due.require_job(name)
    with open_home() as home:
        lines = log.read(home.paths.log, name, limit)
        text = tuple(json.dumps(line) for line in lines)
        empty = (f"{home.paths.log} has no line about {name}: it has not run yet",)
    emit(Result(lines, text or empty), as_json=as_json)


@footprint_job.command("run-overdue")
@click.option("--trigger", type=click.Choice(TRIGGERS), default="catchup", show_default=True)
@json_option
def run_overdue(trigger: str, *, as_json: bool) -> int:
    """Run every job that is due and has no run of the last six hours."""
    results: list[JobResult] = []
    with open_home() as home, _watched(as_json=as_json) as progress:
        options = Options(trigger=trigger, progress=progress, failures=failures.read(home.paths))
        _run_overdue(home, options, results)
    documents = [runs.document_of(result) for result in results]
    text = tuple(part for result in results for part in runs.of_result(result).text)
    emit(Result(documents, text or ("nothing was run",)), as_json=as_json)
    _pass_on(results)
    # The gravest counts: what will not mend itself before what may.
    return min((result.exit_code for result in results), key=GRAVEST_FIRST.index, default=0)


@footprint_job.command()
@click.argument("name", shell_complete=complete_job)
@json_option
def reap(name: str, *, as_json: bool) -> None:
    """Mark the row of a run that was killed as interrupted; units call it after each run.

    NAME is a job or its service. While the job is running nothing is changed, and the exit code
    is 75.
    """
    name = next((job for job in (*due.NAMES, DELIVERY) if service_of(job) == name), name)
    # Of what leaves no row none can be dead.
    ended = 0 if name == DELIVERY else _end_dead_rows(name)
    text = f"{ended} dead row(s) of {name} marked interrupted" if ended else "no dead row"
    emit(Result({"job_name": name, "interrupted": ended}, (text,)), as_json=as_json)


def _end_dead_rows(name: str) -> int:
    due.require_job(name)
    # The first is what systemd tells the job's own unit, the second the handler of its failures.
    result = os.environ.get("SERVICE_RESULT") or os.environ.get("MONITOR_SERVICE_RESULT")
    error = f"killed: {result}" if result else WITHOUT_A_WORD
    with open_home() as home, job_lock(home.paths.locks, name):
        return end_dead_rows(home.db, name, error)


@footprint_job.command()
@json_option
def deliver(*, as_json: bool) -> int:
    """Send the alerts that are due, as `footprint alert deliver` does; units call it."""
    from digital_footprint.alerts.dispatch import dispatch

    with open_home() as home:
        result, code = dispatch(home.db, home.config())
    emit(result, as_json=as_json)
    return code


@footprint_job.command()
@json_option
def selftest(*, as_json: bool) -> int:
    """Check configuration, keys, database and libraries as a run finds them, asking nobody."""
    from digital_footprint.selftest import selftest as checks

    document = checks()
    lines = [
        f"{'ok  ' if check['ok'] else 'FAIL'} {check['name']}: {check['found']}"
        + (f"\n     next: {check['hint']}" if check["hint"] else "")
        for check in document["checks"]
    ]
    emit(Result(document, tuple(lines)), as_json=as_json)
    return int(document["exit_code"])


@footprint_job.command(hidden=True)
def probe() -> int:
    """Try what this unit must be able to do and what it must not; a probe unit calls it."""
    from digital_footprint.selftest import selftest as checks
    from footprint_timers.attempts import VARIABLE, attempt

    if VARIABLE not in os.environ:
        raise UsageError(
            f"{VARIABLE} is not set: only units of a probe call this",
            hint="start a probe with: footprint-timers doctor",
        )
    tried = attempt(json.loads(os.environ[VARIABLE]), process.run)
    emit(Result({**checks(), "attempts": tried}, ()), as_json=True)
    return 0


def _run_overdue(home: Home, options: Options, results: list[JobResult]) -> None:
    try:
        config = home.config()
    except ConfigurationError as error:
        results.extend(runner.record_failures(home.db, home.paths, error, options))
        raise
    runner.run_scheduled_jobs(
        home.db,
        config,
        options=options,
        on_result=results.append,
        on_passed_over=lambda name, why: say(f"{name} is left alone: {why}"),
    )


def _pass_on(results: list[JobResult]) -> None:
    """Say what went wrong beside the runs, and end by the signal that broke one off."""
    for result in results:
        if result.warning:
            say(f"footprint-job: {result.warning}")
        if result.signal is not None:
            interruptions.die_by(result.signal)


def _run(home: Home, name: str, options: Options) -> JobResult:
    try:
        config = home.config()
    except ConfigurationError as error:
        result = runner.record_failure(home.db, home.paths, name, error, options)
        say(f"footprint-job: {error.message}\n  next: {error.hint}")
        return result
    return runner.run_job(home.db, config, name, options)


def _watched(*, as_json: bool) -> AbstractContextManager[Progress]:
    """Draw progress on a terminal; elsewhere, as in the journal, say a line a minute."""
    if as_json:
        return nullcontext(NoProgress())
    if not os.isatty(2):
        return nullcontext(JournalProgress(Clock(), say))
    from digital_footprint.progress import TerminalProgress

    return TerminalProgress()


def main() -> None:
    """Run `footprint-job` as a process."""
    main_of(footprint_job, "footprint-job")
