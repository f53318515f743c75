"""The demo: what a stranger runs first."""

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
        "To remove it: rm -r",
        "All that should be found was found.",
    ):
        assert words in ended.out
    assert "" == ended.err


def test_it_shows_listings_in_every_state_that_there_is(tell: CommandLine) -> None:
    ended = tell("footprint", "demo", "--json")

    shown = {one["state"] for one in ended.json["removals"]}
    assert shown == set(removal_states.NAMES.values())
    tell.home = Path(ended.json["home"])
    blocked = next(one for one in ended.json["removals"] if one["state"] == "blocked")
    told = tell("footprint", "removal", "show", str(blocked["id"])).out
    assert blocked["url"] in told
    assert f"footprint removal mark {blocked['id']} not-listed" in told


def test_keys_of_the_person_stay_out_of_it(tell: CommandLine) -> None:
    tell.environ |= {"HIBP_API_KEY": "not to be sent anywhere", "HTTP_PROXY": "http://127.0.0.1:9"}

    assert 0 == tell("footprint", "demo", "--json").code


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
