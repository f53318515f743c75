"""The report says what the database says: every number is a count of rows, nothing is guessed."""

import json
import random
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_footprint import people
from digital_footprint.cli import footprint
from digital_footprint.clock import to_text
from digital_footprint.life import Accept, Resolve, Snooze
from digital_footprint.model import ConsentBasis, Relation
from digital_footprint.removal_events import OwnEyes, SeenGone
from digital_footprint.report.build import build
from digital_footprint.report.facts import Cell, Redaction, Report, Task
from digital_footprint.report.markdown import to_markdown
from digital_footprint.verdicts import Clean, Found, Inconclusive, Reason, Skipped, Verdict
from footprint_timers.cli import footprint_timers
from footprint_timers.job_cli import footprint_job
from tests.households import (
    HOUSEHOLDS,
    NOW,
    SHOP,
    STEALER,
    Household,
    all_clean,
    breach,
    empty,
    large,
    one_breach,
    stealer,
)

PROGRAMS: dict[str, click.Group] = {
    "footprint": footprint,
    "footprint-job": footprint_job,
    "footprint-timers": footprint_timers,
}
ON_THE_WAY = (
    "'match_found', 'removal_requested', 'verification_due', 'acknowledged', 'not_seen_once'"
)
CLOSED = "('resolved', 'accepted', 'not_me', 'withdrawn')"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Household:
    return large(tmp_path_factory.mktemp("many"), 60)


def report_of(house: Household, **how: Any) -> Report:
    return build(house.db, house.config, now=NOW, **how)


def count(house: Household, sql: str) -> int:
    (row,) = house.db.query(f"SELECT count(*) AS n FROM {sql}")
    return int(row["n"])


def task(report: Report, title: str) -> Task:
    return next(one for one in report.do_now if one.title == title)


def cells(report: Report) -> Iterator[Cell]:
    for row in report.coverage.rows:
        yield from row.cells


# --- numbers -------------------------------------------------------------------------------------


def test_exposures_are_as_many_as_there_are_rows(many: Household) -> None:
    report = report_of(many)

    for one in report.lasting:
        where = f"findings WHERE kind = '{one.kind}' AND state"
        assert count(many, f"{where} NOT IN {CLOSED}") == one.open == len(one.items) + one.more
        assert count(many, f"{where} IN {CLOSED}") == one.closed
    (listings,) = report.removable
    gone = "removals WHERE state IN ('removed_verified', 'recheck_due', 'not_me')"
    assert count(many, gone) == listings.closed
    assert count(many, "removals") == listings.open + listings.closed


def test_people_are_counted_by_their_own_rows(many: Household) -> None:
    report = report_of(many)

    assert count(many, "persons") == len(report.people.cards) + report.people.more
    for card in report.people.cards:
        theirs = (
            "findings AS f JOIN identifiers AS i ON i.id = f.identifier_id "
            f"JOIN persons AS p ON p.id = i.person_id WHERE p.name = '{card.person}' AND f.state"
        )
        assert count(many, f"{theirs} NOT IN {CLOSED}") == card.open
        assert count(many, f"{theirs} IN {CLOSED}") == card.closed
        assert card.open == sum(number for _, number in card.by_urgency)
        assert card.open == sum(one.open for one in card.identifiers)
        assert card.checks == sum(one.checks for one in card.identifiers)
        assert card.answered == sum(one.answered for one in card.identifiers) <= card.checks


def test_coverage_is_counted_by_its_rows(many: Household) -> None:
    coverage = report_of(many).coverage
    newest = (
        "(SELECT max(id) AS id FROM observations GROUP BY identifier_id, source) AS n "
        "JOIN observations AS o ON o.id = n.id WHERE o.source = '{}' AND o.verdict = '{}'"
    )
    emails = count(many, "identifiers WHERE kind = 'email'")

    for one in coverage.sources:
        assert emails == one.checks
        assert one.checks == one.found + one.clean + one.inconclusive + one.skipped + one.never
        if one.state == "on":
            for verdict in ("found", "clean", "inconclusive"):
                assert count(many, newest.format(one.name, verdict)) == getattr(one, verdict)
    assert 5 * emails == coverage.checks
    assert 3 * emails == coverage.off
    parts = (coverage.fresh, coverage.stale, coverage.unanswered, coverage.never)
    assert coverage.checks == sum(parts)
    assert emails == len(coverage.rows) + coverage.more
    assert sum(one.inconclusive for one in coverage.sources) == coverage.unanswered


