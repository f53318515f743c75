"""When a message may be sent, also on the days on which the clock is changed."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digital_footprint.alerts import timing

NIGHT = "22:00-07:00"


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock goes forward on 2026-03-29 and back on 2026-10-25, both at 01:00 UTC."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "now", "until"),
    [
        (NIGHT, "2026-11-22T20:59", None),
        (NIGHT, "2026-11-22T21:00", "2026-11-23T06:00"),
        (NIGHT, "2026-11-22T23:30", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T05:59", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T06:00", None),
        ("12:30-14:00", "2026-11-22T11:29", None),
        ("12:30-14:00", "2026-11-22T11:30", "2026-11-22T13:00"),
        ("12:30-14:00", "2026-11-22T13:00", None),
        ("07:00-07:00", "2026-11-22T06:00", None),
        (None, "2026-11-22T23:30", None),
        # An hour less, and an hour more, to wait.
        (NIGHT, "2026-03-28T21:00", "2026-03-29T05:00"),
        (NIGHT, "2026-10-24T20:00", "2026-10-25T06:00"),
        # The end does not exist: the clock jumps over it.
        ("22:00-02:30", "2026-03-28T23:30", "2026-03-29T01:30"),
        # The end comes twice: at the first, it is over; when its hour comes again, at the second.
        ("22:00-02:30", "2026-10-24T23:30", "2026-10-25T00:30"),
        ("22:00-02:30", "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(
    span: str | None, now: str, until: str | None
) -> None:
    assert (until and utc(until)) == timing.quiet_until(span, utc(now))


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"])
@pytest.mark.parametrize("span", [NIGHT, "01:00-03:00", "22:00-02:30", "02:00-02:59"])
def test_the_end_of_quiet_hours_is_ahead_and_within_a_day(span: str, day: str) -> None:
    for minutes in range(0, 24 * 60, 7):
        now = utc(f"{day}T00:00") + timedelta(minutes=minutes)
        until = timing.quiet_until(span, now)
        if until is not None:
            assert now < until < now + timedelta(hours=25)


def test_a_day_and_a_week_begin_by_the_clock_on_the_wall() -> None:
    sunday = utc("2026-11-22T12:00")

    assert utc("2026-11-21T23:00") == timing.period_begin("daily", sunday)
    assert utc("2026-11-15T23:00") == timing.period_begin("weekly", sunday), "Monday the 16th"
    assert utc("2026-11-22T23:00") == timing.period_begin("weekly", utc("2026-11-23T12:00"))
    assert utc("2026-10-25T23:00") == timing.day_over("2026-10-25")


def test_the_pause_grows_and_every_day_has_a_try() -> None:
    now = utc("2026-11-22T12:00")

    pauses = [timing.next_try(attempts, now) - now for attempts in (1, 2, 3, 4, 5, 100)]

    hours = [pause.total_seconds() / 3600 for pause in pauses]
    assert [0.25, 1, 4, 12, 12, 12] == hours
