"""Decides which events of findings and removals are told, and enters them into the outbox.

Called at the end of the transaction that wrote the events: both stand, or neither.
"""

import json

from digital_footprint.alerts import outbox
from digital_footprint.alerts.outbox import Event
from digital_footprint.config import Config
from digital_footprint.database import Database, Row
from digital_footprint.history import Event as FindingEvent


def newest(db: Database) -> tuple[int, int]:
    """Give the last event of a finding and of a removal, as a mark for `announce`."""
    row = db.first(
        """
        SELECT coalesce((SELECT max(id) FROM finding_events), 0) AS finding,
               coalesce((SELECT max(id) FROM removal_events), 0) AS removal
        """
    )
    return (row["finding"], row["removal"]) if row else (0, 0)


def announce(db: Database, config: Config, since: tuple[int, int]) -> None:
    """Enter what is to be told of the events written since a mark, within the transaction."""
    if not outbox.told_channels(db, config):
        return
    finding, removal = since
    # A look may be taken back in the very run that made it.
    db.execute(_TAKEN_BACK, {"since": removal})
    for row in db.query(_FINDING_EVENTS, {"since": finding}):
        _announce_finding(db, config, row)
    for row in db.query(_REMOVAL_EVENTS, {"since": removal}):
        _announce_removal(db, config, row)


def _announce_finding(db: Database, config: Config, row: Row) -> None:
    event = _told_of(FindingEvent(row["event"]), json.loads(row["details"]))
    if event is None:
        return
    outbox.enqueue(
        db,
        config,
        event=event,
        subject=f"finding_event:{row['id']}",
        at=row["at"],
        run_id=row["run_id"],
        person_id=row["person_id"],
        finding=row["finding"],
    )


def _told_of(event: FindingEvent, details: Row) -> Event | None:
    """Decide what an event of a finding is told as, if at all.

    What somebody put off, accepted or disowned has none of these: by each of them it is open
    again, and of somebody else's findings there is no news, see `life` and `changes`.
    """
    match event:
        case FindingEvent.FIRST_SEEN:
            return Event.BASELINE if details.get("baseline") else Event.NEW
        case FindingEvent.UPGRADED if details.get("raised") or details.get("added"):
            return Event.UPGRADED
        case FindingEvent.WITNESSED if details.get("raised"):
            return Event.UPGRADED
        case FindingEvent.RESURFACED:
            return Event.RESURFACED
        case _:
            return None


def _announce_removal(db: Database, config: Config, row: Row) -> None:
    outbox.enqueue(
        db,
        config,
        event=Event(row["told_as"]),
        subject=f"removal_event:{row['id']}",
        at=row["at"],
        run_id=row["run_id"],
        person_id=row["person_id"],
        removal_id=row["removal_id"],
    )


_FINDING_EVENTS = """
SELECT e.id, e.finding, e.run_id, e.at, e.event, e.details, i.person_id
FROM finding_events AS e
JOIN findings AS f ON f.id = e.finding JOIN identifiers AS i ON i.id = f.identifier_id
WHERE e.id > :since AND e.event IN ('first_seen', 'witnessed', 'upgraded', 'resurfaced')
ORDER BY e.id
"""
_TAKEN_BACK = """
DELETE FROM outbox
WHERE subject IN (SELECT 'removal_event:' || json_extract(details, '$.event')
                  FROM removal_events WHERE id > :since AND event = 'undone')
      AND (message IS NULL OR message IN (SELECT id FROM messages WHERE state = 'pending'))
"""
# The same moves as `new` and `verified` in the counts of a run, see `looks`.
_REMOVAL_EVENTS = """
SELECT e.id, e.removal_id, e.run_id, e.at, r.person_id,
       CASE e.event WHEN 'listed' THEN 'listed_again' ELSE 'removed' END AS told_as
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE e.id > :since
      AND (e.event = 'listed' AND e.to_state = 'resurfaced' AND e.from_state <> 'resurfaced'
           OR e.event = 'not_listed' AND e.to_state = 'removed_verified'
              AND e.from_state NOT IN ('removed_verified', 'recheck_due'))
ORDER BY e.id
"""
