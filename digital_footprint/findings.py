"""Decides what a source's answer does to the findings, and in which order they are shown."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from digital_footprint import dossier, finding_documents, severity
from digital_footprint.actions import is_readable
from digital_footprint.assessment import Assessment, Exposure, assess, held_by
from digital_footprint.changes import Change, edit_of, news
from digital_footprint.clock import from_text, today
from digital_footprint.database import Database
from digital_footprint.dossier import Dossier
from digital_footprint.errors import UsageError
from digital_footprint.history import Event
from digital_footprint.life import (
    GONE_AFTER,
    OPEN_STATES,
    Lacking,
    Life,
    NotMe,
    Sighted,
    after,
    state,
)
from digital_footprint.model import Identifier
from digital_footprint.testimony import Facts, heard, merged, to_columns, told
from digital_footprint.text import plain
from digital_footprint.verdicts import Clean, FindingKind, Found, Sighting

SOURCE_KEY_LIMIT = 500  # an address of a hidden service is long


@dataclass(frozen=True, slots=True)
class Context:
    """Where sightings come from: which run, which source, when (UTC text), first answer or not."""

    run_id: int
    source: str
    at: str
    baseline: bool


def record(db: Database, identifier: Identifier, sighting: Sighting, context: Context) -> bool:
    """Enter a sighting, within the caller's transaction; say whether its finding is new.

    Identity is (identifier, kind, key): the same breach seen by a second source is the same
    finding with a second witness.
    """
    row = db.first(
        """
        SELECT id FROM findings
        WHERE identifier_id = :identifier_id AND kind = :kind AND key = :key
        """,
        {"identifier_id": identifier.id, "kind": sighting.kind, "key": sighting.key},
    )
    if row is None:
        _insert(db, identifier, sighting, context)
        return True
    (known,) = dossier.load(db, finding_id=row["id"])
    _hear(db, known, sighting, context)
    return False


def note_absent(
    db: Database, identifier: Identifier, answer: Found | Clean, context: Context
) -> None:
    """Count what an answer lacks of what its source saw before, within the caller's transaction.

    What the answer does not speak about is left alone. A finding that the last of its witnesses
    has lacked often enough is gone.
    """
    sightings = answer.sightings if isinstance(answer, Found) else ()
    seen = {(one.kind, one.key) for one in sightings}
    for known in dossier.load(db, identifier_id=identifier.id):
        spoken = answer.speaks_for is None or known.key in answer.speaks_for
        if spoken and context.source in known.words and (known.kind, known.key) not in seen:
            _lack(db, known, context)


def list_findings(
    db: Database, *, person_id: int | None = None, on: date | None = None
) -> list[dict[str, Any]]:
    """Give all findings, the most urgent first, in the documented shape of `findings --json`.

    Urgencies and states are those of the day `on`, by default today.
    """
    day = on or today()
    return [
        finding_documents.listed(one, assessment, day)
        for one, assessment in _assessed(db, day, person_id=person_id)
    ]


def show_finding(db: Database, finding_id: int, *, on: date | None = None) -> dict[str, Any]:
    """Give one finding with its factors, actions, witnesses and events.

    Raises UsageError when there is none.
    """
    day = on or today()
    asked = get_finding(db, finding_id)
    for one, assessment in _assessed(db, day, person_id=asked.person_id):
        if one.id == finding_id:
            events = dossier.events_of(db, finding_id)
            return finding_documents.shown(one, assessment, events, day)
    raise AssertionError(finding_id)  # pragma: no cover - it stands with its own person


def get_finding(db: Database, finding_id: int) -> Dossier:
    """Give one finding as a value.

    Raises UsageError when there is none.
    """
    found = dossier.load(db, finding_id=finding_id)
    if not found:
        raise UsageError(
            f"no finding has the id {finding_id}", hint="see which there are: footprint findings"
        )
    return found[0]


def worst_open(
    db: Database, *, person_id: int | None = None, on: date | None = None
) -> dict[int, dict[str, Any]]:
    """Give the most urgent open finding of each person who has one, by the person's id."""
    day = on or today()
    worst: dict[int, dict[str, Any]] = {}
    for one, assessment in _assessed(db, day, person_id=person_id):
        if state(one.life, day) in OPEN_STATES:
            worst.setdefault(one.person_id, finding_documents.summary(one, assessment, day))
    return worst


def _assessed(
    db: Database, day: date, *, person_id: int | None = None
) -> list[tuple[Dossier, Assessment]]:
    """Give findings with their assessment among all of their person's, the most urgent first."""
    found = dossier.load(db, person_id=person_id)
    exposures = [(one, one.exposure(day)) for one in found]
    of_persons: dict[int, list[Exposure]] = defaultdict(list)
    for one, exposure in exposures:
        of_persons[one.person_id].append(exposure)
    held = {person: held_by(theirs) for person, theirs in of_persons.items()}
    assessed = [(one, assess(each, held[one.person_id], day)) for one, each in exposures]
    # Of equals, what is new comes first; sorting is stable.
    assessed.sort(key=lambda pair: pair[0].first_seen_at, reverse=True)
    return sorted(assessed, key=lambda pair: _rank(pair[0], pair[1], day))


