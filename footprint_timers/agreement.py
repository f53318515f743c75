"""Asks systemd itself on which days it reads a calendar to fire, before it is installed."""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from digital_footprint.errors import FootprintError
from digital_footprint.process import NOT_FOUND, Runner
from footprint_timers import calendars
from footprint_timers.model import Job, Slot

ITERATIONS = 50


def refuse_disagreement(run: Runner, jobs: Sequence[Job], now: datetime) -> None:
    """Raise FootprintError for a job whose calendar systemd reads otherwise than we mean it.

    One process for all jobs; where there is no systemd-analyze nothing is asked. Both sides
    reckon in this machine's own zone, for systemd can stumble over where its clocks change.
    """
    lines = {job.name: calendars.on_calendar(job.slot) for job in jobs}
    every = [line for each in lines.values() for line in each]
    if not every:
        return
    start = now.replace(microsecond=0)
    answer = run(
        [
            "systemd-analyze",
            "calendar",
            f"--base-time={start:%Y-%m-%d %H:%M:%S} UTC",
            f"--iterations={ITERATIONS}",
            *every,
        ],
        environment={"TZ": os.environ.get("TZ") or ":/etc/localtime"},
    )
    if answer.code == NOT_FOUND:
        return
    if answer.code:
        raise FootprintError(
            f"systemd cannot compute a calendar: {answer.complaint()}; nothing was changed",
            hint="choose another [jobs] interval_days; see: footprint-timers explain",
        )
    told = _told(answer.stdout)
    for job in jobs:
        moments = [next(told, []) for _ in lines[job.name]]
        if not _agree(job.slot, start, moments):
            raise FootprintError(
                f"systemd would not start {job.name} on the days that are meant by its calendar"
                f" ({lines[job.name][0]}, ...); nothing was changed",
                hint="choose another [jobs] interval_days, and report this with the output of:"
                f" footprint-timers explain {job.name}",
            )


def _told(output: str) -> Iterator[list[datetime]]:
    """Give the firings of each line, as systemd-analyze(1) prints them one after the other.

    Each has its time in UTC beside the local one, but in zones that never differ from UTC.
    """
    for block in output.split("Normalized form")[1:]:
        lines = [line for line in block.splitlines() if "(in UTC)" in line]
        shown = "\n".join(lines or block.splitlines()[1:])
        moments = re.findall(r": +\w{3} ([\d-]+ [\d:]+) \w+$", shown, re.MULTILINE)
        yield [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in moments]


def _agree(slot: Slot, start: datetime, lines: Sequence[Sequence[datetime]]) -> bool:
    """Compare as far as all lines have been told."""
    if not all(lines):
        return False
    horizon = min(max(moments) for moments in lines)
    told = sorted({moment for moments in lines for moment in moments if moment <= horizon})
    after = start + timedelta(seconds=1)
    ours = calendars.firings(slot, after, horizon + timedelta(seconds=1))
    return told == [*ours]
