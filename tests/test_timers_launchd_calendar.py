"""launchd's calendars, held against a reading of its manual that shares nothing with ours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footprint_timers import calendars, launchd_calendar
from footprint_timers.model import Slot

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FIELDS = {"Minute": "%M", "Hour": "%H", "Day": "%d", "Weekday": "%w", "Month": "%m"}


def slot(interval_days: int, phase: int = 0) -> Slot:
    return Slot(interval_days=interval_days, phase=phase, hour=4, minute=17, yearless=True)


@cache
def days_of(count: int) -> list[tuple[datetime, dict[str, int]]]:
    """The one minute of each day that can match, every entry of ours having the same."""
    moments = [START + DAY * number + timedelta(hours=4, minutes=17) for number in range(count)]
    return [(one, {key: int(one.strftime(FIELDS[key])) for key in FIELDS}) for one in moments]


def is_fired(entry: dict[str, int], fields: dict[str, int]) -> bool:
    """launchd.plist(5): what is missing matches any; a day and a weekday together mean either."""
    fits = {key: fields[key] == value for key, value in entry.items()}
    if {"Day", "Weekday"} <= fits.keys():
        fits["Day"] = fits["Weekday"] = fits["Day"] or fits["Weekday"]
    return all(fits.values())


def firings(entries: Sequence[dict[str, int]], days: int) -> list[datetime]:
    return [
        moment for moment, fields in days_of(days) if any(is_fired(one, fields) for one in entries)
    ]


@pytest.mark.parametrize("interval_days", range(1, 32))
@pytest.mark.parametrize("phase", [0, 5, 9341])
def test_in_ten_years_no_gap_is_longer_than_the_interval(interval_days: int, phase: int) -> None:
    chosen = slot(interval_days, phase)

    fired = firings(calendars.calendar_intervals(chosen), 3653)
    lengths = [(after - before).days for before, after in pairwise(fired)]

    assert interval_days >= max(lengths)
    assert min(lengths) >= interval_days / 3, "none is so short that it is a double run"
    ours = list(calendars.firings(chosen, START, START + 3653 * DAY, zone=UTC))
    assert fired == ours, "what we audit by is what launchd does"


@pytest.mark.parametrize(("interval_days", "count"), [(1, 1), (7, 1), (3, 11), (14, 3), (31, 1)])
def test_a_plist_stays_short(interval_days: int, count: int) -> None:
    assert count == len(calendars.calendar_intervals(slot(interval_days)))


ENTRY = st.fixed_dictionaries(
    {"Hour": st.just(4), "Minute": st.just(17)},
    optional={
        "Day": st.integers(1, 28),
        "Weekday": st.integers(0, 6),
        "Month": st.integers(1, 12),
    },
)


@settings(deadline=None)
@given(st.lists(ENTRY, min_size=1, max_size=4), st.integers(0, 2000))
def test_the_next_firing_is_the_first_that_the_manual_gives(
    entries: list[dict[str, int]], days: int
) -> None:
    after = START + days * DAY + timedelta(hours=4, minutes=17)

    expected = next(moment for moment in firings(entries, 5000) if moment > after)

    assert expected == launchd_calendar.next_firing(entries, after, zone=UTC)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, datetime(2026, 1, 1, 0, 1, tzinfo=UTC)),
        ({"Minute": 0}, datetime(2026, 1, 1, 1, tzinfo=UTC)),
        ({"Weekday": 7, "Hour": 3, "Minute": 0}, datetime(2026, 1, 4, 3, tzinfo=UTC)),
        ({"Month": 2, "Day": 29, "Hour": 0, "Minute": 0}, datetime(2028, 2, 29, tzinfo=UTC)),
        ({"Month": 2, "Day": 30}, None),
    ],
    ids=["every minute", "every hour", "Sunday is also 7", "leap day", "never"],
)
def test_entries_of_others_are_understood_too(
    entry: dict[str, int], expected: datetime | None
) -> None:
    assert expected == launchd_calendar.next_firing([entry], START, zone=UTC)


def test_the_next_firing_is_one_of_local_time() -> None:
    after = datetime(2026, 7, 1, 12, tzinfo=UTC)

    found = launchd_calendar.next_firing(
        calendars.calendar_intervals(slot(1)), after, zone=ZoneInfo("Europe/Berlin")
    )

    assert datetime(2026, 7, 2, 2, 17, tzinfo=UTC) == found
