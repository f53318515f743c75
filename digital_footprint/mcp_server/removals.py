"""Decides what an assistant is told of saved listings at data brokers."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from digital_footprint import people, removal_log
from digital_footprint.clock import utc_now
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.answers import LegalClock, Listing, Look, RemovalsAnswer
from digital_footprint.mcp_server.arguments import RemovalState
from digital_footprint.mcp_server.untrusted import Words, name_of
from digital_footprint.removal_log import Removal
from digital_footprint.removal_view import document
from digital_footprint.scheduler.due import late_after

GONE: RemovalState = "removed_verified"
DAILY = 1


def list_removals(
    home: Home, person_id: int | None, state: RemovalState | None, limit: int
) -> RemovalsAnswer:
    """Give the listings. Raises UsageError where there is no such person."""
    if person_id is not None:
        people.get_person(home.db, str(person_id))
    now = utc_now()
    watched = removal_log.list_removals(home.db, person_id=person_id)
    found = [document(one, now) for one in watched]
    chosen = [one for one in found if state in (None, one["state"])]
    by_state = dict(sorted(Counter(one["state"] for one in found).items()))
    due = sum(one["due"] for one in found)
    shown = [_listing(home.words, one) for one in chosen[:limit]]
    trouble = _trouble(home, watched, now)
    return RemovalsAnswer(
        summary=trouble or _summary(len(found), by_state, due, shown),
        trouble=trouble,
        total=len(found),
        by_state=by_state,
        due=due,
        matching=len(chosen),
        listings=shown,
    )


def _trouble(home: Home, watched: list[Removal], now: datetime) -> str | None:
    """Say why what stands here is not how it stands there; None where it may be."""
    if not people.is_anybody(home.db):
        return f"Nothing is watched: {people.nobody_to_ask_about(home.db)}"
    awaited = [one.next_check_at for one in watched if one.next_check_at and one.agreed]
    if not awaited or any(now <= late_after(one, DAILY) for one in awaited):
        return None
    return (
        f"All {len(awaited)} listings that are looked at are overdue, so nothing current is known. "
        "Next step: see why with footprint_schedule_status, then footprint_run_job with "
        "verify_removals"
    )


def _listing(words: Words, one: Mapping[str, Any]) -> Listing:
    broker = name_of(one["broker"])
    told_by = f"broker:{broker}"
    kept = (
        "state", "reason", "due", "agreed", "next_check_at", "inconclusive_in_a_row",
        "unverified_since", "never_seen_listed", "requested_at",
    )  # fmt: skip
    return Listing(
        removal_id=one["id"],
        person=words.cleaned(one["person"]),
        broker=broker,
        page=words.address_of_page(one["url"], told_by),
        looks=one["attempts"],
        last_look=_look(words, one["last_look"], told_by),
        legal=LegalClock(**one["legal"]) if one["legal"] else None,
        next_command=one["next"],
        **{key: one[key] for key in kept},
    )


def _look(words: Words, last: Mapping[str, Any] | None, told_by: str) -> Look | None:
    if last is None:
        return None
    note = words.outside(last["note"], told_by if last["by"] == "run" else "person")
    return Look(**{key: last[key] for key in ("verdict", "by", "at", "reason")}, note=note)


def _summary(total: int, by_state: Mapping[str, int], due: int, shown: list[Listing]) -> str:
    if not total:
        return (
            "No listing is saved, so nothing at a data broker is watched; that does not say that "
            "there is none. To save one: footprint removal add"
        )
    counted = ", ".join(f"{state} {count}" for state, count in by_state.items())
    head = f"Listings saved: {total} ({counted}), due: {due}; gone is only what is {GONE}"
    return "\n".join([head, *map(_words, shown)])


def _words(one: Listing) -> str:
    look = one.last_look
    last = f"last look {look.verdict} at {look.at}" if look else "not looked at yet"
    return f"removal {one.removal_id}: {one.broker} {one.state}; {last}"
