"""An interval fires on the days that systemd itself says, and never leaves a longer gap."""

import math
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_footprint import process
from digital_footprint.errors import FootprintError
from digital_footprint.process import Completed
from footprint_timers import calendars
from footprint_timers.agreement import refuse_disagreement
from footprint_timers.model import Job, Slot

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
START = datetime(2026, 1, 1, tzinfo=UTC)
TEN_YEARS = START.replace(year=2036)


def slot(interval_days: int, phase: int = 0, hour: int = 4, minute: int = 17) -> Slot:
    return Slot(interval_days=interval_days, phase=phase, hour=hour, minute=minute)


def systemd_firings(
    lines: Sequence[str], *, zone: str = "UTC", start: datetime = START, count: int = 400
) -> tuple[list[datetime], datetime]:
    """Ask systemd when any of these calendar lines fires; what all of them have told is given."""
    base = start.strftime("%Y-%m-%d %H:%M:%S UTC")
    told = subprocess.run(
        ["systemd-analyze", "calendar", f"--base-time={base}", f"--iterations={count}", *lines],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={**os.environ, "TZ": zone, "LC_ALL": "C.UTF-8"},
    ).stdout
    lists = []
    for block in told.split("Next elapse")[1:]:
        moments = re.findall(r": +\w{3} ([\d-]+ [\d:]+) UTC", block)
        lists.append({datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in moments})
    horizon = min(max(moments) for moments in lists)
    return sorted({one for moments in lists for one in moments if one <= horizon}), horizon


ZONES = {
    "UTC": 4,
    "Europe/Athens": 3,  # clocks jump from 03:00 to 04:00
    "America/New_York": 2,
    "Australia/Lord_Howe": 2,  # by half an hour only
    "America/Santiago": 0,  # at midnight
    "Africa/Casablanca": 2,  # around Ramadan
}
PHASES = (0, 9341, 5)


def often(chosen: Slot) -> int:
    """Give how many firings of a line are more than ten years of it."""
    match chosen.interval_days:
        case 1 | 7:
            return math.ceil(3660 / chosen.interval_days)
        case 2 | 3 | 4 | 6 as days:
            # Of the fullest line; the emptiest must not come to 2199, where systemd's years end.
            return {2: 230, 3: 160, 4: 41, 6: 41}[days]
        case _:
            return 121 * len(calendars.month_days(chosen))


@needs_systemd
@pytest.mark.parametrize("interval_days", range(1, 32))
def test_ten_years_of_own_firings_are_those_of_systemd(interval_days: int) -> None:
    """Each length in three phases, each in another zone; over all lengths every zone has its turn."""
    zones = [*ZONES.items()]
    for turn, phase in enumerate(PHASES):
        zone, hour = zones[(interval_days + 2 * turn) % len(zones)]
        chosen = slot(interval_days, phase, hour=hour, minute=15)
        lines = calendars.on_calendar(chosen)

        told, horizon = systemd_firings(lines, zone=zone, count=often(chosen))
        ours = [*calendars.firings(chosen, START, TEN_YEARS, zone=ZoneInfo(zone))]

        assert [moment for moment in told if moment < TEN_YEARS] == ours, (zone, phase)
        assert horizon >= TEN_YEARS - timedelta(days=31), (zone, phase)


@needs_systemd
@pytest.mark.parametrize(
    ("zone", "hour"), [("Europe/Athens", 3), ("America/New_York", 2), ("Australia/Lord_Howe", 2)]
)
def test_a_time_that_the_clocks_jump_over_leaves_a_gap(zone: str, hour: int) -> None:
    end = START + timedelta(days=300)

    ours = [*calendars.firings(slot(1, hour=hour, minute=15), START, end, zone=ZoneInfo(zone))]

    assert max(b - a for a, b in pairwise(ours)) >= timedelta(hours=47)


def test_the_hole_is_named_by_its_day() -> None:
    athens = ZoneInfo("Europe/Athens")

    found = calendars.holes(slot(1, hour=3, minute=30), date(2026, 1, 1), years=2, zone=athens)

    assert found == (date(2026, 3, 29), date(2027, 3, 28))


@pytest.mark.parametrize("interval_days", [1, 2, 3, 4, 6, 7])
def test_every_gap_of_an_exact_interval_is_the_interval(interval_days: int) -> None:
    for phase in range(interval_days):
        assert set(calendars.gaps(slot(interval_days, phase), date(2026, 1, 1), years=70)) == {
            interval_days
        }


def test_three_days_are_twelve_lines() -> None:
    assert len(calendars.on_calendar(slot(3))) == 12


@settings(deadline=None, max_examples=60)
@given(interval_days=st.integers(1, 31), phase=st.integers(0, 10_000), yearless=st.booleans())
def test_no_gap_in_ten_years_is_longer_than_the_interval(
    interval_days: int, phase: int, *, yearless: bool
) -> None:
    chosen = replace(slot(interval_days, phase), yearless=yearless)
    found = calendars.gaps(chosen, date(2026, 1, 1), zone=UTC)

    assert max(found) <= interval_days
    assert min(found) >= interval_days // 3  # and none is so short that it is a double run
    assert not calendars.is_exact(chosen) or {interval_days} == set(found)


