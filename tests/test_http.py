"""The client by itself: its deadlines and its limits."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from digital_footprint.clock import utc_now
from digital_footprint.http import Http, Limits
from digital_footprint.verdicts import Reason, Unanswered
from tests.wire import Wire, gzip_bomb, response

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


# Not ru_maxrss: at a fork it begins with the parent's.
PEAK = """
import re, sys
from pathlib import Path
from digital_footprint.http import Http, Limits
from digital_footprint.verdicts import Unanswered
with Http(sys.argv[1], limits=Limits(attempts=1)) as http:
    try:
        http.get("/breachedaccount/jane%40example.com")
    except Unanswered as unanswered:
        status = Path("/proc/self/status").read_text("utf-8")
        print(unanswered.verdict.reason, int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read in /proc")
@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_not_unpacked_beyond_the_limit(wire: Wire, layers: int) -> None:
    wire.accounts["jane@example.com"] = gzip_bomb(300 * 1024 * 1024, layers)

    done = subprocess.run(
        [sys.executable, "-c", PEAK, wire.base_url],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    reason, peak = done.stdout.split()
    assert "too_large" == reason
    assert int(peak) < 120, "MiB; the bomb is 300"


def fade(*, head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Begin with `head` and then send `drop` again and again, until the client leaves."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            connection.sendall(drop)

    return send


EMPTY_GZIP_BLOCKS = (
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"  # a head; stored blocks of nothing follow
)
OK_GZIP = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + EMPTY_GZIP_BLOCKS


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (fade(head=b"HTTP/1.1 200 OK\r\n", drop=b"HTTP/1.1 103 Early Hints\r\n\r\n"), None),
        (fade(head=b"", drop=b"HTTP/1.1 103 Early Hints\r\n\r\n"), Reason.TIMEOUT),
        (fade(head=OK_GZIP, drop=b"\x00\x00\x00\xff\xff" * 10_000), Reason.TOO_LARGE),
    ],
    ids=["broken head", "early hints without end", "compressed nothing without end"],
)
def test_no_endless_answer_holds_a_run(
    wire: Wire, reply: Callable[[socket.socket], None], reason: Reason | None
) -> None:
    wire.accounts["jane@example.com"] = reply

    begin = time.monotonic()
    found = reason_of(wire, read=5, total=1)

    assert time.monotonic() - begin < 15
    assert found is reason or reason is None


def test_a_head_that_comes_byte_by_byte_does_not_outwit_the_deadline(wire: Wire) -> None:
    """Every silence is shorter than the read timeout; the whole never ends."""
    tick = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        for _ in range(200):
            connection.sendall(b"y")
            tick.wait(0.05)

    wire.accounts["jane@example.com"] = drip

    begin = time.monotonic()
    assert Reason.TIMEOUT is reason_of(wire, read=5, total=0.5)
    assert time.monotonic() - begin < 8


def test_no_cookie_ties_one_request_to_the_next(wire: Wire) -> None:
    wire.accounts["jane@example.com"] = response("200 OK", b"[]", "set-cookie: track=1")
    with Http(wire.base_url) as http:
        http.get(ASK)
        http.get(ASK)

    assert not any("cookie" in head.lower() for head in wire.heads)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("999999999", 86400),
        ("99999999999999", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
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


@pytest.mark.parametrize(("seconds", "asked"), [(2, 3), (120, 3), (130, 1), (1834, 1)])
def test_a_wait_of_up_to_two_minutes_is_kept_and_a_longer_one_ends_it(
    wire: Wire, seconds: int, asked: int
) -> None:
    """The test's stamina waits for nothing; what it was told to wait is what counts."""
    wire.accounts["jane@example.com"] = response(
        "429 Too Many Requests", b"", f"retry-after: {seconds}"
    )
    waits: list[float] = []
    limits = Limits(attempts=3)
    with (
        Http(wire.base_url, limits=limits, on_wait=lambda wait, _: waits.append(wait)) as http,
        pytest.raises(Unanswered),
    ):
        http.get(ASK)

    assert asked == len(wire.requests)
    assert all(seconds - 5 <= wait <= seconds for wait in waits)
    assert (asked > 1) == bool(waits)


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
