"""Decides how a person stands: the worst that is open, beside how much was answered at all."""

from typing import Any

from digital_footprint import findings
from digital_footprint.config import Config
from digital_footprint.coverage import list_coverage
from digital_footprint.database import Database
from digital_footprint.model import Person


def standing(db: Database, config: Config, person: Person) -> dict[str, Any]:
    """Give `worst`, never a sum, and `coverage`: nothing found is little where nobody answered.

    `worst` is None where nothing is open. `checks` are all that could be made of the person's
    identifiers, also with sources that are off; `answered` those whose newest has an answer.
    """
    rows = list_coverage(db, config, person_id=person.id)
    answered = sum(row["verdict"] in ("found", "clean") for row in rows)
    return {
        "worst": findings.worst_open(db, person_id=person.id).get(person.id),
        "coverage": {"answered": answered, "checks": len(rows)},
    }
