"""What is shown of a removal: the same facts for terminal, JSON and whoever else asks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from digital_footprint.clock import local_day, to_text
from digital_footprint.legal_clock import LegalClock, legal_clock
from digital_footprint.output import Result, Table, when
from digital_footprint.removal_dates import trailing_unsure
from digital_footprint.removal_events import NAMES, OwnEyes, Requested, SeenGone, SeenListed
from digital_footprint.removal_log import Recorded, Removal
from digital_footprint.removal_states import NAMES as NAMES_OF_STATES
from digital_footprint.removal_states import (
    DeadEnd,
    Failed,
    MatchFound,
    NotMe,
    Resurfaced,
    State,
    name_of,
    replay,
    request_of,
    step,
)

NAMED = 5
LOOKS = ("listed", "not_listed", "inconclusive")


def document(removal: Removal, now: datetime) -> dict[str, Any]:
    """Give one removal in the shape of `removal list --json`."""
    history, state = removal.history, removal.state
    unsure = trailing_unsure(history)
    asked = [event for event in history if isinstance(event, Requested)]
    next_at = None if removal.removed_at else removal.next_check_at
    return {
        "id": removal.id,
        "person": removal.person,
        "broker": removal.broker,
        "url": removal.url,
        "state": name_of(state),
        "reason": _reason(state),
        "next_check_at": None if next_at is None else to_text(next_at),
        "due": next_at is not None and next_at <= now and removal.removed_at is None,
        "agreed": removal.agreed,
        "attempts": removal.attempts,
        "inconclusive_in_a_row": len(unsure),
        "unverified_since": to_text(unsure[0].at) if unsure else None,
        "last_look": _last_look(removal),
        "never_seen_listed": not any(isinstance(event, SeenListed) for event in history),
        "requested_at": to_text(asked[-1].at) if asked else None,
        "legal": _legal(state, local_day(now)),
        "next": _ask(removal),
        "added_at": removal.added_at,
        "removed_at": removal.removed_at,
    }


def full_document(removal: Removal, now: datetime) -> dict[str, Any]:
    """Give one removal with every event, in the shape of `removal show --json`."""
    look = _look_yourself(removal)
    return {
        **document(removal, now),
        "open": removal.url if look else None,
        "commands": look,
        "events": _events(removal),
    }


def of_list(removals: list[Removal], now: datetime) -> Result:
    """Show many, a line each."""
    documents = [document(removal, now) for removal in removals]
    rows = [
        (
            one["id"],
            one["person"],
            one["broker"],
            _state_text(one),
            _look_text(one),
            _next_text(one, when(one["next_check_at"])),
            _legal_text(one["legal"]),
            one["url"],
        )
        for one in documents
    ]
    headings = ("id", "person", "broker", "state", "last look", "next", "legal clock", "url")
    empty = (
        "No listing is saved. Save one with: "
        "footprint removal add --person PERSON --broker SLUG --url URL"
    )
    left = [one for one in removals if one.removed_at is None and not one.agreed]
    ask = [one["id"] for one in documents if one["next"]]
    told = [f"To ask for removal: footprint removal draft ID ({_ids(ask)})"] if ask else []
    return Result(documents, (Table(headings, rows, empty), *told, *_not_agreed(left)))


def of_one(removal: Removal, now: datetime) -> Result:
    """Show one with all that happened to it, and what to do where a page must be looked at."""
    one = full_document(removal, now)
    facts = [
        ("person", one["person"]),
        ("state", _state_text(one)),
        ("last look", _look_text(one)),
        ("looks", one["attempts"]),
        ("next look", _next_text(one, one["next_check_at"])),
        ("requested", one["requested_at"]),
        ("legal clock", _legal_text(one["legal"])),
        ("not looked at since", one["removed_at"]),
    ]
    lines = [f"  {label:<12} {value}" for label, value in facts if value not in (None, "")]
    events = Table(
        ("when", "event", "by", "what it told", "state", "run"),
        [_event_row(each) for each in one["events"]],
        "",
    )
    return Result(
        one,
        (
            f"removal {one['id']}: {one['broker']} {one['url']}",
            *lines,
            events,
            *_advice(one),
            *([f"To ask for its removal: {one['next']}"] if one["next"] else ()),
            *_not_agreed([removal] if removal.removed_at is None and not removal.agreed else []),
        ),
    )


def _ask(removal: Removal) -> str | None:
    """Give the command that is next where the listing stands there and nobody was asked."""
    if removal.removed_at is not None or not isinstance(removal.state, MatchFound | Resurfaced):
        return None
    return f"footprint removal draft {removal.id}"


def _ids(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:NAMED])) + (", ..." if len(ids) > NAMED else "")


def _next_text(one: Mapping[str, Any], moment: str | None) -> str:
    if moment is None:
        return "never"
    if not one["agreed"] and one["removed_at"] is None:
        return "not agreed to"
    return "now" if one["due"] else moment


def _not_agreed(left: Sequence[Removal]) -> list[str]:
    """Say what no run looks at for want of consent, and how to change that."""
    return [
        f"Not agreed to any more, so no run looks at it: removal {one.id}. To agree again:\n"
        f"  footprint removal add --person {one.person_id} --broker {one.broker} --url '{one.url}'"
        for one in left
    ]


def _advice(one: Mapping[str, Any]) -> list[str]:
    unseen = one["never_seen_listed"] and one["removed_at"] is None and one["next_check_at"]
    if not one["commands"]:
        return _never_seen(one["id"]) if unseen else []
    return [
        f"No run could tell since {when(one['unverified_since'])}. Open the page yourself:",
        f"  {one['open']}",
        "and say what you see:",
        *(f"  {command}" for command in one["commands"]),
    ]


def _never_seen(removal_id: int) -> list[str]:
    """Ask whether the address is right: gone is not said of what was never there."""
    return [
        "No one has seen it there yet: is the address right? If it is there, say so:",
        f"  footprint removal mark {removal_id} listed",
    ]


def _look_yourself(removal: Removal) -> list[str]:
    """Give the commands that take the person's verdict, where no run could tell."""
    if not trailing_unsure(removal.history) or isinstance(removal.state, NotMe | DeadEnd):
        return []
    mark = f"footprint removal mark {removal.id}"
    return [f"{mark} listed", f"{mark} not-listed"]


