"""A run as a process: one at a time, killed, told to stop, taken up again."""

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import people
from digital_footprint.config import DEFAULT_INTERVAL_DAYS, Config
from digital_footprint.database import Database
from digital_footprint.errors import TemporaryError
from digital_footprint.model import IdentifierKind, JobResult, Person
from digital_footprint.scheduler import runner
from digital_footprint.scheduler.attempt import Options, Outcome, attempt
from digital_footprint.scheduler.due import SUMMARIES
from digital_footprint.scheduler.jobs import JOBS, job_breach_recheck
from digital_footprint.settings import JobsSettings
from tests.conftest import CommandLine, HandClock, add
from tests.wire import EMPTY_404, Gate, Wire, names, response

RUN = ("footprint-job", "run", "breach_recheck")


def rows(home: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(home / "footprint.db") as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM scheduled_runs ORDER BY id").fetchall()
    connection.close()
    return [dict(row) for row in found]


def statuses(home: Path) -> list[str]:
    return [row["status"] for row in rows(home)]


@pytest.fixture
def household(db: Database, config: Config, wire: Wire) -> None:
    """Two people; the wire answers about the first and holds back the second."""
    add(db, "Jane Doe", "jane@example.com")
    add(db, "John Doe", "john@example.com")
    wire.accounts["jane@example.com"] = names("Adobe")
    wire.accounts["john@example.com"] = Gate(EMPTY_404)


def held(wire: Wire) -> Gate:
    gate = wire.accounts["john@example.com"]
    assert isinstance(gate, Gate)
    assert gate.reached.wait(30)
    return gate


@pytest.mark.usefixtures("household")
def test_of_two_runs_at_once_one_works_and_the_other_leaves_no_row(
    run: CommandLine, wire: Wire, home: Path
) -> None:
    first = run.start(*RUN)
    gate = held(wire)

    second = run(*RUN, "--json")
    gate.open.set()
    first.communicate(timeout=60)

    assert 75 == second.code
    assert "temporary" == second.json["error"]["kind"]
    assert 0 == first.returncode
    assert ["success"] == statuses(home)


@pytest.mark.usefixtures("household")
def test_after_a_kill_the_next_run_says_so_and_asks_nobody_twice(
    run: CommandLine, wire: Wire, home: Path
) -> None:
    first = run.start(*RUN)
    held(wire)
    first.kill()
    first.communicate(timeout=60)
    assert ["running"] == statuses(home)
    assert {"found": 1} == {
        key: value for key, value in json.loads(rows(home)[0]["details"]).items() if key == "found"
    }, "the counts of what was answered stand"
    wire.accounts["john@example.com"] = EMPTY_404

    second = run(*RUN, "--json")

    assert ["interrupted", "success"] == statuses(home)
    assert rows(home)[0]["completed_at"] is None, "nobody knows when it ended"
    assert ["jane@example.com", "john@example.com", "john@example.com"] == wire.asked
    details = second.json["details"]
    assert (1, 1, 1) == (details["carried"], details["clean"], details["checks"])


@pytest.mark.usefixtures("household")
def test_full_takes_nothing_over(run: CommandLine, wire: Wire) -> None:
    first = run.start(*RUN)
    held(wire)
    first.kill()
    first.communicate(timeout=60)
    wire.accounts["john@example.com"] = EMPTY_404

    second = run(*RUN, "--full", "--json")

    assert 0 == second.json["details"]["carried"]
    assert 2 == wire.asked.count("jane@example.com")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.usefixtures("household")
def test_a_signal_ends_the_row_and_then_the_process(
    run: CommandLine, wire: Wire, home: Path, db: Database, number: signal.Signals
) -> None:
    process = run.start(*RUN)
    held(wire)

    process.send_signal(number)
    process.communicate(timeout=60)

    assert -number == process.returncode
    (row,) = rows(home)
    assert ("interrupted", number.name) == (row["status"], row["error"])
    assert row["completed_at"] is not None
    reasons = json.loads(row["details"])["sources"]["hibp_breaches"]["reasons"]
    assert {"interrupted": 1} == reasons
    observed = db.query("SELECT verdict, reason FROM observations ORDER BY id")
    assert [("found", None), ("inconclusive", "interrupted")] == [
        tuple(row.values()) for row in observed
    ]


@pytest.mark.usefixtures("household")
@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("SERVICE_RESULT", "breach_recheck"),
        ("MONITOR_SERVICE_RESULT", "footprint-breach_recheck.service"),
    ],
    ids=["the job's own unit", "the handler of its failures"],
)
def test_reap_marks_a_dead_row_with_what_systemd_says_of_it(
    run: CommandLine, wire: Wire, home: Path, told: str, name: str
) -> None:
    process = run.start(*RUN)
    held(wire)
    assert 75 == run("footprint-job", "reap", name).code, "it still runs"
    process.kill()
    process.communicate(timeout=60)
    run.environ[told] = "oom-kill"

    assert {"job_name": "breach_recheck", "interrupted": 1} == run(
        "footprint-job", "reap", name, "--json"
    ).json
    (row,) = rows(home)
    assert ("interrupted", "killed: oom-kill") == (row["status"], row["error"])
    assert 0 == run("footprint-job", "reap", name, "--json").json["interrupted"]


