"""Decides what the report says of the watcher itself, from the rows of the database alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from digital_footprint import __version__
from digital_footprint.alerts import notices, standing
from digital_footprint.clock import to_text
from digital_footprint.report.facts import ChannelCard, JobCard, Notice, RunCell, Watcher
from digital_footprint.report.scope import Scope, only
from digital_footprint.scheduler.due import get_schedule_status

RUNS_SHOWN = 30
LEDGER_DAYS = 30
FAILED = ("failed", "interrupted")


def watcher(scope: Scope) -> Watcher:
    """Give jobs, notices, channels, what left the machine lately, and the size of it all."""
    return Watcher(
        jobs=job_cards(scope),
        notices=_notices(scope),
        channels=channel_cards(scope),
        drill_at=standing.last_drill(scope.db),
        requests=_requests(scope),
        database_bytes=scope.db.size(),
        version=__version__,
    )


def job_cards(scope: Scope) -> tuple[JobCard, ...]:
    """Give every job with its last runs."""
    status = get_schedule_status(scope.db, scope.config, now=scope.now)
    return tuple(_job_card(scope, one) for one in status["jobs"])


def channel_cards(scope: Scope) -> tuple[ChannelCard, ...]:
    """Give every channel with its messages; its name and errors are the household's own words."""
    cards = standing.channel_cards(scope.db, scope.config)
    if not scope.is_shareable:
        return cards
    return tuple(
        replace(one, name=f"channel {number}", last_error=None)
        for number, one in enumerate(cards, start=1)
    )


def _job_card(scope: Scope, status: Mapping[str, Any]) -> JobCard:
    runs = scope.db.get_run_history(RUNS_SHOWN, job_name=status["name"])
    return JobCard(
        name=status["name"],
        summary=status["summary"],
        every_days=status["interval_days"],
        state=_state(status),
        last_run_at=status["last_run"],
        last_status=status["last_status"],
        last_done_at=status["last_done"],
        runs=tuple(
            RunCell(run=row["id"], started_at=row["started_at"], status=row["status"])
            for row in reversed(runs)
        ),
    )


def _state(status: Mapping[str, Any]) -> str:
    """Give the one word for a job: the first that is true, the gravest first."""
    if not status["enabled"]:
        return "disabled"
    if status["last_status"] == "running":
        return "running"
    if status["last_status"] is None:
        return "never"
    if status["last_status"] in FAILED:
        return "failing"
    return "late" if status["late"] else "ok"


def _notices(scope: Scope) -> tuple[Notice, ...]:
    """Give what is on record; where nothing is, what is wrong by the rows of this moment."""
    noted = notices.open_notices(scope.db)
    return noted or tuple(
        _notice(scope, one) for one in notices.troubles(scope.db, scope.config, (), scope.now)
    )


def _notice(scope: Scope, one: notices.Trouble) -> Notice:
    text, hint = notices.words(one.event, one.subject, one.episode)
    since = to_text(scope.now) if one.episode == notices.NEVER else one.episode
    return Notice(raised_at=since, text=text, hint=hint)


def _requests(scope: Scope) -> tuple[tuple[str, int], ...]:
    condition, person = only(scope, "person_id")
    rows = scope.db.query(
        f"""
        SELECT recipient, count(*) AS n FROM disclosures
        WHERE sent_at > :since AND sent_at <= :now AND person_id IS NOT NULL AND {condition}
        GROUP BY recipient ORDER BY n DESC, recipient
        """,  # noqa: S608 - a condition of ours
        {
            **person,
            "since": to_text(scope.now - timedelta(days=LEDGER_DAYS)),
            "now": to_text(scope.now),
        },
    )
    return tuple((scope.outside(row["recipient"]) or "another recipient", row["n"]) for row in rows)