@given(st.integers(1, 31), st.integers(0, 10_000), st.dates(date(2026, 1, 1), date(2036, 1, 1)))
def test_cron_and_launchd_are_told_the_days_on_which_the_slot_fires(
    interval_days: int, phase: int, day: date
) -> None:
    """Each text is read by the rules of its manual: what is not said is every one."""
    chosen = replace(slot(interval_days, phase), yearless=True)
    fires = calendars.fires_on(chosen, day)
    weekday = day.isoweekday() % 7

    minute, hour, days, months, weekdays = calendars.cron_times(chosen).split()
    entries = calendars.calendar_intervals(chosen)

    assert ("17", "4", "*") == (minute, hour, months)
    assert "*" in {days, weekdays}, "otherwise cron fires on either"
    assert fires == (
        (days == "*" or str(day.day) in days.split(","))
        and (weekdays == "*" or str(weekday) in weekdays.split(","))
    )
    assert {(4, 17)} == {(entry["Hour"], entry["Minute"]) for entry in entries}
    assert fires == any(
        entry.get("Day", day.day) == day.day and entry.get("Weekday", weekday) == weekday
        for entry in entries
    )


def test_a_gap_over_a_lost_hour_and_a_leap_day_is_counted_as_it_is() -> None:
    athens, sunday = ZoneInfo("Europe/Athens"), date(2026, 1, 4).toordinal()

    found = calendars.gaps(slot(7, sunday, hour=3, minute=30), date(2026, 1, 1), zone=athens)

    assert {7, 14} == set(found)
    assert 10 == found[14], "once every spring"
    leap = calendars.gaps(slot(31), date(2027, 1, 1), years=2, zone=UTC)
    assert 29 in leap, "February 2028"


@given(st.integers(1, 31), st.integers(0, 10_000), st.integers(0, 800))
def test_the_latest_firing_is_the_last_one_before_the_moment(
    interval_days: int, phase: int, days: int
) -> None:
    chosen = slot(interval_days, phase)
    moment = START + timedelta(days=days, hours=9)

    found = calendars.latest_firing(chosen, moment, zone=UTC)

    assert found is not None
    assert found <= moment
    assert list(calendars.firings(chosen, found, moment, zone=UTC)) == [found]


def test_without_a_zone_the_machine_s_own_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        found = next(calendars.firings(slot(1), START, START + timedelta(days=2)))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert found == datetime(2026, 1, 1, 19, 17, tzinfo=UTC)


def jobs(*intervals: int) -> list[Job]:
    return [
        Job(name=f"every_{days}", summary="", slot=slot(days, 9341), timeout_minutes=1)
        for days in intervals
    ]


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let this process live in a zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@needs_systemd
@pytest.mark.parametrize(
    "zone", ["UTC", "Etc/GMT+0", "Atlantic/Reykjavik", "Europe/London", "Asia/Kathmandu", *ZONES]
)
def test_what_systemd_reads_as_it_is_meant_is_not_refused(
    zone: str, in_zone: Callable[[str], None]
) -> None:
    in_zone(zone)
    asked = []

    def counted(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        asked.append(argv)
        return process.run(argv, environment=environment)

    refuse_disagreement(counted, jobs(*range(1, 32)), datetime.now(UTC))
    assert 1 == len(asked)
    refuse_disagreement(counted, [], datetime.now(UTC))
    assert 1 == len(asked)


@needs_systemd
@pytest.mark.parametrize(("days", "line"), [(7, "Sat *-*-*"), (3, "*-*-1/3"), (5, "*-*-01,07")])
def test_a_calendar_that_systemd_reads_otherwise_is_refused(days: int, line: str) -> None:
    """A systemd that reads other lines than were handed to it stands for one that differs."""

    def other(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        read = [f"{line} 04:17:00" if " 04:17" in word else word for word in argv]
        return process.run(read, environment=environment)

    with pytest.raises(FootprintError, match=f"every_{days}") as caught:
        refuse_disagreement(other, jobs(days), datetime.now(UTC))
    assert "nothing was changed" in caught.value.message
    assert f"footprint-timers explain every_{days}" in caught.value.hint


@needs_systemd
def test_a_zone_in_which_systemd_drops_a_line_is_noticed(in_zone: Callable[[str], None]) -> None:
    def without_end(
        argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Completed:
        return process.run([word.replace("..31/", "/") for word in argv], environment=environment)

    in_zone("Australia/Lord_Howe")
    refuse_disagreement(process.run, jobs(6), START)
    with pytest.raises(FootprintError, match="systemd cannot compute a calendar"):
        refuse_disagreement(without_end, jobs(6), START)


def test_where_systemd_cannot_be_asked_nothing_is_refused() -> None:
    def absent(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        return process.run([f"/nowhere/{argv[0]}"], environment=environment)

    refuse_disagreement(absent, jobs(3), datetime.now(UTC))
