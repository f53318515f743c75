"""Decides what changed since the report was last opened: what is worth telling, newest first."""

import json
from typing import Any

from digital_footprint import dossier
from digital_footprint.clock import to_text
from digital_footprint.database import Row
from digital_footprint.dossier import Dossier
from digital_footprint.history import Event, sentence
from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.report.facts import Change, News, Subject
from digital_footprint.report.scope import Scope, only

SHOWN = 12
# In a shared report nobody's own words are told, and no kind of data.
SHAREABLE_DETAILS = ("source", "baseline", "until", "raised")
REMOVED = "it was not seen at two looks"
LISTED_AGAIN = "it was gone, and stands there again"


def news(scope: Scope) -> News:
    """Give what happened since; of never opened reports, all that ever did."""
    since = last_opened(scope)
    condition, person = only(scope, "i.person_id")
    parameters = {**person, "since": since or "", "now": to_text(scope.now), "limit": SHOWN}
    happened = f"{_FINDINGS} AND {condition}{_unhidden(scope)}"
    moved = f"{_REMOVALS} AND {condition.replace('i.', 'r.')}"
    rows = scope.db.query(
        f"{_SELECT_FINDING} {happened} UNION ALL {_SELECT_REMOVAL} {moved} "
        "ORDER BY at DESC, kind, id DESC LIMIT :limit",
        parameters,
    )
    counts = [
        scope.db.first(f"SELECT count(*) AS n {one}", parameters) for one in (happened, moved)
    ]
    total = sum(row["n"] for row in counts if row)
    return News(
        since=since,
        changes=tuple(_change(scope, row) for row in rows),
        more=total - len(rows),
    )


def last_opened(scope: Scope) -> str | None:
    """Give when this person's report, or the household's, was opened last."""
    row = scope.db.first(
        """
        SELECT max(opened_at) AS at FROM report_openings
        WHERE person_id IS :person AND opened_at <= :now
        """,
        {"person": scope.person_id, "now": to_text(scope.now)},
    )
    return row["at"] if row else None


def _unhidden(scope: Scope) -> str:
    """Leave out of a shared report what may not be named there."""
    if not scope.is_shareable:
        return ""
    return " AND coalesce(instr(f.details, '\"sensitive\"'), 0) = 0"


def _change(scope: Scope, row: Row) -> Change:
    return _of_finding(scope, row) if row["kind"] == "finding" else _of_removal(scope, row)


def _of_finding(scope: Scope, row: Row) -> Change:
    (known,) = dossier.load(scope.db, finding_id=row["subject"])
    event, details = Event(row["event"]), json.loads(row["details"])
    if scope.is_shareable or scope.hides(known):
        details = {name: details[name] for name in SHAREABLE_DETAILS if name in details}
    return Change(
        at=row["at"],
        what=_word(event),
        person=scope.name(known.person_id, known.person),
        subject=Subject(
            kind="finding",
            id=known.id,
            title=scope.title(known),
            identifier=_identifier(scope, known),
            site=scope.site(known),
        ),
        text=sentence(event, details),
    )


def _of_removal(scope: Scope, row: Row) -> Change:
    gone = row["event"] == "removed_verified"
    return Change(
        at=row["at"],
        what="removed" if gone else "listed again",
        person=scope.name(row["person_id"], row["person"]),
        subject=Subject(
            kind="removal",
            id=row["subject"],
            title=scope.broker(row["broker"]),
            identifier=None,
            site=None,
        ),
        text=REMOVED if gone else LISTED_AGAIN,
    )


def _identifier(scope: Scope, known: Dossier) -> str:
    row: dict[str, Any] = (
        scope.db.first(
            """
        SELECT i.*, p.name AS person FROM findings AS f
        JOIN identifiers AS i ON i.id = f.identifier_id
        JOIN persons AS p ON p.id = i.person_id WHERE f.id = :id
        """,
            {"id": known.id},
        )
        or {}
    )
    return scope.identifier(Identifier(**{**row, "kind": IdentifierKind(row["kind"])}))


def _word(event: Event) -> str:
    match event:
        case Event.FIRST_SEEN:
            return "new"
        case Event.UPGRADED | Event.WITNESSED:
            return "upgraded"
        case _:
            return str(event)


_SELECT_FINDING = """
SELECT 'finding' AS kind, e.id AS id, e.at AS at, e.event AS event, e.details AS details,
       e.finding AS subject,
       NULL AS broker, NULL AS person_id, NULL AS person
"""
# A further source, or an edit, is told only where it says more than was known.
_FINDINGS = """
FROM finding_events AS e
JOIN findings AS f ON f.id = e.finding
JOIN identifiers AS i ON i.id = f.identifier_id
WHERE e.at > :since AND e.at <= :now AND f.state <> 'not_me'
  AND (e.event IN ('first_seen', 'withdrawn', 'resurfaced', 'resolved')
       OR (e.event IN ('upgraded', 'witnessed')
           AND (json_extract(e.details, '$.raised')
                OR json_array_length(e.details, '$.added') > 0)))
"""
_SELECT_REMOVAL = """
SELECT 'removal' AS kind, e.id AS id, e.at AS at, e.to_state AS event, e.details, r.id AS subject,
       r.broker, r.person_id, p.name AS person
"""
_REMOVALS = """
FROM removal_events AS e
JOIN removals AS r ON r.id = e.removal_id
JOIN persons AS p ON p.id = r.person_id
WHERE e.at > :since AND e.at <= :now AND r.removed_at IS NULL AND e.event <> 'undone'
  AND ((e.to_state = 'removed_verified'
        AND e.from_state NOT IN ('removed_verified', 'recheck_due'))
       OR (e.to_state = 'resurfaced' AND e.from_state <> 'resurfaced'))
  AND e.id NOT IN (SELECT json_extract(details, '$.event') FROM removal_events
                   WHERE event = 'undone')
"""
