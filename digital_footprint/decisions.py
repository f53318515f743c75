"""Decides what a person's own word does to a finding, and refuses words that mean nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from digital_footprint import dossier
from digital_footprint.clock import Clock, to_text, today
from digital_footprint.database import Database
from digital_footprint.dossier import Dossier
from digital_footprint.errors import UsageError
from digital_footprint.findings import get_finding
from digital_footprint.history import Event
from digital_footprint.life import (
    Accept,
    Deed,
    Disown,
    Life,
    NotMe,
    Reopen,
    Resolve,
    Snooze,
    Undecided,
    after,
    state,
)
from digital_footprint.people import visible
from digital_footprint.severity import slug

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Means(StrEnum):
    """How something was dealt with."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason
    SESSIONS_ENDED = "sessions_ended"
    ACCOUNT_DELETED = "account_deleted"
    ANSWERS_CHANGED = "answers_changed"
    CARD_REPLACED = "card_replaced"
    NUMBER_CHANGED = "number_changed"
    DOCUMENT_REPLACED = "document_replaced"
    DEVICE_CLEANED = "device_cleaned"
    FROZEN = "frozen"
    NOTED = "noted"
    NOT_APPLICABLE = "not_applicable"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Because:
    """Why somebody decided so: one of few words, and words of their own."""

    means: Means | None = None
    note: str = ""


def because(reason: str | None, note: str | None) -> Because:
    """Read a reason: one of `Means`, or the person's own words, which are then the note.

    Raises UsageError for words that cannot be seen.
    """
    own = visible(note, "note") if note else ""
    if reason is None:
        return Because(note=own)
    word = reason.strip().casefold().replace("-", "_").replace(" ", "_")
    if word in set(Means):
        return Because(Means(word), own)
    said = visible(reason, "reason")
    return Because(Means.OTHER, f"{said}; {own}" if own else said)


def decide(
    db: Database,
    finding_id: int,
    deed: Deed,
    why: Because | None = None,
    clock: Clock | None = None,
) -> None:
    """Carry a person's decision out and enter it in the finding's history.

    Raises UsageError where there is no such finding, or nothing that could be decided so.
    """
    now, reason = to_text((clock or Clock()).now()), why or Because()
    with db.transaction():
        known = get_finding(db, finding_id)
        named = _checked(known, deed)
        life = after(known.life, named)
        _save_resolutions(db, known, life, reason, now)
        dossier.save_life(db, known.id, life)
        details = {**_told(db, known, named), "reason": reason.means, "note": reason.note}
        told = {name: value for name, value in details.items() if value}
        event = _event(named)
        dossier.save_event(
            db, known.id, event, run_id=None, at=now, **told, state=state(life, date.min)
        )


def day(text: str) -> date:
    """Read the last day of something.

    Raises UsageError for what is no date, or is over.
    """
    try:
        # By itself it would take 20270131 and 2027-W01-1 too.
        until = date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError:
        raise UsageError(
            "the last day has to be a date", hint="give it as YYYY-MM-DD, as in 2027-01-31"
        ) from None
    if until < today():
        raise UsageError(f"{until} is over already", hint=f"give a day from {today()} on")
    return until


def _checked(known: Dossier, deed: Deed) -> Deed:
    """Give the deed with its classes as slugs. Raises UsageError for what it cannot be done to."""
    nothing_to_undo = known.life.decision == Undecided() and not known.life.done
    match deed:
        case Reopen() if nothing_to_undo:
            raise UsageError(
                f"finding {known.id} is not closed: there is nothing to undo",
                hint=f"see how it stands: footprint finding show {known.id}",
            )
        case Disown() if isinstance(known.life.decision, NotMe):
            raise UsageError(
                f"finding {known.id} is somebody else's already",
                hint=f"if it is not, take that back: footprint finding reopen {known.id}",
            )
        case Reopen() | Disown():
            return deed
        case _ if isinstance(known.life.decision, NotMe):
            raise UsageError(
                f"you said that finding {known.id} is somebody else",
                hint=f"take that back first: footprint finding reopen {known.id}",
            )
        case Resolve(classes) if classes is not None:
            return Resolve(_known_classes(known, classes))
        case _:
            return deed


def _known_classes(known: Dossier, names: Iterable[str]) -> frozenset[str]:
    slugs = frozenset(map(slug, names))
    if not slugs <= known.life.classes:
        raise UsageError(
            f"finding {known.id} holds no such kind of data",
            hint=f"see which it holds: footprint finding show {known.id}",
        )
    return slugs


def _save_resolutions(db: Database, known: Dossier, life: Life, why: Because, now: str) -> None:
    if not life.done:
        dossier.drop_resolutions(db, known.id)
        return
    dossier.save_resolutions(
        db,
        known.id,
        sorted(life.done - known.life.done),
        reason=why.means or Means.OTHER,
        note=why.note,
        at=now,
    )


def _event(deed: Deed) -> Event:
    match deed:
        case Resolve():
            return Event.RESOLVED
        case Snooze():
            return Event.SNOOZED
        case Accept():
            return Event.ACCEPTED
        case Disown():
            return Event.NOT_ME
        case Reopen():
            return Event.REOPENED


def _told(db: Database, known: Dossier, deed: Deed) -> dict[str, Any]:
    match deed:
        case Disown():
            return {"known": {"tier": known.tier, "classes": known.facts.data_classes}}
        case Reopen() if isinstance(known.life.decision, NotMe):
            return _learnt(db, known)
        case Resolve(classes) if classes is not None:
            return {"classes": [one for one in known.facts.data_classes if slug(one) in classes]}
        case Snooze(until) | Accept(until):
            return {"until": until and until.isoformat()}
        case _:
            return {}


def _learnt(db: Database, known: Dossier) -> dict[str, Any]:
    """Give what became known of it while it was somebody else's, and nothing was told of it."""
    disowned = [one for one in dossier.events_of(db, known.id) if one["event"] == Event.NOT_ME]
    before = disowned[-1]["details"].get("known") if disowned else None
    if before is None:  # an earlier version disowned it
        return {}
    slugs = frozenset(map(slug, before["classes"]))
    added = [one for one in known.facts.data_classes if slug(one) not in slugs]
    return {"added": added, "raised": known.tier < before["tier"]}
