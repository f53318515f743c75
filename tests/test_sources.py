"""Sources are on or off, with consent or without, and say so."""

from dataclasses import replace
from typing import Any

import pytest

from digital_footprint import consents, enabling
from digital_footprint.config import Config, load_config
from digital_footprint.database import Database
from digital_footprint.model import Person
from digital_footprint.scheduler.jobs import job_breach_recheck
from digital_footprint.sources.hibp_breaches import HibpBreaches
from tests.conftest import CommandLine, add
from tests.wire import Wire, json_response, names, response


def covered(run: CommandLine) -> dict[str, tuple[str | None, str | None]]:
    rows = run("footprint", "coverage", "--source", "hibp_breaches", "--json").json
    return {row["identifier"]: (row["verdict"], row["reason"]) for row in rows}


def source(run: CommandLine) -> Any:
    return run("footprint", "source", "list", "--json").json[0]


def test_without_a_key_it_is_off_and_coverage_says_why(run: CommandLine, jane: Person) -> None:
    one = source(run)

    assert ("off", "not_configured") == (one["state"], one["reason"])
    assert "footprint secret set hibp_api_key" == one["hint"]
    assert {"jane@example.com": ("skipped", "not_configured")} == covered(run)


def test_with_a_key_it_is_on_and_not_checked_is_not_clean(
    run: CommandLine, jane: Person, config: Config
) -> None:
    assert "on" == source(run)["state"]
    assert {"jane@example.com": (None, None)} == covered(run)
    assert "not checked yet" in run("footprint", "coverage").out


def test_switched_off_it_asks_nobody(
    run: CommandLine, db: Database, jane: Person, config: Config, wire: Wire
) -> None:
    assert 0 == run("footprint", "source", "disable", "hibp_breaches").code

    ended = run("footprint-job", "run", "breach_recheck", "--json")

    assert ("skipped", "nothing_configured") == (
        ended.json["status"],
        ended.json["details"]["reason"],
    )
    assert [] == wire.requests
    assert {"jane@example.com": ("skipped", "no_consent")} == covered(run)


def test_switching_keeps_the_persons_own_file(
    run: CommandLine, home: Any, jane: Person, config: Config, wire: Wire
) -> None:
    text = f'# mine\n[sources.hibp]\nbase_url = "{wire.base_url}"  # a proxy\n\n[schedule]\n'
    config.paths.config_file.write_text(text, encoding="utf-8")

    assert 0 == run("footprint", "source", "disable", "hibp_breaches").code
    assert 0 == run("footprint", "source", "enable", "hibp_breaches", "--yes").code

    after = config.paths.config_file.read_text(encoding="utf-8")
    assert "# mine" in after
    assert "# a proxy" in after
    assert "on" == source(run)["state"]


