"""The history of a removal: its events in the order of time, and the row that they amount to.

`state` and `next_check_at` of a row are always what replaying its standing events gives.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from digital_footprint.clock import from_text, to_text
from digital_footprint.database import Database, Row
from digital_footprint.errors import UsageError
from digital_footprint.removal_dates import Pace, next_check_at
from digital_footprint.removal_events import (
    NAMES,
    Added,
    Event,
    Look,
    details_of,
    event_of,
)
from digital_footprint.removal_states import State, name_of, replay


@dataclass(frozen=True, slots=True)
class UnknownPace:
    """How a broker is looked at whose file is not there any more."""

    processing_days: int | None = None
    recheck_days: int = 30
    confirm_days: int = 3


CONSENT_VERSION = 1


@dataclass(frozen=True, slots=True)
class BrokerWording:
    """What saving a listing agrees to: that its address is asked for at its broker."""

    name: str
    consent_version: int = CONSENT_VERSION


def wording(broker: str) -> BrokerWording:
    """Give the consent that a saved listing at a broker stands for."""
    return BrokerWording(f"broker:{broker}")


# Of a removal `r`, with the parameter `version`.
AGREED = """EXISTS (
    SELECT 1 FROM consents AS c
    WHERE c.person_id = r.person_id AND c.source = 'broker:' || r.broker
    AND c.version = :version AND c.withdrawn_at IS NULL)"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event as it stands in the database; `undone`: taken back by the person."""

    id: int
    event: Event
    run_id: int | None
    from_state: str
    to_state: str
    details: Mapping[str, Any]
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """One saved listing with its whole history, in order of time.

    `agreed`: whether the person's consent stands that its page is asked for.
    """

    id: int
    person_id: int
    person: str
    region: str | None
    broker: str
    url: str
    attempts: int
    next_check_at: datetime | None
    added_at: str
    removed_at: str | None
    agreed: bool
    recorded: tuple[Recorded, ...] = field(default=(), repr=False)

    @property
    def history(self) -> list[Event]:
        """What stands: without what was taken back."""
        return [one.event for one in self.recorded if not one.undone]

    @property
    def state(self) -> State:
        """Where it stands."""
        return replay(self.history)


def pace_of(brokers: Mapping[str, Pace], slug: str) -> Pace:
    """Give when a broker is looked at, also one that is not known any more."""
    return brokers.get(slug) or UnknownPace()


def get(db: Database, removal_id: int) -> Removal:
    """Give one. Raises UsageError when there is none."""
    found = load(db, "r.id = :id", {"id": removal_id})
    if not found:
        raise UsageError(
            f"no removal has the id {removal_id}",
            hint="see which there are: footprint removal list",
        )
    return found[0]


def list_removals(db: Database, *, person_id: int | None = None) -> list[Removal]:
    """Give all that are watched, of one person or of all."""
    return load(
        db,
        "r.removed_at IS NULL AND (:person IS NULL OR r.person_id = :person)",
        {"person": person_id},
    )


def load_of(db: Database, first: int, last: int) -> list[Removal]:
    """Give all that are watched of the persons from one id to another."""
    between = "r.removed_at IS NULL AND r.person_id BETWEEN :first AND :last"
    return load(db, between, {"first": first, "last": last})


