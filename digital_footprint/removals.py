"""Which listings are watched, which are due, and what a person or a run tells of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from digital_footprint import consents, drop
from digital_footprint.clock import from_text, local_day, to_text
from digital_footprint.database import Database, Row
from digital_footprint.errors import UsageError
from digital_footprint.legal_clock import law_of
from digital_footprint.model import ConsentBasis, Person
from digital_footprint.removal_dates import Pace, report_of, request_made
from digital_footprint.removal_events import (
    NAMES,
    Added,
    CameDue,
    Event,
    Look,
    Mark,
    SeenGone,
    SeenListed,
)
from digital_footprint.removal_log import (
    AGREED,
    CONSENT_VERSION,
    Recorded,
    Removal,
    enter,
    get,
    record,
    settle,
    take_back,
    wording,
)
from digital_footprint.removal_states import (
    IllegalMoveError,
    MatchFound,
    NotMe,
    RecheckDue,
    RemovedVerified,
    came_due,
    name_of,
)


def add(
    db: Database,
    person: Person,
    basis: ConsentBasis,
    *,
    broker: str,
    pace: Pace,
    url: str,
    now: datetime,
    submitted: datetime | None = None,
) -> int:
    """Save a listing, which is the consent to look at it; or look again at one taken out.

    `submitted`: when removal was asked for already. Raises UsageError for one that is watched, and
    agreed to.
    """
    known = db.first(
        "SELECT id FROM removals WHERE person_id = :person AND url = :url",
        {"person": person.id, "url": url},
    )
    if known and is_agreed(get(db, known["id"])):
        raise UsageError(
            f"that listing is saved already, as removal {known['id']}",
            hint=f"footprint removal show {known['id']}",
        )
    with db.transaction():
        if known:
            removal_id = _take_up(db, known["id"], broker, pace)
        else:
            removal_id = _insert(db, person, broker, url, now)
        consents.give(db, person.id, wording(broker), basis)
        if submitted is not None:
            asked = request_made(submitted, law_of(person.region), pace)
            tell(db, removal_id, asked, pace=pace)
        else:
            drop.cover(db, person.id, removal_id, pace=pace, now=now)
    return removal_id


def is_agreed(removal: Removal) -> bool:
    """Say whether a listing is watched with the consent of the person."""
    return removal.removed_at is None and removal.agreed


def due(db: Database, now: datetime) -> list[Row]:
    """Give id, person_id, broker and url of every listing to look at now, the longest due first.

    Left out is whoever withdrew the consent for the broker. What has an event of a day to come
    was put off by a clock that was wrong: that is due, not asleep until then.
    """
    return db.query(
        f"""
        SELECT r.id, r.person_id, r.broker, r.url FROM removals AS r
        WHERE {AGREED} AND r.removed_at IS NULL AND (r.next_check_at <= :now OR (
            r.next_check_at IS NOT NULL AND r.id IN (
                SELECT removal_id FROM removal_events WHERE at > :now AND id NOT IN (
                    SELECT json_extract(details, '$.event') FROM removal_events
                    WHERE event = 'undone'))))
        ORDER BY r.next_check_at, r.id
        """,  # noqa: S608 - parts of our own code alone
        {"now": to_text(now), "version": CONSENT_VERSION},
    )


def ahead_of(db: Database, removal_id: int, now: datetime) -> str | None:
    """Say what is wrong where something is on record of a day to come; None where nothing is.

    Between two looks lie days only where the clock was right at both, so none is made.
    """
    last = max(get(db, removal_id).history, key=lambda event: event.at)
    if last.at <= now:
        return None
    return (
        f"something is dated {to_text(last.at)}, which has not come: set the clock right, "
        f"or take that back with: {_back_to_now(last, removal_id)}"
    )


def require_past(db: Database, removal_id: int, now: datetime) -> None:
    """Raise UsageError where something is on record of a day to come, as for a run."""
    if ahead := ahead_of(db, removal_id, now):
        raise UsageError(
            f"removal {removal_id}: {ahead}", hint=ahead.rpartition("with: ")[2] + ", or: date"
        )


def is_watched(db: Database, removal_id: int) -> bool:
    """Say whether a listing may be looked at at this moment: agreed to, and not given up."""
    row = db.first(
        f"""
        SELECT 1 FROM removals AS r
        WHERE {AGREED} AND r.removed_at IS NULL AND r.next_check_at IS NOT NULL AND r.id = :id
        """,  # noqa: S608 - parts of our own code alone
        {"id": removal_id, "version": CONSENT_VERSION},
    )
    return row is not None


def record_look(
    db: Database,
    removal_id: int,
    look: Look,
    *,
    pace: Pace,
    run_id: int,
    more: Mapping[str, Any],
) -> None:
    """Enter one look of a run, within the caller's transaction.

    Also that it was due, where that moves the removal, and that it was the fifth without answer.
    """
    state = get(db, removal_id).state
    due_now = [] if came_due(state) == state else [CameDue(look.at)]
    after = record(db, removal_id, [*due_now, look], pace=pace, run_id=run_id, more=more)
    if report := report_of(after.history):
        record(db, removal_id, [report], pace=pace, run_id=run_id)


def mark(db: Database, removal_id: int, told: Mark, *, pace: Pace, note: str) -> Removal:
    """Enter what the person tells. Raises UsageError where it makes no sense."""
    with db.transaction():
        return tell(db, removal_id, told, pace=pace, note=note)


def tell(db: Database, removal_id: int, told: Mark, *, pace: Pace, note: str = "") -> Removal:
    """Enter what the person tells, within the caller's transaction.

    Raises UsageError where it makes no sense.
    """
    removal = get(db, removal_id)
    if removal.removed_at is not None:
        raise UsageError(
            f"removal {removal_id} is not looked at any more, so nothing is told of it",
            hint="to look at it again: footprint removal add "
            f"--person {removal.person_id} --broker {removal.broker} --url URL",
        )
    if isinstance(told, SeenListed | SeenGone) and told.at < from_text(removal.added_at):
        saved_on = local_day(from_text(removal.added_at))
        raise UsageError(
            f"removal {removal_id} was saved on {saved_on}: what was seen before that cannot be "
            "told of it",
            hint=f"footprint removal mark {removal_id} listed, or not-listed, for what you see now",
        )
    more: dict[str, Any] = {"told_by": "person"} | ({"note": note} if note else {})
    try:
        return record(db, removal_id, [told], pace=pace, more=more)
    except IllegalMoveError as error:
        raise UsageError(
            f"removal {removal_id}: {error}", hint=_instead(removal, error, told)
        ) from None


def _back_to_now(event: Event, removal_id: int) -> str:
    """Give the command that takes back what is dated ahead: of the saving none but a new one."""
    if isinstance(event, Added):
        return f"footprint removal remove {removal_id} --forget"
    return f"footprint removal undo {removal_id}"


def _instead(removal: Removal, error: IllegalMoveError, told: Mark) -> str:
    """Give what can be done where a mark makes no sense."""
    if error.event != told:
        after = local_day(error.event.at)
        return f"{NAMES[type(error.event)]} is on record for {after}: give a --date from then on"
    match removal.state:
        case RemovedVerified() | RecheckDue():
            return f"if it is back: footprint removal mark {removal.id} listed"
        case NotMe():
            return f"if it is about them after all: footprint removal undo {removal.id}"
        case MatchFound():
            return (
                f"tell first that it was asked for: footprint removal mark {removal.id} requested"
            )
        case _:
            return f"see what was told: footprint removal show {removal.id}"


def undo(db: Database, removal_id: int, *, pace: Pace, now: datetime) -> Recorded:
    """Take back the last thing that the person told; give it. Raises UsageError for none.

    Also what was entered while a clock was ahead, whoever told it.
    """
    removal = get(db, removal_id)
    told = [
        one
        for one in removal.recorded
        if not one.undone
        and not isinstance(one.event, Added)
        and (one.details.get("told_by") == "person" or one.event.at > now)
    ]
    if not told:
        raise UsageError(
            f"nothing was marked on removal {removal_id}, and its saving is no mark",
            hint=f"footprint removal remove {removal_id}   stops looking at it",
        )
    last = max(told, key=lambda one: one.id)
    with db.transaction():
        take_back(db, removal_id, last, pace=pace, now=now)
    return last


def stop(db: Database, removal: Removal, now: datetime) -> None:
    """Look at it no more; with the last one of a broker goes the consent for that broker."""
    with db.transaction():
        db.execute(
            "UPDATE removals SET removed_at = :now WHERE id = :id",
            {"id": removal.id, "now": to_text(now)},
        )
        _let_go(db, removal)


def erase(db: Database, removal: Removal) -> None:
    """Delete it with all that was recorded of it, down to the bytes of the file."""
    with db.transaction():
        db.execute("DELETE FROM removals WHERE id = :id", {"id": removal.id})
        _let_go(db, removal)
    db.purge()


def _insert(db: Database, person: Person, broker: str, url: str, now: datetime) -> int:
    at = to_text(now)
    row = {"person_id": person.id, "broker": broker, "url": url, "added_at": at}
    state = name_of(MatchFound())
    removal_id = db.insert("removals", {**row, "state": state, "next_check_at": at})
    enter(db, removal_id, NAMES[Added], now, states=(state, state), details={})
    return removal_id


def _take_up(db: Database, removal_id: int, broker: str, pace: Pace) -> int:
    """Watch it again, at the broker that is named now: that may be another than before."""
    db.execute(
        "UPDATE removals SET removed_at = NULL, broker = :broker WHERE id = :id",
        {"id": removal_id, "broker": broker},
    )
    settle(db, removal_id, pace)
    return removal_id


def _let_go(db: Database, removal: Removal) -> None:
    left = db.first(
        """
        SELECT 1 FROM removals
        WHERE person_id = :person AND broker = :broker AND removed_at IS NULL
        """,
        {"person": removal.person_id, "broker": removal.broker},
    )
    if left is None:
        consents.withdraw(db, removal.person_id, wording(removal.broker))
