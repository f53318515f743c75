"""What kind of datum went to whom, and when: the table `disclosures`."""

from digital_footprint.database import Database, Row
from digital_footprint.model import Identifier


def record(
    db: Database,
    identifier: Identifier,
    *,
    run_id: int,
    source: str,
    recipient: str,
    datum: str | None,
    at: str,
) -> None:
    """Enter one request, before it is sent: what may have left is never missing.

    `datum`: what was made of the identifier, where it is not sent as it is.
    """
    db.insert(
        "disclosures",
        {
            "person_id": identifier.person_id,
            "identifier_id": identifier.id,
            "run_id": run_id,
            "source": source,
            "recipient": recipient,
            "datum": identifier.kind if datum is None else f"{identifier.kind}: {datum}",
            "sent_at": at,
        },
    )


def list_disclosures(
    db: Database, *, person_id: int | None = None, limit: int | None = None
) -> list[Row]:
    """Give the newest first: id, person, identifier, datum, source, recipient, run, sent_at."""
    return db.query(
        """
        SELECT d.id, p.name AS person, i.value AS identifier, d.datum, d.source, d.recipient,
               d.run_id AS run, d.sent_at
        FROM disclosures AS d
        JOIN persons AS p ON p.id = d.person_id
        JOIN identifiers AS i ON i.id = d.identifier_id
        WHERE :person_id IS NULL OR d.person_id = :person_id
        ORDER BY d.id DESC LIMIT :limit
        """,
        {"person_id": person_id, "limit": -1 if limit is None else limit},
    )
