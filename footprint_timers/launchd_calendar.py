"""Decides when the calendar that launchd has loaded fires next (launchd.plist(5))."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from footprint_timers import calendars
from footprint_timers.model import Slot

Entry = Mapping[str, int]
# Any date comes within so many days: 29 February, at the far side of a century without one.
FAR = 8 * 366 + 1


def next_firing(
    loaded: Sequence[Entry], after: datetime, *, zone: tzinfo | None = None
) -> datetime | None:
    """Give when any of these entries fires next, in UTC; `zone` None is the machine's own.

    None for no entry, and for one whose date never comes.
    """
    day = after.astimezone(zone).date()
    for number in range(FAR):
        moments = list(_firings_on(loaded, day + timedelta(days=number), after, zone))
        if moments:
            return min(moments)
    return None


def _firings_on(
    loaded: Sequence[Entry], day: date, after: datetime, zone: tzinfo | None
) -> Iterator[datetime]:
    for entry in loaded:
        if not _is_day_of(entry, day):
            continue
        for hour in _all_or_one(entry, "Hour", 24):
            for minute in _all_or_one(entry, "Minute", 60):
                slot = Slot(interval_days=1, phase=0, hour=hour, minute=minute)
                moment = calendars.moment_on(slot, day, zone=zone)
                if moment is not None and moment > after:
                    yield moment


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