def _rank(one: Dossier, assessment: Assessment, day: date) -> tuple[bool, int, int, bool]:
    """Give what lists are sorted by: open, then urgent, then passwords that can be read."""
    description = one.facts.details.description if one.facts.details else ""
    is_open = state(one.life, day) in OPEN_STATES
    return (not is_open, -assessment.product, one.tier, not is_readable(description))


def _insert(db: Database, identifier: Identifier, sighting: Sighting, context: Context) -> None:
    facts = told(sighting, from_text(context.at))
    finding_id = db.insert(
        "findings",
        {
            "identifier_id": identifier.id,
            "kind": sighting.kind,
            "key": sighting.key,
            "first_seen_at": context.at,
            "last_seen_at": context.at,
            "tier": _tier(sighting.kind, facts),
            **to_columns(facts),
        },
    )
    _save_witness(db, finding_id, sighting, facts, context)
    _enter(db, finding_id, Event.FIRST_SEEN, context, baseline=context.baseline, state="open")


def _hear(db: Database, known: Dossier, sighting: Sighting, context: Context) -> None:
    """Note that it is still there, and take over what the source now tells of it."""
    word = told(sighting, from_text(context.at))
    before = known.words.get(context.source)
    words = {**known.words, context.source: heard(before, word)}
    facts = merged(words, _precedence())
    tier = _tier(known.kind, facts)
    _save_witness(db, known.id, sighting, words[context.source], context)
    db.execute(
        """
        UPDATE findings SET last_seen_at = :at, tier = :tier, title = :title,
            data_classes = :data_classes, occurred_on = :occurred_on, details = :details
        WHERE id = :id
        """,
        {"id": known.id, "at": context.at, "tier": tier, **to_columns(facts)},
    )
    change = Change(known.facts, facts, raised=tier < known.tier, edit=edit_of(before, word))
    life = after(known.life, Sighted(facts.slugs, graver=change.is_graver))
    _settle(db, known, life)
    for event, details in news(known.life, change, first_word=before is None):
        _enter(db, known.id, event, context, **details, **_new_state(known.life, life))


def _lack(db: Database, known: Dossier, context: Context) -> None:
    """Count one more answer of a witness that lacked it."""
    db.execute(
        "UPDATE witnesses SET missed = missed + 1 WHERE finding = :id AND source = :source",
        {"id": known.id, "source": context.source},
    )
    gone = all(one.missed + (one.source == context.source) >= GONE_AFTER for one in known.witnesses)
    if gone and not known.life.gone:
        life = after(known.life, Lacking())
        _settle(db, known, life)
        if not isinstance(life.decision, NotMe):
            changed = _new_state(known.life, life)
            _enter(db, known.id, Event.WITHDRAWN, context, **changed)


def _settle(db: Database, known: Dossier, life: Life) -> None:
    if life != known.life:
        dossier.save_life(db, known.id, life)
    if known.life.done and not life.done:
        dossier.drop_resolutions(db, known.id)


def _new_state(before: Life, now: Life) -> dict[str, str]:
    """Give the state an event brought, if it brought one; a time that is over counts as not."""
    old, new = state(before, date.min), state(now, date.min)
    return {"state": new} if old is not new else {}


def _save_witness(
    db: Database, finding_id: int, sighting: Sighting, word: Facts, context: Context
) -> None:
    db.execute(
        """
        INSERT INTO witnesses (finding, source, source_key, first_seen, last_seen,
                               title, data_classes, occurred_on, details)
        VALUES (:finding, :source, :source_key, :at, :at,
                :title, :data_classes, :occurred_on, :details)
        ON CONFLICT (finding, source) DO UPDATE SET last_seen = :at, missed = 0, title = :title,
            data_classes = :data_classes, occurred_on = :occurred_on, details = :details
        """,
        {
            "finding": finding_id,
            "source": context.source,
            "source_key": plain(sighting.source_key, limit=SOURCE_KEY_LIMIT),
            "at": context.at,
            **to_columns(word),
        },
    )


def _enter(
    db: Database, finding_id: int, event: Event, context: Context, **details: object
) -> None:
    told_by = {"source": context.source, **details}
    dossier.save_event(db, finding_id, event, run_id=context.run_id, at=context.at, **told_by)


def _tier(kind: FindingKind, facts: Facts) -> int:
    stealer_log = kind is FindingKind.STEALER or "stealer_log" in facts.flags
    untold = severity.tier_without_classes(kind)
    return severity.tier(facts.data_classes, stealer_log=stealer_log, untold=untold)


def _precedence() -> list[str]:
    """Whose title and details stand, before whose: whoever spoke first makes no difference."""
    from digital_footprint.sources import all_sources

    return sorted(all_sources(), key=lambda name: name != "hibp_breaches")
