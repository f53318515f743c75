"""How a person stands: the worst that is open, how much was answered at all, what is agreed to."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from digital_footprint import agreements, findings
from digital_footprint.config import Config
from digital_footprint.coverage import list_coverage
from digital_footprint.database import Database
from digital_footprint.model import Person


def standings(db: Database, config: Config, persons: Sequence[Person]) -> list[dict[str, Any]]:
    """Give `worst`, never a sum, and `coverage`: nothing found is little where nobody answered.

    `worst` is None where nothing is open. `checks` are all that could be made of the person's
    identifiers, also with sources that are off; `answered` those whose newest has an answer.
    `consents`: what stands, of sources and of brokers.
    """
    only = persons[0].id if len(persons) == 1 else None
    rows = list_coverage(db, config, person_id=only)
    checks = Counter(row["person_id"] for row in rows)
    answered = Counter(row["person_id"] for row in rows if row["verdict"] in ("found", "clean"))
    worst = findings.worst_open(db, person_id=only)
    return [
        {
            "worst": worst.get(one.id),
            "coverage": {"answered": answered[one.id], "checks": checks[one.id]},
            "consents": agreements.of_person(db, one),
        }
        for one in persons
    ]
