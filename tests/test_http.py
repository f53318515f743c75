"""The client by itself: its deadlines, its limits, its budget."""

import time
from datetime import timedelta
from email.utils import format_datetime

import pytest

from digital_footprint import budget as budget_module
from digital_footprint.budget import Budget
from digital_footprint.clock import utc_now
from digital_footprint.database import Database
from digital_footprint.http import Http, Limits
from digital_footprint.model import NoProgress
from digital_footprint.verdicts import Reason, Unanswered
from tests.conftest import HandClock
from tests.wire import EMPTY_404, Wire, gzip_bomb, names, response

MINUTE = timedelta(minutes=1)
ASK = "/breachedaccount/jane%40example.com"


def get(wire: Wire, **limits: float) -> None:
    with Http(wire.base_url, limits=Limits(attempts=1, **limits)) as http:
        http.get(ASK)


def reason_of(wire: Wire, **limits: float) -> Reason:
    with pytest.raises(Unanswered) as caught:
        get(wire, **limits)
    return caught.value.verdict.reason


def test_one_byte_at_a_time_does_not_outwit_the_deadline(wire: Wire) -> None:
    """Every silence is shorter than the read timeout; the whole is longer than the total."""

    def drip(connection: object) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")  # type: ignore[attr-defined]
        end = time.monotonic() + 20
        while time.monotonic() < end:
            connection.sendall(b" ")  # type: ignore[attr-defined]

    wire.accounts["jane@example.com"] = drip

    begin = time.monotonic()
    assert Reason.TIMEOUT is reason_of(wire, read=5, total=0.3)
    assert time.monotonic() - begin < 15


def test_nobody_listening_is_the_network(wire: Wire) -> None:
    base_url = wire.base_url
    wire.close()

    with Http(base_url, limits=Limits(attempts=1)) as http, pytest.raises(Unanswered) as caught:
        http.get(ASK)
    assert Reason.NETWORK is caught.value.verdict.reason


def test_a_bomb_is_not_unpacked_beyond_the_limit(wire: Wire) -> None:
    import resource

    wire.accounts["jane@example.com"] = gzip_bomb(300 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert Reason.TOO_LARGE is reason_of(wire)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 350 * 1024, "KiB; making the bomb takes 300 MiB, unpacking may not add to it"


def test_a_redirect_on_the_same_host_is_followed_and_told(wire: Wire) -> None:
    wire.accounts["jane@example.com"] = response(
        "302 Found", b"", "location: /breachedaccount/other%40example.com"
    )
    wire.accounts["other@example.com"] = names("Adobe")
    with Http(wire.base_url) as http:
        answer = http.get(ASK)

    assert (200, True) == (answer.status, answer.redirected)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("999999999", 86400),
        ("99999999999999", None),
        ("-5", None),
        ("later", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_never_believed_beyond_a_day(
    wire: Wire, header: str, seconds: int | None
) -> None:
    wire.accounts["jane@example.com"] = response(
        "429 Too Many Requests", b"", f"retry-after: {header}"
    )
    with pytest.raises(Unanswered) as caught:
        get(wire)
    retry_at = caught.value.verdict.retry_at

    if seconds is None:
        assert retry_at is None
    else:
        assert retry_at is not None
        assert abs((retry_at - utc_now()).total_seconds() - seconds) <= 5


def test_retry_after_is_read_as_a_date(wire: Wire) -> None:
    moment = utc_now() + timedelta(hours=2)
    wire.accounts["jane@example.com"] = response(
        "503 Service Unavailable", b"", f"retry-after: {format_datetime(moment, usegmt=True)}"
    )
    with pytest.raises(Unanswered) as caught:
        get(wire)

    assert moment == caught.value.verdict.retry_at


def test_a_signal_passes_through_the_retries(wire: Wire) -> None:
    from digital_footprint.scheduler.interruptions import Interrupted

    def stop() -> None:
        raise Interrupted(15)

    with Http(wire.base_url) as http, pytest.raises(Interrupted):
        http.get(ASK, before_attempt=stop)
    assert [] == wire.requests


def budget(db: Database, clock: HandClock, key: str = "k") -> Budget:
    return Budget(db, "hibp", key, clock.clock(), NoProgress())


def test_the_limit_is_kept_over_restarts(db: Database, hand_clock: HandClock) -> None:
    for _ in range(25):
        one = budget(db, hand_clock)  # as a new process would
        one.limit(10, MINUTE)
        one.take()

    taken = [row["requested_at"] for row in db.query("SELECT requested_at FROM budgets")]
    assert 25 == len(taken)
    starts = sorted(set(taken))
    assert [10, 10, 5] == [taken.count(start) for start in starts]
    assert [61.0, 61.0] == hand_clock.slept


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
    hand_clock.moment += budget_module.KEPT + timedelta(seconds=1)
    one.take()

    assert 1 == len(db.query("SELECT id FROM budgets"))


def test_the_accounts_limit_is_asked_for_and_kept(
    db: Database, hand_clock: HandClock, config: object, wire: Wire
) -> None:
    from digital_footprint.scheduler.attempt import Options
    from digital_footprint.scheduler.jobs import job_breach_recheck
    from tests.conftest import add
    from tests.wire import json_response

    wire.status = json_response({"Rpm": 4})
    wire.anybody = EMPTY_404
    add(db, "Jane Doe", *(f"jane{n}@example.com" for n in range(4)))

    result = job_breach_recheck(db, config, Options(clock=hand_clock.clock()))  # type: ignore[arg-type]

    assert "success" == result.status
    assert [61.0] == hand_clock.slept, "status, canary and two addresses, then a minute's wait"
