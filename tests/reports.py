"""Reports made by hand: what a page must be able to show, without a database."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from types import NoneType
from typing import Any, get_args

from digital_footprint.report import facts
from digital_footprint.report.facts import Redaction, Report

DAY = date(2026, 11, 22)
JANE, JOHN, ANNA = "Jane Doe", "John Doe", "Anna Doe"
SOURCES = ("hibp_breaches", "hibp_pastes", "xposedornot", "leakcheck", "hudsonrock", "ahmia")


def ago(days: int) -> str:
    return (DAY - timedelta(days=days)).isoformat()


def at(days: int, clock: str = "03:17:00") -> str:
    return f"{ago(days)}T{clock}Z"


def empty() -> Report:
    """A household in which nobody is watched and nothing was ever run."""
    return Report(
        day=DAY,
        built_at=at(0),
        redaction=Redaction.FULL,
        person=None,
        verdict="Nobody is watched yet: nothing was checked, so nothing is known.",
        do_now=(),
        more_to_do=0,
        news=facts.News(since=None, changes=(), more=0),
        waiting=facts.WaitingList(requests=(), more=0),
        lasting=(),
        removable=(),
        people=facts.People(cards=(), more=0),
        funnel=facts.Funnel(total=0, stages=(), beside=(), resurfaced=()),
        coverage=facts.Coverage(
            checks=0, fresh=0, stale=0, unanswered=0, never=0, off=0, sources=(), rows=(), more=0
        ),
        trends=facts.Trends(
            weeks=(),
            median_days_to_close=None,
            median_days_to_removal=None,
            removed=0,
            resurfaced=0,
        ),
        watcher=facts.Watcher(
            jobs=(),
            notices=(),
            channels=(),
            drill_at=None,
            requests=(),
            database_bytes=4096,
            version="0.6.0",
        ),
        glossary=(),
        attributions=(),
    )


def rich(weeks: int = 26) -> Report:
    """A household of three with something in every section."""
    return Report(
        day=DAY,
        built_at=at(0),
        redaction=Redaction.FULL,
        person=None,
        verdict="3 things to do, 1 of them today; 2 requests wait on brokers, 1 is overdue. "
        "19 of 24 checks are fresh; 3 could not be answered.",
        do_now=_tasks(),
        more_to_do=4,
        news=_news(),
        waiting=facts.WaitingList(requests=_waiting(), more=0),
        lasting=_lasting(),
        removable=_removable(),
        people=facts.People(cards=_people(), more=0),
        funnel=_funnel(),
        coverage=_coverage(),
        trends=_trends(weeks),
        watcher=_watcher(),
        glossary=_glossary(),
        attributions=_attributions(),
    )


def large() -> Report:
    """Every list at a length at which somebody would stop reading."""
    one = rich(52)
    names = [f"Person {number:03d} of the Household" for number in range(40)]
    items = tuple(
        replace(
            _item(number, f"Service {number:03d}", "this week", tier=1 + number % 4),
            occurred_on=ago(400 + 31 * number),
        )
        for number in range(50)
    )
    return replace(
        one,
        more_to_do=395,
        news=facts.News(since=at(7), changes=one.news.changes * 8, more=1200),
        waiting=facts.WaitingList(requests=one.waiting.requests * 8, more=75),
        lasting=tuple(
            replace(group, items=items, open=5210, closed=1022, more=5160) for group in one.lasting
        ),
        people=facts.People(
            cards=tuple(
                replace(one.people.cards[number % 3], person=name, more=3)
                for number, name in enumerate(names)
            ),
            more=160,
        ),
        coverage=replace(
            one.coverage,
            rows=tuple(
                replace(
                    one.coverage.rows[number % 4],
                    person=name,
                    identifier=f"{name.replace(' ', '.').lower()}.with.a.long.name@example.com",
                )
                for number, name in enumerate(names)
            ),
            more=1960,
        ),
    )


def with_texts(report: Report, change: Callable[[str], str]) -> Report:
    """Give the report with every text changed."""
    changed: Report = _changed(
        report, lambda value: change(value) if isinstance(value, str) else value
    )
    return changed


def with_numbers(report: Report, number: int) -> Report:
    """Give the report with every number replaced."""

    def change(value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return type(value)(number) if is_number else value

    changed: Report = _changed(report, change)
    return changed


def without_the_optional(value: Any) -> Any:
    """Give the report with None wherever None may stand."""
    if isinstance(value, tuple):
        return tuple(without_the_optional(each) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return replace(
        value,
        **{
            each.name: None
            if NoneType in get_args(each.type)
            else without_the_optional(getattr(value, each.name))
            for each in fields(value)
        },
    )


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, tuple):
        return tuple(_changed(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        each = {part.name: _changed(getattr(value, part.name), change) for part in fields(value)}
        return replace(value, **each)
    return change(value)


def _subject(number: int, title: str, identifier: str | None, site: str | None) -> facts.Subject:
    return facts.Subject(kind="finding", id=number, title=title, identifier=identifier, site=site)


def _tasks() -> tuple[facts.Task, ...]:
    return (
        facts.Task(
            urgency="act today",
            title="Clean the device that was read",
            person=JOHN,
            about="Malware on a device collected what was typed and stored there.",
            why=(
                "a stealer log of 14 Nov 2026 names john@example.com",
                "the device is not known to be clean",
            ),
            subjects=(
                _subject(31, "Infostealer log of a Windows device", "john@example.com", None),
            ),
            more=0,
            steps=(
                "Do not log in to anything from the device that was read; use another one.",
                "Erase that device and install its system anew, or replace it.",
                "From the other device: e-mail account first, then password manager, then bank.",
                "In each of them sign out all sessions before anything else.",
            ),
            minutes=120,
            done_when="the device is clean or gone, all sessions are ended, and no newer log turns "
            "up for 90 days",
            commands=("footprint finding resolve 31",),
        ),
        facts.Task(
            urgency="this week",
            title="Change the password",
            person=JANE,
            about="The breach contained passwords or hints; whether this person's is among them "
            "is not known.",
            why=("passwords in 2 breaches", "the newest is of 2 Sep 2026"),
            subjects=(
                _subject(12, "Example Forum", "jane@example.com", "forum.example.com"),
                _subject(17, "Sample & Sons <Shop>", "jane@example.com", "shop.example.com"),
            ),
            more=3,
            steps=(
                "Open the site by typing its address, and set a new password there.",
                "Change it also everywhere else where the same or a similar one is used.",
                "Turn on a passkey or two-factor login there.",
            ),
            minutes=15,
            done_when="every password in question is newer than the breach",
            commands=("footprint finding resolve 12", "footprint finding resolve 17"),
        ),
        facts.Task(
            urgency="when convenient",
            title="Ask the broker again",
            person=JANE,
            about="The legal time for an answer is over.",
            why=("the request of 1 Oct 2026 is overdue by 7 days",),
            subjects=(
                facts.Subject(
                    kind="removal",
                    id=4,
                    title="Example People Search",
                    identifier=None,
                    site="people.example.com",
                ),
            ),
            more=0,
            steps=("Send the letter that the command drafts.",),
            minutes=5,
            done_when="the listing is seen gone twice",
            commands=("footprint removal draft 4",),
        ),
    )


def _news() -> facts.News:
    return facts.News(
        since=at(9, "18:02:11"),
        changes=(
            facts.Change(
                at=at(1),
                what="new",
                person=JOHN,
                subject=_subject(
                    31, "Infostealer log of a Windows device", "john@example.com", None
                ),
                text="A log of an infected device names john@example.com.",
            ),
            facts.Change(
                at=at(2),
                what="upgraded",
                person=JANE,
                subject=_subject(12, "Example Forum", "jane@example.com", "forum.example.com"),
                text="Example Forum now also holds passwords.",
            ),
            facts.Change(
                at=at(3),
                what="listed again",
                person=JANE,
                subject=_subject(9, "Sample Records", None, None),
                text="Sample Records shows the listing again, 61 days after it was gone.",
            ),
            facts.Change(
                at=at(5),
                what="resolved",
                person=ANNA,
                subject=_subject(20, "Example Games", "anna@example.com", None),
                text="Example Games is dealt with.",
            ),
        ),
        more=0,
    )


def _waiting() -> tuple[facts.Waiting, ...]:
    return (
        facts.Waiting(
            removal=4,
            broker="Example People Search",
            person=JANE,
            state="removal_requested",
            requested_on=ago(52),
            acknowledged_on=None,
            law="ccpa",
            due_on=ago(7),
            days_left=-7,
            overdue=True,
            next_check_on=ago(-1),
        ),
        facts.Waiting(
            removal=6,
            broker="Sample Records",
            person=JOHN,
            state="acknowledged",
            requested_on=ago(12),
            acknowledged_on=ago(10),
            law="gdpr",
            due_on=ago(-18),
            days_left=18,
            overdue=False,
            next_check_on=ago(-3),
        ),
        facts.Waiting(
            removal=7,
            broker="Fictitious Finder",
            person=JOHN,
            state="verification_due",
            requested_on=ago(4),
            acknowledged_on=None,
            law=None,
            due_on=None,
            days_left=None,
            overdue=False,
            next_check_on=None,
        ),
    )


def _item(number: int, title: str, urgency: str | None, *, tier: int | None) -> facts.Item:
    return facts.Item(
        subject=_subject(number, title, "jane@example.com", "forum.example.com"),
        person=JANE,
        tier=tier,
        urgency=urgency,
        state="open",
        occurred_on=ago(700),
        known_on=ago(81),
        first_seen_on=ago(80),
        data_classes=("Email addresses", "Passwords", "Names"),
        sources=("hibp_breaches", "xposedornot"),
        claimed=False,
    )


def _lasting() -> tuple[facts.Exposures, ...]:
    log = replace(
        _item(31, "Infostealer log of a Windows device", "act today", tier=0),
        subject=_subject(31, "Infostealer log of a Windows device", "john@example.com", None),
        person=JOHN,
        occurred_on=ago(8),
        known_on=ago(2),
        first_seen_on=ago(1),
        data_classes=(),
        sources=("hudsonrock",),
    )
    claimed = replace(
        _item(17, "Sample & Sons <Shop>", "this week", tier=2),
        claimed=True,
        occurred_on=ago(2300),
        known_on=ago(300),
        state="in_progress",
    )
    undated = replace(
        _item(18, "Combination list", "when convenient", tier=4), occurred_on=None, known_on=None
    )
    return (
        facts.Exposures(
            kind="stealer", title="Infostealer logs", open=1, closed=0, items=(log,), more=0
        ),
        facts.Exposures(
            kind="breach",
            title="Breaches",
            open=5,
            closed=12,
            items=(_item(12, "Example Forum", "this week", tier=1), claimed, undated),
            more=2,
        ),
        facts.Exposures(kind="paste", title="Pastes", open=0, closed=2, items=(), more=0),
    )


def _removable() -> tuple[facts.Exposures, ...]:
    listing = replace(
        _item(4, "Example People Search", "when convenient", tier=3),
        state="removal_requested",
        occurred_on=None,
        known_on=None,
        data_classes=("Physical addresses", "Phone numbers"),
        sources=("broker:example",),
    )
    return (
        facts.Exposures(
            kind="listing", title="Broker listings", open=4, closed=3, items=(listing,), more=3
        ),
    )


def _people() -> tuple[facts.PersonCard, ...]:
    def card(name: str, relation: str, worst: facts.Item | None) -> facts.PersonCard:
        value = f"{name.split(maxsplit=1)[0].lower()}@example.com"
        return facts.PersonCard(
            person=name,
            relation=relation,
            worst=worst,
            open=0 if worst is None else 5,
            closed=7,
            by_urgency=() if worst is None else (("this week", 3), ("when convenient", 2)),
            oldest_open_on=None if worst is None else ago(80),
            answered=6,
            checks=8,
            identifiers=(
                facts.IdentifierCard(
                    kind="email", value=value, open=3, closed=5, answered=5, checks=6
                ),
                facts.IdentifierCard(
                    kind="phone", value="+1 555 0100", open=2, closed=2, answered=1, checks=2
                ),
            ),
            more=0,
        )

    return (
        card(JOHN, "partner", _lasting()[0].items[0]),
        card(JANE, "self", _lasting()[1].items[0]),
        card(ANNA, "child", None),
    )


def _funnel() -> facts.Funnel:
    steps = (
        ("found", "Found", 14),
        ("requested", "Removal requested", 11),
        ("acknowledged", "Confirmed by the broker", 7),
        ("gone_once", "Not seen once", 6),
        ("removed_verified", "Not seen twice: removed", 4),
    )
    aside = (("blocked", "Page refused us", 2), ("dead_end", "Dead end", 1))
    return facts.Funnel(
        total=14,
        stages=tuple(facts.Stage(name=name, title=title, count=n) for name, title, n in steps),
        beside=tuple(facts.Stage(name=name, title=title, count=n) for name, title, n in aside),
        resurfaced=(("Sample Records", 1),),
    )


def _cell(source: str, verdict: str | None, age: int | None, reason: str | None) -> facts.Cell:
    return facts.Cell(
        source=source,
        verdict=verdict,
        reason=reason,
        answered_at=None if age is None else at(age),
        age_days=age,
        is_fresh=age is not None and age <= 8,
    )


def _coverage() -> facts.Coverage:
    answers: tuple[tuple[str | None, int | None, str | None], ...] = (
        ("found", 1, None),
        ("clean", 1, None),
        ("clean", 2, None),
        ("inconclusive", 12, "rate_limited"),
        ("found", 1, None),
        (None, None, None),
        ("skipped", None, "no_consent"),
    )
    rows = tuple(
        facts.CoverageRow(
            person=name,
            identifier=f"{name.split()[0].lower()}@{host}",
            cells=tuple(
                _cell(source, *answers[(3 * row + column) % len(answers)])
                for column, source in enumerate(SOURCES)
            ),
        )
        for row, (name, host) in enumerate(
            (
                (JANE, "example.com"),
                (JANE, "work.example.com"),
                (JOHN, "example.com"),
                (ANNA, "example.com"),
            )
        )
    )
    sources = tuple(
        facts.SourceCoverage(
            name=name,
            state="on",
            every_days=7,
            checks=4,
            found=1,
            clean=1,
            inconclusive=1,
            skipped=0,
            never=1,
            fresh=2,
            reasons=(("rate_limited", 1),),
            last_answered_at=at(1),
            clean_means="the service told of no breach with this address on that day.",
        )
        for name in SOURCES
    )
    return facts.Coverage(
        checks=24, fresh=16, stale=3, unanswered=3, never=2, off=8, sources=sources, rows=rows, more=0
    )  # fmt: skip


def _trends(weeks: int) -> facts.Trends:
    return facts.Trends(
        weeks=tuple(
            facts.Week(
                starts_on=ago(7 * (weeks - number)),
                open=18 - number // 3 + (6 if number > 20 else 0) + number % 4,
                closed=number * 22 // weeks,
            )
            for number in range(weeks)
        ),
        median_days_to_close=9.5,
        median_days_to_removal=None,
        removed=4,
        resurfaced=1,
    )


def _watcher() -> facts.Watcher:
    course = "SSSSPSSSSSSKSSSSFSSPSSSSSSISSS"
    word = {
        "S": "success",
        "P": "partial",
        "K": "skipped",
        "F": "failed",
        "I": "interrupted",
        "R": "running",
    }

    def job(name: str, summary: str, every: int, state: str, letters: str) -> facts.JobCard:
        runs = tuple(
            facts.RunCell(
                run=100 + number,
                started_at=at(every * (len(letters) - number)),
                status=word[letter],
            )
            for number, letter in enumerate(letters)
        )
        last = runs[-1] if runs else None
        return facts.JobCard(
            name=name,
            summary=summary,
            every_days=every,
            state=state,
            last_run_at=last.started_at if last else None,
            last_status=last.status if last else None,
            last_done_at=last.started_at if last else None,
            runs=runs,
        )

    return facts.Watcher(
        jobs=(
            job("breach_recheck", "Breach sources, every address", 7, "ok", course),
            job("dark_web_monitor", "Pastes, index, logs", 3, "late", course[::-1][:22] + "FF"),
            job("verify_removals", "Listings whose look is due", 1, "failing", "SKKKPPSFFF"),
            job("generate_report", "This report", 7, "never", ""),
        ),
        notices=(
            facts.Notice(
                raised_at=at(1),
                text="dark_web_monitor is late by 2 days.",
                hint="footprint-timers doctor",
            ),
        ),
        channels=(
            facts.ChannelCard(
                name="desk",
                kind="desktop",
                detail="counts",
                sent=12,
                waiting=0,
                failed=0,
                last_sent_at=at(1),
                last_error=None,
            ),
            facts.ChannelCard(
                name="mail",
                kind="apprise",
                detail="full",
                sent=4,
                waiting=2,
                failed=1,
                last_sent_at=at(9),
                last_error="the server refused the connection",
            ),
        ),
        drill_at=at(30),
        requests=(("Have I Been Pwned (haveibeenpwned.com)", 1240), ("Hudson Rock", 12)),
        database_bytes=3_400_000,
        version="0.6.0",
    )


def _glossary() -> tuple[facts.Term, ...]:
    return (
        facts.Term(word="breach", meaning="a service's data taken and passed on."),
        facts.Term(
            word="clean",
            meaning="on that date that source answered, and its answer held nothing.",
        ),
        facts.Term(word="stealer log", meaning="what malware read on a device."),
    )


def _attributions() -> tuple[facts.Attribution, ...]:
    return (
        facts.Attribution(
            source="hibp_breaches",
            text="Breach data: Have I Been Pwned, CC BY 4.0",
            url="https://haveibeenpwned.com",
        ),
        facts.Attribution(
            source="hudsonrock",
            text="Infostealer data: Hudson Rock",
            url="https://www.hudsonrock.com",
        ),
    )
