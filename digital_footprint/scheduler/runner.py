"""Decides which jobs are due, runs one by name, and tells how the schedule stands.

Times: a job is overdue from half an hour before its interval ends, so that a timer's jitter
never costs a whole interval; it is late six hours, or a tenth of the interval, after.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from digital_footprint.clock import from_text, to_text, utc_now
from digital_footprint.config import DEFAULT_INTERVAL_DAYS, Config, Paths, nearest
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError, TemporaryError, UsageError
from digital_footprint.model import JobResult
from digital_footprint.scheduler.attempt import Options, Outcome, attempt
from digital_footprint.scheduler.jobs import JOBS, Job

EARLY = timedelta(minutes=30)
GRACE = timedelta(hours=6)
LEFT_ALONE = timedelta(hours=6)


def run_job(
    db: Database, config: Config, job_name: str, options: Options | None = None
) -> JobResult:
    """Run one job by name, as one row.

    Raises UsageError for an unknown name, TemporaryError when it is running already.
    """
    return require_job(job_name).run(db, config, options or Options())


def require_job(job_name: str) -> Job:
    """Give the job of a name.

    Raises UsageError, with the names that exist, for any other.
    """
    if job_name not in JOBS:
        raise UsageError(
            f"no job is called {job_name!r}{nearest(job_name, list(JOBS))}",
            hint=f"jobs: {', '.join(JOBS)}",
        )
    return JOBS[job_name]


def record_failure(
    db: Database, paths: Paths, job_name: str, error: FootprintError, options: Options
) -> JobResult:
    """Write the row of a run that could not begin, and give its result."""

    def work(_run_id: int) -> Outcome:
        raise error

    return attempt(db, paths, job_name, work, seconds=60, options=options)


def record_failures(
    db: Database, paths: Paths, error: FootprintError, options: Options
) -> list[JobResult]:
    """Write such a row for every job that would have been run now.

    What nobody watches must not fail in silence: it stands in the history.
    """
    return [
        record_failure(db, paths, name, error, options)
        for name in get_overdue_jobs(db)
        if not ran_lately(db, name, utc_now())
    ]


def get_overdue_jobs(
    db: Database, config: Config | None = None, *, now: datetime | None = None
) -> list[str]:
    """Give the jobs that are due now: switched on, and never done or done an interval ago."""
    moment = now or utc_now()
    return [
        name for name in JOBS if _is_enabled(config, name) and _is_due(db, config, name, moment)
    ]


def run_scheduled_jobs(
    db: Database,
    config: Config,
    *,
    options: Options | None = None,
    on_result: Callable[[JobResult], None] = lambda _result: None,
    on_passed_over: Callable[[str, str], None] = lambda _job, _why: None,
) -> list[JobResult]:
    """Run what is overdue, one after the other, and give the results.

    A job with any row younger than six hours is left alone: its own timer has it in hand.
    A job that is running already is passed over. A signal ends the round.
    """
    chosen = options or Options()
    results = []
    for job_name in get_overdue_jobs(db, config, now=chosen.clock.now()):
        if ran_lately(db, job_name, chosen.clock.now()):
            on_passed_over(job_name, "it is due, and ran less than six hours ago")
            continue
        try:
            result = run_job(db, config, job_name, chosen)
        except TemporaryError as error:
            on_passed_over(job_name, error.message)
            continue
        results.append(result)
        on_result(result)
        if result.signal is not None:
            break
    return results


def get_schedule_status(
    db: Database, config: Config | None = None, *, now: datetime | None = None
) -> dict[str, Any]:
    """Give every job's interval, last run, last done, and whether it is overdue or late."""
    return {"jobs": [_status(db, config, name, now or utc_now()) for name in JOBS]}


def last_done(db: Database, job_name: str, now: datetime | None = None) -> datetime | None:
    """When the newest run began that did what was to be done; None where there is none.

    A row of the future was written by a clock that ran ahead, and says nothing.
    """
    row = db.first(
        """
        SELECT started_at FROM scheduled_runs
        WHERE job_name = :job_name AND (status IN ('success', 'partial')
              OR (status = 'skipped' AND json_extract(details, '$.reason') = 'nothing_due'))
              AND started_at <= :now
        ORDER BY id DESC LIMIT 1
        """,
        {"job_name": job_name, "now": to_text(now or utc_now())},
    )
    return None if row is None else from_text(row["started_at"])


def overdue_from(done: datetime, interval_days: int) -> datetime:
    """From when on a job is overdue that was last done then."""
    return done + timedelta(days=interval_days) - EARLY


def late_after(done: datetime, interval_days: int) -> datetime:
    """From when on a job is late that was last done then."""
    interval = timedelta(days=interval_days)
    return done + interval + max(GRACE, interval / 10)


def ran_lately(db: Database, job_name: str, now: datetime) -> bool:
    """Say whether a job has a row younger than six hours: its own timer has it in hand."""
    last = db.get_last_run(job_name)
    return last is not None and timedelta() <= now - from_text(last["started_at"]) < LEFT_ALONE


def _status(db: Database, config: Config | None, job_name: str, now: datetime) -> dict[str, Any]:
    done = last_done(db, job_name, now)
    interval = _interval(config, job_name)
    last = db.get_last_run(job_name)
    return {
        "name": job_name,
        "summary": JOBS[job_name].summary,
        "interval_days": interval.days,
        "enabled": _is_enabled(config, job_name),
        "last_run": last["started_at"] if last else None,
        "last_status": last["status"] if last else None,
        "last_done": None if done is None else to_text(done),
        "overdue": _is_due(db, config, job_name, now),
        "late": done is not None and now > late_after(done, interval.days),
    }


def _is_due(db: Database, config: Config | None, job_name: str, now: datetime) -> bool:
    done = last_done(db, job_name, now)
    return done is None or now >= overdue_from(done, _interval(config, job_name).days)


def _interval(config: Config | None, job_name: str) -> timedelta:
    days = config.interval_days(job_name) if config else DEFAULT_INTERVAL_DAYS[job_name]
    return timedelta(days=days)


def _is_enabled(config: Config | None, job_name: str) -> bool:
    return config is None or config.job(job_name).enabled
