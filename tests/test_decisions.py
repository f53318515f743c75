"""What the person says of a finding, and what is shown of it."""

from datetime import timedelta

import pytest

from digital_footprint import findings
from digital_footprint.clock import today
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.decisions import Because, because, day, decide
from digital_footprint.errors import UsageError
from digital_footprint.life import Accept, Disown, Reopen, Resolve, Snooze
from digital_footprint.model import Person
from digital_footprint.verdicts import Reason
from tests.conftest import CommandLine, add
from tests.spoken import (
    ADOBE,
    CLEAN,
    HIBP,
    JANE,
    SHOP,
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
def test_some_kinds_of_data_resolved_is_in_progress_and_all_is_resolved(
    db: Database, config: Config, run: CommandLine
) -> None:
    tell(db, config, HIBP, found(ADOBE))
    resolve = ("footprint", "finding", "resolve", "1", "--reason")

    part = run(*resolve, "password_changed", "--class", "passwords", "--json")
    assert ("in_progress", "when convenient") == (part.json["state"], part.json["urgency"])
    whole = run(*resolve, "an alias is in use", "--class", "Names", "--class", "Email addresses",
                "--note", "since May", "--json")  # fmt: skip

    assert "resolved" == whole.json["state"]
    assert [
        ("Passwords", "password_changed", ""),
        ("Email addresses", "other", "an alias is in use; since May"),
        ("Names", "other", "an alias is in use; since May"),
    ] == [(row["data_class"], row["reason"], row["note"]) for row in whole.json["resolutions"]]
    text = run("footprint", "finding", "show", "1").out
    assert "you resolved Passwords (password changed)" in text
    assert "other: an alias is in use; since May" in text


DEEDS = [
    (("resolve", "1", "--reason", "frozen"), "resolved"),
    (("resolve", "1", "--reason", "frozen", "--class", "Passwords"), "in_progress"),
    (("snooze", "1", "--until", LATER), "snoozed"),
    (("accept", "1"), "accepted"),
    (("accept", "1", "--until", LATER, "--reason", "I can live with it"), "accepted"),
    (("not-me", "1"), "not_me"),
]


@pytest.mark.parametrize(("deed", "state"), DEEDS, ids=" ".join)
@pytest.mark.usefixtures("jane")
def test_every_decision_is_shown_everywhere_and_can_be_undone(
    db: Database, config: Config, run: CommandLine, deed: tuple[str, ...], state: str
) -> None:
    tell(db, config, HIBP, found(ADOBE))

    done = run("footprint", "finding", *deed)

    assert 0 == done.code, done.err
    assert state.replace("_", " ").replace("not me", "somebody else's: it will not") in done.out
    (listed,) = run("footprint", "findings", "--json").json
    assert (state, LATER if LATER in deed else None) == (listed["state"], listed["until"])
    assert 1 == len(run("footprint", "findings", "--state", state, "--json").json)
    assert [] == run("footprint", "findings", "--state", "open", "--json").json
    worst = run("footprint", "person", "show", "1", "--json").json["worst"]
    assert (worst is None) == (state != "in_progress")

    undone = run("footprint", "finding", "reopen", "1", "--json").json

    assert ("open", None, 2) == (undone["state"], undone["until"], len(undone["events"]) - 1)
    assert not any(each["resolved_at"] for each in undone["resolutions"])


@pytest.mark.parametrize("command", ["resolve", "snooze", "accept", "not-me"])
def test_help_says_how_to_undo_it(run: CommandLine, command: str) -> None:
    assert "footprint finding reopen ID" in run("footprint", "finding", command, "--help").out


@pytest.mark.parametrize(("command", "state"), [("snooze", "snoozed"), ("accept", "accepted")])
@pytest.mark.usefixtures("jane")
def test_what_is_put_off_opens_by_itself_when_its_day_is_over(
    db: Database, config: Config, run: CommandLine, command: str, state: str
) -> None:
    tell(db, config, HIBP, found(ADOBE))
    assert 0 == run("footprint", "finding", command, "1", "--until", str(today())).code
    assert state == run("footprint", "findings", "--json").json[0]["state"]

    tomorrow = today() + timedelta(days=1)

    assert "open" == findings.list_findings(db, on=tomorrow)[0]["state"]
    assert "act today" == findings.list_findings(db, on=tomorrow)[0]["urgency"]
    assert {1} == set(findings.worst_open(db, on=tomorrow))
    db.execute("UPDATE findings SET until = '2026-01-31'")
    assert "open" == run("footprint", "findings", "--json").json[0]["state"]
    assert "open again, because 2026-01-31 is over" in run("footprint", "findings").out
    shown = run("footprint", "finding", "show", "1").out
    assert "state        open again, because 2026-01-31 is over\n" in shown


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("snooze", "1", "--until", "2020-01-01"), "is over already"),
        (("accept", "1", "--until", "2020-01-01"), "is over already"),
        (("snooze", "1", "--until", "soon"), "has to be a date"),
        (("snooze", "1", "--until", "2027-02-30"), "has to be a date"),
        (("snooze", "1", "--until", "20990131"), "has to be a date"),
        (("snooze", "1", "--until", "2099-W01-1"), "has to be a date"),
        (("accept", "1", "--until", " 2099-01-31"), "has to be a date"),
        (("snooze", "1"), "--until"),
        (("resolve", "1"), "--reason"),
        (("resolve", "1", "--reason", " "), "reason is empty"),
        (("resolve", "1", "--reason", "other", "--note", "\x1b[2J"), "note is empty"),
        (("resolve", "1", "--reason", "other", "--class", "Credit cards"), "no such kind of data"),
        (("resolve", "7", "--reason", "other"), "no finding has the id 7"),
        (("reopen", "1"), "nothing to undo"),
    ],
)
@pytest.mark.usefixtures("jane")
def test_a_word_that_means_nothing_is_refused_and_changes_nothing(
    db: Database, config: Config, run: CommandLine, argv: tuple[str, ...], says: str
) -> None:
    tell(db, config, HIBP, found(ADOBE))
    before = everything(db)

    ended = run("footprint", "finding", *argv)

    assert 2 == ended.code
    assert says in ended.err
    assert "next:" in ended.err
    assert before == everything(db)


