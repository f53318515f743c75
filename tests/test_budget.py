"""The budget: no limit of a service is ever passed, by whatever jobs, restarts and clocks."""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_footprint.budget import Budget, key_id
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.model import NoProgress
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck, job_dark_web_monitor
from digital_footprint.schema import MIGRATIONS
from digital_footprint.verdicts import Reason, Unanswered
from tests.conftest import HandClock, add
from tests.wire import EMPTY_404, Wire, json_response, response

MINUTE = timedelta(minutes=1)


def budget(db: Database, clock: HandClock, key: str = "k") -> Budget:
    return Budget(db, "hibp", key, clock.clock(), NoProgress())


def test_the_limit_is_kept_over_restarts(db: Database, hand_clock: HandClock) -> None:
    for _ in range(25):
        one = budget(db, hand_clock)  # as a new process would
        one.limit(10, MINUTE)
        one.take()

    assert [60.6, 60.6] == hand_clock.slept
    assert 2 * 60.6 == (hand_clock.moment - HandClock().moment).total_seconds()


def take_one(path: Path) -> list[float]:
    clock = HandClock()
    with Database.open(path) as db:
        one = budget(db, clock)
        one.limit(5, MINUTE)
        one.take()
    return clock.slept


def test_the_limit_is_kept_over_processes_at_once(db: Database) -> None:
    with ProcessPoolExecutor(4) as pool:
        slept = list(pool.map(take_one, [db.path] * 8))

    assert [[]] * 5 + [[60.6]] * 3 == sorted(slept)


def test_limits_of_a_second_are_kept_and_not_doubled(db: Database, hand_clock: HandClock) -> None:
    one = budget(db, hand_clock)
    one.limit(2, timedelta(seconds=1))

    for _ in range(7):
        one.take()

    assert [1.01, 1.01, 1.01] == hand_clock.slept


def test_a_request_counts_from_its_answer(db: Database, hand_clock: HandClock) -> None:
    """One that was long on its way may have been counted by the service only at its end."""
    one = budget(db, hand_clock)
    one.limit(1, MINUTE)
    one.take()
    hand_clock.moment += timedelta(seconds=20)

    one.take()

    assert [60.6] == hand_clock.slept


def test_a_window_is_a_little_wider_than_its_period(db: Database, hand_clock: HandClock) -> None:
    for passed in (0, 59.9):
        hand_clock.moment += timedelta(seconds=passed)
        one = budget(db, hand_clock)
        one.limit(1, MINUTE)
        one.take()

    assert [0.7] == hand_clock.slept, "not every request is equally long on its way"


def test_a_clock_set_back_costs_one_period_and_never_passes_the_limit(
    db: Database, hand_clock: HandClock
) -> None:
    hand_clock.moment += timedelta(days=300)
    for passed in (0, 0, -300):
        hand_clock.moment += timedelta(days=passed)
        one = budget(db, hand_clock)  # as a new process would
        one.limit(2, MINUTE)
        one.take()

    assert [60.6] == hand_clock.slept


def test_what_a_service_said_of_its_limit_is_remembered_by_every_job(
    db: Database, hand_clock: HandClock
) -> None:
    first, second = budget(db, hand_clock), budget(db, hand_clock)
    for one in (first, second):
        one.limit(10, MINUTE)

    first.learn(3, MINUTE)
    for _ in range(4):
        second.take()

    assert [60.6] == hand_clock.slept
    later = budget(db, hand_clock)
    later.limit(10, MINUTE)
    for _ in range(3):
        later.take()
    assert 2 == len(hand_clock.slept), "and by the next process"


def test_the_limit_of_one_key_is_not_that_of_another(db: Database, hand_clock: HandClock) -> None:
    budget(db, hand_clock, "small").learn(1, MINUTE)
    other = budget(db, hand_clock, "large")
    other.limit(5, MINUTE)

    for _ in range(5):
        other.take()

    assert [] == hand_clock.slept