def test_the_way_out_is_counted_by_states(many: Household) -> None:
    report = report_of(many)
    funnel = report.funnel
    gone = "state IN ('removed_verified', 'recheck_due')"
    way = f"(state IN ({ON_THE_WAY}) OR {gone})"
    did = (
        f"removals AS r WHERE {way} AND EXISTS (SELECT 1 FROM removal_events AS e "
        "WHERE e.removal_id = r.id AND e.event = '{}')"
    )

    stages = [one.count for one in funnel.stages]
    assert [
        count(many, f"removals WHERE {way}"),
        count(many, did.format("requested")),
        count(many, did.format("acknowledged")),
        count(many, f"removals WHERE state = 'not_seen_once' OR {gone}"),
        count(many, f"removals WHERE {gone}"),
    ] == stages
    assert stages[2] < stages[3], "not everything that went was confirmed first"
    for one in funnel.beside:
        assert count(many, f"removals WHERE state = '{one.name}'") == one.count
    assert count(many, "removals") == funnel.total
    assert funnel.total == stages[0] + sum(one.count for one in funnel.beside)
    back = "(SELECT DISTINCT removal_id FROM removal_events WHERE to_state = 'resurfaced')"
    assert count(many, back) == sum(number for _, number in funnel.resurfaced)
    assert count(many, back) == report.trends.resurfaced


def test_who_is_waited_for_was_asked(many: Household) -> None:
    waiting = report_of(many).waiting
    open_requests = (
        "removals AS r WHERE state NOT IN ('match_found', 'dead_end', 'removed_verified', "
        "'recheck_due', 'resurfaced', 'not_me') AND EXISTS "
        "(SELECT 1 FROM removal_events WHERE removal_id = r.id AND event = 'requested')"
    )

    assert count(many, open_requests) == len(waiting.requests) + waiting.more
    left = [one.days_left for one in waiting.requests if one.days_left is not None]
    assert sorted(left) == left
    assert all(one.overdue == (one.days_left < 0) for one in waiting.requests if one.days_left)


def test_the_last_week_of_the_course_is_today(many: Household) -> None:
    trends = report_of(many).trends

    last = trends.weeks[-1]
    assert "2026-11-16" == last.starts_on
    assert count(many, f"findings WHERE state IN {CLOSED}") == last.closed
    assert count(many, "findings") == last.open + last.closed
    starts = [date.fromisoformat(one.starts_on) for one in trends.weeks]
    assert {timedelta(days=7)} == {after - one for one, after in pairwise(starts)}
    for one in trends.weeks:
        end = date.fromisoformat(one.starts_on) + timedelta(days=7)
        seen = count(many, f"findings WHERE date(first_seen_at, 'localtime') < '{end}'")
        assert seen == one.open + one.closed


def test_what_was_accepted_for_a_time_is_open_again_when_that_is_over(home: Path) -> None:
    house = one_breach(home)
    house.decide(1, Accept(date(2026, 11, 1)), 2)

    report = report_of(house)

    assert (1, 0) == (report.lasting[0].open, report.lasting[0].closed)
    assert (1, 0) == (report.trends.weeks[-1].open, report.trends.weeks[-1].closed)


def test_what_is_put_off_is_open_and_asks_for_nothing(home: Path) -> None:
    house = one_breach(home)
    house.decide(1, Snooze(date(2027, 1, 31)), 2)

    report = report_of(house)

    assert (1, 0) == (report.lasting[0].open, report.lasting[0].closed)
    assert (("nothing to do", 1),) == report.people.cards[0].by_urgency
    assert () == report.do_now
    assert report.verdict.startswith("Nothing to do, 0 waiting on others, 1 new since 2026-11-12.")


