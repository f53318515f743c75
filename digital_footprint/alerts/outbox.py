"""What is to be told, and on which channels: the table `outbox`.

A row is written in one transaction with what it tells of, and once for ever for each event of
each subject on each channel: whoever enters it again changes nothing.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from digital_footprint.config import Config
from digital_footprint.database import Database, Row

if TYPE_CHECKING:
    from digital_footprint.settings import ChannelSettings

# A ping tells a service how runs end, and is no message to a person.
TOLD_KINDS = frozenset({"apprise", "desktop"})


class Event(StrEnum):
    """What can be told of; stored."""

    BASELINE = "baseline"
    NEW = "new"
    UPGRADED = "upgraded"
    RESURFACED = "resurfaced"
    REMOVED = "removed"
    LISTED_AGAIN = "listed_again"
    LATE = "late"
    FAILING = "failing"
    NOT_STARTED = "not_started"
    BLIND = "blind"
    OPEN = "open"
    REPORT = "report"
    DRILL = "drill"


def enqueue(
    db: Database,
    config: Config,
    *,
    event: Event,
    subject: str,
    at: str,
    run_id: int | None,
    person_id: int | None = None,
    finding: int | None = None,
    removal_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Enter an event for every channel that is told things, within the caller's transaction.

    `subject` names what happened and where it is recorded, as in `finding_event:123` or
    `job:breach_recheck:2026-11-20T04:00:00Z`. Gives on how many channels that was news.
    """
    row = {
        "event": event,
        "subject": subject,
        "at": at,
        "run_id": run_id,
        "person_id": person_id,
        "finding": finding,
        "removal_id": removal_id,
        "details": json.dumps(dict(details or {})),
    }
    return sum(enter(db, name, row) for name in told_channels(db, config))


def enter(db: Database, channel: str, row: Mapping[str, Any]) -> int:
    """Enter one row for one channel, unless it was ever entered; give how many were."""
    return db.execute(
        """
        INSERT INTO outbox
            (channel, event, subject, run_id, person_id, finding, removal_id, details, created_at)
        VALUES
            (:channel, :event, :subject, :run_id, :person_id, :finding, :removal_id, :details, :at)
        ON CONFLICT (channel, subject, event) DO NOTHING
        """,
        {"channel": channel, **row},
    )


def told_channels(db: Database, config: Config) -> "dict[str, ChannelSettings]":
    """Give the channels that are told what happens from now on, by name.

    One that is new is told first what is open, and what happens after that.
    """
    wanted = switched_on(config)
    if not wanted:
        return {}
    known = {row["name"] for row in db.query("SELECT name FROM channels")}
    return {name: channel for name, channel in wanted.items() if name in known}


def is_any_known(db: Database) -> bool:
    """Say whether any channel was ever told something, and was not let go of since."""
    return db.first("SELECT 1 FROM channels LIMIT 1") is not None


def switched_on(config: Config) -> "dict[str, ChannelSettings]":
    """Give the channels of the configuration that carry messages and are on."""
    return {
        name: channel
        for name, channel in config.settings.alerts.channels.items()
        if channel.enabled and channel.kind in TOLD_KINDS
    }


def of_message(db: Database, message_id: int) -> list[Row]:
    """Give the rows that one message tells of, in the order in which they happened."""
    rows = db.query("SELECT * FROM outbox WHERE message = :id ORDER BY id", {"id": message_id})
    return [{**row, "details": json.loads(row["details"])} for row in rows]
