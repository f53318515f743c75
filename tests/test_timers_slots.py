"""Each machine has its own slots, always the same, inside the window."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.config import Config, Paths
from digital_footprint.settings import JobSettings, JobsSettings, ScheduleSettings, Settings
from footprint_timers import calendars
from footprint_timers.model import Slot
from footprint_timers.slots import lay_slots

TODAY = date(2026, 11, 23)


def config(tmp_path: Path, window: str = "04:00-06:00", **jobs: JobSettings) -> Config:
    places = Paths(tmp_path, tmp_path, tmp_path)
    return Config(
        places, Settings(schedule=ScheduleSettings(window=window), jobs=JobsSettings(**jobs))
    )


def minutes(slot: Slot) -> int:
    return slot.hour * 60 + slot.minute


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@given(seed=st.text(max_size=40))
def test_slots_lie_in_the_window_twenty_minutes_apart_and_the_report_is_last(
    home: Path, seed: str
) -> None:
    slots = lay_slots(config(home), seed)

    starts = sorted(minutes(slot) for slot in slots.values())
    assert starts[0] >= 4 * 60
    assert starts[-1] < 6 * 60
    assert [b - a for a, b in pairwise(starts)] == [20, 20, 20]
    assert minutes(slots["generate_report"]) == starts[-1]


@given(seed=st.text(max_size=40))
def test_a_narrow_window_is_kept_to(home: Path, seed: str) -> None:
    slots = lay_slots(config(home, window="23:00-23:05"), seed)

    assert all(23 * 60 <= minutes(slot) < 23 * 60 + 5 for slot in slots.values())


@given(seed=st.text(max_size=40))
def test_the_report_comes_on_the_day_of_the_breach_scan(home: Path, seed: str) -> None:
    slots = lay_slots(config(home), seed)

    days = [TODAY + timedelta(days=number) for number in range(14)]
    assert [calendars.fires_on(slots["generate_report"], day) for day in days] == [
        calendars.fires_on(slots["breach_recheck"], day) for day in days
    ]


def test_the_same_machine_always_gets_the_same_slots(home: Path) -> None:
    assert lay_slots(config(home), "machine:1000") == lay_slots(config(home), "machine:1000")


def test_machines_are_spread_over_window_and_week(home: Path) -> None:
    found = [lay_slots(config(home), f"machine-{n}:1000")["breach_recheck"] for n in range(200)]

    assert len({minutes(slot) for slot in found}) > 60
    assert len({slot.phase % 7 for slot in found}) == 7


def test_an_interval_changes_only_its_own_job(home: Path) -> None:
    before = lay_slots(config(home), "seed")
    after = lay_slots(config(home, verify_removals=JobSettings(interval_days=5)), "seed")

    assert {name for name in before if before[name] != after[name]} == {"verify_removals"}