def test_the_verdict_counts_what_is_to_be_done(many: Household) -> None:
    report = report_of(many)

    things = report.verdict.partition(" waiting")[0].split(", ")[:-1]
    assert len(report.do_now) + report.more_to_do == sum(int(one.split()[0]) for one in things)
    assert 5 == len(report.do_now)


def test_medians_are_those_of_the_rows(many: Household) -> None:
    trends = report_of(many).trends
    rows = many.db.query(
        "SELECT julianday(max(e.at)) - julianday(f.first_seen_at) AS days FROM findings AS f "
        "JOIN finding_events AS e ON e.finding = f.id WHERE f.state IN ('resolved', 'accepted', "
        "'not_me') AND e.event IN ('resolved', 'accepted', 'not_me') GROUP BY f.id"
    )
    days = sorted(row["days"] for row in rows)

    middle = (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
    assert round(middle, 1) == trends.median_days_to_close


def test_what_left_the_machine_is_counted_by_recipient(home: Path) -> None:
    house = one_breach(home)
    for number, recipient in enumerate(("B", "A", "B", "old")):
        sent = NOW - timedelta(days=31 if recipient == "old" else number)
        row = {"person_id": 1, "identifier_id": 1, "source": "x", "datum": "email"}
        house.db.insert("disclosures", {**row, "recipient": recipient, "sent_at": to_text(sent)})

    assert (("B", 2), ("A", 1)) == report_of(house).watcher.requests


# --- properties ----------------------------------------------------------------------------------

VERDICTS = st.one_of(
    st.just(Clean()),
    st.just(Found((SHOP,))),
    st.sampled_from(list(Reason)).map(Inconclusive),
    st.sampled_from(list(Reason)).map(Skipped),
)
HISTORY = st.lists(
    st.tuples(
        st.sampled_from(["hibp_breaches", "xposedornot", "hibp_pastes", "ahmia"]),
        VERDICTS,
        st.integers(-3, 40),
    ),
    max_size=8,
    unique_by=lambda one: (one[0], one[2]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=HISTORY)
def test_clean_stands_only_where_a_dated_answer_does(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, Verdict, int]]
) -> None:
    house = all_clean(tmp_path_factory.mktemp("h"))
    house.db.execute("DELETE FROM observations")
    (identifier, *_) = people.list_identifiers(house.db)
    for source, verdict, days_ago in sorted(history, key=lambda one: -one[2]):
        with house.run("breach_recheck", days_ago) as run_id:
            house.answer(run_id, identifier, source, verdict, days_ago)

    report = report_of(house)

    answered = {(s, d) for s, verdict, d in history if isinstance(verdict, Clean | Found)}
    for cell in cells(report):
        if cell.answered_at is None:
            assert cell.verdict not in ("clean", "found")
            assert not cell.is_fresh
        if cell.is_fresh:
            assert any(source == cell.source and 0 <= days <= 8 for source, days in answered)
    text = to_markdown(report).partition("## Coverage")[2].partition("## Trend")[0]
    for line in text.splitlines():
        if ": clean" in line:
            assert ": clean on 20" in line
    if not answered:
        assert not any(one.clean for one in report.coverage.sources)
        assert "Nothing is known yet" in report.verdict
    assert "clean" not in report.verdict


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_does_not_change_the_text(
    many: Household, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    shuffled = empty(tmp_path_factory.mktemp("shuffled"))
    _copy_shuffled(many, shuffled, random.Random(seed))

    # The same settings and keys.
    other = replace(shuffled, config=many.config)
    assert of_any_size(report_of(many)) == of_any_size(report_of(other))


def of_any_size(report: Report) -> dict[str, Any]:
    return asdict(replace(report, watcher=replace(report.watcher, database_bytes=0)))


def _copy_shuffled(source: Household, target: Household, chance: random.Random) -> None:
    """Copy every row with its ids, those without one in whatever order."""
    db = target.db
    db.execute("PRAGMA foreign_keys = OFF")
    tables = db.query("SELECT name FROM sqlite_master WHERE type = 'table'")
    for name in (row["name"] for row in tables if not row["name"].startswith("sqlite_")):
        rows = source.db.query(f"SELECT * FROM {name}")
        chance.shuffle(rows)
        for row in rows:
            db.insert(name, row)


def test_the_same_database_gives_the_same_text(many: Household) -> None:
    assert to_markdown(report_of(many)) == to_markdown(report_of(many))


def test_what_others_write_meanwhile_is_not_half_in_it(home: Path) -> None:
    house = one_breach(home)
    with house.db.snapshot():
        before = house.db.query("SELECT count(*) AS n FROM persons")
        with closing(sqlite3.connect(house.config.paths.database)) as other:
            other.execute("DELETE FROM findings")
            other.commit()
        assert before == house.db.query("SELECT count(*) AS n FROM persons")
        assert 1 == count(house, "findings")
    assert 0 == count(house, "findings")


# --- what to do ----------------------------------------------------------------------------------


def parse(command: str) -> None:
    """Parse a command as its program would, and run nothing."""
    name, *words = shlex.split(command)
    group: click.Command = PROGRAMS[name]
    context = group.make_context(name, [*words])
    while isinstance(group, click.Group):
        rest = [*context._protected_args, *context.args]
        _, found, rest = group.resolve_command(context, rest)
        assert found is not None, command
        group = found
        context = found.make_context(command, rest, parent=context)


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_every_command_is_one_that_its_program_takes(home: Path, name: str) -> None:
    house = large(home, 40) if name == "large" else HOUSEHOLDS[name](home)
    reports = [report_of(house, person=one) for one in people.list_persons(house.db)]
    reports.append(report_of(house))
    commands = {command for one in reports for each in one.do_now for command in each.commands}
    commands |= {one.hint for one in report_of(house).watcher.notices}

    assert commands or name == "all_clean"
    for command in commands:
        parse(command.replace('"NAME"', "NAME"))


def test_a_command_that_does_not_exist_is_told_by_the_parser() -> None:
    for command in ("footprint nothing", "footprint finding resolve", "footprint removal mark 1 x"):
        with pytest.raises(click.UsageError):
            parse(command)


def test_the_device_comes_first_and_its_passwords_have_their_own_urgency(home: Path) -> None:
    house = one_breach(home)
    (jane,) = people.list_persons(house.db)
    with house.run("breach_recheck", 1) as run_id:
        house.answer(run_id, jane.identifiers[0], "hudsonrock", Found((STEALER,)), 1)

    titles = [(one.urgency, one.title) for one in report_of(house).do_now]

    assert [
        ("act today", "Clean the device that was read"),
        ("act today", "Change the password"),
        ("when convenient", "Expect phishing that knows you"),
    ] == titles


def test_what_stands_beside_a_stealer_log_is_judged_by_itself(home: Path) -> None:
    house = all_clean(home)
    (jane,) = people.list_persons(house.db)
    logs = breach("Example Logs", "2026-06-17", "Passwords", flags=("stealer_log",))
    with house.run("breach_recheck", 1) as run_id:
        house.answer(run_id, jane.identifiers[0], "hibp_breaches", Found((logs,)), 1)

    assert [
        ("act today", "Clean the device that was read"),
        ("act today", "Change the password"),
        ("when convenient", "Expect phishing that knows you"),
    ] == [(one.urgency, one.title) for one in report_of(house).do_now]


def test_one_task_stands_for_all_that_ask_for_the_same(home: Path) -> None:
    house = one_breach(home)
    (jane,) = people.list_persons(house.db)
    more = [breach(f"Shop {number}", "2026-09-01", "Passwords") for number in range(8)]
    with house.run("breach_recheck", 1) as run_id:
        house.answer(run_id, jane.identifiers[0], "hibp_breaches", Found((SHOP, *more)), 1)

    change = task(report_of(house), "Change the password")

    assert (5, 4) == (len(change.subjects), change.more)
    assert 9 * 15 == change.minutes, "on each site"
    assert "footprint finding resolve 1 --reason password_changed --class passwords" in (
        change.commands
    )


def test_what_is_done_is_no_task_any_more(home: Path) -> None:
    house = one_breach(home)
    house.decide(1, Resolve(frozenset({"passwords"})), 1)

    assert ["Expect phishing that knows you"] == [one.title for one in report_of(house).do_now]


def test_it_never_says_whose_password_it_was(many: Household) -> None:
    text = to_markdown(report_of(many))

    assert "whether this person's is among them is not known" in text
    assert "password was exposed" not in text


@pytest.mark.parametrize(
    ("turn", "title"),
    [
        ("saved", "Ask for the removal of a listing"),
        ("asked long ago", "Remind a broker, or complain"),
        ("asked", None),
        ("gone", None),
    ],
)
def test_a_listing_asks_for_what_its_state_asks_for(
    home: Path, turn: str, title: str | None
) -> None:
    house = all_clean(home)
    (jane,) = people.list_persons(house.db)
    removal = house.save(jane, "spokeo", 1, 90)
    if turn != "saved":
        house.request(removal, jane, 60 if turn == "asked long ago" else 5)
    if turn == "gone":
        for days in (4, 0.5):
            house.mark(removal, SeenGone(NOW - timedelta(days=days), OwnEyes()))

    assert ([title] if title else []) == [one.title for one in report_of(house).do_now]


def test_a_refused_key_and_a_failing_job_are_tasks(home: Path) -> None:
    report = report_of(stealer(home))

    assert ("footprint secret set hibp_api_key",) == task(report, "Give a source its key").commands
    watch = task(report, "See to the watch itself")
    assert ("breach_recheck: its last run ended as failed",) == watch.why


def test_who_is_registered_but_never_asked_about_is_told_so(home: Path) -> None:
    house = all_clean(home)
    house.db.execute("DELETE FROM observations")
    house.db.execute("DELETE FROM scheduled_runs")

    report = report_of(house)

    assert report.verdict.startswith("Nothing is known yet: none of 6 checks was ever answered.")
    assert ["Make the first check"] == [one.title for one in report.do_now]


def test_without_any_source_nothing_was_checked(home: Path) -> None:
    house = empty(home)
    people.add_person(
        house.db, "A", emails=["a@example.com"], relation=Relation.SELF, consent=ConsentBasis.SELF
    )

    report = report_of(house)

    assert report.verdict.startswith("Nothing was checked: no source is on")
    assert ["Turn on a source"] == [one.title for one in report.do_now]


# --- news ----------------------------------------------------------------------------------------


def test_news_are_what_happened_since_it_was_opened(home: Path) -> None:
    house = one_breach(home)

    assert ["new"] == [one.what for one in report_of(house).news.changes]
    house.opened(NOW - timedelta(days=1))
    report = report_of(house)

    assert () == report.news.changes
    assert "nothing new since 2026-11-21" in report.verdict


def test_each_person_opens_their_own(home: Path) -> None:
    house = one_breach(home)
    house.opened(NOW - timedelta(days=1))
    (jane,) = people.list_persons(house.db)

    assert None is report_of(house, person=jane).news.since
    assert 1 == len(report_of(house, person=jane).news.changes)


def test_a_resolved_and_an_upgraded_one_are_news_and_another_source_is_not(home: Path) -> None:
    house = one_breach(home)
    (jane,) = people.list_persons(house.db)
    graver = replace(SHOP, data_classes=(*SHOP.data_classes, "Credit cards"))
    with house.run("breach_recheck", 2) as run_id:
        house.answer(run_id, jane.identifiers[0], "xposedornot", Found((SHOP,)), 2)
        house.answer(run_id, jane.identifiers[0], "hibp_breaches", Found((graver,)), 1.5)
    house.decide(1, Resolve(), 1)

    changes = report_of(house).news.changes
    assert ["resolved", "upgraded", "new"] == [one.what for one in changes]
    assert "new: Credit cards" in changes[1].text


# --- what may be shown ---------------------------------------------------------------------------


def test_a_sensitive_name_is_for_its_person_alone(many: Household) -> None:
    (row, *_) = many.db.query(
        "SELECT p.id FROM findings AS f JOIN identifiers AS i ON i.id = f.identifier_id "
        "JOIN persons AS p ON p.id = i.person_id WHERE f.title = 'Example Dating' "
        "AND f.state = 'open'"
    )
    person = people.get_person(many.db, str(row["id"]))

    assert "Example Dating" not in json.dumps(asdict(report_of(many)), default=str)
    own = report_of(many, person=person)
    assert "Example Dating" in json.dumps(asdict(own), default=str)
    shared = report_of(many, person=person, redaction=Redaction.SHAREABLE)
    assert "Example Dating" not in json.dumps(asdict(shared), default=str)


def test_what_is_shared_names_nobody(many: Household) -> None:
    for person in (None, *people.list_persons(many.db)[:12]):
        shown = json.dumps(
            asdict(report_of(many, person=person, redaction=Redaction.SHAREABLE)), default=str
        ).casefold()
        for one in people.list_all_identifiers(many.db):
            assert one.value.casefold() not in shown
            assert one.person.casefold() not in shown
        for row in many.db.query("SELECT url FROM removals"):
            assert row["url"].casefold() not in shown
        for words in ("example dating", "sexual orientations", "connection refused", '"desk"'):
            assert words not in shown


def test_shared_numbers_are_those_of_the_household(many: Household) -> None:
    full, shared = report_of(many), report_of(many, redaction=Redaction.SHAREABLE)

    assert [(one.kind, one.open, one.closed) for one in full.lasting] == [
        (one.kind, one.open, one.closed) for one in shared.lasting
    ]
    assert full.coverage.fresh == shared.coverage.fresh
    assert full.verdict.partition(" waiting")[0] == shared.verdict.partition(" waiting")[0]


def test_a_name_in_a_breachs_title_or_data_is_not_shared(home: Path) -> None:
    house = one_breach(home)
    house.db.execute("UPDATE persons SET name = 'Ada Byron'")
    details = '["Passwords", "jane@example.com"]'
    house.db.execute(
        "UPDATE findings SET title = 'Dump of ADA BYRON', data_classes = :classes",
        {"classes": details},
    )

    shown = json.dumps(
        asdict(report_of(house, redaction=Redaction.SHAREABLE)), default=str
    ).casefold()

    assert "ada byron" not in shown
    assert "jane@" not in shown
    assert "breach 1" in shown


def test_what_is_nobody_elses_business_is_not_shared(home: Path) -> None:
    house = one_breach(home)
    house.db.execute("""UPDATE findings SET data_classes = '["Passwords", "Religions"]'""")
    full = report_of(house)
    shared = report_of(house, redaction=Redaction.SHAREABLE)

    assert "Religions" in full.lasting[0].items[0].data_classes
    assert "Be ready for blackmail" in [one.title for one in full.do_now]
    assert ("Passwords",) == shared.lasting[0].items[0].data_classes
    assert ["Change the password"] == [one.title for one in shared.do_now]
    assert 1 == shared.more_to_do, "it is counted"


def test_one_persons_report_is_about_nobody_else(many: Household) -> None:
    (first, second, *_) = people.list_persons(many.db)
    shown = json.dumps(asdict(report_of(many, person=first)), default=str)

    assert first.name in shown
    assert second.name not in shown
    assert 1 == len(report_of(many, person=first).people.cards)


def test_whose_data_stand_in_it_is_named(home: Path) -> None:
    house = one_breach(home)

    first = report_of(house).attributions[0]
    assert "https://haveibeenpwned.com" == first.url
    assert "CC BY 4.0" in first.text
    assert () == report_of(empty(home / "none")).attributions
