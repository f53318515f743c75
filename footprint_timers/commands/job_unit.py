"""What units call besides runs: `footprint-job reap`, `deliver`, `selftest` and `probe`."""

import json
import os

import click

from digital_footprint.command_line import complete_job, json_option, open_home
from digital_footprint.errors import UsageError
from digital_footprint.output import Result, emit
from digital_footprint.scheduler import due
from footprint_timers.model import DELIVERY, service_of


@click.command()
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
    from digital_footprint.scheduler.attempt import WITHOUT_A_WORD, end_dead_rows
    from digital_footprint.scheduler.locks import job_lock

    due.require_job(name)
    # The first is what systemd tells the job's own unit, the second the handler of its failures.
    result = os.environ.get("SERVICE_RESULT") or os.environ.get("MONITOR_SERVICE_RESULT")
    error = f"killed: {result}" if result else WITHOUT_A_WORD
    with open_home() as home, job_lock(home.paths.locks, name):
        return end_dead_rows(home.db, name, error)


@click.command()
@json_option
def deliver(*, as_json: bool) -> int:
    """Send the alerts that are due, as `footprint alert deliver` does; units call it."""
    from digital_footprint.alerts.dispatch import dispatch

    with open_home() as home:
        result, code = dispatch(home.db, home.config())
    emit(result, as_json=as_json)
    return code


@click.command()
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


@click.command(hidden=True)
def probe() -> int:
    """Try what this unit must be able to do and what it must not; a probe unit calls it."""
    from digital_footprint import process
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
