"""A service that waits for every run is told when one begins and how it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from digital_footprint.alerts import ping
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.model import JobResult, Person
from digital_footprint.scheduler import jobs
from digital_footprint.scheduler.attempt import Options
from tests.conftest import CommandLine, HandClock
from tests.wire import EMPTY_404, Loopback, Reply, Wire, response

OK = response("200 OK", b"OK", media_type="text/plain")


@pytest.fixture
def service() -> Iterator[Loopback]:
    loopback = Loopback(lambda _path: OK)
    yield loopback
    loopback.close()


@pytest.fixture
def pinged(config: Config, service: Loopback, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A home whose runs are pinged to the service, one check for each job."""
    address = f"{service.base_url}/ping/KEY/footprint-{{job}}?create=1"
    monkeypatch.setenv("FOOTPRINT_ALERT_WATCHDOG", address)
    with config.paths.config_file.open("a", encoding="utf-8") as file:
        file.write('\n[alerts.channels.watchdog]\nkind = "ping"\n')
    return load_config(config.paths)


def run(db: Database, config: Config, clock: HandClock) -> JobResult:
    return jobs.job_breach_recheck(db, config, Options(clock=clock.clock()))


def test_a_run_is_told_at_its_beginning_and_at_its_end(
    db: Database, pinged: Config, service: Loopback, wire: Wire, jane: Person, hand_clock: HandClock
) -> None:
    result = run(db, pinged, hand_clock)

    assert "" == result.warning
    first, last = service.paths
    start = re.fullmatch(r"/ping/KEY/footprint-breach-recheck/start\?create=1&rid=(\S+)", first)
    assert start, first
    assert f"/ping/KEY/footprint-breach-recheck?create=1&rid={start[1]}" == last
    assert "jane" not in "".join(service.heads)


@pytest.mark.parametrize(
    ("reply", "ending"),
    [(response("401 Unauthorized"), "/fail"), (response("503 Busy"), "/log")],
    ids=["what will not mend itself", "what is tried again"],
)
def test_a_failed_run_is_a_failure_unless_it_is_tried_again(
    db: Database,
    pinged: Config,
    service: Loopback,
    wire: Wire,
    jane: Person,
    hand_clock: HandClock,
    reply: Reply,
    ending: str,
) -> None:
    wire.status = reply
    run(db, pinged, hand_clock)

    assert service.paths[-1].partition("?")[0].endswith(ending)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (("success", {}, 0), ping.SUCCESS),
        (("partial", {}, 0), ping.SUCCESS),
        (("skipped", {"reason": "nothing_due"}, 0), ping.SUCCESS),
        (("skipped", {"reason": "no_persons"}, 0), ping.LOG),
        (("skipped", {"reason": "nothing_configured"}, 0), ping.LOG),
        (("failed", {}, 1), ping.FAIL),
        (("failed", {}, 78), ping.FAIL),
        (("failed", {}, 75), ping.LOG),
        (("interrupted", {}, 75), ping.FAIL),
    ],
)
def test_every_end_has_its_signal(
    result: tuple[str, dict[str, object], int], expected: str
) -> None:
    status, details, exit_code = result
    ended = JobResult("x", "", "", status, details, exit_code=exit_code)
    assert expected == ping.signal_of(ended)


def test_whoever_only_finds_the_lock_held_tells_nothing(
    db: Database, pinged: Config, service: Loopback, paths: Paths, hand_clock: HandClock
) -> None:
    from digital_footprint.errors import TemporaryError
    from digital_footprint.scheduler.locks import job_lock

    with job_lock(paths.locks, "breach_recheck"), pytest.raises(TemporaryError):
        run(db, pinged, hand_clock)

    assert [] == service.paths


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (EMPTY_404, "answered 404, which knows no such check"),
        (response("500 Oops"), "server_error: status 500"),
        (response("302 Found", b"", "location: https://example.com/"), "302"),
    ],
)
def test_a_ping_that_does_not_arrive_is_said_and_changes_no_run(
    db: Database,
    pinged: Config,
    service: Loopback,
    wire: Wire,
    jane: Person,
    hand_clock: HandClock,
    reply: Reply,
    said: str,
) -> None:
    service.route = lambda _path: reply
    result = run(db, pinged, hand_clock)

    assert ("success", 0) == (result.status, result.exit_code)
    assert said in result.warning
    (row,) = db.query("SELECT * FROM messages")
    assert ("watchdog", "dropped") == (row["channel"], row["state"])
    assert said in row["error"]


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example.com", "\u0378.example.com"])
def test_a_host_that_no_name_can_be_is_said_once_and_changes_no_run(
    db: Database,
    pinged: Config,
    wire: Wire,
    jane: Person,
    hand_clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
) -> None:
    monkeypatch.setenv("FOOTPRINT_ALERT_WATCHDOG", f"https://{host}/KEY")

    result = run(db, pinged, hand_clock)

    assert ("success", 0) == (result.status, result.exit_code)
    assert 1 == result.warning.count("the ping of watchdog did not arrive")
    assert "KEY" not in result.warning


def test_the_report_has_no_network_and_pings_nobody(
    db: Database, pinged: Config, service: Loopback, jane: Person, hand_clock: HandClock
) -> None:
    result = jobs.job_generate_report(db, pinged, Options(clock=hand_clock.clock()))

    assert ("success", "") == (result.status, result.warning)
    assert [] == service.paths
    assert [] == db.query("SELECT * FROM messages")


def test_what_left_is_on_the_ledger(
    db: Database, pinged: Config, service: Loopback, hand_clock: HandClock
) -> None:
    run(db, pinged, hand_clock)

    rows = db.query("SELECT * FROM disclosures WHERE source = 'channel:watchdog'")
    assert len(service.paths) == len(rows) == 2
    (recipient,) = {row["recipient"] for row in rows}
    assert service.base_url.removeprefix("http://") == recipient
    assert {None} == {row["person_id"] for row in rows}


@pytest.mark.parametrize(
    "address", ["http://example.com/x", "ftp://example.com/", "https://", "x", "https://[::"]
)
def test_an_address_that_nothing_can_be_sent_to_is_refused_without_being_told(
    address: str,
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        ping.split(address, "watchdog")
    assert "footprint secret set alert_watchdog" in refused.value.hint
    assert address not in refused.value.message.split()


def test_a_killed_run_is_told_by_the_silence_after_its_beginning(
    pinged: Config, service: Loopback, wire: Wire, jane: Person, run: CommandLine
) -> None:
    """kill -9 in the middle: the service has the start, and no end."""
    started: list[subprocess.Popen[bytes]] = []
    wire.anybody = lambda _connection: started[0].kill()
    address = os.environ["FOOTPRINT_ALERT_WATCHDOG"]
    started.append(
        subprocess.Popen(
            [Path(sys.executable).with_name("footprint-job"), "run", "breach_recheck"],
            env={**run.environment(), "FOOTPRINT_ALERT_WATCHDOG": address},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )

    assert -signal.SIGKILL == started[0].wait(60)
    assert ["/start"] == [path.partition("?")[0][-6:] for path in service.paths]
