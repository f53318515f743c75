"""Expected firings x scheduled_runs -> which runs were missed; no scheduler is asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from digital_footprint.clock import from_text, to_text, utc_now
from digital_footprint.database import Database, Row
from digital_footprint.schedule import Missed
from footprint_timers import calendars
from footprint_timers.causes import Cause
from footprint_timers.installation import Period

# A firing may wait that long for its random delay, for the jobs before it, for the machine's load.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAudit:
    """How many firings of a job were due since it was installed, and how many left a row."""

    name: str
    since: str
    expected: int
    recorded: int
    missed: tuple[Missed, ...]


class Why(Protocol):
    """Whoever knows this machine's past."""

    def __call__(
        self, job_name: str, firing: datetime, following: datetime, *, is_last: bool
    ) -> Cause:
        """Give why a firing left no row up to the following one; `is_last`: nor any later one."""


def audit_jobs(
    db: Database, jobs: Mapping[str, Sequence[Period]], why: Why, *, now: datetime | None = None
) -> tuple[JobAudit, ...]:
    """Audit every job that has or had a timer; `why` is asked of each firing that was missed."""
    moment = now or utc_now()
    return tuple(
        _audit(db, name, periods, why, moment) for name, periods in jobs.items() if periods
    )


def expected_firings(periods: Sequence[Period], now: datetime) -> list[datetime]:
    """Give every firing that should have left a row by now."""
    return [
        firing
        for period in periods
        for firing in calendars.firings(period.slot, from_text(period.since), _end(period, now))
    ]


def _audit(db: Database, name: str, periods: Sequence[Period], why: Why, now: datetime) -> JobAudit:
    due = expected_firings(periods, now)
    rows = _rows_since(db, name, periods[0].since)
    newest = max((from_text(row["started_at"]) for row in rows), default=None)
    missed = tuple(
        Missed(
            job=name,
            scheduled_for=to_text(firing),
            cause=why(name, firing, following, is_last=newest is None or newest < firing),
        )
        for firing, following in _spans(due, now)
        if not any(_answers(row, firing, following, now) for row in rows)
    )
    return JobAudit(
        name=name,
        since=periods[0].since,
        expected=len(due),
        recorded=len(due) - len(missed),
        missed=missed,
    )


def _spans(due: Sequence[datetime], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give each firing with the moment from which a run belongs to the next one."""
    return zip(due, [*due[1:], now + PATIENCE], strict=True) if due else iter(())


def _answers(row: Row, firing: datetime, following: datetime, now: datetime) -> bool:
    """Say whether a run was begun or under way between a firing and the next, whoever began it.

    A run that was under way when its timer fired takes the firing's place.
    """
    begun = from_text(row["started_at"])
    ended = from_text(row["completed_at"]) if row["completed_at"] else begun
    if row["status"] == "running":
        ended = now
    return begun < following and ended >= firing


def _end(period: Period, now: datetime) -> datetime:
    """Give the end of what can be judged: the period's own, or what had time to begin by now."""
    judged = now - PATIENCE
    return min(from_text(period.until), judged) if period.until else judged


def _rows_since(db: Database, name: str, since: str) -> list[Row]:
    # A day before: a run may have been under way when the timer was installed.
    earliest = to_text(from_text(since) - timedelta(days=1))
    return db.query(
        """
        SELECT started_at, completed_at, status FROM scheduled_runs
        WHERE job_name = :name AND started_at >= :earliest ORDER BY id
        """,
        {"name": name, "earliest": earliest},
    )