def _reason(state: State) -> str | None:
    match state:
        case DeadEnd(reason, _):
            return str(reason)
        case _:
            return None


def _legal(state: State, today: date) -> dict[str, Any] | None:
    """Give the clock of a request that is not fulfilled yet."""
    clock = None if isinstance(state, DeadEnd) else legal_clock(request_of(state))
    return None if clock is None else _clock_document(clock, today)


def _clock_document(clock: LegalClock, today: date) -> dict[str, Any]:
    return {
        "law": str(clock.law),
        "due_on": clock.due_on.isoformat(),
        "extended_to": clock.extended_to.isoformat() if clock.extended_to else None,
        "days_left": (clock.due_on - today).days,
        "overdue": clock.overdue(today),
    }


def _last_look(removal: Removal) -> dict[str, Any] | None:
    looks = [one for one in removal.recorded if not one.undone and NAMES[type(one.event)] in LOOKS]
    if not looks:
        return None
    last = _event(looks[-1])
    return {key: last[key] for key in ("at", "by", "reason", "note")} | {"verdict": last["event"]}


def _events(removal: Removal) -> list[dict[str, Any]]:
    """Give every event with where it led, as what is known by now has it.

    A mark of an earlier day changes where all that came after it led.
    """
    events, state = [], replay([])
    for one in removal.recorded:
        before, state = state, state if one.undone else step(state, one.event)
        states = {"from_state": name_of(before), "state": name_of(state)}
        events.append({**_event(one), **states})
    return events


def _event(one: Recorded) -> dict[str, Any]:
    details = one.details
    return {
        "at": to_text(one.event.at),
        "event": NAMES[type(one.event)],
        "by": _by(one),
        "reason": details.get("reason"),
        "note": details.get("note", ""),
        "evidence": details.get("evidence"),
        "control_at": details.get("control_at"),
        "law": details.get("law"),
        "due_on": details.get("due_on"),
        "run": one.run_id,
        "undone": one.undone,
    }


def _by(one: Recorded) -> str:
    """Say who told it: the person or a run."""
    match one.event:
        case SeenListed(_, by) | SeenGone(_, by):
            return "person" if isinstance(by, OwnEyes) else "run"
        case _:
            return "run" if one.run_id is not None else "person"


def _event_row(event: Mapping[str, Any]) -> tuple[object, ...]:
    evidence = event["evidence"] or {}
    facts = [
        event["reason"],
        event["note"],
        f"status {evidence['status']}" if evidence else None,
        evidence.get("marker"),
        f"{event['law']}, until {event['due_on']}" if event["due_on"] else None,
        f"control passed {when(event['control_at'])}" if event["control_at"] else None,
        "taken back" if event["undone"] else None,
    ]
    told = "; ".join(dict.fromkeys(str(fact) for fact in facts if fact))
    return when(event["at"]), event["event"], event["by"], told, event["state"], event["run"]


def _state_text(one: Mapping[str, Any]) -> str:
    why = "still there" if one["state"] == NAMES_OF_STATES[Failed] else one["reason"]
    return f"{one['state']} ({why})" if why else str(one["state"])


def _look_text(one: Mapping[str, Any]) -> str:
    look = one["last_look"]
    if look is None:
        return "not looked at yet"
    why = f" ({look['reason']})" if look["reason"] else ""
    eyes = ", by the person" if look["by"] == "person" else ""
    row = one["inconclusive_in_a_row"]
    often = f", {row} in a row" if row > 1 else ""
    return f"{look['verdict']}{why}{eyes}{often}, {when(look['at'])}"


def _legal_text(legal: Mapping[str, Any] | None) -> str:
    if legal is None:
        return ""
    if legal["overdue"]:
        return f"OVERDUE since {legal['due_on']} ({legal['law']})"
    return f"{legal['due_on']} ({legal['law']}, {legal['days_left']} days left)"
