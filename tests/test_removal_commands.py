"""`footprint removal`: what a person types, and what they are told."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import consents, listing_url, people, removal_log, removals
from digital_footprint.brokers import Broker, OptOut
from digital_footprint.clock import boot_time, local_day
from digital_footprint.commands import removal
from digital_footprint.database import Database
from digital_footprint.errors import UsageError
from digital_footprint.legal_clock import legal_clock
from digital_footprint.model import ConsentBasis, Relation
from digital_footprint.removal_dates import request_made
from digital_footprint.removal_events import Acknowledged, Law
from digital_footprint.removal_log import UnknownPace
from tests.conftest import CommandLine, Ended
from tests.test_removals import write_broker

URL = "https://people.one.example/jane-doe/1"
ONE = Broker(
    slug="one",
    name="One",
    domains=("one.example",),
    opt_out=OptOut(url="https://one.example/opt-out"),
    last_verified="2026-11-22",
    source="a test",
)
TODAY = datetime.now(UTC).date()


def days_ago(number: int) -> str:
    return (TODAY - timedelta(days=number)).isoformat()


@pytest.fixture
def footprint(run: CommandLine, home: Path, db: Database) -> CommandLine:
    """A household under three laws, and a broker that nobody reaches."""
    write_broker(home, "one", "https://one.example")
    for name, region in (("Jane Doe", "US-CA"), ("Jörg Doe", "DE"), ("Robin Doe", "US-TX")):
        people.add_person(
            db, name, emails=(), relation=Relation.SELF, consent=ConsentBasis.SELF, region=region
        )
    db.close()  # what is deleted is deleted while nobody else has the file open
    return run


def add(footprint: CommandLine, url: str = URL, *more: str, person: str = "1") -> Ended:
    return footprint(
        "footprint", "removal", "add", "--person", person, "--broker", "one", "--url", url,
        *more, "--json",
    )  # fmt: skip


def tell(footprint: CommandLine, *argv: str) -> Any:
    ended = footprint("footprint", "removal", *argv, "--json")
    assert 0 == ended.code, ended.out
    return ended.json


def test_saving_a_listing_is_the_consent_for_its_broker_and_for_no_other(
    footprint: CommandLine, home: Path
) -> None:
    added = add(footprint)

    assert (0, 1, "match_found", True) == (
        added.code, added.json["id"], added.json["state"], added.json["due"],
    )  # fmt: skip
    assert [("broker:one", "self")] == [
        (row["source"], row["basis"]) for row in query(home, "SELECT * FROM consents")
        if row["source"].startswith("broker:")
    ]  # fmt: skip
    text = footprint("footprint", "removal", "list").out
    assert "match_found" in text
    assert "not looked at yet" in text


def test_what_was_agreed_to_by_saving_a_listing_is_shown_with_the_command_that_changes_it(
    footprint: CommandLine, home: Path
) -> None:
    add(footprint)

    sources = {one["name"]: one for one in footprint("footprint", "source", "list", "--json").json}
    one = sources["broker:one"]
    assert ("on", "verify_removals", "people.one.example") == (
        one["state"], one["job"], one["recipient"],
    )  # fmt: skip
    assert [("Jane Doe", "self"), ("Jörg Doe", None)] == [
        (each["person"], each["basis"]) for each in one["consents"][:2]
    ]  # fmt: skip
    assert set(sources["ahmia"]) == set(one)
    assert one == footprint("footprint", "source", "show", "broker:one", "--json").json
    assert "removal remove ID" in footprint("footprint", "source", "list").out
    mine = footprint("footprint", "person", "show", "1", "--json").json["consents"]
    assert ("broker:one", "self", "footprint removal remove 1") == (
        mine[0]["source"], mine[0]["basis"], mine[0]["withdraw"],
    )  # fmt: skip
    assert "broker:one" in footprint("footprint", "person", "show", "1").out

    tell(footprint, "remove", "1")
    left = footprint("footprint", "person", "show", "1", "--json").json["consents"]
    assert "broker:one" not in {each["source"] for each in left}
    names = [each["name"] for each in footprint("footprint", "source", "list", "--json").json]
    assert "broker:one" not in names


def test_a_listing_that_is_agreed_to_no_more_says_so_and_how_to_agree_again(
    footprint: CommandLine, home: Path
) -> None:
    add(footprint)
    with Database.open(home / "footprint.db") as db:
        consents.withdraw(db, 1, removal_log.wording("one"))

    (one,) = tell(footprint, "list")
    assert (True, False) == (one["due"], one["agreed"])
    for command in (("list",), ("show", "1")):
        text = footprint("footprint", "removal", *command).out
        assert "not agreed to" in text
        assert f"removal add --person 1 --broker one --url '{URL}'" in text
    (source,) = [
        each
        for each in footprint("footprint", "source", "list", "--json").json
        if each["name"] == "broker:one"
    ]
    assert ("off", "no_consent") == (source["state"], source["reason"])
    back = add(footprint).json
    assert (1, True) == (back["id"], back["agreed"])
    assert 2 == add(footprint).code


def test_what_leads_nowhere_at_a_broker_is_told_before_it_is_asked(
    footprint: CommandLine, home: Path
) -> None:
    file = home / "brokers" / "one.yaml"
    file.write_text(file.read_text("utf-8") + "dead_ends: [requires_id, defunct]\n", "utf-8")

    added = add(footprint).json

    words = ["only with an identity document", "out of service"]
    assert all(word in told for word, told in zip(words, added["warnings"], strict=True))
    assert added["warnings"] == tell(footprint, "draft", "1")["warnings"]
    text = footprint("footprint", "removal", "draft", "1").out
    assert all(word in text for word in (*words, "mark ID dead-end"))


def test_what_is_somebody_elses_is_not_said_to_be_sent_when_it_is_saved_again(
    footprint: CommandLine,
) -> None:
    add(footprint)
    tell(footprint, "mark", "1", "not-me")
    tell(footprint, "remove", "1")

    text = footprint(
        "footprint", "removal", "add", "--person", "1", "--broker", "one", "--url", URL
    ).out

    assert "runs send" not in text
    assert "not_me: no run looks at it" in text
    assert "removal undo 1" in text


def test_where_nobody_was_asked_the_letter_is_named(footprint: CommandLine) -> None:
    add(footprint)

    assert "footprint removal draft 1" == tell(footprint, "show", "1")["next"]
    assert "footprint removal draft 1" in footprint("footprint", "removal", "show", "1").out
    assert "footprint removal draft ID (1)" in footprint("footprint", "removal", "list").out
    assert tell(footprint, "mark", "1", "requested")["next"] is None
    assert "removal draft" not in footprint("footprint", "removal", "list").out


def query(home: Path, sql: str) -> list[dict[str, Any]]:
    from digital_footprint.database import Database

    with Database.open(home / "footprint.db") as db:
        return db.query(sql)


def test_the_list_has_the_keys_that_are_promised(footprint: CommandLine) -> None:
    assert [] == tell(footprint, "list")
    add(footprint)

    (one,) = tell(footprint, "list")
    promised = {"id", "person", "broker", "url", "state", "next_check_at", "attempts"}
    assert promised <= set(one)
    assert ("Jane Doe", "one", URL, 0) == (
        one["person"], one["broker"], one["url"], one["attempts"],
    )  # fmt: skip
    assert [one] == tell(footprint, "list", "--person", "Jane Doe")
    assert [] == tell(footprint, "list", "--person", "2")


def test_a_listing_that_nobody_ever_saw_there_says_so(footprint: CommandLine) -> None:
    added = add(footprint)
    asked = "No one has seen it there yet: is the address right?"

    assert added.json["never_seen_listed"]
    assert asked in footprint("footprint", "removal", "show", "1").out
    assert not tell(footprint, "mark", "1", "listed")["never_seen_listed"]
    assert not footprint("footprint", "removal", "list", "--json").json[0]["never_seen_listed"]
    assert asked not in footprint("footprint", "removal", "show", "1").out
    again = footprint(
        "footprint", "removal", "add", "--person", "1", "--broker", "one", "--url", URL + "2"
    )
    assert asked in again.out


@pytest.mark.parametrize(
    "url",
    ["https://evil.example\\.one.example/7", "https://a%2f.one.example/7", "https://a..one.example/7",
     "https://a'b.one.example/7", 'https://a".one.example/7', "https://_x*.one.example/7",
     "https://one.example/7%zz", "https://one.example/a/../7", "https://one.example/%2e%2E/7",
     "https://one.example\\7"],
)  # fmt: skip
def test_an_address_that_a_browser_would_read_otherwise_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        listing_url.checked(url, ONE)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://one.example/jane", "https://"),
        ("https://two.example/jane", "not on a domain"),
        ("https://one.example.evil.test/jane", "not on a domain"),
        ("https://notone.example/jane", "not on a domain"),
        ("https://jane:secret@one.example/jane", "password"),
        ("https://one.example:8443/jane", "port"),
        ("https://one.example/jane doe", "characters"),
        ("https://one.example/\u202ejane", "characters"),
        ("https://[one/jane", "not an address"),
        ("javascript:alert(1)", "https://"),
        ("one.example/jane", "https://"),
        ("http://127.0.0.1/jane", "not on a domain"),
    ],
)  # fmt: skip
def test_an_address_that_is_not_the_brokers_is_refused_and_not_repeated(
    url: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        listing_url.checked(url, ONE)
    assert "jane" not in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://One.Example/Jane?id=1&x=%20#top", "https://one.example/Jane?id=1&x=%20"),
        ("https://www.one.example/jörg", "https://www.one.example/j%C3%B6rg"),
        ("https://one.example:443", "https://one.example:443/"),
        (" https://one.example/a ", "https://one.example/a"),
    ],
)
def test_an_address_is_kept_as_it_is_asked_for(url: str, kept: str) -> None:
    assert kept == listing_url.checked(url, ONE)
    assert kept == "".join(listing_url.origin_and_path(kept))


def test_for_somebody_else_it_is_asked_whether_they_agree(
    footprint: CommandLine, home: Path
) -> None:
    with Database.open(home / "footprint.db") as db:
        people.add_person(db, "Kim Doe", emails=(), relation=Relation.CHILD, consent=None)

    refused = add(footprint, person="4")
    assert (1, []) == (refused.code, tell(footprint, "list"))
    assert 0 == add(footprint, URL, "--yes", person="4").code
    told = footprint("footprint", "source", "disable", "broker:one", "--json")
    assert "removal remove" in told.json["error"]["hint"]


def test_a_broker_that_is_not_known_is_named_with_the_nearest(footprint: CommandLine) -> None:
    ended = footprint(
        "footprint", "removal", "add", "--person", "1", "--broker", "spokoe", "--url", URL
    )

    assert 2 == ended.code
    assert "did you mean 'spokeo'" in ended.err


def test_the_same_listing_is_not_saved_twice(footprint: CommandLine) -> None:
    add(footprint)
    again = add(footprint)

    assert 2 == again.code
    assert "removal show 1" in again.json["error"]["hint"]


def test_what_was_submitted_runs_against_the_law_of_the_region(footprint: CommandLine) -> None:
    californian = add(footprint, URL, "--submitted", days_ago(50)).json
    german = add(footprint, f"{URL}2", "--submitted", days_ago(3), person="2").json
    texan = add(footprint, f"{URL}3", "--submitted", days_ago(400), person="3").json

    assert ("removal_requested", "ccpa", True) == (
        californian["state"], californian["legal"]["law"], californian["legal"]["overdue"],
    )  # fmt: skip
    assert ("gdpr", False) == (german["legal"]["law"], german["legal"]["overdue"])
    assert texan["legal"] is None
    assert "OVERDUE" in footprint("footprint", "removal", "list").out


def saved_before(home: Path, days: int) -> None:
    """A listing of Jane's, saved some days ago and asked for on that day."""
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
    with Database.open(home / "footprint.db") as db:
        removals.add(
            db, people.get_person(db, "1"), ConsentBasis.SELF,
            broker="one", pace=UnknownPace(3, 30), url=URL, now=now, submitted=now,
        )  # fmt: skip


