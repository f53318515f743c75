"""Decides what is wrong with the watcher itself, and raises it once for each time it goes wrong.

Every run looks at all jobs, so that one that lives tells of one that does not.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digital_footprint.clock import from_text, to_text
from digital_footprint.config import Config
from digital_footprint.database import Database, Row
from digital_footprint.scheduler.due import EARLY, NAMES, get_schedule_status, late_after

if TYPE_CHECKING:
    from digital_footprint.report.facts import Notice
    from digital_footprint.schedule import Failure

NEVER = "never"
DONE = ("success", "partial", "skipped")
# So much later than the unit's own time-out may its failure be noted.
SLACK = timedelta(minutes=5)
# A machine that was turned on has made up for what it missed by then.
LONG_ENOUGH = timedelta(hours=2)
LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: event late, failing, not_started or blind; subject job or source.

    `episode`: what tells this time from another, UTC text or `never`.
    """

    event: str
    subject: str
    episode: str


def raise_new(
    db: Database,
    config: Config,
    failures: "Sequence[Failure]",
    now: datetime,
    tell: Callable[[Trouble], None],
) -> tuple[Trouble, ...]:
    """Enter what is wrong now and was not before, hand each to `tell` in the same transaction.

    What is over is ended. Gives what is new.
    """
    found = troubles(db, config, failures, now)
    with db.transaction():
        new = tuple(one for one in found if _enter(db, one, now))
        _end_others(db, found, now)
        for one in new:
            tell(one)
    return new


def troubles(
    db: Database, config: Config, failures: "Sequence[Failure]", now: datetime
) -> tuple[Trouble, ...]:
    """Give all that is wrong now, whether it was told or not."""
    return (
        *_of_jobs(db, config, now),
        *(one for each in failures for one in _not_started(db, config, each)),
        *_blind(db, config),
    )


def open_notices(db: Database) -> "tuple[Notice, ...]":
    """Give what is wrong by the last look, the newest first."""
    from digital_footprint.report.facts import Notice  # of all that it brings a run needs nothing

    rows = db.query("SELECT * FROM notices WHERE ended_at IS NULL ORDER BY raised_at DESC, id DESC")
    return tuple(
        Notice(
            raised_at=row["raised_at"],
            text=(told := words(row["event"], row["subject"], row["episode"]))[0],
            hint=told[1],
        )
        for row in rows
    )


def words(event: str, subject: str, episode: str) -> tuple[str, str]:
    """Say what is wrong, and the command that shows more of it."""
    since = episode[:10]
    match event:
        case "late" if episode == NEVER:
            return f"{subject} has never been done", "footprint-timers status"
        case "late":
            return f"{subject} is late: last done on {since}", "footprint-timers status"
        case "failing":
            return f"{subject} fails since {since}", f"footprint-job history --job {subject}"
        case "not_started":
            return f"{subject} could not start on {since}", "footprint-timers status"
        case "blind":
            hint = f"footprint coverage --source {subject}"
            return f"{subject} gives no answer since {since}", hint
    raise ValueError(event)


def _of_jobs(db: Database, config: Config, now: datetime) -> Iterator[Trouble]:
    began = (db.first("SELECT min(started_at) AS at FROM scheduled_runs") or {}).get("at")
    for job in get_schedule_status(db, config, now=now)["jobs"]:
        if not job["enabled"]:
            continue
        streak = _failed_in_a_row(db, job["name"])
        if len(streak) >= config.settings.alerts.failures:
            yield Trouble("failing", job["name"], streak[-1]["started_at"])
        elif not _skips(job) and _is_missing(db, job, began, now):
            yield Trouble("late", job["name"], job["last_done"] or NEVER)


def _failed_in_a_row(db: Database, job_name: str) -> list[Row]:
    """Give the newest activations of a job that all failed, the newest first.

    What the system tries again within one activation is one failure, not several.
    """
    rows = db.query(
        """
        SELECT started_at, attempt FROM scheduled_runs
        WHERE job_name = :job AND status IN ('failed', 'interrupted')
              AND id > (SELECT coalesce(max(id), 0) FROM scheduled_runs
                        WHERE job_name = :job AND status IN ('success', 'partial', 'skipped'))
        ORDER BY id DESC
        """,
        {"job": job_name},
    )
    return [row for row in rows if row["attempt"] == 1]


