"""A listing is gone only when it was seen to be gone, twice and days apart."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_footprint import removal_dates, removal_log, removal_states, removals
from digital_footprint.apart import APART
from digital_footprint.clock import BootTime, from_text, to_text
from digital_footprint.database import Database
from digital_footprint.legal_clock import law_of, legal_clock
from digital_footprint.model import ConsentBasis
from digital_footprint.removal_dates import next_check_at, request_made
from digital_footprint.removal_events import (
    NAMES,
    Acknowledged,
    Added,
    CameDue,
    ControlledPage,
    DeadEnded,
    DeadEndReason,
    Disowned,
    Escalated,
    Event,
    FetchedPage,
    Law,
    Look,
    NotSure,
    OwnEyes,
    PassedOver,
    Requested,
    SeenGone,
    SeenListed,
    Unverifiable,
    details_of,
    event_of,
)
from digital_footprint.removal_log import UnknownPace
from digital_footprint.removal_states import (
    IllegalMoveError,
    NotSeenOnce,
    RemovedVerified,
    State,
    name_of,
    replay,
)
from digital_footprint.verdicts import Reason
from tests.conftest import add

START = datetime(2026, 1, 1, 4, 17, tzinfo=UTC)
PACE = UnknownPace(processing_days=3, recheck_days=30)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def asked(number: float, law: Law = Law.NONE) -> Requested:
    return request_made(day(number), law, PACE)


def gone(number: float) -> SeenGone:
    return SeenGone(day(number), ControlledPage(day(number)))


def listed(number: float) -> SeenListed:
    return SeenListed(day(number), FetchedPage())


def unsure(number: float, reason: Reason = Reason.BLOCKED) -> NotSure:
    return NotSure(day(number), reason)


def state(*events: Event) -> str:
    return name_of(replay([Added(START), *events]))


def following(*events: Event) -> float | None:
    moment = next_check_at([Added(START), *events], PACE)
    return None if moment is None else round((moment - START) / timedelta(days=1), 1)


MAKERS: list[Callable[[datetime], Event]] = [
    lambda at: SeenGone(at, ControlledPage(at)),
    lambda at: SeenGone(at, OwnEyes()),
    lambda at: SeenGone(at, ControlledPage(at), BootTime("boot", 1.5)),
    lambda at: SeenListed(at, FetchedPage()),
    lambda at: SeenListed(at, FetchedPage(), BootTime("boot", 1.5)),
    lambda at: SeenListed(at, OwnEyes()),
    lambda at: NotSure(at, Reason.BLOCKED, boot=BootTime("boot", 1.5)),
    lambda at: NotSure(at, Reason.BLOCKED),
    lambda at: NotSure(at, Reason.NETWORK),
    lambda at: NotSure(at, Reason.RATE_LIMITED, at + timedelta(hours=2)),
    lambda at: request_made(at, Law.GDPR, PACE),
    lambda at: request_made(at, Law.DROP, PACE),
    lambda at: request_made(at, Law.NONE, PACE),
    lambda at: DeadEnded(at, DeadEndReason.REQUIRES_ID),
    CameDue,
    Acknowledged,
    Escalated,
    Disowned,
    lambda at: PassedOver(at, Reason.NO_CONSENT),
    lambda at: PassedOver(at, Reason.RATE_LIMITED, at + timedelta(hours=2)),
]


def possible(steps: Sequence[tuple[int, Callable[[datetime], Event]]]) -> list[Event]:
    """Anything that may happen, in order of time, without what makes no sense where it stands."""
    history: list[Event] = [Added(START)]
    at = START
    for hours, make in steps:
        at += timedelta(hours=hours)
        if not is_legal([*history, make(at)]):
            continue
        history.append(make(at))
        if report := removal_dates.report_of(history):
            history.append(report)
    return history


def histories() -> st.SearchStrategy[list[Event]]:
    hours = st.sampled_from([0, 1, 23, 24, 71, 72, 73, 24 * 30])
    return st.lists(st.tuples(hours, st.sampled_from(MAKERS)), max_size=14).map(possible)


def is_legal(history: Sequence[Event]) -> bool:
    try:
        replay(history)
    except IllegalMoveError:
        return False
    return True


def two_looks_apart(history: Sequence[Event]) -> bool:
    """Whether two looks, days apart, did not show it after it was last seen: told without states."""
    last_listed = max(
        (n for n, event in enumerate(history) if isinstance(event, SeenListed)), default=0
    )
    looks = [event.at for event in history[last_listed:] if isinstance(event, SeenGone)]
    return bool(looks) and max(looks) - min(looks) >= timedelta(days=3)


@given(histories())
@settings(max_examples=400)
def test_nothing_is_verified_as_removed_without_two_dated_looks(history: list[Event]) -> None:
    reached = name_of(replay(history))
    if reached in ("removed_verified", "recheck_due"):
        assert two_looks_apart(history)


@given(histories(), st.integers(3, 9))
@settings(max_examples=200)
def test_from_anywhere_that_is_looked_at_two_looks_lead_to_removed_and_a_third_back(
    history: list[Event], apart: int
) -> None:
    at = history[-1].at + timedelta(days=3)
    page = ControlledPage(at)
    later = at + timedelta(days=apart)
    if name_of(replay(history)) == "not_me":
        return
    removed = [*history, SeenGone(at, page), SeenGone(later, page)]

    assert "removed_verified" == name_of(replay(removed))
    walled: Event = Unverifiable(later, later, Reason.BLOCKED)
    told = [[walled, make(later)] for make in MAKERS if make is not Disowned]
    betweens: list[list[Event]] = [
        [],
        [CameDue(later)],
        [NotSure(later, Reason.BLOCKED)] * 5,
        [walled],
    ]
    for between in betweens + [one for one in told if is_legal([*removed, *one])]:
        back = [*removed, *between, SeenListed(later, FetchedPage())]
        assert "resurfaced" == name_of(replay(back))
        assert next_check_at(back, PACE) is not None


@given(histories())
@settings(max_examples=200)
def test_a_look_is_never_illegal_and_an_unsure_one_moves_nothing(history: list[Event]) -> None:
    before = replay(history)
    at = history[-1].at

    assert before == replay([*history, NotSure(at, Reason.BLOCKED)])
    replay([*history, SeenListed(at, FetchedPage())])
    replay([*history, SeenGone(at, OwnEyes())])


def test_nothing_is_turned_away_from_a_dead_end() -> None:
    history: list[Event] = [Added(START), DeadEnded(day(1), DeadEndReason.REQUIRES_ID)]
    turned_away = Unverifiable(day(6), START, Reason.BLOCKED)

    assert "blocked" == name_of(replay([*history[:1], turned_away]))
    assert "dead_end" == name_of(replay([*history, turned_away]))


@given(histories())
@settings(max_examples=200)
def test_a_due_look_moves_the_next_one_to_later(history: list[Event]) -> None:
    due = next_check_at(history, PACE)
    if due is None:
        assert name_of(replay(history)) in ("not_me", "dead_end")
        return
    now = max(due, history[-1].at) + timedelta(minutes=1)
    for look in (
        SeenListed(now, FetchedPage()),
        SeenGone(now, ControlledPage(now)),
        NotSure(now, Reason.NETWORK),
    ):
        after = next_check_at([*history, CameDue(now), look], PACE)
        if after is None:
            assert "dead_end" == name_of(replay([*history, look]))
        else:
            assert after > now


@given(histories())
def test_what_is_stored_of_an_event_is_read_back_as_it_was(history: list[Event]) -> None:
    for event in history:
        assert event == event_of(NAMES[type(event)], event.at, details_of(event))


@given(histories())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_replaying_the_rows_gives_the_stored_state_and_date(
    db: Database, history: list[Event]
) -> None:
    person = add(db, "Jane Doe")
    removal_id = removals.add(
        db, person, ConsentBasis.SELF, broker="b", pace=PACE, url="https://b.example/1", now=START
    )
    for event in history[1:]:
        with db.transaction():
            removal_log.record(db, removal_id, [event], pace=PACE)

        row = db.first("SELECT * FROM removals WHERE id = :id", {"id": removal_id}) or {}
        read = removal_log.get(db, removal_id).history
        moment = next_check_at(read, PACE)
        assert name_of(replay(read)) == row["state"]
        assert (None if moment is None else to_text(moment)) == row["next_check_at"]
    assert history == read if len(history) > 1 else True
    assert (
        sum(isinstance(event, Look) for event in history)
        == (db.first("SELECT attempts FROM removals WHERE id = :id", {"id": removal_id}) or {})[
            "attempts"
        ]
    )


def test_two_looks_less_than_three_days_apart_cannot_even_be_written_down() -> None:
    with pytest.raises(ValueError, match="far enough"):
        RemovedVerified(gone(0), gone(2.9))
    assert RemovedVerified(gone(0), gone(3)).second.at - gone(0).at == APART


Stretch = tuple[int, int, bool]
"""Hours that pass, hours by which the clock on the wall is set ahead beside, whether it is there."""


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from([0, 0, 24, 80]), st.booleans())))
@settings(max_examples=300)
def test_setting_the_clock_on_the_wall_makes_no_days_pass(stretches: list[Stretch]) -> None:
    history: list[Event] = [Added(START)]
    wall, passed, gone_at = START, 0, list[int]()
    for hours, was_set, is_there in stretches:
        passed += hours
        wall += timedelta(hours=hours + was_set)
        boot = BootTime("boot", passed * 3600)
        if is_there:
            history.append(SeenListed(wall, FetchedPage(), boot))
            gone_at.clear()
        else:
            history.append(SeenGone(wall, ControlledPage(wall), boot))
            gone_at.append(passed)

        reached, following = replay(history), next_check_at(history, PACE)
        assert [replay(history), next_check_at(history, PACE)] == [reached, following]
        if isinstance(reached, RemovedVerified):
            assert 72 <= gone_at[-1] - gone_at[0]
        if isinstance(reached, NotSeenOnce):
            assert following == reached.first.at + APART


@pytest.mark.parametrize(
    ("expected", "boot"),
    [
        ("removed_verified", BootTime("boot", 100 + 72 * 3600)),
        ("not_seen_once", BootTime("boot", 100 + 72 * 3600 - 1)),
        ("removed_verified", BootTime("the next boot", 60)),
        ("removed_verified", None),
    ],
)
def test_where_the_boot_tells_nothing_the_clock_on_the_wall_is_believed(
    expected: str, boot: BootTime | None
) -> None:
    first = SeenGone(day(0), ControlledPage(day(0)), BootTime("boot", 100))

    assert expected == state(first, SeenGone(day(3), ControlledPage(day(3)), boot))


def test_every_state_and_every_event_has_its_name() -> None:
    assert set(get_args(State)) == set(removal_states.NAMES)
    assert set(get_args(Event)) == set(NAMES)


@pytest.mark.parametrize(
    ("expected", "events"),
    [
        ("match_found", []),
        ("match_found", [listed(1)]),
        ("removal_requested", [asked(1)]),
        ("acknowledged", [asked(1), Acknowledged(day(2))]),
        ("verification_due", [asked(1), CameDue(day(4))]),
        ("verification_due", [asked(1), CameDue(day(4)), unsure(4)]),
        ("removal_requested", [asked(1), listed(2)]),
        ("failed", [asked(1), CameDue(day(4)), listed(4)]),
        ("removal_requested", [asked(1), listed(4), asked(5)]),
        ("escalated", [asked(1), listed(4), Escalated(day(5))]),
        ("dead_end", [asked(1), DeadEnded(day(2), DeadEndReason.REQUIRES_ID)]),
        ("not_seen_once", [asked(1), gone(4)]),
        ("not_seen_once", [asked(1), gone(4), gone(6)]),
        ("failed", [asked(1), gone(4), listed(5)]),
        ("removed_verified", [asked(1), gone(4), gone(7)]),
        ("removed_verified", [gone(4), unsure(5), gone(7)]),
        ("not_seen_once", [gone(4), listed(5), gone(7)]),
        ("recheck_due", [gone(4), gone(7), CameDue(day(37))]),
        ("removed_verified", [gone(4), gone(7), CameDue(day(37)), gone(37)]),
        ("resurfaced", [gone(4), gone(7), listed(37)]),
        ("removal_requested", [gone(4), gone(7), listed(37), asked(38)]),
        ("not_me", [Disowned(day(1)), listed(2), gone(3), gone(9)]),
        ("blocked", [unsure(1), Unverifiable(day(9), day(1), Reason.BLOCKED)]),
        ("match_found", [unsure(1), Unverifiable(day(9), day(1), Reason.NETWORK)]),
        ("removed_verified", [gone(1), Unverifiable(day(3), day(2), Reason.BLOCKED), gone(4)]),
        ("removal_requested", [asked(1), unsure(4), PassedOver(day(5), Reason.BLOCKED), listed(2)]),
    ],
)  # fmt: skip
def test_events_lead_where_the_book_says(expected: str, events: list[Event]) -> None:
    assert expected == state(*events)


@pytest.mark.parametrize(
    "events",
    [
        [Acknowledged(day(1))],
        [Escalated(day(1))],
        [gone(1), gone(4), asked(5)],
        [gone(1), gone(4), DeadEnded(day(5), DeadEndReason.EXEMPT)],
        [gone(1), gone(4), Unverifiable(day(9), day(5), Reason.BLOCKED), asked(10)],
        [gone(1), Unverifiable(day(9), day(5), Reason.BLOCKED),
         DeadEnded(day(10), DeadEndReason.EXEMPT)],
        [Disowned(day(1)), asked(2)],
        [Disowned(day(1)), DeadEnded(day(2), DeadEndReason.OTHER)],
    ],
)  # fmt: skip
def test_marks_that_make_no_sense_are_refused(events: list[Event]) -> None:
    with pytest.raises(IllegalMoveError):
        state(*events)


@pytest.mark.parametrize(
    ("expected", "events"),
    [
        (0, []),  # at once: is it there at all
        (31, [listed(1)]),
        (4, [asked(1)]),  # the broker's own time
        (4, [asked(1), listed(2)]),
        (11, [asked(1), listed(4)]),
        (7, [gone(4)]),
        (37, [gone(4), gone(7)]),
        (67, [gone(4), gone(7), gone(37)]),
        (44, [gone(4), gone(7), listed(37)]),
        (257, [asked(1, Law.DROP)]),
        (302, [asked(1, Law.DROP), listed(257)]),
        (None, [Disowned(day(1))]),
        (None, [DeadEnded(day(1), DeadEndReason.DEFUNCT)]),
        (2, [unsure(1)]),
        (4, [asked(1), unsure(2)]),  # a request waits no less for a page that was not seen
        (5, [asked(1), unsure(4)]),
        (8, [gone(4), unsure(7)]),
        (3, [unsure(1), unsure(2)]),
        (5, [unsure(1), unsure(2), unsure(3)]),
        (8, [unsure(1), unsure(2), unsure(3), unsure(4)]),
        (38, [*(unsure(n) for n in (1, 2, 3, 5, 8)), Unverifiable(day(8), day(1), Reason.BLOCKED)]),
        (31.0, [unsure(0.5), listed(1)]),
        (4, [asked(1), PassedOver(day(4), Reason.BLOCKED)]),
        (6, [asked(1), PassedOver(day(4), Reason.RATE_LIMITED, day(6))]),
    ],
)  # fmt: skip
def test_it_is_looked_at_fast_after_a_request_and_slowly_once_it_is_gone(
    expected: float | None, events: list[Event]
) -> None:
    found = following(*events)

    # An hour early, so that a timer's jitter never costs a day.
    assert found == expected or (found is not None and expected is not None
                                 and 0 <= expected - found <= 0.05)  # fmt: skip


def test_a_rule_that_wants_its_looks_further_apart_gets_them() -> None:
    slow = replace(PACE, confirm_days=30)

    moment = next_check_at([Added(START), gone(4)], slow)

    assert moment is not None
    assert timedelta(days=4 + 29) < moment - START


def test_two_looks_count_only_as_far_apart_as_the_brokers_rule_wants_them() -> None:
    first, early, late, unasked = (
        replace(gone(number), gap_days=days)
        for number, days in ((0, 30), (29, 30), (30, 30), (2, 1))
    )

    assert "not_seen_once" == state(first, early)
    assert "removed_verified" == state(first, early, late), "an early look starts no days anew"
    assert "not_seen_once" == state(first, unasked), "fewer than three are never enough"
    assert late == event_of("not_listed", late.at, details_of(late))


def test_the_second_look_is_never_early() -> None:
    moment = next_check_at([Added(START), gone(4)], PACE)

    assert day(7) == moment


def test_a_network_that_was_away_is_tried_again_the_same_morning_once() -> None:
    first: list[Event] = [Added(START), NotSure(START, Reason.NETWORK)]

    assert START + timedelta(minutes=10) == next_check_at(first, PACE)
    again = next_check_at([*first, NotSure(START, Reason.NETWORK)], PACE)
    assert again is not None
    assert again >= START + timedelta(hours=23)


def test_a_broker_that_names_a_time_is_not_looked_at_before() -> None:
    until = day(20)

    assert until == next_check_at(
        [Added(START), NotSure(day(1), Reason.RATE_LIMITED, retry_at=until)], PACE
    )


def test_the_fifth_unsure_look_in_a_row_is_reported_and_the_next_is_not() -> None:
    looks: list[Event] = [Added(START), *(unsure(n) for n in range(1, 6))]

    assert Unverifiable(day(5), day(1), Reason.BLOCKED) == removal_dates.report_of(looks)
    assert removal_dates.report_of(looks[:-1]) is None
    assert removal_dates.report_of([*looks, unsure(6)]) is None
    assert removal_dates.report_of([*looks[:4], listed(4), *looks[4:]]) is None


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        ("blocked", ["blocked"] * 3 + ["network"] * 2),
        ("network", ["network"] * 4 + ["blocked"]),
        ("network", ["blocked", "blocked", "network", "timeout", "server_error"]),
    ],
)
def test_blocked_is_told_where_most_of_the_looks_were(told: str, reasons: list[str]) -> None:
    looks = [unsure(n, Reason(reason)) for n, reason in enumerate(reasons)]

    report = removal_dates.report_of([Added(START), *looks])

    assert report is not None
    assert told == report.reason


@pytest.mark.parametrize(
    ("law", "asked_on", "due_on", "extended_to"),
    [
        (Law.GDPR, "2026-01-31", "2026-02-28", "2026-04-30"),
        (Law.GDPR, "2026-11-01", "2026-12-01", "2027-02-01"),
        (Law.CCPA, "2026-11-01", "2026-12-16", "2027-01-30"),
        (Law.CCPA_OPT_OUT, "2026-11-02", "2026-11-23", None),  # a Monday, and three weeks
        (Law.CCPA_OPT_OUT, "2026-11-06", "2026-11-27", None),
        (Law.CCPA_OPT_OUT, "2026-11-07", "2026-11-27", None),  # what is sent on a Saturday
        (Law.DROP, "2026-11-01", "2027-01-30", None),
        (Law.DROP, "2026-01-02", "2026-10-30", None),  # brokers need not begin before August
    ],
)
def test_the_law_sets_a_clock(law: Law, asked_on: str, due_on: str, extended_to: str) -> None:
    request = request_made(from_text(f"{asked_on}T12:00:00Z"), law, PACE)

    clock = legal_clock(request)
    assert clock is not None
    last = date.fromisoformat(due_on)
    assert (last, extended_to) == (clock.due_on, clock.extended_to and str(clock.extended_to))
    assert not clock.overdue(last)
    assert clock.overdue(last + timedelta(days=1))


@pytest.mark.parametrize(("law", "last_day"), [(Law.CCPA, 45), (Law.GDPR, 31), (Law.NONE, 30)])
def test_a_broker_that_names_no_time_has_failed_only_once_the_laws_is_over(
    law: Law, last_day: int
) -> None:
    request = request_made(START, law, UnknownPace())
    started: list[Event] = [Added(START), request]

    waiting = [*started, *(listed(number) for number in (3, 10, last_day))]
    assert "removal_requested" == name_of(replay(waiting)), "still there, which is not failed"
    assert "failed" == name_of(replay([*waiting, listed(last_day + 1)]))
    looks = [started[1].at + timedelta(days=days) for days in (3, 10, 17, 24)]
    assert looks == list(request.checks[:4])
    assert day(last_day + 1) == request.checks[-1]


def test_where_no_law_is_known_no_clock_runs() -> None:
    assert legal_clock(asked(1, Law.NONE)) is None
    assert legal_clock(None) is None


@pytest.mark.parametrize(
    ("region", "law"),
    [("US-CA", Law.CCPA), ("US-TX", Law.NONE), ("DE", Law.GDPR), ("DE-BY", Law.GDPR),
     ("GB", Law.GDPR), ("CH", Law.NONE), (None, Law.NONE)],
)  # fmt: skip
def test_the_region_names_the_law(region: str | None, law: Law) -> None:
    assert law == law_of(region)


def test_who_was_before_is_kept_under_a_look_that_did_not_show_it() -> None:
    assert isinstance(replay([Added(START), asked(1), gone(4)]), NotSeenOnce)


def test_events_cannot_be_rewritten(db: Database) -> None:
    removals.add(
        db, add(db, "Jane Doe"), ConsentBasis.SELF,
        broker="b", pace=PACE, url="https://b.example/1", now=START,
    )  # fmt: skip

    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        db.execute("UPDATE removal_events SET at = '2020-01-01T00:00:00Z'")