def test_own_eyes_count_and_are_shown_as_such(footprint: CommandLine, home: Path) -> None:
    saved_before(home, 20)

    once = tell(footprint, "mark", "1", "not-listed", "--date", days_ago(5), "--note", "by phone")
    assert "not_seen_once" == once["state"]
    assert (
        "not_seen_once"
        == tell(footprint, "mark", "1", "not-listed", "--date", days_ago(3))["state"]
    )
    twice = tell(footprint, "mark", "1", "not-listed")

    assert ("removed_verified", "person", "not_listed") == (
        twice["state"], twice["last_look"]["by"], twice["last_look"]["verdict"],
    )  # fmt: skip
    assert twice["legal"] is None, "what is gone is not overdue"
    shown = footprint("footprint", "removal", "show", "1").out
    assert "not_listed, by the person" in shown
    assert "by phone" in shown


def test_a_mark_can_be_taken_back_and_stays_on_record(footprint: CommandLine) -> None:
    add(footprint)
    tell(footprint, "mark", "1", "listed")
    tell(footprint, "undo", "1")
    assert "not_me" == tell(footprint, "mark", "1", "not-me")["state"]
    assert tell(footprint, "show", "1")["next_check_at"] is None

    undone = tell(footprint, "undo", "1")

    assert ("match_found", 0) == (undone["state"], undone["attempts"])
    assert undone["next_check_at"] is not None
    assert [True] == [one["undone"] for one in undone["events"] if one["event"] == "not_me"]
    refused = footprint("footprint", "removal", "mark", "1", "acknowledged", "--json").json
    assert "mark 1 requested" in refused["error"]["hint"]
    assert 2 == footprint("footprint", "removal", "undo", "1").code


