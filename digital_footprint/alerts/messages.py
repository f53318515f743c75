"""How a message stands: the table `messages`.

pending -> sending, committed before the first byte leaves -> sent, or pending again when the
channel says that it did not take it. A message whose end nobody saw is sent once more, and then
given up as uncertain: what may have arrived twice is not sent a third time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digital_footprint.alerts import timing
from digital_footprint.alerts.outbox import Event
from digital_footprint.clock import to_text
from digital_footprint.database import Database, Row

CUT_OFF = "cut off while it was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message on one channel; `unseen_ends`: how often nobody knows whether it arrived."""

    id: int
    channel: str
    run_id: int | None
    attempts: int
    unseen_ends: int


def bind(db: Database, channel: str, digest: str, *, now: datetime, abandoned: datetime) -> None:
    """Put what waits for a channel into messages: one for each run, or one for a digest.

    A run that is under way still adds to its rows; one begun before `abandoned` is dead.
    """
    rows = db.query(
        """
        SELECT o.id, o.event, o.run_id, o.created_at, r.started_at AS running_since
        FROM outbox AS o LEFT JOIN scheduled_runs AS r ON r.id = o.run_id AND r.status = 'running'
        WHERE o.channel = :channel AND o.message IS NULL AND o.event <> 'drill' ORDER BY o.id
        """,
        {"channel": channel},
    )
    still = to_text(abandoned)
    over = [row for row in rows if (row["running_since"] or "") <= still]
    for run_id, ids in _groups(over, digest, now).items():
        add(db, channel, ids, run_id=run_id, now=now)


def add(
    db: Database, channel: str, rows: Iterable[int], *, run_id: int | None, now: datetime
) -> int:
    """Make one message of rows of the outbox, within the caller's transaction; give its id."""
    at = to_text(now)
    values = {"channel": channel, "run_id": run_id, "created_at": at, "not_before": at}
    message_id = db.insert("messages", values)
    for row_id in rows:
        db.execute("UPDATE outbox SET message = :m WHERE id = :id", {"m": message_id, "id": row_id})
    return message_id


def end_dead(db: Database, now: datetime) -> list[Message]:
    """Settle what a sender that died left behind; only for who holds the lock of all senders."""
    dead = _messages(db, "state = 'sending'", {})
    for message in dead:
        unseen(db, message, CUT_OFF, again=now)
    return dead


def drop_drills(db: Database) -> None:
    """Give up the drills whose sender died: whoever waited for them has gone."""
    db.execute(
        """
        UPDATE messages SET state = 'dropped', error = :error
        WHERE state IN ('pending', 'sending')
              AND id IN (SELECT message FROM outbox WHERE event = 'drill')
        """,
        {"error": CUT_OFF},
    )


def due(db: Database, channels: Sequence[str], now: datetime) -> list[Message]:
    """Give what may be sent now on these channels, what never failed first, then by age."""
    wanted = {f"c{number}": name for number, name in enumerate(channels)}
    where = f"""
    state = 'pending' AND not_before <= :now AND channel IN ({", ".join(f":{c}" for c in wanted)})
    ORDER BY attempts, id
    """
    return _messages(db, where, {"now": to_text(now), **wanted})


def hold(db: Database, channel: str, until: datetime) -> None:
    """Let nothing but a drill leave on a channel before a moment."""
    db.execute(
        """
        UPDATE messages SET not_before = :until
        WHERE channel = :channel AND state = 'pending' AND not_before < :until
              AND id NOT IN (SELECT message FROM outbox WHERE event = 'drill'
                             AND message IS NOT NULL)
        """,
        {"channel": channel, "until": to_text(until)},
    )


def bring_near(db: Database, now: datetime) -> None:
    """Let what is put off for longer than a day, the longest there is, leave at once."""
    db.execute(
        "UPDATE messages SET not_before = :now WHERE state = 'pending' AND not_before > :far",
        {"now": to_text(now), "far": to_text(now + timedelta(days=1))},
    )


def release(db: Database, channel: str, now: datetime) -> None:
    """Let what waits on a channel leave at once."""
    db.execute(
        "UPDATE messages SET not_before = :now WHERE channel = :channel AND state = 'pending'",
        {"channel": channel, "now": to_text(now)},
    )


def begin(db: Database, message: Message) -> None:
    """Note that its bytes leave now, within the caller's transaction, which ends before they do."""
    db.execute(
        "UPDATE messages SET state = 'sending', attempts = attempts + 1 WHERE id = :id",
        {"id": message.id},
    )


def arrived(db: Database, message: Message, now: datetime) -> None:
    """Note that the channel took it."""
    db.execute(
        "UPDATE messages SET state = 'sent', sent_at = :at, error = NULL WHERE id = :id",
        {"id": message.id, "at": to_text(now)},
    )


def refused(db: Database, message: Message, error: str, *, again: datetime) -> None:
    """Note that the channel did not take it, why, and when it is tried again."""
    db.execute(
        "UPDATE messages SET state = 'pending', error = :error, not_before = :at WHERE id = :id",
        {"id": message.id, "error": error, "at": to_text(again)},
    )


def unseen(db: Database, message: Message, error: str, *, again: datetime) -> bool:
    """Note that nobody knows whether it arrived; say whether it is given up for that."""
    db.execute(
        """
        UPDATE messages SET state = CASE unseen_ends WHEN 0 THEN 'pending' ELSE 'uncertain' END,
            unseen_ends = unseen_ends + 1, error = :error, not_before = :at
        WHERE id = :id
        """,
        {"id": message.id, "error": error, "at": to_text(again)},
    )
    return message.unseen_ends > 0


def drop(db: Database, message: Message, error: str | None = None) -> None:
    """Give up a message that has nothing to tell any more."""
    db.execute(
        "UPDATE messages SET state = 'dropped', error = :error WHERE id = :id",
        {"id": message.id, "error": error},
    )


def next_due(db: Database) -> str | None:
    """Give when the next waiting message may be sent, UTC text; None where none waits."""
    row = db.first("SELECT min(not_before) AS at FROM messages WHERE state = 'pending'")
    return row["at"] if row else None


def _groups(rows: Sequence[Row], digest: str, now: datetime) -> dict[int | None, list[int]]:
    """Sort rows by the message that they go into: by run; those of a digest have none."""
    groups: dict[int | None, list[int]] = defaultdict(list)
    begin_of_period = to_text(timing.period_begin(digest, now))
    for row in rows:
        at_once = digest == "off" or row["event"] == Event.OPEN
        if at_once:
            groups[row["run_id"]].append(row["id"])
        elif row["created_at"] < begin_of_period or row["created_at"] > to_text(now):
            groups[None].append(row["id"])
    return groups


def _messages(db: Database, where: str, parameters: Row) -> list[Message]:
    rows = db.query(
        f"SELECT id, channel, run_id, attempts, unseen_ends FROM messages WHERE {where}",  # noqa: S608 - conditions of this module alone
        parameters,
    )
    return [Message(**row) for row in rows]
