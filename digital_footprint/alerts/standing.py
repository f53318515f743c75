"""How each channel stands: what it was sent, what waits, what was given up."""

from typing import TYPE_CHECKING, Any

from digital_footprint import consents
from digital_footprint.alerts import agreement, items, texts
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config
from digital_footprint.database import Database, Row

if TYPE_CHECKING:
    from digital_footprint.report.facts import ChannelCard


def channel_cards(db: Database, config: Config) -> "tuple[ChannelCard, ...]":
    """Give every channel of the configuration, by name."""
    from digital_footprint.report.facts import ChannelCard  # who lists channels needs no report

    return tuple(
        ChannelCard(
            name=name,
            kind=channel.kind,
            detail=channel.detail,
            **{key: value for key, value in _counts(db, name).items() if key != "last_drill_at"},
        )
        for name, channel in sorted(config.settings.alerts.channels.items())
    )


def last_drill(db: Database) -> str | None:
    """Give when the last drill came through on any channel, UTC text."""
    row = db.first(f"SELECT max(m.sent_at) AS at FROM messages AS m WHERE {_IS_DRILL}")  # noqa: S608 - as below
    return row["at"] if row else None


def list_channels(db: Database, config: Config) -> list[dict[str, Any]]:
    """Give every channel in the documented shape of `alert list --json`."""
    return [of_channel(db, config, name) for name in sorted(config.settings.alerts.channels)]


def of_channel(db: Database, config: Config, name: str) -> dict[str, Any]:
    """Give one channel of the configuration in that shape."""
    channel = config.settings.alerts.channels[name]
    counts = _counts(db, name)
    muted = db.first(_MUTED, {"name": name, "now": to_text(utc_now())})
    return {
        "name": name,
        "kind": channel.kind,
        "enabled": channel.enabled,
        "detail": channel.detail,
        "digest": channel.digest,
        "quiet_hours": config.settings.alerts.quiet_hours,
        "muted_until": muted["until"] if muted else None,
        "sent": counts["sent"],
        "waiting": counts["waiting"],
        "given_up": counts["failed"],
        "last_sent_at": counts["last_sent_at"],
        "last_error": counts["last_error"],
        "last_drill_at": counts["last_drill_at"],
        "named": _named(db, name) if channel.detail == "full" else [],
    }


def waiting(db: Database, config: Config) -> list[dict[str, Any]]:
    """Give the messages that wait, as they would be said now, in the shape of `alert show`."""
    rows = db.query(
        """
        SELECT id, channel, created_at, not_before, attempts, unseen_ends, error FROM messages
        WHERE state IN ('pending', 'sending') ORDER BY id
        """
    )
    return [{**row, **_said(db, config, row)} for row in rows]


def _said(db: Database, config: Config, row: Row) -> dict[str, Any]:
    told = items.of_message(db, row["id"])
    settings = config.settings.alerts.channels.get(row["channel"])
    full = settings is not None and settings.detail == "full"
    named = consents.consenting(db, agreement.wording(row["channel"])) if full else frozenset()
    manner = texts.Manner(named, again=row["unseen_ends"] > 0)
    letter = texts.compose(told, items.totals(db), manner) if told else None
    return {
        "title": letter.title if letter else None,
        "body": letter.body if letter else None,
        "tells": [items.document(one) for one in told],
    }


def _named(db: Database, channel: str) -> list[str]:
    rows = consents.list_consents(db, agreement.wording(channel))
    return [row["person"] for row in rows if row["basis"]]


def _counts(db: Database, channel: str) -> Row:
    return db.first(_COUNTS, {"channel": channel}) or {}


_IS_DRILL = """
m.state = 'sent' AND m.id IN (SELECT message FROM outbox WHERE event = 'drill')
"""
_MUTED = "SELECT muted_until AS until FROM channels WHERE name = :name AND muted_until > :now"
_COUNTS = f"""
SELECT coalesce(sum(state = 'sent'), 0) AS sent,
       coalesce(sum(state IN ('pending', 'sending')), 0)
           + EXISTS (SELECT 1 FROM outbox WHERE channel = :channel AND message IS NULL) AS waiting,
       coalesce(sum(state = 'uncertain'), 0) AS failed,
       max(sent_at) AS last_sent_at,
       (SELECT error FROM messages AS e
        WHERE e.channel = :channel AND e.error IS NOT NULL
              AND (e.state IN ('pending', 'sending', 'uncertain')
                   OR e.id > (SELECT coalesce(max(id), 0) FROM messages
                              WHERE channel = :channel AND state = 'sent'))
        ORDER BY e.id DESC LIMIT 1) AS last_error,
       max(CASE WHEN {_IS_DRILL} THEN m.sent_at END) AS last_drill_at
FROM messages AS m WHERE channel = :channel
"""  # noqa: S608 - parts of this module alone