def test_today_is_the_present_moment_wherever_the_person_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evening = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    monkeypatch.setenv("TZ", "Etc/GMT+11")
    time.tzset()
    try:
        assert evening == removal._moment("2026-11-22", evening)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.fixture
def in_los_angeles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_los_angeles")
def test_days_are_those_of_the_calendar_on_the_wall() -> None:
    evening = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    asked = request_made(evening, Law.CCPA, UnknownPace())

    assert date(2027, 1, 6) == asked.due_on
    assert datetime(2027, 1, 8, 3, 0, tzinfo=UTC) == asked.checks[-1], "once that day is over"
    assert date(2026, 11, 22) == local_day(removal._moment("2026-11-22", evening))
    assert datetime(2026, 11, 21, 20, 0, tzinfo=UTC) == removal._moment("2026-11-21", evening)
    clock = legal_clock(asked)
    assert clock
    assert date(2027, 2, 20) == clock.extended_to


def test_what_is_seen_now_keeps_the_clock_of_the_boot(footprint: CommandLine, home: Path) -> None:
    saved_before(home, 20)
    boot = boot_time()
    assert boot is not None

    tell(footprint, "mark", "1", "not-listed", "--date", days_ago(4))
    tell(footprint, "mark", "1", "not-listed")

    rows = query(home, "SELECT details FROM removal_events WHERE event = 'not_listed' ORDER BY id")
    earlier, now = (json.loads(row["details"]) for row in rows)
    assert "boot" not in earlier
    assert boot.boot_id == now["boot"]["id"]


