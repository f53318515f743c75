"""Every firing expected since installation either left a row or is named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_footprint.clock import to_text
from digital_footprint.database import Database
from footprint_timers.audit import JobAudit, audit_jobs
from footprint_timers.calendars import firings
from footprint_timers.causes import Explainer, Records
from footprint_timers.installation import Installation, Period, with_slots
from footprint_timers.model import Slot

JOB = "breach_recheck"
DAILY = Slot(interval_days=1, phase=0, hour=4, minute=17)
SINCE = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = SINCE + timedelta(days=5)
DUE = list(firings(DAILY, SINCE, NOW))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "footprint.db") as db:
        yield db


def row(db: Database, start: datetime, *, minutes: int | None = 1, status: str = "success") -> None:
    number = db.insert_scheduled_run(JOB, to_text(start))
    end = None if minutes is None else to_text(start + timedelta(minutes=minutes))
    db.update_scheduled_run(number, completed_at=end, status=status)


def audit(db: Database, *periods: Period, now: datetime = NOW) -> JobAudit:
    (found,) = audit_jobs(
        db,
        {JOB: periods or (Period(slot=DAILY, since=to_text(SINCE)),)},
        Explainer(Records),
        now=now,
    )
    return found


def test_with_a_row_for_each_firing_nothing_is_missed(db: Database) -> None:
    for firing in DUE:
        row(db, firing + timedelta(minutes=7), status="failed")

    assert (audit(db).expected, audit(db).recorded, audit(db).missed) == (5, 5, ())


def test_a_firing_without_a_row_is_named_with_its_time(db: Database) -> None:
    for firing in DUE[:2] + DUE[3:]:
        row(db, firing)

    (missed,) = audit(db).missed
    assert (missed.job, missed.scheduled_for, missed.cause) == (JOB, to_text(DUE[2]), "unknown")


def test_one_run_at_the_next_boot_makes_up_for_one_firing_only(db: Database) -> None:
    row(db, DUE[4] + timedelta(hours=6))

    assert [one.scheduled_for for one in audit(db).missed] == [to_text(at) for at in DUE[:4]]


def test_a_run_that_was_under_way_takes_the_firing_s_place(db: Database) -> None:
    row(db, DUE[0] - timedelta(minutes=5), minutes=10)

    assert to_text(DUE[0]) not in [one.scheduled_for for one in audit(db).missed]


def test_a_run_that_ended_before_does_not(db: Database) -> None:
    row(db, DUE[0] - timedelta(minutes=5), minutes=4)

    assert audit(db).missed[0].scheduled_for == to_text(DUE[0])


def test_a_firing_of_just_now_still_has_time(db: Database) -> None:
    assert audit(db, now=DUE[0] + timedelta(minutes=59)).expected == 0
    assert audit(db, now=DUE[0] + timedelta(minutes=61)).expected == 1


def test_a_job_that_was_taken_out_owes_nothing_from_then_on(db: Database) -> None:
    period = Period(slot=DAILY, since=to_text(SINCE), until=to_text(SINCE + timedelta(days=2)))

    assert audit(db, period).expected == 2


def test_a_changed_schedule_is_judged_by_what_stood_at_the_time(db: Database) -> None:
    before = Installation(backend="systemd", scope="user", units="", stamps="")
    first = with_slots(before, {JOB: DAILY}, SINCE)
    weekly = Slot(interval_days=7, phase=0, hour=4, minute=17)
    second = with_slots(first, {JOB: weekly}, SINCE + timedelta(days=2))

    assert with_slots(second, {JOB: weekly}, NOW) == second
    assert audit(db, *second.jobs[JOB]).expected in (2, 3)