def test_what_leaves_no_row_has_none_to_end(run: CommandLine) -> None:
    ended = run("footprint-job", "reap", "footprint-alerts.service", "--json")

    assert {"job_name": "alerts", "interrupted": 0} == ended.json


def test_the_deadline_ends_the_row_and_is_temporary(db: Database, config: Config) -> None:
    def for_ever(_run_id: int) -> Outcome:
        signal.pause()
        raise AssertionError

    result = attempt(db, config.paths, "breach_recheck", for_ever, seconds=0.05, options=Options())

    assert ("interrupted", "out of time", 75, None) == (
        result.status,
        result.error,
        result.exit_code,
        result.signal,
    )


def test_an_error_of_ours_ends_the_row_and_keeps_its_words_to_itself(
    db: Database, config: Config
) -> None:
    def broken(_run_id: int) -> Outcome:
        raise KeyError("jane@example.com")

    result = attempt(db, config.paths, "breach_recheck", broken, seconds=60, options=Options())

    assert ("failed", 1) == (result.status, result.exit_code)
    assert result.error is not None
    assert result.error.startswith("KeyError in tests/test_runs.py:")
    assert "jane" not in result.error
    assert "jane" not in config.paths.log.read_text(encoding="utf-8")


def interrupted_at(db: Database, started_at: str, *answered: int) -> int:
    run_id = db.insert_scheduled_run("breach_recheck", started_at)
    db.update_scheduled_run(run_id, status="interrupted")
    for identifier_id in answered:
        db.insert(
            "observations",
            {
                "run_id": run_id,
                "identifier_id": identifier_id,
                "source": "hibp_breaches",
                "verdict": "clean",
                "observed_at": started_at,
            },
        )
    return run_id


def carried(db: Database, config: Config, clock: HandClock) -> int:
    result = job_breach_recheck(db, config, Options(clock=clock.clock()))
    count: int = result.details["carried"]
    return count


def test_an_unbroken_chain_of_interrupted_runs_is_taken_up_whole(
    db: Database, config: Config, hand_clock: HandClock
) -> None:
    person = add(db, "Jane Doe", "jane@example.com", "j.doe@work.example")
    first, second = (one.id for one in person.identifiers)
    interrupted_at(db, "2026-11-22T01:00:00Z", first)
    interrupted_at(db, "2026-11-22T02:00:00Z", second)

    assert 2 == carried(db, config, hand_clock)


def test_a_chain_of_the_future_is_not_taken_up(
    db: Database, config: Config, hand_clock: HandClock, jane: Person
) -> None:
    interrupted_at(db, "2036-01-01T00:00:00Z", jane.identifiers[0].id)

    assert 0 == carried(db, config, hand_clock)


def test_a_chain_older_than_a_day_is_not_taken_up(
    db: Database, config: Config, hand_clock: HandClock, jane: Person
) -> None:
    interrupted_at(db, "2026-11-21T03:00:00Z", jane.identifiers[0].id)

    assert 0 == carried(db, config, hand_clock)


@pytest.mark.parametrize("status", ["failed", "partial", "success", "skipped"])
def test_only_an_interrupted_run_is_taken_up(
    db: Database, config: Config, hand_clock: HandClock, jane: Person, status: str
) -> None:
    run_id = interrupted_at(db, "2026-11-22T02:00:00Z", jane.identifiers[0].id)
    db.update_scheduled_run(run_id, status=status)

    assert 0 == carried(db, config, hand_clock)