def test_what_is_dated_ahead_is_to_be_mended_before_a_mark(
    footprint: CommandLine, home: Path
) -> None:
    add(footprint)
    with Database.open(home / "footprint.db") as opened:
        ahead = Acknowledged(datetime.now(UTC) + timedelta(days=9))
        asked = request_made(datetime.now(UTC), Law.NONE, UnknownPace())
        for told in (asked, ahead):
            removals.mark(opened, 1, told, pace=UnknownPace(), note="")

    refused = footprint("footprint", "removal", "mark", "1", "listed", "--json")

    assert 2 == refused.code
    assert "which has not come: set the clock right" in refused.json["error"]["message"]
    assert "footprint removal undo 1, or: date" == refused.json["error"]["hint"]
    tell(footprint, "undo", "1")
    assert "removal_requested" == tell(footprint, "mark", "1", "listed")["state"]


def test_the_saving_of_a_listing_is_not_undone_even_if_the_clock_was_ahead(
    footprint: CommandLine, home: Path
) -> None:
    with Database.open(home / "footprint.db") as opened:
        removals.add(
            opened, people.get_person(opened, "1"), ConsentBasis.SELF, broker="one", url=URL,
            pace=UnknownPace(), now=datetime.now(UTC) + timedelta(days=9),
        )  # fmt: skip

    refused = footprint("footprint", "removal", "undo", "1", "--json")
    marked = footprint("footprint", "removal", "mark", "1", "listed", "--json")

    assert 2 == refused.code == marked.code
    assert "its saving is no mark" in refused.json["error"]["message"]
    assert "footprint removal remove 1" in refused.json["error"]["hint"]
    assert "footprint removal remove 1 --forget" in marked.json["error"]["hint"]


