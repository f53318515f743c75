"""Reads and writes what the database holds of findings: `findings`, `witnesses`, `resolutions`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from digital_footprint.assessment import Exposure
from digital_footprint.database import Database, Row
from digital_footprint.life import (
    GONE_AFTER,
    Accepted,
    Decision,
    Life,
    NotMe,
    Resolved,
    Snoozed,
    State,
    Undecided,
    state,
)
from digital_footprint.testimony import Facts, from_columns
from digital_footprint.verdicts import FindingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One source's word on a finding; `missed`: its successive answers that lacked it."""

    source: str
    source_key: str
    first_seen: str
    last_seen: str
    missed: int
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """How the person dealt with one class of data, a slug."""

    data_class: str
    reason: str
    note: str
    resolved_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One finding with all that belongs to it."""

    id: int
    person_id: int
    person: str
    region: str | None
    identifier: str
    kind: FindingKind
    key: str
    tier: int
    facts: Facts
    life: Life
    witnesses: tuple[Witness, ...]
    resolutions: tuple[Resolution, ...]
    first_seen_at: str
    last_seen_at: str

    @property
    def until(self) -> date | None:
        """The last day of what the person decided, where it ends by itself."""
        match self.life.decision:
            case Snoozed(until) | Accepted(until):
                return until
            case _:
                return None

    @property
    def words(self) -> dict[str, Facts]:
        """What each of its sources tells."""
        return {one.source: one.facts for one in self.witnesses}

    @property
    def is_sensitive(self) -> bool:
        """Say whether its very name is nobody else's business."""
        return "sensitive" in self.facts.flags

    def exposure(self, today: date) -> Exposure:
        """Give what its assessment depends on, that day."""
        return Exposure(
            id=self.id,
            kind=self.kind,
            state=state(self.life, today),
            until=self.until,
            data_classes=self.facts.data_classes,
            done=self.life.done,
            occurred_on=self.facts.occurred_on,
            detailed=self.facts.details is not None,
            flags=self.facts.flags,
            witnesses=sum(one.missed < GONE_AFTER for one in self.witnesses),
        )


def load(
    db: Database,
    *,
    person_id: int | None = None,
    identifier_id: int | None = None,
    finding_id: int | None = None,
    persons: tuple[int, int] | None = None,
) -> list[Dossier]:
    """Give the findings of everybody, or of one person or identifier, or one alone.

    `persons`: of all from one id to another.
    """
    wanted = {"p.id": person_id, "i.id": identifier_id, "f.id": finding_id}
    given = {name.replace(".", "_"): value for name, value in wanted.items() if value is not None}
    # Only what is asked for stands in the condition: so SQLite takes the index, not every row.
    where = " AND ".join(
        f"{name} = :{name.replace('.', '_')}" for name, value in wanted.items() if value is not None
    )
    chosen = f"{_FROM} WHERE {where or '1'}"
    if persons is not None:
        chosen += " AND i.person_id BETWEEN :first AND :last"
        given |= {"first": persons[0], "last": persons[1]}
    rows = db.query(f"SELECT {_COLUMNS} {chosen} ORDER BY f.id", given)
    witnesses = _of_findings(db, "witnesses", chosen, given)
    resolutions = _of_findings(db, "resolutions", chosen, given)
    return [_dossier(row, witnesses[row["id"]], resolutions[row["id"]]) for row in rows]


def save_life(db: Database, finding_id: int, life: Life) -> None:
    """Keep a life: as the state that holds unless what was put off or accepted is over."""
    match life.decision:
        case Snoozed(until) | Accepted(until):
            end = until and until.isoformat()
        case _:
            end = None
    db.execute(
        "UPDATE findings SET state = :state, until = :until WHERE id = :id",
        {"id": finding_id, "state": state(life, date.min), "until": end},
    )


def save_resolutions(
    db: Database, finding_id: int, classes: Iterable[str], *, reason: str, note: str, at: str
) -> None:
    """Enter how classes of data were dealt with; what was said before of them is replaced."""
    for name in classes:
        db.execute(
            """
            INSERT OR REPLACE INTO resolutions (finding, data_class, reason, note, resolved_at)
            VALUES (:finding, :data_class, :reason, :note, :at)
            """,
            {"finding": finding_id, "data_class": name, "reason": reason, "note": note, "at": at},
        )


def drop_resolutions(db: Database, finding_id: int) -> None:
    """Take back that any class of a finding was dealt with; its events keep that it once was."""
    db.execute("DELETE FROM resolutions WHERE finding = :id", {"id": finding_id})


def save_event(
    db: Database, finding_id: int, event: str, *, run_id: int | None, at: str, **details: object
) -> None:
    """Add to the history of a finding."""
    row = {"finding": finding_id, "run_id": run_id, "at": at, "event": event}
    db.insert("finding_events", {**row, "details": json.dumps(details)})


def events_of(db: Database, finding_id: int) -> list[Row]:
    """Give the history of a finding, the oldest first."""
    rows = db.query(
        """
        SELECT at, event, run_id AS run, details FROM finding_events
        WHERE finding = :id ORDER BY id
        """,
        {"id": finding_id},
    )
    return [{**row, "details": json.loads(row["details"])} for row in rows]


def _of_findings(
    db: Database, table: str, chosen: str, given: Mapping[str, int]
) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    sql = f"SELECT * FROM {table} WHERE finding IN (SELECT f.id {chosen})"  # noqa: S608 - names of ours
    for row in db.query(sql + " ORDER BY 1, 2", given):
        grouped[row["finding"]].append(row)
    return grouped


def _dossier(row: Row, witnesses: list[Row], resolutions: list[Row]) -> Dossier:
    facts = from_columns(row)
    life = Life(
        decision=_decision(row),
        classes=facts.slugs,
        done=frozenset(one["data_class"] for one in resolutions),
        gone=all(one["missed"] >= GONE_AFTER for one in witnesses) and bool(witnesses),
    )
    return Dossier(
        id=row["id"],
        person_id=row["person_id"],
        person=row["person"],
        region=row["region"],
        identifier=row["identifier"],
        kind=FindingKind(row["kind"]),
        key=row["key"],
        tier=row["tier"],
        facts=facts,
        life=life,
        witnesses=tuple(map(_witness, witnesses)),
        resolutions=tuple(Resolution(**_without_finding(one)) for one in resolutions),
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
    )


def _decision(row: Row) -> Decision:
    until = row["until"] and date.fromisoformat(row["until"])
    match State(row["state"]):
        case State.NOT_ME:
            return NotMe()
        case State.RESOLVED:
            return Resolved()
        case State.SNOOZED:
            return Snoozed(until or date.min)
        case State.ACCEPTED:
            return Accepted(until)
        case State.RESURFACED:
            return Undecided(back=True)
        case State.OPEN | State.IN_PROGRESS | State.WITHDRAWN:
            return Undecided()


def _witness(row: Row) -> Witness:
    return Witness(
        source=row["source"],
        source_key=row["source_key"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        missed=row["missed"],
        facts=from_columns(row),
    )


def _without_finding(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "finding"}


_COLUMNS = "f.*, p.id AS person_id, p.name AS person, p.region, i.value AS identifier"
_FROM = """
FROM findings AS f
JOIN identifiers AS i ON i.id = f.identifier_id
JOIN persons AS p ON p.id = i.person_id
"""
