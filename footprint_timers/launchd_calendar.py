"""Decides when the calendar that launchd has loaded fires next (launchd.plist(5))."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from functools import partial

from footprint_timers import calendars

Entry = Mapping[str, int]


def next_firing(
    loaded: Sequence[Entry], after: datetime, *, zone: tzinfo | None = None
) -> datetime | None:
    """Give when any of these entries fires next, in UTC; `zone` None is the machine's own.

    None for no entry, and for one whose date never comes.
    """
    return calendars.first_moment(partial(_times_on, loaded), after, zone=zone)


def _times_on(loaded: Sequence[Entry], day: date) -> Iterator[time]:
    for entry in loaded:
        if _is_day_of(entry, day):
            for hour in _all_or_one(entry, "Hour", 24):
                for minute in _all_or_one(entry, "Minute", 60):
                    yield time(hour, minute)


def _is_day_of(entry: Entry, day: date) -> bool:
    """Say whether an entry means a day: with a day of the month and one of the week, either."""
    if entry.get("Month", day.month) != day.month:
        return False
    weekday = "Weekday" in entry and entry["Weekday"] % 7 == day.isoweekday() % 7
    if "Day" in entry:
        return entry["Day"] == day.day or weekday
    return weekday or "Weekday" not in entry


def _all_or_one(entry: Entry, key: str, count: int) -> range:
    value = entry.get(key)
    return range(count) if value is None else range(value, value + 1)
