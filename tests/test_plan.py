"""What asking takes: reckoned from the limits, as the budget keeps them, and told honestly."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_footprint import pace
from digital_footprint.budget import LONGEST_WAIT, Budget, key_id
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import NoProgress
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck
from digital_footprint.verdicts import Unanswered
from tests.conftest import KEY, CommandLine, HandClock, add
from tests.wire import Wire, json_response

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
XON = {SECOND: 2, HOUR: 25, DAY: 100}

limits = st.dictionaries(
    st.sampled_from([SECOND, 5 * SECOND, MINUTE, HOUR]), st.integers(1, 30), max_size=3
)


@given(requests=st.integers(0, 200), held=limits)
def test_no_window_is_passed_and_no_time_is_given_away(
    requests: int, held: dict[timedelta, int]
) -> None:
    times = pace.departures(requests, held)

    assert times == sorted(times)
    for period, count in held.items():
        assert all(b - a >= period for a, b in zip(times, times[count:], strict=False))
        assert not times or times[-1] >= (requests - 1) // count * period
    for number, time in enumerate(times):
        needed = [times[number - count] + p for p, count in held.items() if number >= count]
        assert time == max(needed, default=timedelta())


@given(requests=st.integers(1, 200), held=limits, more=st.integers(1, 30))
def test_a_further_limit_never_makes_it_faster(
    requests: int, held: dict[timedelta, int], more: int
) -> None:
    assert pace.departures(requests, {**held, DAY: more})[-1] >= pace.departures(requests, held)[-1]


@given(requests=st.integers(1, 2000), minutes=st.integers(1, 59))
def test_the_least_rate_is_enough_and_one_less_is_not(requests: int, minutes: int) -> None:
    until = minutes * MINUTE
    rate = pace.least_rate(requests, MINUTE, until)

    assert pace.departures(requests, {MINUTE: rate})[-1] <= until
    assert rate == 1 or pace.departures(requests, {MINUTE: rate - 1})[-1] > until


@given(requests=st.integers(1, 40), held=limits)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_run_goes_as_far_as_was_reckoned(requests: int, held: dict[timedelta, int]) -> None:
    clock, sent = HandClock(), 0
    with tempfile.TemporaryDirectory() as home, Database.open(Path(home) / "f.db") as db:
        budget = Budget(db, "xposedornot", None, clock.clock(), NoProgress())
        for period, count in held.items():
            budget.limit(count, period)
        try:
            for _ in range(requests):
                budget.take()
                sent += 1
        except Unanswered:
            pass

    times = pace.departures(requests, held)
    assert pace.going_out(times, patience=LONGEST_WAIT, until=DAY) == sent


def test_a_run_stops_at_the_hours_limit_and_at_its_own_end() -> None:
    times = pace.departures(60, XON)

    assert 25 == pace.going_out(times, patience=LONGEST_WAIT, until=HOUR)
    assert 50 == pace.going_out(times, patience=2 * HOUR, until=HOUR + MINUTE)
    assert 8 == pace.going_out(times, patience=LONGEST_WAIT, until=3 * SECOND)
    assert 6 == pace.going_out(times, patience=LONGEST_WAIT, until=2.9 * SECOND)


@pytest.fixture
def household(db: Database, config: Config, wire: Wire) -> None:
    """Sixty addresses whose person agreed, and one whose person did not."""
    add(db, "Jane Doe", *(f"jane{n}@example.com" for n in range(60)))
    add(db, "Alex Doe", "alex@example.com", consent=False)


def planned(run: CommandLine, *more: str) -> dict[str, Any]:
    return {one["name"]: one for one in run("footprint", "source", "plan", "--json", *more).json}


@pytest.mark.usefixtures("household")
def test_only_what_is_on_is_planned_and_only_who_agreed(run: CommandLine) -> None:
    plan = planned(run)

    assert {"hibp_breaches", "hibp_pastes"} == set(plan)
    breaches = plan["hibp_breaches"]
    assert (60, 1, 64) == tuple(
        breaches[key] for key in ("identifiers", "without_consent", "requests_per_run")
    )
    assert 6 * 60 == breaches["seconds_per_run"]
    assert (True, 1, 0) == tuple(breaches[key] for key in ("fits_one_run", "runs", "days"))
    assert "the smallest is enough (10 requests a minute)" == breaches["plan"]


@pytest.mark.usefixtures("household")
def test_what_is_off_is_planned_on_demand_as_if_everybody_agreed(run: CommandLine) -> None:
    xon = planned(run, "--all")["xposedornot"]

    assert ("off", 61, 0) == (xon["state"], xon["identifiers"], xon["without_consent"])
    # Of 25 requests an hour two are the canaries'; a run does not wait for the next hour.
    assert (23, False, 3, 14) == tuple(
        xon[key] for key in ("identifiers_per_run", "fits_one_run", "runs", "days")
    )
    assert xon["plan"] is None
    assert "after 3 runs, 14 days" in run("footprint", "source", "plan", "--all").out


@pytest.mark.usefixtures("household")
def test_what_paces_itself_is_not_reckoned(run: CommandLine) -> None:
    holehe = planned(run, "--all")["holehe"]

    assert {None} == {
        holehe[key] for key in ("requests_per_run", "seconds_per_run", "fits_one_run", "runs")
    }
    assert 30 == holehe["every_days"]


def test_a_household_too_large_for_the_smallest_plan_is_told_which_it_needs(
    run: CommandLine, db: Database, config: Config
) -> None:
    add(db, "Jane Doe", *(f"jane{n}@example.com" for n in range(700)))

    breaches = planned(run)["hibp_breaches"]

    assert (596, False, 2, 7) == tuple(
        breaches[key] for key in ("identifiers_per_run", "fits_one_run", "runs", "days")
    )
    assert "one with at least 12 requests a minute" == breaches["plan"]


def test_the_limit_that_the_service_told_is_the_one_in_force(
    run: CommandLine, db: Database, config: Config, wire: Wire, hand_clock: HandClock
) -> None:
    add(db, "Jane Doe", *(f"jane{n}@example.com" for n in range(60)))
    wire.status = json_response({"Rpm": 30, "IncludesKAnon": False})
    job_breach_recheck(db, config, Options(clock=hand_clock.clock()))

    for name in ("hibp_breaches", "hibp_pastes"):
        told = {"requests": 30, "period_seconds": 60.0, "told_by_service": True}
        assert [told] == planned(run)[name]["limits"]
        assert 120 == planned(run)[name]["seconds_per_run"]
    shown = run("footprint", "source", "show", "hibp_pastes").out
    assert "30 a minute (its own word)" in shown
    assert [key_id(KEY)] == [row["key_id"] for row in db.query("SELECT key_id FROM learned_limits")]


def test_a_plan_asks_nobody(run: CommandLine, db: Database, config: Config, wire: Wire) -> None:
    run("footprint", "source", "plan", "--all")

    assert [] == wire.requests


def test_without_a_source_a_plan_says_how_to_see_one(run: CommandLine) -> None:
    assert [] == run("footprint", "source", "plan", "--json").json
    assert "footprint source plan --all" in run("footprint", "source", "plan").out
