"""Decides which jobs are due, and tells how the schedule stands, by the rows alone.

Times: a job is overdue from half an hour before its interval ends, so that a timer's jitter
never costs a whole interval; it is late six hours, or a tenth of the interval, after.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from digital_footprint.clock import from_text, to_text, utc_now
from digital_footprint.config import DEFAULT_INTERVAL_DAYS, Config, nearest
from digital_footprint.database import Database
from digital_footprint.errors import UsageError

# The jobs there are. Apart from what they do, which takes much to load: timers know them by name.
SUMMARIES: Mapping[str, str] = {
    "breach_recheck": "asks the breach sources about every address of every person",
    "dark_web_monitor": (
        "asks for pastes, onion pages, infostealer logs and accounts of every address"
    ),
    "verify_removals": "looks again at every broker listing whose next check is due",
    "generate_report": "writes the exposure report, from the database alone",
}
NAMES = tuple(SUMMARIES)

EARLY = timedelta(minutes=30)
GRACE = timedelta(hours=6)
LEFT_ALONE = timedelta(hours=6)


def require_job(job_name: str) -> str:
    """Give the name of a job.

    Raises UsageError, with the names that exist, for any other.
    """
    if job_name not in NAMES:
        raise UsageError(
            f"no job is called {job_name!r}{nearest(job_name, list(NAMES))}",
            hint=f"jobs: {', '.join(NAMES)}",
        )
    return job_name


def get_overdue_jobs(
    db: Database, config: Config | None = None, *, now: datetime | None = None
) -> list[str]:
    """Give the jobs that are due now: switched on, and never done or done an interval ago."""
    moment = now or utc_now()
    return [
        name for name in NAMES if _is_enabled(config, name) and _is_due(db, config, name, moment)
    ]


def get_schedule_status(
    db: Database, config: Config | None = None, *, now: datetime | None = None
) -> dict[str, Any]:
    """Give every job's interval, last run, last done, and whether it is overdue or late."""
    return {"jobs": [_status(db, config, name, now or utc_now()) for name in NAMES]}


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
        "summary": SUMMARIES[job_name],
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