def record(
    db: Database,
    removal_id: int,
    events: Sequence[Event],
    *,
    pace: Pace,
    run_id: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> Removal:
    """Enter events, and what they amount to, within the caller's transaction.

    `more`: note and evidence of the last of them. Raises IllegalMoveError, before anything is
    entered, for one that makes no sense where it stands in time.
    """
    before = get(db, removal_id)
    history, state = before.history, name_of(before.state)
    for event in events:
        history = in_order([*history, event])
        reached = name_of(replay(history))
        details = details_of(event) | (dict(more or {}) if event is events[-1] else {})
        enter(
            db,
            removal_id,
            NAMES[type(event)],
            event.at,
            states=(state, reached),
            details=details,
            run_id=run_id,
        )
        state = reached
    return settle(db, removal_id, pace)


def in_order(events: Sequence[Event]) -> list[Event]:
    """Order events by their time; the saving of the listing comes first, whenever it was."""
    return sorted(events, key=lambda event: (not isinstance(event, Added), event.at))


def enter(
    db: Database,
    removal_id: int,
    name: str,
    at: datetime,
    *,
    states: tuple[str, str],
    details: Mapping[str, Any],
    run_id: int | None = None,
) -> None:
    """Append one event. `states`: where it found the removal, and where it left it."""
    row = {"removal_id": removal_id, "run_id": run_id, "at": to_text(at), "event": name}
    moved = {"from_state": states[0], "to_state": states[1]}
    db.insert("removal_events", {**row, **moved, "details": json.dumps(details)})


def take_back(
    db: Database,
    removal_id: int,
    wrong: Recorded,
    *,
    pace: Pace,
    now: datetime,
    run_id: int | None = None,
) -> None:
    """Let an event count no more, within the caller's transaction; it stays on record.

    `run_id`: of the run that takes it back, where that is not the person.
    """
    removal = get(db, removal_id)
    kept = [one.event for one in removal.recorded if one.id != wrong.id and not one.undone]
    states = (name_of(removal.state), name_of(replay(kept)))
    undone = {"event": wrong.id}
    enter(db, removal_id, "undone", now, states=states, details=undone, run_id=run_id)
    settle(db, removal_id, pace)


def settle(db: Database, removal_id: int, pace: Pace) -> Removal:
    """Bring the row to what its events amount to."""
    removal = get(db, removal_id)
    history = removal.history
    following = next_check_at(history, pace)
    db.execute(
        """
        UPDATE removals SET state = :state, next_check_at = :next, attempts = :looks
        WHERE id = :id
        """,
        {
            "id": removal_id,
            "state": name_of(replay(history)),
            "next": None if following is None else to_text(following),
            "looks": sum(isinstance(one, Look) for one in history),
        },
    )
    return removal


def load(db: Database, where: str, parameters: Mapping[str, Any]) -> list[Removal]:
    """Give the removals `r` for which a condition, of our own code, holds."""
    rows = db.query(
        f"""
        SELECT r.*, p.name AS person, p.region, {AGREED} AS agreed FROM removals AS r
        JOIN persons AS p ON p.id = r.person_id WHERE {where} ORDER BY r.person_id, r.id
        """,  # noqa: S608 - conditions of this module alone
        {**parameters, "version": CONSENT_VERSION},
    )
    events = db.query(
        f"""
        SELECT e.* FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
        WHERE {where} ORDER BY e.event <> 'match_found', e.at, e.id
        """,  # noqa: S608 - as above
        parameters,
    )
    recorded: dict[int, list[Row]] = {row["id"]: [] for row in rows}
    for event in events:
        recorded[event["removal_id"]].append(event)
    return [_removal(row, recorded[row["id"]]) for row in rows]


def _removal(row: Row, events: list[Row]) -> Removal:
    parsed = [{**event, "details": json.loads(event["details"])} for event in events]
    undone = {one["details"]["event"] for one in parsed if one["event"] == "undone"}
    following = row["next_check_at"]
    return Removal(
        id=row["id"],
        person_id=row["person_id"],
        person=row["person"],
        region=row["region"],
        broker=row["broker"],
        url=row["url"],
        attempts=row["attempts"],
        next_check_at=None if following is None else from_text(following),
        added_at=row["added_at"],
        removed_at=row["removed_at"],
        agreed=bool(row["agreed"]),
        recorded=tuple(_recorded(one, undone) for one in parsed if one["event"] != "undone"),
    )


def _recorded(row: Row, undone: set[int]) -> Recorded:
    return Recorded(
        id=row["id"],
        event=event_of(row["event"], from_text(row["at"]), row["details"]),
        run_id=row["run_id"],
        from_state=row["from_state"],
        to_state=row["to_state"],
        details=row["details"],
        undone=row["id"] in undone,
    )
