"""`footprint-job list`, `history`, `show` and `logs`: what the runs came to."""

import json

import click

from digital_footprint import runs
from digital_footprint.command_line import ID, complete_job, json_option, limit_option, open_home
from digital_footprint.output import Result, Table, emit, when
from digital_footprint.scheduler import due, log


@click.command("list")
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


@click.command()
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


@click.command()
@click.argument("run_id", type=ID, metavar="RUN")
@json_option
def show(run_id: int, *, as_json: bool) -> None:
    """Show one run with each of its checks."""
    with open_home() as home:
        emit(runs.of_run(home.db, run_id), as_json=as_json)


@click.command()
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
