"""Decides what a channel that is new is told: one message of what is open, and no backlog.

One that was off, or away, missed what happened meanwhile: it is new when it comes back.
"""

from datetime import datetime
from uuid import uuid4

from digital_footprint import consents, people
from digital_footprint.alerts import agreement, outbox
from digital_footprint.alerts.outbox import Event
from digital_footprint.clock import to_text
from digital_footprint.config import Config
from digital_footprint.database import Database


def welcome(db: Database, config: Config, *, now: datetime, run_id: int | None) -> list[str]:
    """Take up the channels that are new in the configuration; say what it was taken to agree to."""
    known = outbox.told_channels(db, config)
    for name in outbox.switched_on(config):
        if name not in known:
            with db.transaction():
                begin(db, name, now=now, run_id=run_id)
    return _agreed_by_configuration(db, config)


def leave(db: Database, config: Config) -> None:
    """Let go of the channels that were turned off, or taken out of the configuration by hand."""
    for row in db.query("SELECT name FROM channels"):
        if row["name"] not in outbox.switched_on(config):
            with db.transaction():
                end(db, row["name"])
                if row["name"] not in config.settings.alerts.channels:
                    withdraw_all(db, row["name"])


def end(db: Database, channel: str) -> int:
    """Tell a channel nothing more, within the caller's transaction; give how many waited."""
    here = {"name": channel}
    db.execute("DELETE FROM outbox WHERE channel = :name AND message IS NULL", here)
    db.execute("DELETE FROM channels WHERE name = :name", here)
    return db.execute(
        """
        UPDATE messages SET state = 'dropped', error = 'the channel was removed or turned off'
        WHERE channel = :name AND state IN ('pending', 'sending')
        """,
        here,
    )


def withdraw_all(db: Database, channel: str) -> None:
    """Name nobody there any more: another channel of that name may go to somebody else."""
    for person in people.list_persons(db):
        consents.withdraw(db, person.id, agreement.wording(channel))


def begin(db: Database, channel: str, *, now: datetime, run_id: int | None) -> None:
    """Tell a channel things from now on, beginning with what is open."""
    at = to_text(now)
    db.insert("channels", {"name": channel, "known_since": at})
    row = {
        "event": Event.OPEN,
        # A channel may go and come back within a second; each time it is told anew.
        "subject": f"channel:{channel}:{at}:{uuid4().hex}",
        "at": at,
        "run_id": run_id,
        "person_id": None,
        "finding": None,
        "removal_id": None,
        "details": "{}",
    }
    outbox.enter(db, channel, row)


def _agreed_by_configuration(db: Database, config: Config) -> list[str]:
    """Take `detail = "full"`, written by hand, for the consent of who is registered, once."""
    said = []
    for name, channel in outbox.switched_on(config).items():
        if channel.detail != "full":
            continue
        count = consents.give_by_configuration(db, agreement.wording(name))
        if count:
            said.append(
                f'`detail = "full"` of {name} in {config.paths.config_file} was taken as the '
                f"consent of {count} to be named there; see: footprint alert list"
            )
    return said
