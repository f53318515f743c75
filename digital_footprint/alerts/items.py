"""What a message tells of, as it stands in the database at the moment of sending."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from digital_footprint.alerts.outbox import Event
from digital_footprint.clock import today
from digital_footprint.database import Database, Row
from digital_footprint.life import GONE_AFTER, OPEN_STATES

# Of two events of one finding in one message the first of these is told.
FINDING_EVENTS = (Event.BASELINE, Event.NEW, Event.RESURFACED, Event.UPGRADED)
REMOVAL_EVENTS = (Event.REMOVED, Event.LISTED_AGAIN)
# Tiers of what is to be acted on today; 0 is a stealer log.
URGENT = 1
NO_FINDING = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of the outbox with what it is about; a finding's or a listing's, or the watcher's.

    `title` and `person` came from outside or from the household. `thing`: the job or the source
    that a notice is about, in which `episode` of its trouble.
    """

    event: Event
    person_id: int | None = None
    person: str = ""
    finding: int | None = None
    removal: int | None = None
    title: str = ""
    kind: str = ""
    tier: int = NO_FINDING
    stealer_log: bool = False
    sensitive: bool = False
    thing: str = ""
    episode: str = ""

    @property
    def is_urgent(self) -> bool:
        """Say whether it is to be acted on today."""
        return self.tier <= URGENT


@dataclass(frozen=True, slots=True)
class Totals:
    """How many findings there are, and of them open, open and most urgent, stealer logs."""

    all: int
    open: int
    urgent: int
    stealer_logs: int


def of_message(db: Database, message_id: int, on: date | None = None) -> list[Item]:
    """Give what a message tells of, the most urgent first.

    What was forgotten is not there, nor what is not open any more by the day on which it is told.
    """
    here = {"id": message_id, "today": (on or today()).isoformat()}
    items = [_item(row) for row in db.query(_ITEMS, here)]
    ordered = sorted(items, key=lambda one: (one.tier, not one.stealer_log))
    return _without_repeats(ordered)


def totals(db: Database, on: date | None = None) -> Totals:
    """Count the findings of the whole household as they stand on a day, by default today."""
    row = db.first(_TOTALS, {"today": (on or today()).isoformat()}) or {}
    return Totals(row["all"], row["open"] or 0, row["urgent"] or 0, row["stealer_logs"] or 0)


def persons_of(items: Sequence[Item]) -> dict[int, str]:
    """Give the persons concerned, name by id."""
    return {one.person_id: one.person for one in items if one.person_id is not None}


def document(one: Item) -> dict[str, Any]:
    """Give what `alert show` prints of one item."""
    return {
        "event": str(one.event),
        "person": one.person or None,
        "finding": one.finding,
        "removal": one.removal,
        "title": one.title or one.thing or None,
        "tier": None if one.finding is None else one.tier,
    }


def _without_repeats(items: Sequence[Item]) -> list[Item]:
    told: dict[int, Event] = {}
    for event in FINDING_EVENTS:
        for one in items:
            if one.finding is not None and one.event is event:
                told.setdefault(one.finding, event)
    seen: set[int] = set()
    kept = []
    for one in items:
        if one.finding is not None:
            if one.event is not told[one.finding] or one.finding in seen:
                continue
            seen.add(one.finding)
        kept.append(one)
    return kept


def _item(row: Row) -> Item:
    flags = frozenset(json.loads(row["flags"] or "[]"))
    details = json.loads(row["details"])
    return Item(
        event=Event(row["event"]),
        person_id=row["person_id"],
        person=row["person"] or "",
        finding=row["finding"],
        removal=row["removal_id"],
        title=row["title"] or row["broker"] or "",
        kind=row["kind"] or "",
        tier=NO_FINDING if row["tier"] is None else row["tier"],
        stealer_log=row["kind"] == "stealer" or "stealer_log" in flags,
        sensitive="sensitive" in flags,
        thing=details.get("subject", ""),
        episode=details.get("episode", ""),
    )


_OPEN_NAMES = ", ".join(f"'{one}'" for one in sorted(OPEN_STATES))
_IS_OPEN = f"""
(f.state IN ({_OPEN_NAMES})
 OR f.state IN ('snoozed', 'accepted') AND f.until < :today
    AND EXISTS (SELECT 1 FROM witnesses AS w WHERE w.finding = f.id AND w.missed < {GONE_AFTER}))
"""  # noqa: S608 - as below
_ITEMS = f"""
SELECT o.event, o.details, o.person_id, o.finding, o.removal_id, p.name AS person, f.title, f.kind,
       f.tier, json_extract(f.details, '$.flags') AS flags, r.broker
FROM outbox AS o
LEFT JOIN persons AS p ON p.id = o.person_id
LEFT JOIN findings AS f ON f.id = o.finding
LEFT JOIN removals AS r ON r.id = o.removal_id
WHERE o.message = :id AND (o.finding IS NULL OR {_IS_OPEN}) ORDER BY o.id
"""  # noqa: S608 - as below
_IS_STEALER_LOG = """
(f.kind = 'stealer' OR EXISTS (SELECT 1 FROM json_each(f.details, '$.flags')
                               WHERE value = 'stealer_log'))
"""
_TOTALS = f"""
SELECT count(*) AS "all", sum(is_open) AS open,
       sum(is_open AND tier <= {URGENT}) AS urgent,
       sum(is_open AND is_stealer_log) AS stealer_logs
FROM (SELECT f.tier, {_IS_OPEN} AS is_open, {_IS_STEALER_LOG} AS is_stealer_log FROM findings AS f)
"""  # noqa: S608 - parts of this module alone
