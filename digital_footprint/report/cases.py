"""Reads the household person by person: all that is known of one, a few hundred at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from digital_footprint import dossier, removal_log
from digital_footprint.assessment import (
    Assessment,
    ByGroup,
    Exposure,
    Held,
    assess_by_group,
    held_by,
)
from digital_footprint.dossier import Dossier
from digital_footprint.life import CLOSED_STATES
from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.removal_log import Removal
from digital_footprint.report.pairs import Pair, Pairs
from digital_footprint.report.scope import Scope

BATCH = 200

Theirs = TypeVar("Theirs", Dossier, Removal)


@dataclass(frozen=True, slots=True)
class Assessed:
    """One finding that is not closed, with its urgency and that of each group of its data."""

    dossier: Dossier
    exposure: Exposure
    by_group: ByGroup

    @property
    def assessment(self) -> Assessment:
        """What it comes to as a whole."""
        return next(iter(self.by_group.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person. `name` as this report may show it; `identifiers` also those watched no more.

    `found`: what is not closed, what is put off included.
    """

    id: int
    today: date
    name: str
    relation: str
    region: str | None
    identifiers: Sequence[Identifier]
    found: Sequence[Assessed]
    closed: Sequence[Dossier]
    held: Held
    removals: Sequence[Removal]
    pairs: Sequence[Pair]

    @property
    def watched(self) -> list[Identifier]:
        """The identifiers that are asked about."""
        return [one for one in self.identifiers if one.removed_at is None]

    def identifier(self, value: str) -> Identifier:
        """Give the identifier that something was found of."""
        return next(one for one in self.identifiers if one.value == value)


def cases(scope: Scope) -> Iterator[Case]:
    """Give everybody whom the report is about, in the order in which they were added."""
    rows = scope.db.query(
        "SELECT id FROM persons WHERE :person IS NULL OR id = :person ORDER BY id",
        {"person": scope.person_id},
    )
    ids = [row["id"] for row in rows]
    pairs = Pairs(scope)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        yield from _batch(scope, pairs, batch[0], batch[-1])


def _batch(scope: Scope, pairs: Pairs, first: int, last: int) -> Iterator[Case]:
    today = scope.today
    between = {"first": first, "last": last}
    persons = scope.db.query(
        "SELECT id, name, relation, region FROM persons WHERE id BETWEEN :first AND :last "
        "ORDER BY id",
        between,
    )
    identifiers = _identifiers(scope, first, last)
    found = _of_persons(dossier.load(scope.db, persons=(first, last)))
    removals = _of_persons(removal_log.load_of(scope.db, first, last))
    answers = pairs.of(first, last, identifiers)
    for row in persons:
        exposures = [(one, one.exposure(today)) for one in found[row["id"]]]
        held = held_by(exposure for _, exposure in exposures)
        yield Case(
            id=row["id"],
            today=today,
            name=scope.name(row["id"], row["name"]),
            relation=row["relation"],
            region=row["region"],
            identifiers=identifiers[row["id"]],
            found=[
                Assessed(one, exposure, assess_by_group(exposure, held, today))
                for one, exposure in exposures
                if exposure.state not in CLOSED_STATES
            ],
            closed=[one for one, exposure in exposures if exposure.state in CLOSED_STATES],
            held=held,
            removals=removals[row["id"]],
            pairs=answers[row["id"]],
        )


def _identifiers(scope: Scope, first: int, last: int) -> dict[int, list[Identifier]]:
    rows = scope.db.query(
        """
        SELECT i.*, p.name AS person FROM identifiers AS i JOIN persons AS p ON p.id = i.person_id
        WHERE i.person_id BETWEEN :first AND :last ORDER BY i.id
        """,
        {"first": first, "last": last},
    )
    grouped: dict[int, list[Identifier]] = defaultdict(list)
    for row in rows:
        one = Identifier(**{**row, "kind": IdentifierKind(row["kind"])})
        grouped[one.person_id].append(one)
    return grouped


def _of_persons(many: Sequence[Theirs]) -> dict[int, list[Theirs]]:
    grouped: dict[int, list[Theirs]] = defaultdict(list)
    for one in many:
        grouped[one.person_id].append(one)
    return grouped
