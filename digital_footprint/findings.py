"""What was found and what became of it: the tables `findings`, `witnesses`, `finding_events`."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from digital_footprint import severity
from digital_footprint.database import Database, Row
from digital_footprint.errors import UsageError
from digital_footprint.model import Identifier
from digital_footprint.verdicts import BreachDetails, Sighting


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
    known = db.first(
        """
        SELECT * FROM findings
        WHERE identifier_id = :identifier_id AND kind = :kind AND key = :key
        """,
        {"identifier_id": identifier.id, "kind": sighting.kind, "key": sighting.key},
    )
    if known is None:
        finding_id = _insert(db, identifier, sighting, context)
    else:
        finding_id = known["id"]
        _refresh(db, known, sighting, context)
    _witness(db, finding_id, sighting, context, first=known is None)
    return known is None


def list_findings(
    db: Database, *, person_id: int | None = None, finding_id: int | None = None
) -> list[dict[str, Any]]:
    """Give all findings, the most urgent first, in the documented shape of `findings --json`."""
    rows = db.query(
        """
        SELECT f.*, p.name AS person, i.value AS identifier FROM findings AS f
        JOIN identifiers AS i ON i.id = f.identifier_id
        JOIN persons AS p ON p.id = i.person_id
        WHERE (:person_id IS NULL OR p.id = :person_id)
          AND (:finding_id IS NULL OR f.id = :finding_id)
        ORDER BY f.tier, f.first_seen_at DESC, f.id
        """,
        {"person_id": person_id, "finding_id": finding_id},
    )
    return [_shown(row, _witnesses(db, row["id"])) for row in rows]


def show_finding(db: Database, finding_id: int) -> dict[str, Any]:
    """Give one finding with its details, witnesses and events.

    Raises UsageError when there is none.
    """
    found = list_findings(db, finding_id=finding_id)
    if not found:
        raise UsageError(
            f"no finding has the id {finding_id}", hint="see which there are: footprint findings"
        )
    row = db.first("SELECT details FROM findings WHERE id = :id", {"id": finding_id}) or {}
    return {
        **found[0],
        "details": json.loads(row["details"]) if row["details"] else None,
        "seen_by": _witnesses(db, finding_id),
        "events": _events(db, finding_id),
    }


def _insert(db: Database, identifier: Identifier, sighting: Sighting, context: Context) -> int:
    finding_id = db.insert(
        "findings",
        {
            "identifier_id": identifier.id,
            "kind": sighting.kind,
            "key": sighting.key,
            "first_seen_at": context.at,
            "last_seen_at": context.at,
            **_facts(sighting),
        },
    )
    _event(db, finding_id, "first_seen", context, baseline=context.baseline)
    return finding_id


def _refresh(db: Database, known: Row, sighting: Sighting, context: Context) -> None:
    """Note that it is still there, and take over what the source now tells of it."""
    db.execute(
        "UPDATE findings SET last_seen_at = :at WHERE id = :id",
        {"id": known["id"], "at": context.at},
    )
    facts = _facts(sighting)
    if not _may_replace(known, sighting, facts):
        return
    changed = sorted(name for name, value in facts.items() if known[name] != value)
    if changed:
        assignments = ", ".join(f"{name} = :{name}" for name in facts)
        sql = f"UPDATE findings SET {assignments} WHERE id = :id"  # noqa: S608 - names of ours
        db.execute(sql, {**facts, "id": known["id"]})
        _event(db, known["id"], "details_changed", context, changed=changed)


def _may_replace(known: Row, sighting: Sighting, facts: dict[str, Any]) -> bool:
    """Say whether what a source tells now may take the place of what is known.

    A source that tells no details takes none away. Less urgent than before it becomes only when
    the source says that it edited the breach: a format that lost a field lowers nothing.
    """
    if sighting.details is None:
        return False
    before = json.loads(known["details"]) if known["details"] else None
    told = sighting.details.modified_at
    edited = before is None or (told is not None and told != before["modified_at"])
    return edited or facts["tier"] <= known["tier"]


def _facts(sighting: Sighting) -> dict[str, Any]:
    flags = sighting.details.flags if sighting.details else frozenset()
    return {
        "title": sighting.title,
        "tier": severity.tier(sighting.data_classes, stealer_log="stealer_log" in flags),
        "data_classes": json.dumps(sighting.data_classes),
        "occurred_on": sighting.occurred_on,
        "details": _details(sighting.details),
    }


def _details(details: BreachDetails | None) -> str | None:
    if details is None:
        return None
    return json.dumps({**asdict(details), "flags": sorted(details.flags)}, sort_keys=True)


def _witness(
    db: Database, finding_id: int, sighting: Sighting, context: Context, *, first: bool
) -> None:
    key = {"finding": finding_id, "source": context.source}
    if db.first("SELECT 1 FROM witnesses WHERE finding = :finding AND source = :source", key):
        db.execute(
            "UPDATE witnesses SET last_seen = :at WHERE finding = :finding AND source = :source",
            {**key, "at": context.at},
        )
        return
    times = {"first_seen": context.at, "last_seen": context.at}
    db.insert("witnesses", {**key, **times, "source_key": sighting.source_key})
    if not first:
        _event(db, finding_id, "witnessed", context)


def _event(db: Database, finding_id: int, event: str, context: Context, **details: object) -> None:
    db.insert(
        "finding_events",
        {
            "finding": finding_id,
            "run_id": context.run_id,
            "at": context.at,
            "event": event,
            "details": json.dumps({"source": context.source, **details}),
        },
    )


def _witnesses(db: Database, finding_id: int) -> list[Row]:
    return db.query(
        """
        SELECT source, source_key, first_seen, last_seen FROM witnesses
        WHERE finding = :id ORDER BY first_seen, source
        """,
        {"id": finding_id},
    )


def _events(db: Database, finding_id: int) -> list[dict[str, Any]]:
    rows = db.query(
        """
        SELECT at, event, run_id AS run, details FROM finding_events
        WHERE finding = :id ORDER BY id
        """,
        {"id": finding_id},
    )
    return [{**row, "details": json.loads(row["details"])} for row in rows]


def _shown(row: Row, witnesses: list[Row]) -> dict[str, Any]:
    sources = [witness["source"] for witness in witnesses]
    return {
        "id": row["id"],
        "person": row["person"],
        "identifier": row["identifier"],
        "source": sources[0],
        "witnesses": sources,
        "kind": row["kind"],
        "key": row["key"],
        "title": row["title"],
        "tier": row["tier"],
        "data_classes": json.loads(row["data_classes"]),
        "occurred_on": row["occurred_on"],
        "first_seen_at": row["first_seen_at"],
        "last_seen_at": row["last_seen_at"],
        "state": row["state"],
    }
