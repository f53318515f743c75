"""Who is watched, and by which identifiers: the tables `persons` and `identifiers`."""

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from digital_footprint.clock import to_text, utc_now
from digital_footprint.database import Database, Row
from digital_footprint.errors import UsageError
from digital_footprint.model import ConsentBasis, Identifier, IdentifierKind, Person, Relation
from digital_footprint.text import plain

REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")  # ISO 3166-1, with a subdivision of 3166-2
PHONE = re.compile(r"\+?[0-9]{5,15}")


def add_person(
    db: Database,
    name: str,
    *,
    emails: Sequence[str],
    relation: Relation,
    consent: ConsentBasis | None,
    region: str | None = None,
) -> Person:
    """Register a person with their addresses, all or nothing.

    `consent` covers the keyed sources. Raises UsageError for what cannot be stored.
    """
    from digital_footprint import consents

    if consent is not None and (consent is ConsentBasis.SELF) != (relation is Relation.SELF):
        raise UsageError(
            f"--consent {consent} does not fit --relation {relation}",
            hint="consent `self` is your own; for somebody else it is `given` or `guardian`",
        )
    now = to_text(utc_now())
    row = {
        "name": visible(name, "name"),
        "relation": relation,
        "consent": consent,
        "region": None if region is None else _region(region),
        "added_at": now,
    }
    values = dict.fromkeys(normalised(IdentifierKind.EMAIL, email) for email in emails)
    with db.transaction():
        person_id = db.insert("persons", row)
        for value in values:
            _insert_identifier(db, person_id, IdentifierKind.EMAIL, value)
        if consent is not None:
            consents.give_for_keyed_sources(db, person_id, consent)
    return get_person(db, str(person_id))


def nobody_to_ask_about(db: Database) -> str:
    """Say why there is no address that could be asked about, and how there comes to be one."""
    if is_anybody(db):
        return (
            "nobody who is registered has an e-mail address that is watched: "
            "footprint identifier add PERSON email ADDRESS"
        )
    add = 'footprint person add "NAME" --email ADDRESS --relation self --consent self'
    return f"nobody is registered: {add}"


def list_persons(db: Database) -> list[Person]:
    """Give everybody who is watched, in the order in which they were added."""
    return [_person(db, row) for row in db.query("SELECT * FROM persons ORDER BY id")]


def is_anybody(db: Database) -> bool:
    """Say whether anybody is registered."""
    return db.first("SELECT 1 FROM persons") is not None


def get_person(db: Database, who: str) -> Person:
    """Find a person by id or exact name, whatever its case.

    Raises UsageError when there is none, or more than one.
    """
    rows = db.query("SELECT * FROM persons ORDER BY id")
    matching = [row for row in rows if str(row["id"]) == who] or [
        row for row in rows if row["name"].casefold() == plain(who).casefold()
    ]
    match matching:
        case [row]:
            return _person(db, row)
        case []:
            raise UsageError("no such person", hint="see who there is: footprint person list")
        case _:
            ids = ", ".join(str(row["id"]) for row in matching)
            raise UsageError("more than one person has that name", hint=f"use an id: {ids}")


def add_identifier(db: Database, person: Person, kind: IdentifierKind, text: str) -> Identifier:
    """Watch one more identifier, or again one that was removed.

    Raises UsageError for a value that is none of its kind, or stands with somebody already.
    """
    value = normalised(kind, text)
    with db.transaction():
        identifier_id = _insert_identifier(db, person.id, kind, value)
    return get_identifier(db, identifier_id)


def change_person(
    db: Database, person: Person, *, name: str | None = None, region: str | None = None
) -> Person:
    """Correct a name or a region; what is not given stays. Raises UsageError."""
    row = {
        "id": person.id,
        "name": person.name if name is None else visible(name, "name"),
        "region": person.region if region is None else _region(region),
    }
    db.execute("UPDATE persons SET name = :name, region = :region WHERE id = :id", row)
    return get_person(db, str(person.id))


def set_consent(db: Database, person: Person, basis: ConsentBasis) -> None:
    """Record why a person agrees, where none was recorded yet."""
    db.execute(
        "UPDATE persons SET consent = :basis WHERE id = :id AND consent IS NULL",
        {"id": person.id, "basis": basis},
    )


def get_identifier(db: Database, identifier_id: int) -> Identifier:
    """Give one identifier by its id.

    Raises UsageError when there is none.
    """
    found = _identifiers(db, "i.id = :id", {"id": identifier_id})
    if not found:
        raise UsageError(
            f"no identifier has the id {identifier_id}",
            hint="see which there are: footprint identifier list",
        )
    return found[0]


def list_identifiers(db: Database, person: Person | None = None) -> list[Identifier]:
    """Give the identifiers that are watched, of one person or of all."""
    return [one for one in list_all_identifiers(db, person) if one.removed_at is None]


def list_all_identifiers(db: Database, person: Person | None = None) -> list[Identifier]:
    """Give also those that were removed and keep their history."""
    return _identifiers(
        db,
        "(:person IS NULL OR i.person_id = :person)",
        {"person": person.id if person else None},
    )