def _skips(job: Mapping[str, Any]) -> bool:
    """Say whether a job does run but has nothing to do yet: not done, and not late either."""
    return bool(job["last_status"] == "skipped" and job["last_run"] != job["last_done"])


def _is_missing(db: Database, job: Mapping[str, Any], began: str | None, now: datetime) -> bool:
    """Say whether a job is late although this machine was on: another one ran meanwhile.

    After a night that lasted a month everything is late until its timer has come, which takes
    minutes; whoever comes first is not to tell of the others.
    """
    start = job["last_done"] or began
    if start is None:
        return False
    row = db.first(
        """
        SELECT id FROM scheduled_runs
        WHERE job_name <> :job AND started_at > :deadline AND started_at <= :before LIMIT 1
        """,
        {
            "job": job["name"],
            "deadline": to_text(late_after(from_text(start), job["interval_days"])),
            "before": to_text(now - LONG_ENOUGH),
        },
    )
    return row is not None


def _not_started(db: Database, config: Config, failure: "Failure") -> Iterator[Trouble]:
    """Tell a unit that failed before there was a row from one whose row says why."""
    if failure.job not in NAMES or not failure.at:
        return
    at = from_text(failure.at)
    timeout = timedelta(minutes=config.job(failure.job).timeout_minutes)
    row = db.first(
        """
        SELECT id FROM scheduled_runs
        WHERE job_name = :job AND started_at >= :since
        """,
        {"job": failure.job, "since": to_text(at - timeout - SLACK)},
    )
    if row is None:
        yield Trouble("not_started", failure.job, failure.at)


def _blind(db: Database, config: Config) -> Iterator[Trouble]:
    """Give the sources that were asked over so many intervals and never answered."""
    suspects = list(_silent_lately(db))
    if not suspects:
        return
    # Imported here: a run with nobody to ask about has no suspects, and starts at once.
    from digital_footprint.coverage import every
    from digital_footprint.sources import profiles
    from digital_footprint.switches import On, switch

    intervals = config.settings.alerts.blind_intervals
    for profile in profiles():
        if profile.name not in suspects or not profile.says_clean:
            continue
        unanswered = list(_unanswered(db, profile.job, profile.name))
        if not unanswered or not isinstance(switch(db, config, profile), On):
            continue
        newest, oldest = from_text(unanswered[0]), from_text(unanswered[-1])
        if newest - oldest >= every(config, profile) * (intervals - 1) - EARLY:
            yield Trouble("blind", profile.name, unanswered[-1])


def _silent_lately(db: Database) -> Iterator[str]:
    """Give the sources that answered nobody in their job's newest run with any check."""
    for job_name in NAMES:
        for row in db.get_run_history(LOOKED_AT, job_name=job_name):
            if sources := json.loads(row["details"] or "{}").get("sources"):
                yield from (name for name, one in sources.items() if _is_silent(one))
                break


def _unanswered(db: Database, job_name: str, source: str) -> Iterator[str]:
    """Give when the newest runs began in which a source answered nobody, the newest first."""
    for row in db.get_run_history(LOOKED_AT, job_name=job_name):
        counts = json.loads(row["details"] or "{}").get("sources", {}).get(source)
        if counts and counts["answered"]:
            return
        if counts and _is_silent(counts):
            yield row["started_at"]


def _is_silent(counts: Mapping[str, Any]) -> bool:
    """Say whether a source was asked and answered nobody; that we broke off says nothing of it."""
    return not counts["answered"] and bool(set(counts["reasons"]) - {"interrupted", "no_consent"})


def _enter(db: Database, one: Trouble, now: datetime) -> bool:
    """Enter an episode; say whether it is new."""
    entered = db.execute(
        """
        INSERT OR IGNORE INTO notices (event, subject, episode, raised_at)
        VALUES (:event, :subject, :episode, :at)
        """,
        {"event": one.event, "subject": one.subject, "episode": one.episode, "at": to_text(now)},
    )
    return entered > 0


def _end_others(db: Database, found: Sequence[Trouble], now: datetime) -> None:
    """End what is over, and go on with what is wrong again in the same episode."""
    still = {(one.event, one.subject, one.episode) for one in found}
    for row in db.query("SELECT * FROM notices"):
        is_over = (row["event"], row["subject"], row["episode"]) not in still
        if is_over != (row["ended_at"] is not None):
            db.execute(
                "UPDATE notices SET ended_at = :at WHERE id = :id",
                {"at": to_text(now) if is_over else None, "id": row["id"]},
            )
