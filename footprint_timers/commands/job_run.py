"""`footprint-job run` and `run-overdue`: jobs, as the timers run them."""

import os
from contextlib import AbstractContextManager, nullcontext

import click

from digital_footprint import process, runs
from digital_footprint.clock import Clock
from digital_footprint.command_line import Home, complete_job, json_option, open_home
from digital_footprint.errors import ConfigurationError
from digital_footprint.journal import JournalProgress
from digital_footprint.model import JobResult, NoProgress, Progress
from digital_footprint.output import Result, emit, say
from digital_footprint.scheduler import due, interruptions, runner
from digital_footprint.scheduler.attempt import Options
from footprint_timers import failures
from footprint_timers.trigger import TRIGGERS, by_line, identify, is_superseded
from footprint_timers.unit_run import in_step

GRAVEST_FIRST = (1, 2, 78, 69, 75, 0)


@click.command()
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


@click.command("run-overdue")
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
