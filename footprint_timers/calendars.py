"""Decides on which days an interval fires, in each scheduler's words and as moments of its own.

Where a calendar has years (systemd) intervals of 1, 2, 3, 4, 6 and 7 days are exact: the day's
number is counted from a fixed day. Where it has none (launchd, cron) those of 1 and 7 days are.
Any other length is spread over the days of the month, so that no gap is longer than the interval.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from footprint_timers.model import Slot

EXACT = frozenset({1, 2, 3, 4, 6, 7})
EXACT_WITHOUT_YEARS = frozenset({1, 7})
WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")  # by ordinal % 7: 1 January 1 is a Mon
FIRST_YEAR = 2024
DAY = timedelta(days=1)
# Any date comes within so many days: 29 February, at the far side of a century without one.
FAR = 8 * 366 + 1


def on_calendar(slot: Slot) -> tuple[str, ...]:
    """Give the OnCalendar= values of a slot (systemd.time(7), CALENDAR EVENTS).

    Exact ones repeat over years; they stay exact until 28 February 2100, which is no leap day.
    """
    clock = f"{slot.hour:02}:{slot.minute:02}:00"
    match slot.interval_days:
        case 1:
            return (f"*-*-* {clock}",)
        case 7:
            return (f"{WEEKDAYS[slot.phase % 7]} *-*-* {clock}",)
        case days if is_exact(slot):
            return tuple(f"{line} {clock}" for line in _year_lines(days, slot.phase))
        case _:
            return (f"*-*-{_numbers(month_days(slot))} {clock}",)


def calendar_intervals(slot: Slot) -> tuple[dict[str, int], ...]:
    """Give the StartCalendarInterval dictionaries of a slot (launchd.plist(5)).

    Day and Weekday never stand in one: launchd would fire on either.
    """
    clock = {"Hour": slot.hour, "Minute": slot.minute}
    match slot.interval_days:
        case 1:
            return (clock,)
        case 7:
            return ({"Weekday": slot.phase % 7, **clock},)
        case _:
            return tuple({"Day": day, **clock} for day in month_days(slot))


def cron_times(slot: Slot) -> str:
    """Give the five fields of a crontab line (crontab(5)); one of the days is always a star."""
    match slot.interval_days:
        case 1:
            days = "* * *"
        case 7:
            days = f"* * {slot.phase % 7}"
        case _:
            days = f"{','.join(map(str, month_days(slot)))} * *"
    return f"{slot.minute} {slot.hour} {days}"


def is_exact(slot: Slot) -> bool:
    """Say whether every gap of a slot is its interval, in what its scheduler can say."""
    return slot.interval_days in (EXACT_WITHOUT_YEARS if slot.yearless else EXACT)


def fires_on(slot: Slot, day: date) -> bool:
    """Say whether a slot fires on a day."""
    if is_exact(slot):
        return (day.toordinal() - slot.phase) % slot.interval_days == 0
    return day.day in month_days(slot)


def month_days(slot: Slot) -> tuple[int, ...]:
    """Give the days of the month for an interval that is not exact.

    In no month, February of 28 or 29 days or any other, is a gap longer than the interval.
    """
    match slot.interval_days:
        case 3:
            # All gaps are 3 but two that are 2: the last one, and one that the phase picks.
            short = slot.phase % 9
            return (*range(2, 3 * short + 3, 3), *range(3 * short + 4, 29, 3), 30)
        case 4:
            return (*range(2, 27, 4), 29)
        case _:
            return _spread_days(slot)


def _spread_days(slot: Slot) -> tuple[int, ...]:
    """Spread the firings evenly over the days that every month has; two days have no room left."""
    count = math.ceil(31 / slot.interval_days)
    offsets = [31 * number // count for number in range(count)]
    first = 1 + slot.phase % max(28 - offsets[-1], 1)
    return tuple(first + offset for offset in offsets)


def firings(
    slot: Slot,
    start: datetime,
    end: datetime,
    *,
    zone: tzinfo | None = None,
) -> Iterator[datetime]:
    """Give every firing in [start, end), in UTC; `zone` None is the machine's own.

    A time of day that the clocks jump over in spring does not fire, as in systemd.
    """
    day = start.astimezone(zone).date() - DAY
    last = end.astimezone(zone).date() + DAY
    while day <= last:
        if fires_on(slot, day):
            moment = moment_on(slot, day, zone=zone)
            if moment is not None and start <= moment < end:
                yield moment
        day += DAY


def latest_firing(slot: Slot, until: datetime, *, zone: tzinfo | None = None) -> datetime | None:
    """Give the newest firing at or before a moment, or None within the last 100 days."""
    found = None
    for moment in firings(slot, until - 100 * DAY, until + timedelta(seconds=1), zone=zone):
        found = moment
    return found


def moment_on(slot: Slot, day: date, *, zone: tzinfo | None = None) -> datetime | None:
    """Give the moment of a slot's time of day, or None where the clocks jump over it."""
    return _moment(datetime.combine(day, time(slot.hour, slot.minute)), zone)


