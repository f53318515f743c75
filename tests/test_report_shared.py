"""Whom a report may tell what: nobody outside who it is about, nobody else what is sensitive."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import people
from digital_footprint.report.build import build
from digital_footprint.report.facts import Redaction
from digital_footprint.verdicts import Found
from tests.households import NOW, Household, all_clean, breach, one_breach

DATING = breach(
    "Affair", "2015-07-19", "Passwords", "Sexual orientations", flags=("sensitive", "verified")
)


def text_of(house: Household, **how: Any) -> str:
    return json.dumps(asdict(build(house.db, house.config, now=NOW, **how)), default=str)


@pytest.mark.parametrize(
    "title",
    [
        "The Byron Photos",
        "byron-ada",
        "customers of example.com",
        "CUSTOMERS_EXAMPLE_COM",
        "jane's shop",
    ],
)
def test_no_part_of_a_name_or_address_is_shared(home: Path, title: str) -> None:
    house = one_breach(home)
    house.db.execute("UPDATE persons SET name = 'Ada Byron'")
    house.db.execute("UPDATE findings SET title = :title", {"title": title})

    assert title in text_of(house)
    assert title not in text_of(house, redaction=Redaction.SHAREABLE)


def test_a_word_that_holds_a_name_by_chance_is_shared(home: Path) -> None:
    house = one_breach(home)
    house.db.execute("UPDATE persons SET name = 'Art van Op'")
    house.db.execute("UPDATE findings SET title = 'Smartphone Op Party'")

    assert "Smartphone Op Party" in text_of(house, redaction=Redaction.SHAREABLE)


def test_a_broker_called_after_somebody_is_not_shared(home: Path) -> None:
    house = one_breach(home)
    (jane,) = people.list_persons(house.db)
    house.save(jane, "jane-doe-records", 1, 50)
    house.db.insert(
        "disclosures",
        {
            "person_id": jane.id,
            "identifier_id": jane.identifiers[0].id,
            "source": "broker:jane-doe-records",
            "recipient": "www.jane-doe.example",
            "datum": "listing",
            "sent_at": "2026-11-20T00:00:00Z",
        },
    )

    assert "jane-doe" in text_of(house)
    shared = text_of(house, redaction=Redaction.SHAREABLE)
    assert "jane" not in shared.casefold()
    assert "a broker" in shared


def test_what_a_sensitive_breach_held_is_for_its_person_alone(home: Path) -> None:
    house = all_clean(home)
    (jane,) = people.list_persons(house.db)
    with house.run("breach_recheck", 1) as run_id:
        house.answer(run_id, jane.identifiers[0], "hibp_breaches", Found((DATING,)), 1)

    household, own = text_of(house), text_of(house, person=jane)

    for word in ("Affair", "Sexual orientations", "2015-07-19", "blackmail"):
        assert word in own
        assert word not in household
    assert "Passwords" in household, "what is to be done is told"
    assert "sensitive; what it is stands in its person's own report" in household
