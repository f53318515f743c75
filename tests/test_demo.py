"""The demo: what a stranger runs first."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from digital_footprint import removal_states
from digital_footprint.demo import household, listings, show
from tests.conftest import CommandLine


@pytest.fixture
def tell(run: CommandLine, tmp_path: Path) -> CommandLine:
    run.environ["TMPDIR"] = str(tmp_path)
    return run


def test_it_finds_what_should_be_found_and_keeps_its_home(tell: CommandLine, home: Path) -> None:
    ended = tell("footprint", "demo", "--json")

    assert 0 == ended.code, ended.err
    document = ended.json
    assert [] == document["mismatches"]
    runs = [run for run in document["runs"] if run["job_name"] == "breach_recheck"]
    assert [3, 1] == [run["details"]["new"] for run in runs]
    runs = [run for run in document["runs"] if run["job_name"] == "dark_web_monitor"]
    assert [3, 0] == [run["details"]["new"] for run in runs]
    kept = Path(document["home"])
    assert (kept / "footprint.db").exists()
    tell.home = kept
    assert document["findings"] == tell("footprint", "findings", "--json").json
    assert not home.exists(), "the person's own home is not touched"


def test_it_tells_a_stranger_where_to_look(tell: CommandLine) -> None:
    ended = tell("footprint", "demo")

    assert 0 == ended.code
    for words in (
        "3 new and 0 known",
        "1 new and 3 known",
        "Example Stealer Logs",
        "inconclusive (source_changed",
        "skipped (no_consent)",
        "answers nonsense",
        "infostealer log: RedLine",
        "Fresh combo list",
        "Clean the device that was read: John Doe",
        "report --open",
        "which two services know of",
        "unset FOOTPRINT_HOME",
        "To remove it: rm -r",
        "All that should be found was found.",
    ):
        assert words in ended.out
    assert "" == ended.err
    to_do = ended.out.rpartition("Look around")[2]
    (home,) = re.findall(r"FOOTPRINT_HOME=(\S+)", to_do)
    (removal_id,) = re.findall(r"removal draft (\d+)", to_do)
    tell.home = Path(home)
    assert 0 == tell("footprint", "removal", "draft", removal_id).code


def test_it_shows_listings_in_every_state_that_there_is(tell: CommandLine) -> None:
    ended = tell("footprint", "demo", "--json")

    shown = {one["state"] for one in ended.json["removals"]}
    assert shown == set(removal_states.NAMES.values())
    tell.home = Path(ended.json["home"])
    blocked = next(one for one in ended.json["removals"] if one["state"] == "blocked")
    told = tell("footprint", "removal", "show", str(blocked["id"])).out
    assert blocked["url"] in told
    assert f"footprint removal mark {blocked['id']} not-listed" in told


def test_it_shows_what_several_services_know_of_and_one_that_answers_nonsense(
    tell: CommandLine,
) -> None:
    ended = tell("footprint", "demo", "--json")

    found = {(one["kind"], tuple(one["witnesses"])) for one in ended.json["findings"]}
    assert {
        ("breach", ("hibp_breaches", "xposedornot")),
        ("paste", ("hibp_pastes",)),
        ("stealer", ("hudsonrock",)),
        ("mention", ("ahmia",)),
    } <= found
    said = {
        (row["source"], row["identifier"]): (row["verdict"], row["reason"])
        for row in ended.json["coverage"]
    }
    assert ("inconclusive", "source_changed") == said["xposedornot", "jane@example.com"]
    assert ("skipped", "no_consent") == said["ahmia", "john@example.com"], "Jane alone agreed"
    assert ("skipped", "no_consent") == said["leakcheck", "jane@example.com"], "it is off"
    both = [run["details"] for run in ended.json["runs"] if run["job_name"] == "breach_recheck"]
    assert [2, 5] == [details["inconclusive"] for details in both]

    tell.home = Path(ended.json["home"])
    asked = tell("footprint", "source", "show", "ahmia", "--json").json["last_asked_at"]
    begun = [
        run["started_at"] for run in ended.json["runs"] if run["job_name"] == "dark_web_monitor"
    ]
    assert asked > max(begun), "nobody waits: its clock is put forward, five seconds for each page"


def test_keys_of_the_person_stay_out_of_it(tell: CommandLine) -> None:
    tell.environ |= {"HIBP_API_KEY": "not to be sent anywhere", "HTTP_PROXY": "http://127.0.0.1:9"}

    assert 0 == tell("footprint", "demo", "--json").code


def test_it_fails_when_a_source_says_what_it_should_not(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**household.SECOND_VERDICTS["ahmia"], "jane@example.com": "skipped"}
    monkeypatch.setitem(household.SECOND_VERDICTS, "ahmia", wrong)

    shown = show.run_demo()
    shutil.rmtree(shown.home)

    assert ("ahmia: jane@example.com should be skipped, is found",) == shown.mismatches


def test_it_fails_when_something_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(household.ACCOUNTS, "john@example.com", [])

    shown = show.run_demo()
    shutil.rmtree(shown.home)

    assert any("john@example.com" in mismatch for mismatch in shown.mismatches)


def test_it_fails_when_a_listing_does_not_stand_where_its_story_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = replace(listings.LISTINGS[0], expected="removed_verified")
    monkeypatch.setattr(listings, "LISTINGS", (wrong, *listings.LISTINGS[1:]))

    shown = show.run_demo()
    shutil.rmtree(shown.home)

    assert [f"{wrong.path} should be removed_verified, is match_found"] == list(shown.mismatches)