def test_consent_is_given_and_withdrawn_person_by_person(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    add(db, "John Doe", "john@example.com", consent=False)
    assert ("skipped", "no_consent") == covered(run)["john@example.com"]

    enabled = run("footprint", "source", "enable", "hibp_breaches", "--person", "2", "--yes")
    assert "every e-mail address in full" in enabled.err
    assert "haveibeenpwned.com" in enabled.err
    assert "success" == job_breach_recheck(db, config).status
    assert ["jane@example.com", "john@example.com"] == wire.asked

    run("footprint", "source", "disable", "hibp_breaches", "--person", "2")
    assert "success" == job_breach_recheck(db, config).status
    assert ["jane@example.com", "john@example.com", "jane@example.com"] == wire.asked
    assert ("skipped", "no_consent") == covered(run)["john@example.com"]


def test_a_question_that_is_not_answered_gives_no_consent(
    run: CommandLine, db: Database, config: Config
) -> None:
    add(db, "John Doe", "john@example.com", consent=False)

    assert 1 == run("footprint", "source", "enable", "hibp_breaches", stdin="").code
    assert frozenset() == consents.consenting(db, HibpBreaches.profile)


def test_a_changed_wording_needs_a_new_consent(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    db.execute("UPDATE consents SET version = version - 1")

    assert "skipped" == job_breach_recheck(db, config).status
    assert [] == wire.requests


def test_enabled_by_hand_stands_for_consent_once(
    run: CommandLine, db: Database, config: Config, wire: Wire
) -> None:
    person = add(db, "Jane Doe", "jane@example.com", consent=False)
    with config.paths.config_file.open("a", encoding="utf-8") as file:
        file.write("enabled = true\n")

    assert 0 == run("footprint-job", "run", "breach_recheck").code
    assert ["jane@example.com"] == wire.asked
    assert "configuration" == source(run)["consents"][0]["basis"]

    consents.withdraw(db, person.id, HibpBreaches.profile)
    run("footprint-job", "run", "breach_recheck")
    assert ["jane@example.com"] == wire.asked, "a withdrawal is not overruled by the file"


def test_every_request_with_an_address_stands_on_the_ledger(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    assert [] == run("footprint", "disclosures", "--json").json

    job_breach_recheck(db, config)

    (row,) = run("footprint", "disclosures", "--json").json
    assert {
        "person": "Jane Doe",
        "identifier": "jane@example.com",
        "datum": "email",
        "source": "hibp_breaches",
        "recipient": wire.base_url.removeprefix("http://"),
        "run": 1,
    }.items() <= row.items()
    assert 1 == len(wire.asked)


ADOBE = {
    "Name": "Adobe",
    "Title": "Adobe Systems",
    "Domain": "adobe.com",
    "BreachDate": "2013-10-04",
    "AddedDate": "2013-12-04T00:00:00Z",
    "ModifiedDate": "2022-05-15T23:52:49Z",
    "PwnCount": 152445165,
    "Description": "In October 2013, <em>153 million</em> accounts.",
    "DataClasses": ["Email addresses", "Password hints", "Passwords", "Usernames"],
    "IsVerified": True,
    "IsStealerLog": False,
}


def test_a_finding_has_the_documented_shape(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.catalogue = json_response([{"Name": 5}, ADOBE, {"Title": "no name"}])
    job_breach_recheck(db, config)

    (finding,) = run("footprint", "findings", "--json").json

    seen = finding["first_seen_at"]
    assert {
        "id": 1,
        "person": "Jane Doe",
        "identifier": "jane@example.com",
        "source": "hibp_breaches",
        "witnesses": ["hibp_breaches"],
        "kind": "breach",
        "key": "adobe",
        "title": "Adobe Systems",
        "tier": 1,
        "data_classes": ["Email addresses", "Password hints", "Passwords", "Usernames"],
        "occurred_on": "2013-10-04",
        "first_seen_at": seen,
        "last_seen_at": seen,
        "state": "open",
        "until": None,
        "urgency": "this week",
        "claimed": False,
        "sensitive": False,
    } == finding
    shown = run("footprint", "finding", "show", "1", "--json").json
    assert "In October 2013, 153 million accounts." == shown["details"]["description"]
    assert ["verified"] == shown["details"]["flags"]
    assert ["first_seen"] == [event["event"] for event in shown["events"]]
    assert "haveibeenpwned.com" in run("footprint", "findings").out


def test_details_that_were_missing_are_completed_by_a_later_run(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.catalogue = response("500 Internal Server Error")
    job_breach_recheck(db, config)
    wire.catalogue = json_response([{**ADOBE, "IsStealerLog": True}])
    job_breach_recheck(db, config)
    wire.catalogue = response("500 Internal Server Error")
    job_breach_recheck(db, config)

    shown = run("footprint", "finding", "show", "1", "--json").json

    assert (0, "Adobe Systems") == (shown["tier"], shown["title"])
    assert ["first_seen", "upgraded"] == [event["event"] for event in shown["events"]]


def test_the_catalogue_is_fetched_only_when_something_was_found(
    db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    job_breach_recheck(db, config)

    assert not any("/breaches " in line for line in wire.requests)


@pytest.mark.parametrize("command", ["findings", "coverage", "disclosures"])
def test_lists_are_empty_lists_before_anything_happened(run: CommandLine, command: str) -> None:
    assert [] == run("footprint", command, "--json").json


def test_turning_it_on_for_one_person_sends_nothing_of_another(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    add(db, "John Doe", "john@example.com", consent=False)
    run("footprint", "source", "disable", "hibp_breaches")
    run("footprint", "source", "enable", "hibp_breaches", "--person", "1", "--yes")
    add(db, "Alex Doe", "alex@example.com", consent=False)

    run("footprint-job", "run", "breach_recheck")

    assert ["jane@example.com"] == wire.asked


def test_enabled_by_hand_does_not_stand_for_who_comes_later(
    run: CommandLine, db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com", consent=False)
    with config.paths.config_file.open("a", encoding="utf-8") as file:
        file.write("enabled = true\n")
    first = run("footprint-job", "run", "breach_recheck")
    add(db, "John Doe", "john@example.com", consent=False)

    run("footprint-job", "run", "breach_recheck")

    assert "was taken as the consent of 1" in first.out
    assert ["jane@example.com", "jane@example.com"] == wire.asked


CHANGED_FORMATS = [
    {"Name": "Adobe"},
    {"Name": "Adobe", "Classes": ["Passwords"], "StealerLog": True},
    {"Name": "Adobe", "DataClasses": []},
    {"Name": "Adobe", "DataClasses": ["Email addresses"]},
    {**ADOBE, "IsStealerLog": None, "DataClasses": ["Email addresses"]},
    {**ADOBE, "DataClasses": "Passwords"},
]


@pytest.mark.parametrize("record", CHANGED_FORMATS, ids=str)
def test_a_changed_format_never_lowers_a_severity(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person, record: object
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.catalogue = json_response([{**ADOBE, "IsStealerLog": True}])
    job_breach_recheck(db, config)
    before = run("footprint", "finding", "show", "1", "--json").json
    wire.catalogue = json_response([record])

    job_breach_recheck(db, config)

    after = run("footprint", "finding", "show", "1", "--json").json
    assert (0, before["data_classes"]) == (after["tier"], after["data_classes"])


UNREADABLE = [
    {"DataClasses": ["Email addresses", {"Name": "Passwords"}], "IsStealerLog": True},
    {"DataClasses": ["Email addresses", None], "IsStealerLog": False},
    {"DataClasses": ["Email addresses", "\u200b"], "IsStealerLog": False},
    {"DataClasses": "Passwords", "IsStealerLog": True},
    {"IsStealerLog": "true"},
    {"IsStealerLog": None},
    {"IsSensitive": 1},
]


@pytest.mark.parametrize("odd", UNREADABLE, ids=str)
def test_an_edit_that_cannot_be_read_takes_nothing_back_and_unhides_no_name(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person, odd: dict[str, object]
) -> None:
    known = {**ADOBE, "IsStealerLog": True, "IsSensitive": True}
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.catalogue = json_response([known])
    job_breach_recheck(db, config)
    before = run("footprint", "finding", "show", "1", "--json").json
    edited = {**known, "IsSensitive": False, **odd, "ModifiedDate": "2024-11-01T00:00:00Z"}
    wire.catalogue = json_response([edited])

    job_breach_recheck(db, config)

    after = run("footprint", "finding", "show", "1", "--json").json
    assert (0, True) == (after["tier"], after["sensitive"])
    assert set(before["data_classes"]) == set(after["data_classes"])


def test_what_the_source_says_it_edited_is_taken_over(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.catalogue = json_response([ADOBE])
    job_breach_recheck(db, config)
    edited = {**ADOBE, "DataClasses": ["Usernames"], "ModifiedDate": "2024-11-01T00:00:00Z"}
    wire.catalogue = json_response([edited])

    job_breach_recheck(db, config)

    assert 4 == run("footprint", "finding", "show", "1", "--json").json["tier"]


def test_one_odd_field_costs_that_field_alone(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.catalogue = json_response([{**ADOBE, "PwnCount": 1.5, "Title": None, "Domain": 7}])

    job_breach_recheck(db, config)

    shown = run("footprint", "finding", "show", "1", "--json").json
    assert (1, "Adobe", None) == (shown["tier"], shown["title"], shown["details"]["accounts"])


def test_after_consent_coverage_shows_what_was_answered_before(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    job_breach_recheck(db, config)
    run("footprint", "source", "disable", "hibp_breaches", "--person", "1")
    job_breach_recheck(db, config)
    assert ("skipped", "no_consent") == covered(run)["jane@example.com"]

    run("footprint", "source", "enable", "hibp_breaches", "--person", "1", "--yes")

    assert ("clean", None) == covered(run)["jane@example.com"]


def test_a_withdrawal_counts_also_of_who_never_agreed(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    add(db, "John Doe", "john@example.com", consent=False)
    with config.paths.config_file.open("a", encoding="utf-8") as file:
        file.write("enabled = true\n")
    run("footprint", "source", "disable", "hibp_breaches", "--person", "2")

    run("footprint-job", "run", "breach_recheck")

    assert ["jane@example.com"] == wire.asked


def test_a_stealer_log_without_data_classes_stands_above_all(
    run: CommandLine, db: Database, config: Config, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Log")
    wire.catalogue = json_response([{"Name": "Log", "IsStealerLog": True}])

    job_breach_recheck(db, config)

    assert 0 == run("footprint", "findings", "--json").json[0]["tier"]


def test_what_our_own_command_writes_into_the_file_is_nobodys_consent(
    db: Database, config: Config
) -> None:
    keyless = replace(HibpBreaches.profile, secret=None)
    jane = add(db, "Jane Doe", "jane@example.com", consent=False)
    add(db, "John Doe", "john@example.com", consent=False)

    enabling.enable(db, config, keyless, [jane])

    assert load_config(config.paths).source("hibp").enabled is True
    assert 0 == consents.give_by_configuration(db, keyless)
    assert {jane.id} == consents.consenting(db, keyless)