def test_of_a_listing_that_is_looked_at_no_more_nothing_is_told_nor_a_next_look_named(
    footprint: CommandLine,
) -> None:
    add(footprint)
    tell(footprint, "remove", "1")

    refused = footprint("footprint", "removal", "mark", "1", "listed", "--json")

    assert 2 == refused.code
    assert "not looked at any more" in refused.json["error"]["message"]
    assert "footprint removal add --person 1 --broker one" in refused.json["error"]["hint"]
    assert tell(footprint, "show", "1")["next_check_at"] is None
    assert "never" in footprint("footprint", "removal", "show", "1").out


def test_a_mark_before_another_that_rests_on_it_names_that_ones_day(
    footprint: CommandLine, home: Path
) -> None:
    saved_before(home, 20)
    tell(footprint, "mark", "1", "requested", "--date", days_ago(9))
    tell(footprint, "mark", "1", "acknowledged", "--date", days_ago(4))

    refused = footprint(
        "footprint", "removal", "mark", "1", "dead-end", "--date", days_ago(6), "--json"
    )

    assert 2 == refused.code
    expected = f"acknowledged is on record for {days_ago(4)}: give a --date from then on"
    assert expected == refused.json["error"]["hint"]


def test_an_id_that_is_none_is_told_with_the_command_that_shows_them(
    footprint: CommandLine,
) -> None:
    refused = footprint("footprint", "removal", "show", "one", "--json")

    assert "see the ids: footprint removal list" == refused.json["error"]["hint"]


def test_a_filing_that_was_taken_back_from_one_listing_names_the_way_to_count_it_again(
    footprint: CommandLine,
) -> None:
    add(footprint)
    tell(footprint, "drop", "1", "--filed", days_ago(30))

    undone = footprint("footprint", "removal", "undo", "1").out

    command = f"footprint removal drop 1 --filed {days_ago(30)}"
    assert command in undone
    tell(footprint, *command.split()[2:])
    assert "removal_requested" == tell(footprint, "show", "1")["state"]


def test_a_letter_has_no_line_that_mail_would_break(footprint: CommandLine) -> None:
    for person, url in (("1", URL), ("2", f"{URL}2"), ("3", f"{URL}3")):
        text = tell(footprint, "draft", str(add(footprint, url, person=person).json["id"]))["text"]

        assert [] == [line for line in text.splitlines() if len(line) > 78 and "://" not in line]
        assert f"\n    {url}\n" in text


def test_marks_are_taken_back_the_last_one_first(footprint: CommandLine) -> None:
    add(footprint)
    for verb in ("requested", "acknowledged", "escalated"):
        tell(footprint, "mark", "1", verb)

    states = [tell(footprint, "undo", "1")["state"] for _ in range(3)]

    assert ["acknowledged", "removal_requested", "match_found"] == states


