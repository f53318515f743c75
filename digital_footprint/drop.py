"""California's DROP: one request to every registered broker, the future ones too.

There is no interface to ask it; what can be known is the day of filing, and what is seen after.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from digital_footprint.clock import local_day
from digital_footprint.database import Database
from digital_footprint.errors import UsageError
from digital_footprint.legal_clock import drop_days, legal_clock
from digital_footprint.model import Person
from digital_footprint.removal_dates import Pace, moment_of, request_made
from digital_footprint.removal_events import Law, Requested
from digital_footprint.removal_log import (
    Recorded,
    Removal,
    get,
    in_order,
    list_removals,
    load,
    pace_of,
    record,
    take_back,
)
from digital_footprint.removal_states import (
    Failed,
    IllegalMoveError,
    MatchFound,
    Resurfaced,
    replay,
    request_of,
)

PORTAL = "https://consumer.drop.privacy.ca.gov"


def file(
    db: Database, person: Person, filed_on: date, *, brokers: Mapping[str, Pace], now: datetime
) -> None:
    """Note the person's request through DROP: also a request for every listing of theirs."""
    with db.transaction():
        db.execute(
            """
            INSERT INTO drop_filings (person_id, filed_on) VALUES (:person, :day)
            ON CONFLICT (person_id) DO UPDATE SET filed_on = :day
            """,
            {"person": person.id, "day": filed_on.isoformat()},
        )
        for removal in list_removals(db, person_id=person.id):
            cover(db, person.id, removal.id, pace=pace_of(brokers, removal.broker), now=now)


def undo(db: Database, person: Person, *, brokers: Mapping[str, Pace], now: datetime) -> None:
    """Take a filing back, and with it the requests that it was counted as.

    Raises UsageError for none, and where something that was told later rests on it.
    """
    if filed(db, person.id) is None:
        raise UsageError(
            "no request through DROP is noted", hint=f"footprint removal drop {person.id}"
        )
    with db.transaction():
        db.execute("DELETE FROM drop_filings WHERE person_id = :person", {"person": person.id})
        for removal in load(db, "r.person_id = :person", {"person": person.id}):
            pace = pace_of(brokers, removal.broker)
            for one in _through_drop(removal):
                _uncover(db, removal.id, one, pace=pace, now=now)


def _uncover(
    db: Database, removal_id: int, request: Recorded, *, pace: Pace, now: datetime
) -> None:
    try:
        take_back(db, removal_id, request, pace=pace, now=now)
    except IllegalMoveError as error:
        raise UsageError(
            f"removal {removal_id}: without the filing, {error}",
            hint=f"take that back first: footprint removal undo {removal_id}",
        ) from None


def cover(db: Database, person_id: int, removal_id: int, *, pace: Pace, now: datetime) -> None:
    """Count a filing as the request for a listing, within the caller's transaction.

    Where a request of the person's own is under way, its clock goes on.
    """
    day, removal = filed(db, person_id), get(db, removal_id)
    if day is None or any(local_day(one.event.at) == day for one in _through_drop(removal)):
        return  # nothing was filed, or this very filing has been counted already
    wrong = [one for one in _through_drop(removal) if one.event == request_of(removal.state)]
    if not wrong and not isinstance(removal.state, MatchFound | Resurfaced | Failed):
        return
    asked = request_made(moment_of(day, now), Law.DROP, pace)
    kept = [one.event for one in removal.recorded if not one.undone and one not in wrong]
    try:
        replay(in_order([*kept, asked]))
        record(db, removal_id, [asked], pace=pace, more={"told_by": "person"})
    except IllegalMoveError:
        return  # it was gone on that day, and came back later
    for one in wrong:
        take_back(db, removal_id, one, pace=pace, now=now)


def filed(db: Database, person_id: int) -> date | None:
    """Give the day of a person's request through DROP."""
    row = db.first(
        "SELECT filed_on FROM drop_filings WHERE person_id = :person", {"person": person_id}
    )
    return None if row is None else date.fromisoformat(row["filed_on"])


def document(db: Database, person: Person, today: date) -> dict[str, Any]:
    """Give how a person's filing stands: its days, and the listings that it is the request for."""
    day = filed(db, person.id)
    covered = [one for one in list_removals(db, person_id=person.id) if _through_drop(one)]
    clocks = [legal_clock(request_of(one.state)) for one in covered]
    late = [one for one in clocks if one and one.law is Law.DROP and one.overdue(today)]
    return {
        "person": person.name,
        "portal": PORTAL,
        "filed_on": None if day is None else day.isoformat(),
        "rechecks_on": [] if day is None else [one.isoformat() for one in drop_days(day)],
        "overdue": bool(late),
        "removals": [one.id for one in covered],
    }


def _through_drop(removal: Removal) -> list[Recorded]:
    return [
        one
        for one in removal.recorded
        if not one.undone and isinstance(one.event, Requested) and one.event.law is Law.DROP
    ]
