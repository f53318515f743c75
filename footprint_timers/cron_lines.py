"""Decides when our lines of a crontab fire, and reads from such lines when they fire next."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import partial

from digital_footprint.scheduler.due import EARLY
from footprint_timers import calendars
from footprint_timers.model import Slot

JOB_LINE = re.compile(r"((?:[\d*/,-]+\s+){5})[^#]*\bfootprint-job'? run (\w+)\b")
CATCH_UP = re.compile(r"(?m)^\d.*said=\$\((.*) run-overdue 2>&1\)")
MINUTES_OF_DAY = 24 * 60


def hourly_fields(slots: Sequence[Slot]) -> str:
    """Give the times to look for what was missed: every hour, but not just before a slot.

    A job is overdue half an hour before its interval ends: whoever looked then would run it, and
    its own line would run it once more.
    """
    starts = [slot.hour * 60 + slot.minute for slot in slots]
    minute = (max(starts) + EARLY // timedelta(minutes=1)) % 60
    hours = [hour for hour in range(24) if not _is_just_before(hour * 60 + minute, starts)]
    return f"{minute} {_ranges(hours)} * * *"


def read_jobs(lines: str) -> Mapping[str, str]:
    """Give the five fields of each job that has a line of its own, by the job's name."""
    found = (JOB_LINE.match(line) for line in lines.split("\n"))
    return {match[2]: " ".join(match[1].split()) for match in found if match}


def read_call(lines: str) -> str | None:
    """Give how our program is called, as a shell is given it, or None where nothing calls it."""
    match = CATCH_UP.search(lines)
    return match[1].replace(r"\%", "%") if match else None


def next_firing(fields: str, after: datetime, *, zone: tzinfo | None = None) -> datetime | None:
    """Give when a line fires next, in UTC; `zone` None is the machine's own.

    None for a line whose date never comes, and for one that is none.
    """
    try:
        return calendars.first_moment(partial(_times_on, fields), after, zone=zone)
    except ValueError:
        return None


def _is_just_before(minute: int, starts: Sequence[int]) -> bool:
    early = EARLY // timedelta(minutes=1)
    return any((start - minute) % MINUTES_OF_DAY <= early for start in starts)


def _ranges(hours: Sequence[int]) -> str:
    """Write numbers as `0-2,5,7-23`."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and hour == runs[-1][-1] + 1:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _times_on(fields: str, day: date) -> Iterator[time]:
    minutes, hours, days, months, weekdays = fields.split()
    in_month = day.day in _values(days, 1, 31)
    in_week = bool({day.isoweekday(), day.isoweekday() % 7} & _values(weekdays, 0, 7))
    # Both given means either (crontab(5)).
    either = not (days.startswith("*") or weekdays.startswith("*"))
    if day.month not in _values(months, 1, 12):
        return
    if (in_month or in_week) if either else (in_month and in_week):
        for hour in _values(hours, 0, 23):
            for minute in _values(minutes, 0, 59):
                yield time(hour, minute)


def _values(field: str, first: int, last: int) -> set[int]:
    """Read one field. Raises ValueError."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = (f"{first}-{last}" if span == "*" else span).partition("-")
        found |= set(range(int(low), int(high or low) + 1, int(step or 1)))
    return found