def test_a_dead_end_has_its_reason(footprint: CommandLine) -> None:
    add(footprint)
    marked = tell(footprint, "mark", "1", "dead-end", "--reason", "requires_id")

    assert ("dead_end", "requires_id", None) == (
        marked["state"], marked["reason"], marked["next_check_at"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("mark", "1", "acknowledged"), "cannot be followed by acknowledged"),
        (("mark", "1", "listed", "--date", "tomorrow"), "not a date"),
        (("mark", "1", "listed", "--date", "2999-01-01"), "not come yet"),
        (("mark", "1", "not-listed", "--date", days_ago(5)), "saved on"),
        (("mark", "1", "requested", "--date", "0026-11-01"), "wrong year"),
        (("mark", "1", "listed", "--reason", "exempt"), "for dead-end alone"),
        (("mark", "1", "listed", "--note", "\u202ehidden"), "cannot be seen"),
        (("mark", "1", "listed", "--date", ""), "not a date"),
        (("mark", "1", "listed", "--date", "20261101"), "not a date"),
        (("mark", "1", "listed", "--date", "2026-W44-7"), "not a date"),
        (("drop", "1", "--filed", ""), "not a date"),
        (("show", "one"), "one is not a number from 1 on"),
        (("show", "\uff11"), "is not a number from 1 on"),
        (("show", "1_0"), "is not a number from 1 on"),
        (("show", "0"), "0 is not a number from 1 on"),
        (("mark", "7", "listed"), "no removal has the id 7"),
        (("show", "7"), "no removal has the id 7"),
        (("mark", "1", "listed", "--kind", "gdpr"), "for requested alone"),
        (("draft", "1", "--kind", "follow-up"), "no request is open"),
        (("draft", "1", "--shown", ""), "--shown is empty"),
        (("draft", "1", "--shown", "Elm Street", "--shown", " "), "--shown is empty"),
        (("drop", "1", "--undo"), "no request through DROP"),
        (("drop", "1", "--undo", "--filed", "2026-08-01"), "at once"),
        (("drop", "1", "--filed", "2025-12-31"), "since 2026-01-01"),
        (("drop", "2", "--filed", "2026-01-02"), "California"),
    ],
)  # fmt: skip
def test_words_that_make_no_sense_are_refused(
    footprint: CommandLine, argv: tuple[str, ...], words: str
) -> None:
    add(footprint)
    ended = footprint("footprint", "removal", *argv, "--json")

    assert 2 == ended.code
    assert words in ended.json["error"]["message"]
    assert ended.json["error"]["hint"]


@pytest.mark.parametrize(
    ("person", "kind", "words"),
    [
        ("1", None, ("1798.105", "45 days")),
        ("2", None, ("Article 17", "one month")),
        ("3", None, ("not agreed to it",)),
        ("1", "ccpa-opt-out", ("1798.120", "15 business days")),
        ("3", "gdpr", ("Article 17",)),
        ("1", "general", ("not agreed to it",)),
    ],
)
def test_a_letter_calls_upon_the_law_and_tells_what_the_listing_shows_and_no_more(
    footprint: CommandLine, person: str, kind: str | None, words: tuple[str, ...]
) -> None:
    for what, value in (("email", f"secret{person}@example.com"), ("city", "Springfield")):
        footprint("footprint", "identifier", "add", person, what, value)
    add(footprint, person=person)
    argv = ["--kind", kind] if kind else []

    letter = tell(footprint, "draft", "1", *argv, "--shown", "12 Elm Street")

    whole = letter["subject"] + letter["text"]
    assert all(word in " ".join(whole.split()) for word in words)
    name = tell(footprint, "show", "1")["person"]
    assert [name, URL, "12 Elm Street"] == letter["sends"]
    assert all(one in whole for one in letter["sends"])
    assert "secret" not in whole
    assert "Springfield" not in whole
    assert "https://one.example/opt-out" == letter["opt_out_url"]
    assert "match_found" == tell(footprint, "show", "1")["state"], "nothing was sent"


@pytest.mark.parametrize(
    ("kind", "words", "law", "days"),
    [
        ("ccpa-opt-out", "15 business days", "ccpa_opt_out", 21),
        ("ccpa-delete", "45 days", "ccpa", 45),
        ("gdpr", "one month", "gdpr", None),
        ("general", None, None, None),
    ],
)
def test_the_clock_that_runs_is_the_one_that_the_letter_names(
    footprint: CommandLine, kind: str, words: str | None, law: str | None, days: int | None
) -> None:
    add(footprint)
    letter = tell(footprint, "draft", "1", "--kind", kind)
    assert words is None or f"within {words}" in " ".join(letter["text"].split())

    tell(footprint, *letter["next"].removeprefix("footprint removal ").split())

    legal = tell(footprint, "show", "1")["legal"]
    assert law == (legal and legal["law"])
    if days is not None:
        assert days <= legal["days_left"] <= days + (0 if days == 45 else 2)