@given(
    limits=st.dictionaries(st.integers(1, 90), st.integers(1, 6), min_size=1, max_size=3),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=30),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_window_ever_holds_more_than_its_limit(
    limits: dict[int, int], pauses: list[float]
) -> None:
    clock, sent = HandClock(), []
    with tempfile.TemporaryDirectory() as directory, Database.open(Path(directory) / "f.db") as db:
        for pause in pauses:
            one = budget(db, clock)
            for seconds, count in limits.items():
                one.limit(count, timedelta(seconds=seconds))
            one.take()
            sent.append(clock.moment)
            clock.moment += timedelta(seconds=pause)

    for seconds, count in limits.items():
        gaps = [b - a for a, b in zip(sent, sent[count:], strict=False)]
        assert all(gap >= timedelta(seconds=seconds) for gap in gaps)


def test_two_keys_have_two_budgets(db: Database, hand_clock: HandClock) -> None:
    for key in ("k", "l"):
        one = budget(db, hand_clock, key)
        one.limit(1, MINUTE)
        one.take()

    assert [] == hand_clock.slept
    assert "k" not in {row["key_id"] for row in db.query("SELECT key_id FROM budgets")}


def test_several_limits_hold_together(db: Database, hand_clock: HandClock) -> None:
    one = budget(db, hand_clock)
    one.limit(2, MINUTE)
    one.limit(3, timedelta(days=1))
    for _ in range(3):
        one.take()

    with pytest.raises(Unanswered) as caught:
        one.take()

    assert Reason.BUDGET is caught.value.verdict.reason
    assert caught.value.verdict.retry_at is not None
    assert 3 == len(db.query("SELECT id FROM budgets")), "what was not sent is not counted"


def test_old_requests_are_dropped(db: Database, hand_clock: HandClock) -> None:
    one = budget(db, hand_clock)
    one.limit(1, MINUTE)
    one.take()
    hand_clock.moment += timedelta(minutes=2)
    one.take()

    assert 1 == len(db.query("SELECT id FROM budgets"))


def test_the_accounts_limit_is_asked_for_and_kept(
    db: Database, hand_clock: HandClock, config: Config, wire: Wire
) -> None:
    wire.status = json_response({"Rpm": 4, "IncludesKAnon": False})
    wire.anybody = EMPTY_404
    add(db, "Jane Doe", *(f"jane{n}@example.com" for n in range(4)))

    result = job_breach_recheck(db, config, Options(clock=hand_clock.clock()))

    assert "success" == result.status
    assert [60.6] == hand_clock.slept, "status, canary and two addresses, then a minute's wait"


def test_a_key_that_is_blocked_is_blocked_for_every_source_that_shares_it(
    db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com")
    wire.accounts["jane@example.com"] = response("429 Too Many Requests", b"", "retry-after: 1834")
    job_breach_recheck(db, config)
    before = len(wire.requests)

    result = job_dark_web_monitor(db, config)

    assert {"rate_limited": 1} == result.details["sources"]["hibp_pastes"]["reasons"]
    assert before == len(wire.requests)


def test_a_service_in_trouble_with_one_answer_is_still_asked_for_another(
    db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com")
    wire.accounts["jane@example.com"] = response(
        "503 Service Unavailable", b"", "retry-after: 1834"
    )
    job_breach_recheck(db, config)
    before = len(wire.requests)

    job_dark_web_monitor(db, config)

    assert before < len(wire.requests)


def test_what_was_counted_before_the_times_became_finer_still_counts(
    paths: Paths, tmp_path: Path, hand_clock: HandClock
) -> None:
    older = tmp_path / "older"
    older.mkdir()
    for step in sorted(MIGRATIONS.glob("*.sql")):
        if step.name < "0004":
            (older / step.name).write_bytes(step.read_bytes())
    with Database.open(paths.database, migrations=older) as db:
        row = {"service": "hibp", "key_id": key_id("k"), "requested_at": "2026-11-22T03:16:30Z"}
        db.insert("budgets", row)

    with Database.open(paths.database) as db:
        one = budget(db, hand_clock)
        one.limit(1, MINUTE)
        one.take()

    assert [31.599] == hand_clock.slept, "a whole second may have been cut off"
