"""How far a long run is: a line a minute where nobody draws a bar."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.journal import JournalProgress
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck
from tests.conftest import CommandLine, HandClock, add
from tests.wire import EMPTY_404, Gate, Wire, json_response, response


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def progress(hand_clock: HandClock, said: list[str]) -> JournalProgress:
    return JournalProgress(hand_clock.clock(), said.append)


def test_a_run_shorter_than_a_minute_says_nothing(
    progress: JournalProgress, hand_clock: HandClock, said: list[str]
) -> None:
    progress.start("breach_recheck", 3)
    for _ in range(3):
        hand_clock.moment += timedelta(seconds=19)
        progress.wait(0.5, "the service's limit of requests")
        progress.step("hibp_breaches")

    assert [] == said


def test_it_says_one_line_a_minute(
    progress: JournalProgress, hand_clock: HandClock, said: list[str]
) -> None:
    progress.start("breach_recheck", 200)
    for _ in range(200):
        hand_clock.moment += timedelta(seconds=2)
        progress.step("hibp_breaches")

    assert [
        f"breach_recheck: {30 * minute} of 200 checks, hibp_breaches" for minute in range(1, 7)
    ] == said


def test_a_wait_that_would_swallow_a_line_is_announced(
    progress: JournalProgress, hand_clock: HandClock, said: list[str]
) -> None:
    progress.start("dark_web_monitor", 9)
    hand_clock.moment += timedelta(seconds=50)
    progress.step("ahmia")
    progress.wait(9, "the service's limit of requests")
    progress.wait(12, "the service's limit of requests")
    hand_clock.moment += timedelta(seconds=12)
    progress.step("ahmia")

    assert [
        "dark_web_monitor: 1 of 9 checks, ahmia; waiting 12 s: the service's limit of requests"
    ] == said


def test_each_job_of_a_round_begins_anew(
    progress: JournalProgress, hand_clock: HandClock, said: list[str]
) -> None:
    for job in ("breach_recheck", "dark_web_monitor"):
        progress.start(job, 1)
        hand_clock.moment += timedelta(seconds=61)
        progress.step("hibp_pastes")

    assert [
        "breach_recheck: 1 of 1 checks, hibp_pastes",
        "dark_web_monitor: 1 of 1 checks, hibp_pastes",
    ] == said


def test_a_run_held_up_by_the_limit_says_so(
    db: Database,
    config: Config,
    wire: Wire,
    progress: JournalProgress,
    hand_clock: HandClock,
    said: list[str],
) -> None:
    wire.status = json_response({"Rpm": 4, "IncludesKAnon": False})
    add(db, "Jane Doe", *(f"jane{n}@example.com" for n in range(8)))

    job_breach_recheck(db, config, Options(clock=hand_clock.clock(), progress=progress))

    waiting = "hibp_breaches; waiting 61 s: the service's limit of requests"
    assert [f"breach_recheck: {done} of 8 checks, {waiting}" for done in (1, 5)] == said


def drawn_by(run: CommandLine, *argv: str) -> str:
    """What the command draws on standard error when that is a terminal."""
    terminal, theirs = pty.openpty()
    program = Path(sys.executable).with_name(argv[0])
    environment = {**run.environment(), "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [program, *argv[1:]], env=environment, stderr=theirs, stdout=subprocess.DEVNULL
    )
    os.close(theirs)
    drawn = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
        while received := os.read(terminal, 65536):
            drawn += received
    os.close(terminal)
    assert 0 == process.wait(60)
    return drawn.decode()


def test_a_terminal_gets_a_bar_and_the_reason_of_a_wait(
    run: CommandLine, db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com")
    busy = response("429 Too Many Requests", b"", "retry-after: 3")
    wire.accounts["jane@example.com"] = [busy, EMPTY_404]

    drawn = drawn_by(run, "footprint-job", "run", "breach_recheck")

    assert re.search(r"breach_recheck, waiting [23] s: the service asks for it", drawn)
    assert "hibp_breaches" in drawn
    assert "1/1" in drawn
    assert "" == drawn_by(run, "footprint-job", "run", "breach_recheck", "--json")


def test_a_short_run_of_the_command_says_nothing_of_its_progress(
    run: CommandLine, db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com")

    ended = run("footprint-job", "run", "breach_recheck")

    assert (0, "") == (ended.code, ended.err)


NOT_INFECTED = json_response(
    {
        "message": "This email address is not associated with a computer infected by an "
        "info-stealer.",
        "stealers": [],
        "total_corporate_services": 0,
        "total_user_services": 0,
    }
)


def test_ctrl_c_ends_the_dark_web_monitor_cleanly_and_the_next_run_goes_on(
    run: CommandLine, db: Database, config: Config, wire: Wire, home: Path
) -> None:
    add(db, "Jane Doe", "jane@example.com", "j.doe@work.example")
    config.paths.config_file.write_text(
        f'[sources.hudsonrock]\nenabled = true\nbase_url = "{wire.base_url}"\n'
        "[sources.hibp_pastes]\nenabled = false\n",
        encoding="utf-8",
    )
    held = Gate(NOT_INFECTED)
    # Canary and first address are answered; the second address is not.
    wire.accounts["/search-by-email"] = [NOT_INFECTED, NOT_INFECTED, held, NOT_INFECTED]
    first = run.start("footprint-job", "run", "dark_web_monitor")
    assert held.reached.wait(30)

    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    second = run("footprint-job", "run", "dark_web_monitor", "--json")

    assert (-signal.SIGINT, "") == (first.returncode, err)
    assert "dark_web_monitor: interrupted" in out
    assert "goes on from there: footprint-job run dark_web_monitor" in out
    newest, oldest = run("footprint-job", "history", "--json").json
    assert ("success", "interrupted") == (newest["status"], oldest["status"])
    assert {"interrupted": 1} == oldest["details"]["sources"]["hudsonrock"]["reasons"]
    details = second.json["details"]
    assert (2, 1, 1, 2) == tuple(
        details[key] for key in ("planned", "carried", "checks", "identifiers_checked")
    )
    assert 1 == sum("jane%40example.com" in line for line in wire.requests), "asked once"
