"""When a job fires under each scheduler: its own words, the next firings, the true gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from digital_footprint.clock import local_time, to_text
from digital_footprint.output import Result
from footprint_timers import calendars
from footprint_timers.model import Job, Slot

SHOWN = 5
YEARS = 10
YEARLESS = {"systemd": False, "launchd": True, "cron": True}


def of_jobs(jobs: Sequence[Job], now: datetime) -> Result:
    """Show each job's calendars, next firings, true gaps, and what is wrong with them."""
    documents = [_explanation(job, now) for job in jobs]
    return Result(documents, tuple(line for one in documents for line in _lines(one)))


def _explanation(job: Job, now: datetime) -> dict[str, Any]:
    today = now.astimezone().date()
    slots = {name: replace(job.slot, yearless=known) for name, known in YEARLESS.items()}
    backends = {name: _backend(name, slot, now) for name, slot in slots.items()}
    systemd = backends["systemd"]
    return {
        "name": job.name,
        "interval_days": job.slot.interval_days,
        "on_calendar": systemd["calendar"],
        "next": systemd["next"],
        "gaps": systemd["gaps"],
        "backends": backends,
        "warnings": _warnings(slots, calendars.holes(job.slot, today, years=YEARS)),
    }


def _backend(name: str, slot: Slot, now: datetime) -> dict[str, Any]:
    end = now + timedelta(days=(SHOWN + 1) * 31)
    fires = calendars.firings(slot, now, end)
    gaps = calendars.gaps(slot, now.astimezone().date(), years=YEARS)
    return {
        "calendar": _calendar(name, slot),
        "next": [to_text(one) for one in fires][:SHOWN],
        "gaps": {str(days): count for days, count in gaps.items()},
    }


def _calendar(name: str, slot: Slot) -> list[Any]:
    match name:
        case "systemd":
            return list(calendars.on_calendar(slot))
        case "launchd":
            return list(calendars.calendar_intervals(slot))
        case _:
            return [calendars.cron_times(slot)]


def _warnings(slots: Mapping[str, Slot], holes: Sequence[date]) -> list[str]:
    """Name the days of daylight saving on which the slot's time of day does not exist."""
    hit = {name: [day for day in holes if calendars.fires_on(slot, day)]
           for name, slot in slots.items()}  # fmt: skip
    slot = slots["systemd"]
    hour = f"{slot.hour:02}:{slot.minute:02}"
    return [
        f"the clocks jump over {hour} on {', '.join(map(str, days))}: no run then ({name});"
        " another [schedule] window avoids it"
        for name, days in hit.items()
        if days
    ]


def _lines(one: dict[str, Any]) -> list[str]:
    every = one["interval_days"]
    lines = [f"{one['name']}: every {'day' if every == 1 else _days(every)}"]
    for name, backend in one["backends"].items():
        gaps = ", ".join(f"{_days(days)} {count} times" for days, count in backend["gaps"].items())
        lines += [
            f"  {name}:",
            *(f"    {_written(name, entry)}" for entry in backend["calendar"]),
            f"    next: {', '.join(map(local_time, backend['next']))}",
            f"    gaps over ten years: {gaps}",
        ]
    return [*lines, *(f"  warning: {warning}" for warning in one["warnings"])]


def _days(number: float | str) -> str:
    return f"{number} day" if str(number) == "1" else f"{number} days"


def _written(name: str, entry: Any) -> str:
    match name:
        case "systemd":
            return f"OnCalendar={entry}"
        case "launchd":
            return f"StartCalendarInterval {', '.join(f'{k} {v}' for k, v in entry.items())}"
        case _:
            return str(entry)
