"""Why a firing left no row is only said where this machine's own records prove it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.process import Completed
from digital_footprint.schedule import Failure
from footprint_timers.causes import (
    STARTED,
    STOPPED,
    Cause,
    Explainer,
    Records,
    Span,
    cause_of,
    read_journal,
)

JOB = "breach_recheck"
FIRING = datetime(2026, 11, 10, 4, 17, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FOLLOWING = FIRING + DAY
ALWAYS = (Span(FIRING - 30 * DAY),)


def cause(records: Records, *, is_last: bool = False) -> Cause:
    return cause_of(JOB, FIRING, FOLLOWING, records, is_last=is_last)


def test_without_records_nothing_is_claimed() -> None:
    assert Cause.UNKNOWN == cause(Records())


def test_a_machine_that_was_off_until_the_next_firing() -> None:
    on = (Span(FIRING - 9 * DAY, FIRING - HOUR), Span(FOLLOWING + HOUR))
    assert Cause.OFF == cause(Records(on=on))


def test_a_machine_that_was_on_long_enough_is_no_excuse() -> None:
    on = (Span(FIRING - 9 * DAY, FIRING - HOUR), Span(FIRING + 5 * HOUR, FIRING + 6 * HOUR))
    assert Cause.UNKNOWN == cause(Records(on=on))


def test_a_journal_that_begins_later_proves_nothing() -> None:
    assert Cause.UNKNOWN == cause(Records(on=(Span(FOLLOWING + HOUR),)))


def test_a_machine_that_slept_all_the_time() -> None:
    asleep = (Span(FIRING - HOUR, FOLLOWING - timedelta(minutes=5)),)
    assert Cause.ASLEEP == cause(Records(on=ALWAYS, asleep=asleep))
    short = (Span(FIRING - HOUR, FIRING + HOUR),)
    assert Cause.UNKNOWN == cause(Records(on=ALWAYS, asleep=short))


def test_a_user_who_was_not_logged_in() -> None:
    manager = (Span(FIRING - 5 * DAY, FIRING - 2 * HOUR),)
    assert Cause.LOGGED_OUT == cause(Records(on=ALWAYS, manager=manager))
    assert Cause.UNKNOWN == cause(Records(on=ALWAYS, manager=ALWAYS))


def test_a_timer_that_does_not_run_now_explains_only_what_was_missed_since() -> None:
    records = Records(on=ALWAYS, manager=ALWAYS, idle=frozenset({JOB}))
    assert Cause.DISABLED == cause(records, is_last=True)
    assert Cause.UNKNOWN == cause(records, is_last=False)
    assert Cause.UNKNOWN == cause_of("other", FIRING, FOLLOWING, records, is_last=True)


@pytest.mark.parametrize(
    ("hours", "expected"), [(1, "could_not_start"), (-1, "unknown"), (25, "unknown")]
)
def test_a_notice_of_that_very_time_says_that_it_could_not_start(hours: int, expected: str) -> None:
    at = (FIRING + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    failure = Failure(job=JOB, unit="x", result="exit-code", exit_status="203", at=at, meaning="")
    assert expected == cause(Records(on=ALWAYS, failures=(failure,)))


class Journal:
    """Answers as journalctl 252 and 257 do; `closed`: to a user who may not read it."""

    def __init__(self, *, closed: bool = False) -> None:
        self.closed = closed
        self.calls: list[Sequence[str]] = []
        self.boots: list[tuple[datetime, datetime]] = []
        self.manager: list[tuple[datetime, str]] = []
        self.sleeps: list[tuple[datetime, str]] = []

    def __call__(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Completed:
        assert environment is None
        self.calls.append(argv)
        if self.closed:
            return Completed(tuple(argv), 0, stderr="No journal files were opened\n")
        return Completed(tuple(argv), 0, stdout="".join(self._lines(argv)))

    def _lines(self, argv: Sequence[str]) -> Iterator[str]:
        if "--list-boots" in argv:
            for number, (first, last) in enumerate(self.boots, start=1 - len(self.boots)):
                shape = "%a %Y-%m-%d %H:%M:%S UTC"
                yield f"{number:2} {'0' * 32} {first.strftime(shape)} {last.strftime(shape)}\n"
        elif "UNIT=user@1000.service" in argv:
            for at, kind in self.manager:
                yield _entry(at, MESSAGE="said", MESSAGE_ID=kind)
        elif "_TRANSPORT=kernel" in argv:
            for at, word in self.sleeps:
                yield _entry(at, MESSAGE=f"PM: suspend {word} (s2idle)")
            yield '{"__REALTIME_TIMESTAMP": "17'  # cut off
        else:
            yield "Nov 10 04:17:00 host systemd[1]: Started.\n"


def _entry(at: datetime, **fields: str) -> str:
    stamp = str(int(at.timestamp() * 1_000_000))
    return json.dumps({"__REALTIME_TIMESTAMP": stamp, **fields}) + "\n"


def test_a_journal_that_may_not_be_read_is_no_record() -> None:
    journal = Journal(closed=True)

    assert Records() == read_journal(journal, 1000)
    assert 1 == len(journal.calls)


def test_the_journal_tells_boots_sleep_and_the_users_manager() -> None:
    journal = Journal()
    journal.boots = [(FIRING - 9 * DAY, FIRING - DAY), (FIRING, FIRING + HOUR)]
    # The first was cut off: nobody stopped the manager, its boot ended.
    journal.manager = [(FIRING - 8 * DAY, STARTED), (FIRING, STARTED), (FIRING + HOUR, STOPPED)]
    journal.sleeps = [(FIRING - 5 * DAY, "entry"), (FIRING - 4 * DAY, "exit"), (FIRING, "entry")]

    found = read_journal(journal, 1000)

    assert (Span(FIRING - 9 * DAY, FIRING - DAY), Span(FIRING)) == found.on
    assert (Span(FIRING - 8 * DAY, FIRING - DAY), Span(FIRING, FIRING + HOUR)) == found.manager
    assert (Span(FIRING - 5 * DAY, FIRING - 4 * DAY), Span(FIRING)) == found.asleep


def test_records_are_read_once_and_only_when_something_was_missed() -> None:
    reads: list[int] = []

    def read() -> Records:
        reads.append(1)
        return Records()

    why = Explainer(read)
    assert [] == reads
    for _ in range(3):
        why(JOB, FIRING, FOLLOWING, is_last=False)
    assert [1] == reads


moments = st.integers(0, 40).map(lambda hours: FIRING - 8 * HOUR + hours * HOUR)
spans = st.lists(st.tuples(moments, moments).map(sorted), max_size=4).map(
    lambda pairs: tuple(Span(start, end) for start, end in pairs)
)


@given(on=spans, asleep=spans, manager=spans)
def test_who_was_there_for_an_hour_was_not_away(
    on: tuple[Span, ...], asleep: tuple[Span, ...], manager: tuple[Span, ...]
) -> None:
    """Off is not said of a time in which the machine was on, nor logged out of one with a login."""
    said = cause(Records(on=on, asleep=asleep, manager=manager))

    if said is Cause.OFF:
        assert all(one.within(FIRING, FOLLOWING) < HOUR for one in on)
    if said is Cause.LOGGED_OUT:
        assert all(one.within(FIRING, FOLLOWING) < HOUR for one in manager)