def test_a_filing_that_was_none_is_taken_back_with_all_that_it_stood_for(
    footprint: CommandLine,
) -> None:
    add(footprint)
    add(footprint, f"{URL}2")
    tell(footprint, "drop", "1", "--filed", days_ago(30))
    tell(footprint, "mark", "2", "acknowledged")
    refused = footprint("footprint", "removal", "drop", "1", "--undo", "--json")
    assert (2, "footprint removal undo 2") == (
        refused.code, refused.json["error"]["hint"].rpartition(": ")[2],
    )  # fmt: skip
    assert days_ago(30) == tell(footprint, "drop", "1")["filed_on"], "nothing is half done"
    tell(footprint, "undo", "2")

    undone = tell(footprint, "drop", "1", "--undo")

    assert (None, []) == (undone["filed_on"], undone["removals"])
    assert ["match_found"] * 2 == [one["state"] for one in tell(footprint, "list")]
    assert "match_found" == add(footprint, f"{URL}3").json["state"]


def test_what_is_told_of_an_earlier_day_ends_where_the_headline_says(
    footprint: CommandLine, home: Path
) -> None:
    saved_before(home, 20)
    tell(footprint, "mark", "1", "not-listed", "--date", days_ago(9))
    tell(footprint, "mark", "1", "not-listed", "--date", days_ago(5))

    shown = tell(footprint, "mark", "1", "listed", "--date", days_ago(7))

    assert "not_seen_once" == shown["state"] == shown["events"][-1]["state"]
    states = [one["state"] for one in shown["events"]]
    assert states[:-1] == [one["from_state"] for one in shown["events"][1:]]


def test_a_follow_up_names_the_day_and_the_deadline(footprint: CommandLine) -> None:
    add(footprint, URL, "--submitted", days_ago(60))

    letter = tell(footprint, "draft", "1", "--kind", "follow-up")

    assert days_ago(60) in letter["subject"]
    assert days_ago(15) in letter["text"]
    assert "footprint removal show 1" == letter["next"], "a reminder starts no clock again"


def test_what_is_gone_or_went_through_drop_is_not_followed_up(
    footprint: CommandLine, home: Path
) -> None:
    saved_before(home, 60)
    for day in (9, 5):
        tell(footprint, "mark", "1", "not-listed", "--date", days_ago(day))
    add(footprint, f"{URL}2")
    tell(footprint, "drop", "1", "--filed", days_ago(50))

    gone, dropped = (
        footprint("footprint", "removal", "draft", number, "--kind", "follow-up", "--json")
        for number in ("1", "2")
    )

    assert (2, 2) == (gone.code, dropped.code)
    assert "removed_verified: there is nothing" in gone.json["error"]["message"]
    assert "through DROP" in dropped.json["error"]["message"]
    assert "ccpa-delete" in dropped.json["error"]["hint"]


def test_a_filing_through_drop_is_the_request_for_listings_old_and_new(
    footprint: CommandLine,
) -> None:
    add(footprint)
    add(footprint, f"{URL}2", "--submitted", days_ago(1))
    assert tell(footprint, "drop", "1")["filed_on"] is None

    filed = tell(footprint, "drop", "1", "--filed", days_ago(100))
    new = add(footprint, f"{URL}3").json

    due = [days_ago(55), days_ago(10)]
    assert (days_ago(100), due, True) == (filed["filed_on"], filed["rechecks_on"], filed["overdue"])
    assert [1] == filed["removals"], "a request of one's own keeps its clock"
    assert ("removal_requested", "drop", days_ago(10)) == (
        new["state"], new["legal"]["law"], new["legal"]["due_on"],
    )  # fmt: skip
    assert [1, 3] == tell(footprint, "drop", "1")["removals"]
    assert new["due"], "both days are over: it is time to look"


