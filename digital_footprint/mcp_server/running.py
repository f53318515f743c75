"""Decides how an assistant starts a job, and how it follows what it has started.

A ticket is `JOB-N-TIME`: at that time N was the newest run, so a later one of that job is it.
"""

import re
from datetime import UTC, datetime, timedelta

from digital_footprint.clock import utc_now
from digital_footprint.errors import FootprintError, UsageError
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.run_answers import RunAnswer, StartAnswer
from digital_footprint.mcp_server.runs import phase_of, show_run
from digital_footprint.schedule import JobStarter, Started
from digital_footprint.scheduler.due import require_job

TICKET = re.compile(r"([a-z_]{1,40})-([0-9]{1,18})-([0-9]{8}T[0-9]{6}Z)")
TIME = "%Y%m%dT%H%M%SZ"
# A unit may have to wait for its turn; a process that has no row by then has none to come.
PATIENCE = timedelta(minutes=3)
BUSY = 75


def run_job(home: Home, start: JobStarter, job: str) -> StartAnswer:
    """Start a job, unless it runs already. Raises FootprintError where it cannot be started."""
    require_job(job)
    newest = home.db.get_last_run(job)
    if newest is not None and phase_of(home, newest) == "running":
        return _already(job, newest["id"])
    before = newest["id"] if newest else 0
    ticket = f"{job}-{before}-{utc_now().strftime(TIME)}"
    started = start(home.db, home.config, job)
    run_id = _run_after(home, job, before)
    if run_id is None and started.exit_code:
        raise _not_started(job, started.exit_code)
    return _begun(job, started, run_id, ticket)


def follow(home: Home, run_id: int | None, ticket: str | None, limit: int) -> RunAnswer:
    """Give how a run stands, by one of its two names. Raises UsageError."""
    if (run_id is None) == (ticket is None):
        raise UsageError("give run_id or ticket, and not both", hint="see: footprint_list_runs")
    if run_id is not None:
        return show_run(home, run_id, limit)
    job, before, at = _read(ticket or "")
    found = _run_after(home, job, before)
    return _without_row(job, at) if found is None else show_run(home, found, limit)


def _run_after(home: Home, job: str, before: int) -> int | None:
    row = home.db.first(
        "SELECT min(id) AS id FROM scheduled_runs WHERE job_name = :job AND id > :before",
        {"job": job, "before": before},
    )
    return row["id"] if row else None


def _already(job: str, run_id: int) -> StartAnswer:
    return StartAnswer(
        summary=f"{job} is already running, as run {run_id}; follow it with footprint_run_status",
        job=job,
        outcome="already_running",
        how=None,
        run_id=run_id,
        ticket=None,
    )


def _begun(job: str, started: Started, run_id: int | None, ticket: str) -> StartAnswer:
    name = f"run_id {run_id}" if run_id else f"ticket {ticket}"
    return StartAnswer(
        summary=f"{job} was started; follow it with footprint_run_status, {name}",
        job=job,
        outcome="started",
        how="unit" if started.by_unit else "process",
        run_id=run_id,
        ticket=None if run_id else ticket,
    )


def _not_started(job: str, exit_code: int) -> FootprintError:
    if exit_code == BUSY:
        return FootprintError(
            f"{job} is already running, or somebody is being forgotten",
            hint="wait for it, or look at it: footprint_list_runs",
        )
    return FootprintError(
        f"{job} ended with exit code {exit_code} before it wrote a row",
        hint=f"run it in a terminal, which tells why: footprint-job run {job}",
    )


def _read(ticket: str) -> tuple[str, int, datetime]:
    """Read a ticket. Raises UsageError for one that footprint_run_job never gave."""
    match = TICKET.fullmatch(ticket)
    try:
        at = datetime.strptime(match[3], TIME).replace(tzinfo=UTC) if match else None
    except ValueError:
        at = None
    if match is None or at is None:
        raise UsageError("that is no ticket", hint="give the one that footprint_run_job answered")
    return require_job(match[1]), int(match[2]), at


def _without_row(job: str, at: datetime) -> RunAnswer:
    waiting = utc_now() - at < PATIENCE
    told = f"{job} has not begun yet; ask again in a few seconds"
    gone = (
        f"{job} was to start and left no run. Next step: footprint_schedule_status, "
        f"or in a terminal: footprint-job run {job}"
    )
    return RunAnswer(
        summary=told if waiting else gone,
        phase="starting" if waiting else "not_started",
        run=None,
        sources=[],
        checks_total=0,
        checks=[],
    )
