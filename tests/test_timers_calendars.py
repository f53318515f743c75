"""An interval fires on the days that systemd itself says, and never leaves a longer gap."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footprint_timers import calendars
from footprint_timers.model import Slot

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
START = datetime(2026, 1, 1, tzinfo=UTC)


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


@needs_systemd
@pytest.mark.parametrize("interval_days", range(1, 32))
@pytest.mark.parametrize("phase", [0, 9341])
def test_own_firings_are_those_of_systemd(interval_days: int, phase: int) -> None:
    chosen = slot(interval_days, phase)

    told, horizon = systemd_firings(calendars.on_calendar(chosen), count=60)
    ours = list(calendars.firings(chosen, START, horizon + timedelta(seconds=1), zone=UTC))

    assert told == ours
    assert len(ours) > 20


@needs_systemd
@pytest.mark.parametrize(
    ("zone", "hour"), [("Europe/Athens", 3), ("America/New_York", 2), ("Australia/Lord_Howe", 2)]
)
def test_a_time_that_the_clocks_jump_over_does_not_fire_as_in_systemd(zone: str, hour: int) -> None:
    chosen = slot(1, hour=hour, minute=15)

    told, horizon = systemd_firings(calendars.on_calendar(chosen), zone=zone, count=300)
    ours = list(
        calendars.firings(chosen, START, horizon + timedelta(seconds=1), zone=ZoneInfo(zone))
    )

    assert told == ours
    assert max(b - a for a, b in pairwise(ours)) >= timedelta(hours=47)


def test_the_hole_is_named_by_its_day() -> None:
    athens = ZoneInfo("Europe/Athens")

    found = calendars.holes(slot(1, hour=3, minute=30), date(2026, 1, 1), zone=athens)

    assert found == (date(2026, 3, 29), date(2027, 3, 28))


@pytest.mark.parametrize("interval_days", [1, 2, 3, 4, 6, 7])
def test_every_gap_of_an_exact_interval_is_the_interval(interval_days: int) -> None:
    for phase in range(interval_days):
        assert set(calendars.gaps(slot(interval_days, phase), date(2026, 1, 1), years=70)) == {
            interval_days
        }


def test_three_days_are_twelve_lines() -> None:
    assert len(calendars.on_calendar(slot(3))) == 12


@settings(deadline=None)
@given(st.integers(1, 31), st.integers(0, 10_000))
def test_no_gap_is_longer_than_the_interval(interval_days: int, phase: int) -> None:
    found = calendars.gaps(slot(interval_days, phase), date(2026, 1, 1), years=4)

    assert max(found) <= interval_days
    assert min(found) >= interval_days / 3  # and none is so short that it is a double run


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
