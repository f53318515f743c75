"""What kind of datum went to whom, and when: the table `disclosures`."""

from digital_footprint.database import Database, Row
from digital_footprint.model import Identifier

LISTING = "saved listing URL"


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


def record_listing(
    db: Database,
    *,
    person_id: int,
    removal_id: int,
    run_id: int,
    source: str,
    recipient: str,
    at: str,
) -> None:
    """Enter one request for the page of a saved listing, before it is sent."""
    db.insert(
        "disclosures",
        {
            "person_id": person_id,
            "removal_id": removal_id,
            "run_id": run_id,
            "source": source,
            "recipient": recipient,
            "datum": LISTING,
            "sent_at": at,
        },
    )


def record_message(
    db: Database,
    *,
    person_id: int | None,
    message_id: int,
    run_id: int | None,
    source: str,
    recipient: str,
    datum: str,
    at: str,
) -> None:
    """Enter one message of ours to a third party, for one person that it is about, or nobody."""
    db.insert(
        "disclosures",
        {
            "person_id": person_id,
            "message_id": message_id,
            "run_id": run_id,
            "source": source,
            "recipient": recipient,
            "datum": datum,
            "sent_at": at,
        },
    )


def listings_sent_in(db: Database, run_ids: list[int]) -> frozenset[int]:
    """Give the ids of the removals whose page one of these runs may have fetched."""
    sql = "SELECT removal_id FROM disclosures WHERE run_id = :run AND removal_id IS NOT NULL"
    return frozenset(row["removal_id"] for run in run_ids for row in db.query(sql, {"run": run}))


def list_disclosures(
    db: Database, *, person_id: int | None = None, limit: int | None = None
) -> list[Row]:
    """Give the newest first: id, person, identifier, datum, source, recipient, run, sent_at."""
    return db.query(
        """
        SELECT d.id, p.name AS person, coalesce(i.value, r.url) AS identifier, d.datum, d.source,
               d.recipient, d.run_id AS run, d.sent_at
        FROM disclosures AS d
        LEFT JOIN persons AS p ON p.id = d.person_id
        LEFT JOIN identifiers AS i ON i.id = d.identifier_id
        LEFT JOIN removals AS r ON r.id = d.removal_id
        WHERE :person_id IS NULL OR d.person_id = :person_id
        ORDER BY d.id DESC LIMIT :limit
        """,
        {"person_id": person_id, "limit": -1 if limit is None else limit},
    )