@pytest.mark.usefixtures("jane")
def test_of_somebody_else_nothing_can_be_resolved(db: Database, config: Config) -> None:
    tell(db, config, HIBP, found(ADOBE))
    decide(db, 1, Disown())

    with pytest.raises(UsageError, match="somebody else"):
        decide(db, 1, Resolve())
    with pytest.raises(UsageError, match="is somebody else's already"):
        decide(db, 1, Disown())
    assert ["first_seen", "not_me"] == story(db)


@pytest.mark.usefixtures("jane")
def test_reopening_tells_what_became_known_while_it_was_somebody_elses(
    db: Database, config: Config
) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Names")))
    decide(db, 1, Disown())
    tell(db, config, HIBP, found(breach("Adobe", "Names", "Passwords")))

    decide(db, 1, Reopen())

    told = one(db)["events"][-1]["text"]
    assert (
        "you reopened it; more is known of it than when you closed it, new: Passwords, "
        "which makes it more urgent" == told
    )
    decide(db, 1, Disown())
    decide(db, 1, Reopen())
    assert "you reopened it" == one(db)["events"][-1]["text"]


@pytest.mark.usefixtures("jane")
def test_closed_is_whatever_asks_for_nothing_any_more(
    db: Database, config: Config, run: CommandLine
) -> None:
    kinds = [breach(f"Forum{number}", "Names") for number in range(1, 7)]
    tell(db, config, HIBP, found(*kinds), *[found(*kinds[:5])] * 2)
    decide(db, 1, Resolve())
    decide(db, 2, Accept())
    decide(db, 3, Disown())
    decide(db, 4, Snooze(today()))

    closed = run("footprint", "findings", "--state", "closed", "--json").json

    assert {1, 2, 3, 6} == {each["id"] for each in closed}


def test_a_reason_is_one_of_few_words_or_the_persons_own() -> None:
    assert "password_changed" == because("Password-changed", None).means
    own = because("moved house", None)
    assert ("other", "moved house") == (own.means, own.note)
    assert Because() == because(None, None)
    assert today() == day(str(today()))


@pytest.mark.usefixtures("jane")
def test_show_tells_why_and_what_to_do(db: Database, config: Config, run: CommandLine) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Passwords", description="hashed with MD5")))

    text = run("footprint", "finding", "show", "1").out

    for words in (
        "act today, because of",
        "level        tier 1: Passwords",
        "freshness    fresh: happened on 2026-10-01",
        "confidence   confirmed: a source has verified it",
        "control      none: nothing is done yet",
        "1. Change the password (about 15 minutes)",
        "whether this person's is among them is not known",
        "before any other password",
        "done when: every password in question is newer than the breach",
        "first seen by hibp_breaches",
    ):
        assert words in text
    assert "your password" not in text.lower()