def is_watched(db: Database, identifier: Identifier) -> bool:
    """Say whether an identifier is watched at this moment."""
    row = db.first(
        "SELECT 1 FROM identifiers WHERE id = :id AND removed_at IS NULL", {"id": identifier.id}
    )
    return row is not None


def remove_identifier(db: Database, identifier_id: int) -> None:
    """Watch it no longer; what was found of it stays, and adding it again takes that up."""
    db.execute(
        "UPDATE identifiers SET removed_at = :now WHERE id = :id",
        {"id": identifier_id, "now": to_text(utc_now())},
    )


def erase_identifier(db: Database, identifier_id: int) -> None:
    """Delete it with everything that was recorded of it, down to the bytes of the file."""
    db.execute("DELETE FROM identifiers WHERE id = :id", {"id": identifier_id})
    db.purge()


def erase_person(db: Database, person: Person) -> None:
    """Delete a person with everything that was recorded of them, down to the bytes of the file."""
    db.execute("DELETE FROM persons WHERE id = :id", {"id": person.id})
    db.purge()


def normalised(kind: IdentifierKind, text: str) -> str:
    """Give the one form in which a value is stored, so that equal ones are equal.

    Raises UsageError for a value that is none of its kind.
    """
    normaliser = _NORMALISERS.get(kind)
    return normaliser(text) if normaliser else visible(text, "value")


def visible(text: str, what: str) -> str:
    """Give a text of the person's own, trimmed.

    Raises UsageError when it is empty, overlong or holds characters that do not show.
    """
    value = " ".join(text.split())
    if not value or plain(value) != value:
        raise UsageError(
            f"the {what} is empty, too long, or holds characters that cannot be seen",
            hint=f"type the {what} by hand, at most 200 characters",
        )
    return value


def _email(text: str) -> str:
    import email_validator

    try:
        valid = email_validator.validate_email(text.strip(), check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        raise UsageError(
            f"that is not an e-mail address: {str(error).rstrip('.')}",
            hint="give it as name@example.com",
        ) from None
    # Breach sources compare addresses without case; so do we.
    return valid.normalized.lower()


def _phone(text: str) -> str:
    digits = re.sub(r"[\s()./-]", "", text)
    if not PHONE.fullmatch(digits):
        raise UsageError("that is not a phone number", hint="give it as +15550100123")
    return digits


def _birth_year(text: str) -> str:
    # Aware or not makes no difference to a year that nobody was born in yet.
    newest = date.today().year  # noqa: DTZ011
    if not (re.fullmatch(r"[0-9]{4}", text.strip()) and 1900 <= int(text) <= newest):
        raise UsageError("that is not a year of birth", hint=f"1900 to {newest}")
    return text.strip()


_NORMALISERS: Mapping[IdentifierKind, Callable[[str], str]] = {
    IdentifierKind.EMAIL: _email,
    IdentifierKind.PHONE: _phone,
    IdentifierKind.BIRTH_YEAR: _birth_year,
}


def _region(text: str) -> str:
    region = text.strip().upper()
    if not REGION.fullmatch(region):
        raise UsageError(
            f"{plain(text)!r} is not a region",
            hint="give a country, with its state where laws differ: DE, US-CA",
        )
    return region


def _insert_identifier(db: Database, person_id: int, kind: IdentifierKind, value: str) -> int:
    """Insert, or watch again what was removed; within the caller's transaction."""
    key = {"person_id": person_id, "kind": kind, "value": value}
    known = db.first(
        """
        SELECT id, removed_at FROM identifiers
        WHERE person_id = :person_id AND kind = :kind AND value = :value
        """,
        key,
    )
    if known and known["removed_at"] is None:
        raise UsageError(
            f"that {kind} stands with this person already", hint="footprint identifier list"
        )
    try:
        if not known:
            return db.insert("identifiers", {**key, "added_at": to_text(utc_now())})
        db.execute("UPDATE identifiers SET removed_at = NULL WHERE id = :id", {"id": known["id"]})
        return int(known["id"])
    except sqlite3.IntegrityError:
        owner = db.first(
            """
            SELECT person_id FROM identifiers
            WHERE kind = :kind AND value = :value AND removed_at IS NULL
            """,
            key,
        )
        if owner is None:
            raise
        raise UsageError(
            f"that {kind} stands with person {owner['person_id']} already",
            hint=f"see: footprint person show {owner['person_id']}",
        ) from None


def _person(db: Database, row: Row) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        relation=Relation(row["relation"]),
        consent=ConsentBasis(row["consent"]) if row["consent"] else None,
        region=row["region"],
        added_at=row["added_at"],
        identifiers=tuple(
            _identifiers(db, "i.person_id = :id AND i.removed_at IS NULL", {"id": row["id"]})
        ),
    )


def _identifiers(db: Database, where: str, parameters: Mapping[str, Any]) -> list[Identifier]:
    rows = db.query(
        f"""
        SELECT i.*, p.name AS person FROM identifiers AS i JOIN persons AS p ON p.id = i.person_id
        WHERE {where} ORDER BY i.person_id, i.id
        """,  # noqa: S608 - conditions of this module alone
        parameters,
    )
    return [Identifier(**{**row, "kind": IdentifierKind(row["kind"])}) for row in rows]