def done_at(db: Database, started_at: str, status: str = "success", reason: str = "") -> None:
    run_id = db.insert_scheduled_run("breach_recheck", started_at)
    db.update_scheduled_run(run_id, status=status, details={"reason": reason})


@pytest.mark.parametrize(
    ("done", "status", "reason", "overdue"),
    [
        ("2026-11-15T03:46:00Z", "success", "", True),
        ("2026-11-15T03:48:00Z", "success", "", False),
        ("2026-11-15T03:48:00Z", "partial", "", False),
        ("2026-11-21T03:17:00Z", "skipped", "nothing_due", False),
        ("2026-11-21T03:17:00Z", "skipped", "nothing_configured", True),
        ("2026-11-21T03:17:00Z", "failed", "", True),
        ("2026-11-21T03:17:00Z", "interrupted", "", True),
    ],
)
def test_overdue_counts_from_the_last_time_it_was_done(
    db: Database, config: Config, hand_clock: HandClock, done: str, status: str, reason: str,
    *, overdue: bool,
) -> None:  # fmt: skip
    done_at(db, done, status, reason)

    due = runner.get_overdue_jobs(db, config, now=hand_clock.now())

    assert overdue == ("breach_recheck" in due)


def test_what_was_never_done_is_overdue(db: Database) -> None:
    assert list(JOBS) == runner.get_overdue_jobs(db)


def test_every_job_has_a_summary_an_interval_and_a_section() -> None:
    assert list(JOBS) == list(SUMMARIES) == list(DEFAULT_INTERVAL_DAYS)
    assert list(JOBS) == [one.name for one in fields(JobsSettings)]


def test_run_overdue_leaves_a_job_alone_that_ran_lately(run: CommandLine, db: Database) -> None:
    first = run("footprint-job", "run-overdue", "--json")
    second = run("footprint-job", "run-overdue", "--json")

    assert list(JOBS) == [one["job_name"] for one in first.json]
    assert {("skipped", "catchup")} == {(one["status"], one["trigger"]) for one in first.json}
    assert [] == second.json