def first_moment(
    times_on: Callable[[date], Iterable[time]], after: datetime, *, zone: tzinfo | None = None
) -> datetime | None:
    """Give the first moment after another at which a calendar of any kind fires, in UTC.

    `times_on`: gives the times of a day; `zone` None is the machine's own. None for no such day.
    """
    start = after.astimezone(zone).date()
    for day in (start + DAY * number for number in range(FAR)):
        for clock in sorted(times_on(day)):
            moment = _moment(datetime.combine(day, clock), zone)
            if moment is not None and moment > after:
                return moment
    return None


def _moment(wall: datetime, zone: tzinfo | None) -> datetime | None:
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    there = moment.astimezone(zone).replace(tzinfo=None) == wall
    return moment if there else None


def gaps(
    slot: Slot,
    start: date,
    *,
    years: int = 10,
    zone: tzinfo | None = None,
) -> Mapping[int, int]:
    """Count the gaps between firings by their length in days, shortest first.

    A day on which the clocks jump over the slot is none on which it fires.
    """
    days = [day for day in _days(start, years) if fires_on(slot, day)]
    fired = [day for day in days if moment_on(slot, day, zone=zone) is not None]
    found = Counter((after - before).days for before, after in pairwise(fired))
    return dict(sorted(found.items()))


def holes(
    slot: Slot, start: date, *, years: int = 10, zone: tzinfo | None = None
) -> tuple[date, ...]:
    """Give the days on which the clocks jump over the slot's time of day."""
    return tuple(day for day in _days(start, years) if moment_on(slot, day, zone=zone) is None)


def _days(start: date, years: int) -> Iterator[date]:
    """Give every day of so many years, their leap days too."""
    return (start + DAY * number for number in range(math.floor(365.25 * years)))


def _year_lines(interval: int, phase: int) -> Iterator[str]:
    """Give one line per year of the cycle and first day of the month, without the time of day.

    Within a month the days are first, first + interval, ...; the phase comes round after
    4 * interval / gcd(interval, 1461) years, 1461 being the days of four years.
    """
    cycle = 4 * interval // math.gcd(interval, 1461)
    for year in range(FIRST_YEAR, FIRST_YEAR + cycle):
        for first in range(1, interval + 1):
            months = [
                month
                for month in range(1, 13)
                if (date(year, month, first).toordinal() - phase) % interval == 0
            ]
            if months:
                # Their end is said: systemd 252 drops a line with `02/3` where the clocks of
                # America/Santiago change ("Infinite loop in calendar calculation").
                yield f"{year}/{cycle}-{_numbers(months)}-{first:02}..31/{interval}"


def _numbers(values: tuple[int, ...] | list[int]) -> str:
    return ",".join(f"{value:02}" for value in values)