@pytest.mark.usefixtures("jane")
def test_a_sensitive_name_is_hidden_in_lists_and_told_by_show(
    db: Database, config: Config, run: CommandLine
) -> None:
    flags = ("verified", "sensitive")
    tell(db, config, HIBP, found(breach("SecretClub", "Sexual fetishes", flags=flags)))
    lists = [("findings",), ("findings", "--json"), ("person", "list"), ("person", "list", "--json"),
             ("person", "show", "1"), ("person", "show", "1", "--json")]  # fmt: skip

    for argv in lists:
        assert "secretclub" not in run("footprint", *argv).out.lower()
    assert "SecretClub" in run("footprint", "findings", "--show-sensitive").out
    shown = run("footprint", "findings", "--show-sensitive", "--json").json[0]
    assert ("SecretClub", "secretclub", True) == (shown["title"], shown["key"], shown["sensitive"])
    assert "SecretClub" in run("footprint", "finding", "show", "1").out


@pytest.mark.parametrize("flags", [(), ("verified", "fabricated")])
@pytest.mark.usefixtures("jane")
def test_what_nobody_verified_is_called_claimed(
    db: Database, config: Config, run: CommandLine, flags: tuple[str, ...]
) -> None:
    tell(db, config, HIBP, found(breach("Adobe", "Passwords", flags=flags)))

    assert "Adobe (claimed)" in run("footprint", "findings").out
    assert "Adobe (claimed)" in run("footprint", "finding", "show", "1").out


def test_nothing_found_does_not_look_good_where_nothing_was_answered(
    db: Database, config: Config, run: CommandLine
) -> None:
    add(db, "Jane Doe", JANE, "j.doe@work.example")
    before = run("footprint", "person", "list", "--json").json[0]
    assert (None, 0) == (before["worst"], before["coverage"]["answered"])
    assert "nothing was answered" in run("footprint", "person", "list").out

    ask(db, config, {HIBP: {JANE: CLEAN, "j.doe@work.example": Reason.TIMEOUT}})

    after = run("footprint", "person", "show", "1", "--json").json
    assert (None, 1) == (after["worst"], after["coverage"]["answered"])
    assert "none known" in run("footprint", "person", "show", "1").out


def test_a_persons_worst_is_one_finding_never_a_sum(
    db: Database, config: Config, run: CommandLine
) -> None:
    add(db, "Jane Doe", JANE)
    add(db, "John Doe", "john@example.com")
    profiles = [breach(f"Forum{n}", "Usernames") for n in range(9)]
    ask(db, config, {HIBP: {JANE: found(*profiles), "john@example.com": found(SHOP, ADOBE)}})

    jane, john = run("footprint", "person", "list", "--json").json

    assert "when convenient" == jane["worst"]["urgency"]
    assert ("act today", "Adobe") == (john["worst"]["urgency"], john["worst"]["title"])
    listed = run("footprint", "findings", "--json").json
    assert ["Adobe", "Shop"] == [each["title"] for each in listed[:2]]


def test_data_of_two_addresses_of_one_person_raise_each_other(db: Database, config: Config) -> None:
    add(db, "Jane Doe", JANE, "j.doe@work.example")
    add(db, "John Doe", "john@example.com")
    address = found(breach("Shop", "Names", "Physical addresses"))
    ask(db, config, {HIBP: {JANE: found(SHOP), "john@example.com": address}})
    assert "tier 2" == one(db, 1)["assessment"]["level"]["word"], "another person's is no help"

    ask(db, config, {HIBP: {"j.doe@work.example": address}})

    level = one(db, 1)["assessment"]["level"]
    assert "tier 1" == level["word"]
    assert "identity-theft kit" in level["why"]
    assert "finding 3" in level["why"]


def test_somebody_elses_findings_are_not_mixed_in(
    db: Database, config: Config, jane: Person
) -> None:
    add(db, "John Doe", "john@example.com")
    ask(db, config, {HIBP: {JANE: found(ADOBE), "john@example.com": found(SHOP)}})

    assert ["Adobe"] == [each["title"] for each in findings.list_findings(db, person_id=jane.id)]