def test_a_corrected_day_of_filing_reaches_the_listings(footprint: CommandLine) -> None:
    add(footprint)
    tell(footprint, "drop", "1", "--filed", days_ago(100))
    tell(footprint, "mark", "1", "acknowledged")

    filed = tell(footprint, "drop", "1", "--filed", days_ago(30))

    shown = tell(footprint, "show", "1")
    assert (False, [1]) == (filed["overdue"], filed["removals"])
    assert ("acknowledged", days_ago(30)) == (shown["state"], shown["requested_at"][:10])
    assert filed["rechecks_on"][1] == shown["legal"]["due_on"]


def test_a_listing_that_is_taken_out_takes_its_consent_along_and_comes_back_with_it(
    footprint: CommandLine, home: Path
) -> None:
    add(footprint)
    tell(footprint, "mark", "1", "requested")
    tell(footprint, "remove", "1")

    assert [] == tell(footprint, "list")
    standing = "SELECT * FROM consents WHERE source = 'broker:one' AND withdrawn_at IS NULL"
    assert [] == query(home, standing)
    assert 2 == footprint("footprint", "removal", "remove", "1").code
    back = add(footprint).json
    assert (1, "removal_requested") == (back["id"], back["state"])
    assert 1 == len(query(home, standing))


def test_a_listing_that_comes_back_is_looked_at_where_its_new_broker_is(
    footprint: CommandLine, home: Path
) -> None:
    write_broker(home, "two", "https://people.one.example")
    add(footprint)
    tell(footprint, "remove", "1")

    back = tell(footprint, "add", "--person", "1", "--broker", "two", "--url", URL)

    assert (1, "two") == (back["id"], back["broker"])
    standing = "SELECT * FROM consents WHERE source GLOB 'broker:*' AND withdrawn_at IS NULL"
    assert ["broker:two"] == [row["source"] for row in query(home, standing)]


def test_a_filing_covers_a_listing_that_comes_back_and_no_listing_twice(
    footprint: CommandLine,
) -> None:
    add(footprint)
    tell(footprint, "remove", "1")
    tell(footprint, "drop", "1", "--filed", days_ago(100))

    back = add(footprint).json
    assert ("removal_requested", "drop") == (back["state"], back["legal"]["law"])
    tell(footprint, "mark", "1", "listed")
    tell(footprint, "remove", "1")
    add(footprint)
    tell(footprint, "drop", "1", "--filed", days_ago(100))

    events = [one["event"] for one in tell(footprint, "show", "1")["events"]]
    assert 1 == events.count("requested")


def test_a_forgotten_listing_leaves_nothing(footprint: CommandLine, home: Path) -> None:
    add(footprint, f"{URL}-mark")
    tell(footprint, "mark", "1", "requested", "--note", "mark of a note")

    assert 0 == footprint("footprint", "removal", "remove", "1", "--forget", "--yes").code

    assert not found_in(home, b"-mark")
    assert not found_in(home, b"mark of a note")


def test_a_forgotten_person_takes_their_listings_along(footprint: CommandLine, home: Path) -> None:
    add(footprint, f"{URL}-mark", "--submitted", days_ago(9))
    tell(footprint, "mark", "1", "listed", "--note", "mark of a note")
    tell(footprint, "drop", "1", "--filed", days_ago(8))
    report = home / "reports" / "2026-01-01.md"
    report.parent.mkdir(exist_ok=True)
    report.write_text(f"Still there: {URL}-mark, of whoever.", encoding="utf-8")

    ended = footprint("footprint", "person", "forget", "1", "--files", "--yes")

    assert 0 == ended.code, ended.err
    assert not report.exists()
    for mark in (b"-mark", b"mark of a note", b"Jane Doe"):
        assert not found_in(home, mark)
    assert [] == query(home, "SELECT * FROM removals")
    assert [] == query(home, "SELECT * FROM removal_events")
    assert [] == query(home, "SELECT * FROM drop_filings")


def found_in(home: Path, mark: bytes) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and mark in path.read_bytes()]


def test_a_broken_broker_file_stops_a_command_with_its_name(
    footprint: CommandLine, home: Path
) -> None:
    (home / "brokers" / "two.yaml").write_text("colour: red\n", encoding="utf-8")

    ended = add(footprint)

    assert 78 == ended.code
    assert "two.yaml" in ended.json["error"]["message"]
