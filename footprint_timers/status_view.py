"""How each job stands, on one screen of a hundred columns."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from digital_footprint.clock import local_time, utc_now
from digital_footprint.output import Result, Table
from digital_footprint.schedule import Failure, JobStatus, LastRun, Missed, ScheduleStatus
from footprint_timers.causes import WORDS, Cause

STATES = {
    "never": "never ran",
    "not_installed": "not installed",
    "not_configured": "not configured",
}
HEADINGS = (
    "job", "state", "last success", "last try", "took", "next", "drift", "enabled", "loaded"
)  # fmt: skip
# A day without its year is of the last months, or of the next ones.
NEAR = timedelta(days=300)
UNKNOWN = "?"
FROM_FILES = (
    "no scheduler answers: this is what files and database tell; whether timers are loaded, and"
    " when they fire next, nobody knows"
)


def of_status(status: ScheduleStatus, install: str) -> Result:
    """Show how the schedule stands. `install`: the command that brings it to what is wanted."""
    answers = status.backend is not None
    table = Table(HEADINGS, [_row(job, answers=answers) for job in status.jobs], "no job exists")
    drifted = [job.name for job in status.jobs if job.drift and job.installed]
    drift = f"not as the configuration says: {', '.join(drifted)}; next: {install}"
    notes = [_failure_line(one) for one in status.failures] + missed_lines(status.missed)
    zone = f"times in {datetime.now().astimezone():%Z}"
    below = [*([drift] if drifted else []), *notes]
    return Result(asdict(status), (f"{_where(status)}; {zone}", table, *below))


def missed_lines(missed: Sequence[Missed]) -> list[str]:
    """Give a line for each firing that left no row, with its cause in words."""
    return [
        f"missed: {one.job} {local_time(one.scheduled_for)}, {WORDS[Cause(one.cause)]}"
        for one in missed
    ]


def _failure_line(failure: Failure) -> str:
    meaning = f": {failure.meaning}" if failure.meaning else ""
    status = f", exit status {failure.exit_status}" if failure.exit_status else ""
    return f"failed: {failure.unit} {local_time(failure.at)} ({failure.result}{status}){meaning}"


def _where(status: ScheduleStatus) -> str:
    """Say which scheduler it is, and whether it starts jobs while nobody is logged in."""
    linger = f"linger is {'on' if status.linger else 'off'}"
    if status.backend is None:
        return f"{FROM_FILES}; {linger}"
    where = f"{status.backend}, {status.scope} scope"
    own_manager = (status.backend, status.scope) == ("systemd", "user")
    if status.linger:
        return f"{where}; {linger if own_manager else 'nobody has to be logged in'}"
    only = "timers fire only while you are logged in"
    return f"{where}; {only}{f' ({linger})' if own_manager else ''}"


def _row(job: JobStatus, *, answers: bool) -> tuple[str, ...]:
    return (
        job.name,
        STATES.get(job.state, job.state),
        _moment(job.last_success_at),
        _moment(job.last_run.started_at) if job.last_run else "",
        _took(job.last_run),
        _next(job) if answers else UNKNOWN,
        _word(job.drift) if answers else UNKNOWN,
        _word(job.enabled),
        _word(job.loaded) if answers else UNKNOWN,
    )


def _next(job: JobStatus) -> str:
    """Give the next firing; a timer whose job is under way, or to be tried again, has none yet."""
    if job.loaded and not job.next_due and job.state not in ("running", "failing"):
        return "never"
    return _moment(job.next_due)


def _word(value: bool) -> str:
    return "yes" if value else "no"


def _moment(text: str | None) -> str:
    """Give a moment in people's own time, and without its year where that goes without saying."""
    if not text:
        return ""
    moment = datetime.fromisoformat(text)
    pattern = "%m-%d %H:%M" if abs(moment - utc_now()) < NEAR else "%Y-%m-%d"
    return moment.astimezone().strftime(pattern)


def _took(run: LastRun | None) -> str:
    """Give how long the last try took, in the one unit that says most."""
    if run is None or not run.completed_at:
        return ""
    spent = datetime.fromisoformat(run.completed_at) - datetime.fromisoformat(run.started_at)
    seconds = round(spent.total_seconds())
    if seconds < 100:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{round(minutes / 60)} h"
