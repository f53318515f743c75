"""Findings live: sources add to them and take away, the person decides, nobody forgets."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_footprint.clock import today
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.schema import MIGRATIONS
from digital_footprint.verdicts import Clean, Reason
from tests.conftest import CommandLine, add
from tests.spoken import (
    ADOBE,
    CLEAN,
    HIBP,
    JANE,
    SHOP,
    XON,
    Answer,
    ask,
    breach,
    everything,
    found,
    one,
    story,
    tell,
)

LATER = str(today() + timedelta(days=30))


@pytest.mark.usefixtures("jane")
def test_two_successive_answers_without_it_withdraw_it(db: Database, config: Config) -> None:
    tell(db, config, HIBP, found(ADOBE), CLEAN)
    assert "open" == one(db)["state"]

    tell(db, config, HIBP, found(SHOP))

    assert ("withdrawn", "nothing to do") == (one(db)["state"], one(db)["urgency"])
    tell(db, config, HIBP, CLEAN, CLEAN)
    assert ["first_seen", "withdrawn"] == story(db), "it is told once"


@pytest.mark.usefixtures("jane")
def test_answers_without_it_count_only_in_a_row(db: Database, config: Config) -> None:
    tell(db, config, HIBP, found(ADOBE), CLEAN, found(ADOBE), CLEAN)

    assert ("open", ["first_seen"]) == (one(db)["state"], story(db))


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.usefixtures("jane")
def test_a_check_without_an_answer_moves_nothing(
    db: Database, config: Config, reason: Reason
) -> None:
    tell(db, config, HIBP, found(ADOBE), CLEAN)
    before = everything(db)

    for _ in range(3):
        ask(db, config, {HIBP: {JANE: reason}})

    assert before == everything(db)
    tell(db, config, HIBP, CLEAN)
    assert "withdrawn" == one(db)["state"], "what failed in between is no answer that had it"


@pytest.mark.parametrize("other", [*Reason, None])
@pytest.mark.usefixtures("jane")
def test_a_witness_that_does_not_answer_holds_the_finding(
    db: Database, config: Config, other: Reason | None
) -> None:
    ask(db, config, {HIBP: {JANE: found(ADOBE)}, XON: {JANE: found(ADOBE)}})

    for _ in range(4):
        silent: dict[str, dict[str, Answer]] = {} if other is None else {XON: {JANE: other}}
        ask(db, config, {HIBP: {JANE: CLEAN}, **silent})

    assert ("open", ["first_seen", "witnessed"]) == (one(db)["state"], story(db))
    tell(db, config, XON, CLEAN, CLEAN)
    assert "withdrawn" == one(db)["state"]


@pytest.mark.usefixtures("jane")
def test_what_an_answer_does_not_speak_about_is_no_answer(db: Database, config: Config) -> None:
    tell(db, config, HIBP, found(ADOBE, SHOP))

    tell(db, config, HIBP, *[Clean(speaks_for=frozenset({"shop"}))] * 3)
    tell(db, config, HIBP, found(SHOP, speaks_for=frozenset({"shop"})))

    assert ("open", "resurfaced") == (one(db, 1)["state"], one(db, 2)["state"])
    tell(db, config, HIBP, *[found(SHOP, speaks_for=frozenset({"shop", "adobe"}))] * 2)
    assert "withdrawn" == one(db, 1)["state"]


def test_one_addresss_answers_say_nothing_of_another(db: Database, config: Config) -> None:
    add(db, "Jane Doe", JANE, "j.doe@work.example")
    ask(db, config, {HIBP: {JANE: found(ADOBE), "j.doe@work.example": found(ADOBE)}})

    for _ in range(3):
        ask(db, config, {HIBP: {JANE: found(ADOBE)}})

    assert ["open", "withdrawn"] == [one(db, number)["state"] for number in (1, 2)]


@pytest.mark.usefixtures("jane")
def test_what_is_seen_again_after_it_was_gone_is_back(db: Database, config: Config) -> None:
    tell(db, config, HIBP, found(ADOBE), CLEAN, CLEAN, found(ADOBE))

    assert ("resurfaced", "act today") == (one(db)["state"], one(db)["urgency"])
    assert ["first_seen", "withdrawn", "resurfaced"] == story(db)


@pytest.mark.parametrize(
    "deed", ["resolve 1 --reason other", "accept 1", f"snooze 1 --until {LATER}"]
)
@pytest.mark.usefixtures("jane")
def test_what_was_closed_and_gone_is_back_when_it_is_seen_again(
    db: Database, config: Config, run: CommandLine, deed: str
) -> None:
    tell(db, config, HIBP, found(ADOBE))
    closed = run("footprint", "finding", *deed.split(), "--json").json["state"]
    tell(db, config, HIBP, CLEAN, CLEAN)
    assert closed == one(db)["state"]

    tell(db, config, HIBP, found(ADOBE))

    assert ("resurfaced", "act today") == (one(db)["state"], one(db)["urgency"])


@pytest.mark.usefixtures("jane")
def test_what_was_dealt_with_before_it_went_is_not_dealt_with_when_it_is_back(
    db: Database, config: Config, run: CommandLine
) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Passwords", "Names")))
    resolve = ("footprint", "finding", "resolve", "1", "--reason")
    run(*resolve, "password_changed", "--class", "Passwords")

    tell(db, config, HIBP, CLEAN, CLEAN, found(breach("Adobe", "Passwords", "Names")))

    assert not any(each["resolved_at"] for each in one(db)["resolutions"])
    text = run("footprint", "finding", "show", "1").out
    assert "dealt with  how" not in text
    assert "you resolved Passwords (password changed)" in text, "its events keep that it once was"
    rest = run(*resolve, "noted", "--class", "Names", "--json").json
    assert ("in_progress", "act today") == (rest["state"], rest["urgency"])


@pytest.mark.usefixtures("jane")
def test_a_second_source_is_a_witness_not_a_new_finding(db: Database, config: Config) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Names", flags=())))
    result = ask(db, config, {XON: {JANE: found(breach("Adobe", "Passwords", flags=()))}})

    assert (1, 0) == (result["found"], result["new"])
    assert ["first_seen", "witnessed"] == story(db)
    event = one(db)["events"][1]["details"]
    assert (True, ["Passwords"]) == (event["raised"], event["added"])
    assert "confirmed" == one(db)["assessment"]["confidence"]["word"]
    tell(db, config, "leakcheck", found(breach("Adobe", detailed=False)))
    assert one(db)["events"][2]["details"]["raised"] is False
    assert {HIBP, XON, "leakcheck"} == set(one(db)["witnesses"])


CHANGES = [
    (breach("Adobe", "Passwords", "Names", "Phone numbers"), ["Phone numbers"], None),
    (breach("Adobe", "Passwords", modified="2026-11-01T00:00:00Z"), [], "2026-11-01T00:00:00Z"),
    (breach("Adobe", "Passwords", flags=("stealer_log",)), [], None),
]


@pytest.mark.parametrize(("again", "added", "modified"), CHANGES, ids=["class", "edit", "tier"])
@pytest.mark.usefixtures("jane")
def test_more_that_becomes_known_is_an_upgrade(
    db: Database, config: Config, again: Any, added: list[str], modified: str | None
) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Passwords", "Names")), found(again))

    assert ["first_seen", "upgraded"] == story(db)
    details = one(db)["events"][1]["details"]
    assert (added, modified) == (details["added"], details.get("modified_at"))


@pytest.mark.usefixtures("jane")
def test_the_same_answer_again_is_no_event(db: Database, config: Config) -> None:
    tell(db, config, HIBP, *[found(ADOBE)] * 3)

    assert ["first_seen"] == story(db)


@pytest.mark.usefixtures("jane")
def test_a_class_that_is_added_opens_what_was_resolved_and_keeps_what_was_done(
    db: Database, config: Config, run: CommandLine
) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Passwords", "Names")))
    run("footprint", "finding", "resolve", "1", "--reason", "password_changed")
    assert "resolved" == one(db)["state"]

    tell(db, config, HIBP, found(breach("Adobe", "Passwords", "Names", "Credit cards")))

    shown = one(db)
    assert "in_progress" == shown["state"]
    assert {"Passwords": True, "Names": True, "Credit cards": False} == {
        each["data_class"]: each["resolved_at"] is not None for each in shown["resolutions"]
    }
    assert ["cards"] == [action["group"] for action in shown["actions"]]


@pytest.mark.usefixtures("jane")
def test_of_somebody_else_nothing_is_ever_told_again(
    db: Database, config: Config, run: CommandLine
) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Names")))
    run("footprint", "finding", "not-me", "1")

    tell(db, config, HIBP, found(ADOBE), CLEAN, CLEAN, found(ADOBE))
    tell(db, config, XON, found(breach("Adobe", "Credit cards")))

    assert ("not_me", "nothing to do") == (one(db)["state"], one(db)["urgency"])
    assert ["first_seen", "not_me"] == story(db)
    run("footprint", "finding", "reopen", "1")
    assert "Credit cards" in one(db)["data_classes"], "what was learnt meanwhile stands"


def test_what_an_earlier_version_recorded_becomes_its_one_witnesss_word(
    home: Path, tmp_path: Path, run: CommandLine
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    (first / "0001_first.sql").write_text(
        (MIGRATIONS / "0001_first.sql").read_text(encoding="utf-8"), encoding="utf-8"
    )
    details = {"domain": None, "added_on": None, "modified_at": None, "accounts": 5,
               "description": "", "flags": ["verified"]}  # fmt: skip
    with Database.open(home / "footprint.db", migrations=first) as old:
        person = old.insert("persons", {"name": "Jane", "relation": "self", "added_at": "x"})
        address = old.insert(
            "identifiers",
            {"person_id": person, "kind": "email", "value": JANE, "added_at": "x"},
        )
        finding = old.insert(
            "findings",
            {"identifier_id": address, "kind": "breach", "key": "adobe", "title": "Adobe",
             "tier": 1, "data_classes": '["Passwords"]', "occurred_on": "2013-10-04",
             "details": json.dumps(details), "first_seen_at": "x", "last_seen_at": "x"},
        )  # fmt: skip
        old.insert("witnesses", {"finding": finding, "source": HIBP, "source_key": "Adobe",
                                 "first_seen": "2026-01-01T00:00:00Z",
                                 "last_seen": "2026-01-01T00:00:00Z"})  # fmt: skip

    shown = run("footprint", "finding", "show", "1", "--json").json

    (witness,) = shown["seen_by"]
    assert ("Adobe", ["Passwords"], "2013-10-04", 0) == (
        witness["title"], witness["data_classes"], witness["occurred_on"], witness["missed"],
    )  # fmt: skip
    assert ("open", "Adobe", 5) == (shown["state"], shown["title"], shown["details"]["accounts"])
    with closing(sqlite3.connect(home / "footprint.db")) as connection:
        ((stored,),) = connection.execute("SELECT details FROM witnesses").fetchall()
    assert details == json.loads(stored)


def test_a_service_that_is_two_sources_is_thanked_once() -> None:
    from digital_footprint.commands.finding_text import attributions

    thanks = attributions({"hibp_breaches", "hibp_pastes", "xposedornot"})

    assert 2 == len(thanks)
    assert len(thanks) == len(set(thanks))
