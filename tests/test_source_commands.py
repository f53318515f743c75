"""`footprint source`: readable at a glance, whole on demand, and asked before anything is sent."""

from typing import Any

import pytest

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.sources import profiles
from tests.conftest import CommandLine, add


@pytest.fixture
def household(db: Database, config: Config) -> None:
    add(db, "Jane Doe", "jane@example.com")
    add(db, "John Doe", "john@example.com", consent=False)


def listed(run: CommandLine) -> dict[str, Any]:
    return {one["name"]: one for one in run("footprint", "source", "list", "--json").json}


@pytest.mark.usefixtures("household")
def test_a_list_has_one_line_for_each_source(run: CommandLine) -> None:
    lines = run("footprint", "source", "list").out.splitlines()

    for profile in profiles():
        (line,) = [each for each in lines if each.startswith(f"{profile.name} ")]
        assert profile.job in line
    assert ["hibp_breaches", "breach_recheck", "on", "never", "Jane", "Doe"] == lines[2].split()


@pytest.mark.usefixtures("household")
def test_verbose_and_show_tell_all_of_what_is_sent(run: CommandLine) -> None:
    verbose = run("footprint", "source", "list", "--verbose").out

    for profile in profiles():
        shown = run("footprint", "source", "show", profile.name).out
        assert shown.strip() in verbose
        for words in (profile.sends, profile.recipient, profile.price, profile.terms,
                      profile.before_consent, profile.clean_means):  # fmt: skip
            assert words in shown
    assert "John Doe  none: nothing of theirs is sent" in verbose


@pytest.mark.usefixtures("household")
def test_the_document_names_job_limits_and_what_to_know_first(run: CommandLine) -> None:
    ahmia = listed(run)["ahmia"]

    assert ("dark_web_monitor", 3) == (ahmia["job"], ahmia["every_days"])
    assert [{"requests": 1, "period_seconds": 5.0, "told_by_service": False}] == ahmia["limits"]
    assert "robots.txt" in ahmia["before_consent"]
    assert ahmia == run("footprint", "source", "show", "ahmia", "--json").json


@pytest.mark.usefixtures("household")
def test_what_has_to_be_known_is_said_before_the_question(run: CommandLine) -> None:
    ended = run("footprint", "source", "enable", "ahmia", stdin="n\n")

    assert 1 == ended.code
    assert ended.err.index("robots.txt") < ended.err.index("Do you agree, for Jane Doe, John Doe?")
    assert "off" == listed(run)["ahmia"]["state"]


@pytest.mark.usefixtures("household")
def test_several_are_turned_on_at_once_each_after_its_own_question(run: CommandLine) -> None:
    ended = run(
        "footprint", "source", "enable", "xposedornot", "leakcheck", "--json", stdin="y\ny\n"
    )

    assert 2 == ended.err.count("Do you agree")
    assert [("xposedornot", "on", [1, 2]), ("leakcheck", "on", [1, 2])] == [
        (one["name"], one["state"], one["persons"]) for one in ended.json
    ]
    assert "all 2" in run("footprint", "source", "list").out


@pytest.mark.usefixtures("household")
def test_of_several_none_is_asked_for_when_one_is_unknown(run: CommandLine) -> None:
    ended = run("footprint", "source", "enable", "leakcheck", "exposedornot", "--yes")

    assert 2 == ended.code
    assert "did you mean 'xposedornot'?" in ended.err
    assert "off" == listed(run)["leakcheck"]["state"]


@pytest.mark.parametrize("command", ["enable", "disable", "show"])
def test_an_unknown_name_gets_the_nearest(run: CommandLine, command: str) -> None:
    ended = run("footprint", "source", command, "hudson_rock")

    assert 2 == ended.code
    assert "did you mean 'hudsonrock'?" in ended.err


def test_who_agreed_before_is_named_when_a_source_is_turned_on_for_somebody_else(
    run: CommandLine,
) -> None:
    for name, address in (("Jane Doe", "jane@example.com"), ("John Doe", "john@example.com")):
        run("footprint", "person", "add", name, "--email", address, "--consent", "self")
    run("footprint", "source", "enable", "leakcheck", "--yes")
    run("footprint", "source", "disable", "leakcheck")

    again = run("footprint", "source", "enable", "leakcheck", "--person", "1", "--yes")

    assert "also asked about again, as they agreed before: John Doe" in again.err


def test_turning_off_one_source_says_which_other_goes_with_it(run: CommandLine) -> None:
    off = run("footprint", "source", "disable", "hibp_breaches")

    assert "with it hibp_pastes, which follows it unless enabled by name" in off.out
