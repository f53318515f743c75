"""Runs a job by its name, or one after the other what is due."""

from collections.abc import Callable

from digital_footprint.clock import utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError, TemporaryError
from digital_footprint.model import JobResult
from digital_footprint.scheduler.attempt import Options, Outcome, attempt
from digital_footprint.scheduler.due import (
    get_overdue_jobs,
    get_schedule_status,
    ran_lately,
    require_job,
)
from digital_footprint.scheduler.jobs import JOBS

__all__ = [
    "get_overdue_jobs",
    "get_schedule_status",
    "record_failure",
    "record_failures",
    "require_job",
    "run_job",
    "run_scheduled_jobs",
]


def run_job(
    db: Database, config: Config, job_name: str, options: Options | None = None
) -> JobResult:
    """Run one job by name, as one row.

    Raises UsageError for an unknown name, TemporaryError when it is running already.
    """
    return JOBS[require_job(job_name)](db, config, options or Options())


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
