"""Who agreed that their data goes to which source: the table `consents`.

A row covers one wording of what a source sends; a new wording needs a new row.
"""

from typing import Protocol

from digital_footprint import observations
from digital_footprint.clock import to_text, utc_now
from digital_footprint.database import Database, Row
from digital_footprint.model import ConsentBasis
from digital_footprint.sources import profiles


class Wording(Protocol):
    """What people agreed to: who is sent something, in which wording of what is sent."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def consent_version(self) -> int:
        """It grows with every change of what is sent, or to whom."""


def give(db: Database, person_id: int, profile: Wording, basis: ConsentBasis) -> None:
    """Record that a person agrees to the present wording; giving it twice changes nothing."""
    db.execute(
        """
        INSERT INTO consents (person_id, source, version, basis, given_at)
        VALUES (:person_id, :source, :version, :basis, :now)
        ON CONFLICT (person_id, source, version)
        DO UPDATE SET basis = :basis, given_at = :now, withdrawn_at = NULL
        WHERE withdrawn_at IS NOT NULL
        """,
        {
            "person_id": person_id,
            "source": profile.name,
            "version": profile.consent_version,
            "basis": basis,
            "now": to_text(utc_now()),
        },
    )


def give_for_keyed_sources(db: Database, person_id: int, basis: ConsentBasis) -> None:
    """Record what the consent given with a person covers: the sources that a key turns on."""
    for profile in profiles():
        if profile.secret is not None:
            give(db, person_id, profile, basis)


def give_by_configuration(db: Database, profile: Wording) -> int:
    """Record the consents that `enabled = true`, written by hand, stands for; give how many.

    Once per source, for who is registered then and was never asked: where a row exists,
    withdrawn or of an older wording, the file does not speak for that person.
    """
    if observations.source_states(db).get(profile.name, {}).get("configuration_taken"):
        return 0
    persons = db.query(
        """
        SELECT id FROM persons
        WHERE id NOT IN (SELECT person_id FROM consents WHERE source = :source)
        """,
        {"source": profile.name},
    )
    with db.transaction():
        for person in persons:
            give(db, person["id"], profile, ConsentBasis.CONFIGURATION)
        observations.note_configuration_taken(db, profile.name)
    return len(persons)


def withdraw(db: Database, person_id: int, profile: Wording) -> None:
    """From now on nothing of this person goes to the source.

    Recorded also for who never agreed: the file's `enabled = true` does not speak for them then.
    """
    db.execute(
        """
        INSERT INTO consents (person_id, source, version, basis, given_at, withdrawn_at)
        SELECT id, :source, :version, coalesce(consent, 'given'), :now, :now FROM persons
        WHERE id = :person_id
        ON CONFLICT (person_id, source, version) DO UPDATE SET withdrawn_at = :now
        WHERE withdrawn_at IS NULL
        """,
        {
            "person_id": person_id,
            "source": profile.name,
            "version": profile.consent_version,
            "now": to_text(utc_now()),
        },
    )


def list_consents(db: Database, profile: Wording) -> list[Row]:
    """Give every person with the basis of a standing consent to the present wording, or None."""
    return db.query(
        """
        SELECT p.id AS person_id, p.name AS person, c.basis, c.given_at FROM persons AS p
        LEFT JOIN consents AS c ON c.person_id = p.id AND c.source = :source
             AND c.version = :version AND c.withdrawn_at IS NULL
        ORDER BY p.id
        """,
        {"source": profile.name, "version": profile.consent_version},
    )


def standing(db: Database, person_id: int) -> list[Row]:
    """Give source, version, basis and given_at of all that a person has not withdrawn."""
    return db.query(
        """
        SELECT source, version, basis, given_at FROM consents
        WHERE person_id = :person_id AND withdrawn_at IS NULL ORDER BY source, version
        """,
        {"person_id": person_id},
    )


def consenting(db: Database, profile: Wording) -> frozenset[int]:
    """Give the ids of the persons whose consent to the present wording stands."""
    rows = db.query(
        """
        SELECT person_id FROM consents
        WHERE source = :source AND version = :version AND withdrawn_at IS NULL
        """,
        {"source": profile.name, "version": profile.consent_version},
    )
    return frozenset(row["person_id"] for row in rows)


def stands(db: Database, person_id: int, profile: Wording) -> bool:
    """Say whether one person's consent to the present wording stands at this moment."""
    row = db.first(
        """
        SELECT 1 FROM consents WHERE person_id = :person_id AND source = :source
        AND version = :version AND withdrawn_at IS NULL
        """,
        {"person_id": person_id, "source": profile.name, "version": profile.consent_version},
    )
    return row is not None
