"""Decides what the report says of the watcher itself, from the rows of the database alone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from digital_footprint import __version__
from digital_footprint.alerts import notices
from digital_footprint.clock import to_text
from digital_footprint.report.facts import ChannelCard, JobCard, Notice, RunCell, Watcher
from digital_footprint.report.scope import Scope, only
from digital_footprint.scheduler.runner import get_schedule_status

RUNS_SHOWN = 30
LEDGER_DAYS = 30
FAILED = ("failed", "interrupted")


def watcher(scope: Scope) -> Watcher:
    """Give jobs, notices, channels, what left the machine lately, and the size of it all."""
    return Watcher(
        jobs=job_cards(scope),
        notices=_notices(scope),
        channels=channel_cards(scope),
        drill_at=_drill_at(scope),
        requests=_requests(scope),
        database_bytes=scope.db.size(),
        version=__version__,
    )


def job_cards(scope: Scope) -> tuple[JobCard, ...]:
    """Give every job with its last runs."""
    status = get_schedule_status(scope.db, scope.config, now=scope.now)
    return tuple(_job_card(scope, one) for one in status["jobs"])


def channel_cards(scope: Scope) -> tuple[ChannelCard, ...]:
    """Give every channel that is set up, or was once, with its messages."""
    configured = scope.config.settings.alerts.channels
    known = [row["name"] for row in scope.db.query("SELECT name FROM channels")]
    return tuple(
        ChannelCard(
            name=f"channel {number}" if scope.is_shareable else name,
            kind=configured[name].kind if name in configured else "not configured",
            detail=configured[name].detail if name in configured else "",
            **_messages(scope, name),
        )
        for number, name in enumerate(sorted({*configured, *known}), start=1)
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


def _messages(scope: Scope, channel: str) -> dict[str, Any]:
    row = scope.db.first(
        """
        SELECT coalesce(sum(state IN ('sent', 'uncertain')), 0) AS sent,
               coalesce(sum(state IN ('pending', 'sending')), 0) AS waiting,
               coalesce(sum(state = 'dropped'), 0) AS failed, max(sent_at) AS last_sent_at
        FROM messages WHERE channel = :channel
        """,
        {"channel": channel},
    )
    newest = scope.db.first(
        "SELECT error FROM messages WHERE channel = :channel ORDER BY id DESC LIMIT 1",
        {"channel": channel},
    )
    error = newest["error"] if newest and not scope.is_shareable else None
    return {**(row or {}), "last_error": error}


def _drill_at(scope: Scope) -> str | None:
    row = scope.db.first(
        """
        SELECT max(m.sent_at) AS at FROM outbox AS o JOIN messages AS m ON m.id = o.message
        WHERE o.event = 'drill' AND m.state = 'sent'
        """
    )
    return row["at"] if row else None


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
    return tuple((row["recipient"], row["n"]) for row in rows)