def test_a_switched_off_job_is_never_overdue(run: CommandLine, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[jobs.breach_recheck]\nenabled = false\n", "utf-8")

    done = run("footprint-job", "run-overdue", "--json").json
    assert "breach_recheck" not in [one["job_name"] for one in done]
    assert 0 == run(*RUN).code, "by hand it still runs"


def test_a_run_with_nobody_registered_says_how_to_begin(run: CommandLine) -> None:
    ended = run(*RUN)

    assert 0 == ended.code
    assert "skipped (no_persons)" in ended.out
    assert "footprint person add" in ended.out


def test_a_run_with_people_but_no_address_says_that_and_what_to_add(
    run: CommandLine, db: Database
) -> None:
    add(db, "Jane Doe")

    for argv in (RUN, ("footprint", "coverage")):
        shown = run(*argv).out
        assert "nobody is registered:" not in shown
        assert "nobody who is registered has an e-mail address" in shown
        assert "footprint identifier add PERSON email ADDRESS" in shown


def test_a_run_without_a_source_says_how_to_configure_one(run: CommandLine, db: Database) -> None:
    add(db, "Jane Doe", "jane@example.com")

    ended = run(*RUN)

    assert 0 == ended.code
    assert "skipped (nothing_configured)" in ended.out
    assert "footprint secret set hibp_api_key" in ended.out


def test_a_source_that_ever_answered_does_not_fall_silent_with_its_key(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    assert 0 == run(*RUN).code
    config.paths.secrets_file.unlink()

    ended = run(*RUN, "--json")

    assert 78 == ended.code
    assert "failed" == ended.json["status"]
    reasons = ended.json["details"]["sources"]["hibp_breaches"]["reasons"]
    assert {"not_configured": 1} == reasons


def test_nothing_is_asked_about_who_has_not_agreed(
    run: CommandLine, db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com", consent=False)

    ended = run(*RUN, "--json")

    details = ended.json["details"]
    assert ("skipped", "nothing_configured") == (ended.json["status"], details["reason"])
    assert {"no_consent": 1} == details["sources"]["hibp_breaches"]["reasons"]
    assert [] == wire.requests, "not even the canary"
    assert "footprint source enable hibp_breaches" in run(*RUN).out


def test_found_is_new_and_known_and_the_first_answer_is_the_baseline(
    db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    def counts() -> tuple[int, int, int, int]:
        details = job_breach_recheck(db, config).details
        return details["found"], details["new"], details["known"], details["baseline"]

    wire.accounts["jane@example.com"] = names("Adobe", "Gawker")
    assert (2, 2, 0, 2) == counts()
    wire.accounts["jane@example.com"] = names("Adobe", "Gawker", "Stratfor")
    assert (3, 1, 2, 0) == counts()
    people.add_identifier(db, jane, IdentifierKind.EMAIL, "new@example.com")
    wire.accounts["new@example.com"] = names("Adobe")
    assert (4, 1, 3, 1) == counts(), "a new address has a baseline of its own"


def test_an_inconclusive_first_check_is_no_baseline(
    db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    wire.accounts["jane@example.com"] = response("200 OK", b"[]")
    job_breach_recheck(db, config)
    wire.accounts["jane@example.com"] = names("Adobe")

    assert 1 == job_breach_recheck(db, config).details["baseline"]


@pytest.mark.parametrize(
    ("environ", "arguments", "expected"),
    [
        ({}, (), "manual"),
        ({}, ("--trigger", "mcp"), "mcp"),
    ],
)
def test_the_row_knows_what_started_it(
    run: CommandLine, environ: dict[str, str], arguments: tuple[str, ...], expected: str
) -> None:
    run.environ.update(environ)

    assert expected == run(*RUN, *arguments, "--json").json["trigger"]


def test_a_shell_below_a_unit_does_not_pass_for_the_unit(run: CommandLine, home: Path) -> None:
    """A terminal started by a user's systemd has the variable; its runs are by hand."""
    run.environ["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef"

    run(*RUN)

    assert (None, "manual") == (rows(home)[0]["invocation_id"], rows(home)[0]["trigger"])


def test_a_run_leaves_one_line_of_json_in_the_log(run: CommandLine, home: Path) -> None:
    run(*RUN)

    (line,) = (home / "scheduler.log").read_text(encoding="utf-8").splitlines()
    assert ("breach_recheck", "skipped", 0) == tuple(
        json.loads(line)[key] for key in ("job_name", "status", "exit_code")
    )
    assert [json.loads(line)] == run("footprint-job", "logs", "breach_recheck", "--json").json


def test_the_log_is_rotated_and_still_read(run: CommandLine, home: Path) -> None:
    run(*RUN)
    log = home / "scheduler.log"
    with log.open("a", encoding="utf-8") as file:
        file.write("x" * 1024 * 1024 + "\n")

    run(*RUN)

    assert (home / "scheduler.log.1").exists()
    assert 2 == len(run("footprint-job", "logs", "breach_recheck", "--json").json)


def test_a_job_that_is_locked_is_passed_over(db: Database, config: Config) -> None:
    from digital_footprint.scheduler.locks import job_lock

    with job_lock(config.paths.locks, "breach_recheck"):
        done = [result.job_name for result in runner.run_scheduled_jobs(db, config)]
        assert [name for name in JOBS if name != "breach_recheck"] == done
        with pytest.raises(TemporaryError):
            job_breach_recheck(db, config)


def test_show_and_history_tell_the_same_of_a_run(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    result: JobResult = job_breach_recheck(db, config)

    shown = run("footprint-job", "show", str(result.run_id), "--json").json
    (listed,) = run("footprint-job", "history", "--json").json

    (check,) = shown.pop("checks")
    assert shown == listed
    assert ("jane@example.com", "clean") == (check["identifier"], check["verdict"])


def test_the_deadline_lies_a_minute_before_the_units_own(config: Config) -> None:
    from digital_footprint.scheduler.jobs import seconds_for

    assert 59 * 60 == seconds_for(config, "breach_recheck")


STORM = """
import os, signal, sys
from pathlib import Path
from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.scheduler import attempt as module
from digital_footprint.scheduler.interruptions import die_by

home, where = Path(sys.argv[1]), sys.argv[2]

def at(name, function):
    def wrapped(*args, **kwargs):
        if name == where:
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGHUP)
        return function(*args, **kwargs)
    return wrapped

for name in ("end_dead_rows", "_begin", "_outcome_of", "_broken_off", "_finish", "_log"):
    setattr(module, name, at(name, getattr(module, name)))

def work(run_id):
    raise ValueError

with Database.open(home / "footprint.db") as db:
    result = module.attempt(
        db, Paths(home, home, home), "breach_recheck", work, seconds=60, options=module.Options()
    )
die_by(result.signal)
"""


@pytest.mark.parametrize(
    "where", ["end_dead_rows", "_begin", "_outcome_of", "_broken_off", "_finish", "_log"]
)
def test_wherever_a_signal_comes_the_row_is_ended_and_the_process_dies_of_it(
    home: Path, where: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STORM, home, where], check=False, capture_output=True
    )

    assert -signal.SIGTERM == done.returncode, done.stderr
    (status,) = statuses(home)
    assert status == ("failed" if where in ("_broken_off", "_finish", "_log") else "interrupted")


def test_a_log_that_cannot_be_written_is_said_and_changes_nothing(
    run: CommandLine, home: Path
) -> None:
    (home / "scheduler.log").mkdir(parents=True)

    ended = run(*RUN, "--json")

    assert (0, "skipped") == (ended.code, ended.json["status"])
    assert "scheduler.log" in ended.err


def test_run_overdue_with_a_broken_configuration_stands_in_the_history(
    run: CommandLine, home: Path
) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[jobs", "utf-8")

    assert 78 == run("footprint-job", "run-overdue").code
    assert 78 == run("footprint-job", "run-overdue").code

    assert list(JOBS) == [row["job_name"] for row in rows(home)]
    for row in rows(home):
        assert "failed" == row["status"]
        assert 0 == json.loads(row["details"])["planned"], "its details have their keys"


def test_run_overdue_says_what_it_leaves_alone_and_why(run: CommandLine, db: Database) -> None:
    run("footprint-job", "run-overdue")

    ended = run("footprint-job", "run-overdue")

    assert "breach_recheck is left alone: it is due, and ran less than six hours ago" in ended.err


@pytest.mark.usefixtures("household")
def test_a_killed_run_does_not_read_as_complete(run: CommandLine, wire: Wire) -> None:
    process = run.start(*RUN)
    held(wire)
    process.kill()
    process.communicate(timeout=60)

    assert "1 of 2" in run("footprint-job", "history").out


def test_a_row_of_the_future_was_written_by_a_wrong_clock(
    db: Database, config: Config, hand_clock: HandClock
) -> None:
    done_at(db, "2027-11-22T03:17:00Z")

    assert "breach_recheck" in runner.get_overdue_jobs(db, config, now=hand_clock.now())


@pytest.mark.parametrize(
    ("done", "late"), [("2026-11-14T10:28:00Z", True), ("2026-11-14T10:29:00Z", False)]
)
def test_late_is_a_tenth_of_the_interval_after_its_end(
    db: Database, config: Config, hand_clock: HandClock, done: str, *, late: bool
) -> None:
    done_at(db, done)

    jobs = runner.get_schedule_status(db, config, now=hand_clock.now())["jobs"]

    assert [late] == [job["late"] for job in jobs if job["name"] == "breach_recheck"]


def test_an_odd_byte_in_the_log_is_no_reason_to_fall_over(run: CommandLine, home: Path) -> None:
    run(*RUN)
    with (home / "scheduler.log").open("ab") as file:
        file.write(b"\xff\xfe{\n")

    assert 1 == len(run("footprint-job", "logs", "breach_recheck", "--json").json)


@pytest.mark.parametrize("obstacle", ["a lock that is held", "a pipe that nobody reads"])
def test_a_blocked_log_holds_no_run(run: CommandLine, home: Path, obstacle: str) -> None:
    (home / "locks").mkdir(parents=True)
    with (home / "locks" / "scheduler.log.lock").open("wb") as lock:
        if obstacle == "a lock that is held":
            fcntl.flock(lock, fcntl.LOCK_EX)
        else:
            os.mkfifo(home / "scheduler.log")

        ended = run(*RUN, "--json")

    assert (0, "skipped") == (ended.code, ended.json["status"])
    assert "scheduler.log" in ended.err


@pytest.mark.usefixtures("household")
def test_a_stop_while_the_database_is_held_ends_by_its_signal(
    run: CommandLine, wire: Wire, home: Path
) -> None:
    process = run.start(*RUN)
    gate = held(wire)
    with closing(sqlite3.connect(home / "footprint.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        process.send_signal(signal.SIGTERM)
        _, complaint = process.communicate(timeout=60)
    gate.open.set()

    assert -signal.SIGTERM == process.returncode, complaint
    assert "in use by another process" in complaint
    assert ["running"] == statuses(home), "the next run will find it"
