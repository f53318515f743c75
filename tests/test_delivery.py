"""A message reaches its channel once: over refusals, crashes, quiet hours and a second sender."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import secrets
from digital_footprint.alerts import delivery, messages
from digital_footprint.clock import Clock
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.model import JobResult, Person
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import job_breach_recheck
from tests.conftest import CommandLine, HandClock, add
from tests.receiver import MailServer, Receiver
from tests.wire import Gate, Wire, names

DAY = timedelta(days=1)
Started = subprocess.Popen[str]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture
def told(config: Config, receiver: Receiver, paths: Paths) -> Config:
    """A home with one channel, the receiver."""
    with paths.config_file.open("a", encoding="utf-8") as file:
        file.write('[alerts.channels.phone]\nkind = "apprise"\n')
        # As the days go by, nobody is to be told that the other jobs are late.
        file.write("[jobs]\nverify_removals.enabled = false\ndark_web_monitor.enabled = false\n")
        file.write("generate_report.enabled = false\n")
    secrets.set_secret(paths, "alert_phone", receiver.url)
    return load_config(paths)


Recheck = Callable[[], JobResult]


@pytest.fixture
def recheck(db: Database, told: Config, hand_clock: HandClock) -> Recheck:
    """Run the job by the clock of the test, a day after the one before."""

    def run() -> JobResult:
        hand_clock.moment += DAY
        return job_breach_recheck(db, told, Options(clock=hand_clock.clock()))

    return run


def states(db: Database) -> list[str]:
    return [row["state"] for row in db.query("SELECT state FROM messages ORDER BY id")]


def test_a_new_channel_is_told_what_is_open_and_then_what_is_new(
    db: Database, recheck: Recheck, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    recheck()
    assert [
        "1 open of 1 finding.\nFrom now on this channel is told what changes.\nSee: footprint findings"
    ] == receiver.texts
    recheck()
    assert 1 == len(receiver.messages), "nothing was new"

    wire.accounts["jane@example.com"] = names("Adobe", "Dropbox")
    assert "" == recheck().warning

    assert "1 new finding. 2 open of 2.\nSee: footprint findings" == receiver.texts[-1]
    assert ["sent", "sent"] == states(db)


def test_a_channel_that_is_down_for_three_runs_gets_one_message_for_each_when_it_is_back(
    db: Database, recheck: Recheck, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    recheck()
    receiver.status = 503
    seen = []
    for breach in ("Adobe", "Dropbox", "Canva"):
        seen.append(breach)
        wire.accounts["jane@example.com"] = names(*seen)
        result = recheck()
        assert ("success", 0) == (result.status, result.exit_code), "the run itself is done"
        assert "the channel phone did not take a message: refused with HTTP status 503" in (
            result.warning
        )
    receiver.status = 200

    assert "" == recheck().warning

    told = [text for text in receiver.texts[1:] if "new finding" in text]
    assert 3 == len(told) == len(receiver.texts[1:]), "one message for each run, and no other"
    assert ["sent"] * 4 == states(db)
    assert 3 == db.first("SELECT count(*) AS n FROM outbox WHERE event = 'new'")["n"]  # type: ignore[index]


def test_a_message_that_is_refused_again_and_again_does_not_keep_the_others_back(
    db: Database, recheck: Recheck, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    recheck()
    receiver.status = 400
    wire.accounts["jane@example.com"] = names("Adobe")
    recheck()
    recheck()
    receiver.first = lambda message: setattr(
        receiver, "status", 200 if "2 new" in message["message"] else 400
    )
    wire.accounts["jane@example.com"] = names("Adobe", "Dropbox", "Canva")

    recheck()

    assert ["sent", "pending", "sent"] == states(db), "it was the younger one's turn first"


def test_a_channel_that_does_not_answer_costs_the_run_nothing_but_time(
    db: Database, told: Config, recheck: Recheck, paths: Paths, wire: Wire, jane: Person
) -> None:
    secrets.set_secret(paths, "alert_phone", "json://127.0.0.1:1/hook")

    result = recheck()

    assert ("success", 0) == (result.status, result.exit_code)
    assert "ConnectionRefusedError" in result.warning
    assert "127.0.0.1" not in result.warning
    assert ["pending"] == states(db)


def test_an_address_that_is_gone_is_told_with_the_command_that_mends_it(
    db: Database, recheck: Recheck, paths: Paths, jane: Person
) -> None:
    secrets.drop_secret(paths, "alert_phone")

    result = recheck()

    assert 0 == result.exit_code
    assert "the channel phone has no address (footprint secret set alert_phone)" in result.warning


def test_what_was_taken_without_an_answer_is_sent_once_more_and_then_given_up(
    db: Database, recheck: Recheck, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    """The service reads the message and hangs up: nobody can know whether it was passed on."""
    recheck()
    wire.accounts["jane@example.com"] = names("Adobe")
    receiver.hangs_up = True

    first, second, third = recheck(), recheck(), recheck()

    assert "may or may not have passed a message on" in first.warning
    assert "may or may not have passed a message on" in second.warning
    assert "" == third.warning, "it was said; `alert list` goes on saying it"
    assert 2 == len(receiver.texts[1:])
    assert "This may have reached you before" not in receiver.texts[1]
    assert "This may have reached you before" in receiver.texts[2]
    assert ["sent", "uncertain"] == states(db)


def ended(process: Started) -> tuple[int, str]:
    """How a process ended, and what it said on stderr."""
    _, err = process.communicate(timeout=60)
    return process.returncode, err


RECHECK = ("footprint-job", "run", "breach_recheck")


def killed_by(receiver: Receiver, run: CommandLine, *argv: str) -> None:
    """Run a command; the receiver kills it when it has the message, and never answers."""
    began, dead = threading.Event(), threading.Event()

    def kill(_message: dict[str, Any]) -> None:
        began.wait(60)
        process.kill()
        dead.wait(60)

    receiver.first = kill
    process = run.start(*(argv or RECHECK))
    began.set()
    assert -signal.SIGKILL == ended(process)[0]
    receiver.first = lambda _message: None
    dead.set()


def test_a_crash_between_send_and_mark_is_told_once_more_at_most(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    run("footprint-job", "run", "breach_recheck")
    wire.accounts["jane@example.com"] = names("Adobe")
    killed_by(receiver, run)
    assert ["sent", "sending"] == states(db)

    for _ in range(2):
        third = run("footprint-job", "run", "breach_recheck")

    assert (0, "") == (third.code, third.err)
    assert ["sent", "sent"] == states(db)
    first, second = receiver.texts[1:]
    assert "1 new finding. 1 open of 1.\nSee: footprint findings" == first
    assert (
        first + ("\nThis may have reached you before: nobody knows how sending it ended.") == second
    )


def test_a_message_cut_off_twice_is_given_up_and_said_aloud(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    run("footprint-job", "run", "breach_recheck")
    wire.accounts["jane@example.com"] = names("Adobe")
    killed_by(receiver, run)
    killed_by(receiver, run)

    third = run("footprint-job", "run", "breach_recheck")

    assert ["sent", "uncertain"] == states(db)
    assert "was cut off twice, and may never have arrived" in third.err
    assert 0 == third.code
    listed = run("footprint", "alert", "list")
    assert "phone: 1 message(s) may NEVER HAVE ARRIVED" in listed.out
    assert 1 == run("footprint", "alert", "list", "--json").json[0]["given_up"]
    run("footprint-job", "run", "breach_recheck")
    assert 3 == len(receiver.messages), "what is open, and twice what is new"


def holds_open(process: Started, name: str) -> bool:
    """Say whether a process has a file open."""
    for link in Path(f"/proc/{process.pid}/fd").glob("*"):
        try:
            if link.readlink().name == name:
                return True
        except OSError:
            continue  # it has just been closed
    return False


def test_two_senders_at_once_send_it_once(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    run("footprint-job", "run", "breach_recheck")
    wire.accounts["jane@example.com"] = names("Adobe")
    arrived, go_on = threading.Event(), threading.Event()

    def wait(_message: dict[str, Any]) -> None:
        arrived.set()
        go_on.wait(60)

    receiver.first = wait
    one = run.start("footprint-job", "run", "breach_recheck")
    assert arrived.wait(60)
    other = run.start("footprint", "alert", "deliver")
    end = time.monotonic() + 60
    while not holds_open(other, "alerts.lock"):
        assert time.monotonic() < end
        assert other.poll() is None
    go_on.set()

    assert [(0, ""), (0, "")] == [ended(one), ended(other)]
    assert 2 == len(receiver.messages)
    assert ["sent", "sent"] == states(db)


def test_a_run_broken_off_by_a_signal_sends_nothing_and_the_next_one_does(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    run("footprint-job", "run", "breach_recheck")
    add(db, "John Doe", "john@example.com")
    gate = Gate(names("Adobe"))
    wire.accounts = {"jane@example.com": gate, "john@example.com": names("Canva")}
    process = run.start("footprint-job", "run", "breach_recheck")
    assert gate.reached.wait(60)
    process.terminate()
    assert -signal.SIGTERM == ended(process)[0]
    gate.open.set()
    assert 1 == len(receiver.messages)
    wire.accounts["jane@example.com"] = names("Adobe")

    run("footprint-job", "run", "breach_recheck")

    by_run = [text.partition(".")[0] for text in receiver.texts[1:]]
    assert ["1 finding in a first answer", "1 new finding"] == by_run
    assert ["sent"] * 3 == states(db)


def test_what_a_run_under_way_has_found_waits_for_its_end(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    """Else a run would be told in two messages."""
    run("footprint-job", "run", "breach_recheck")
    add(db, "John Doe", "john@example.com")
    gate = Gate(names("Adobe"))
    wire.accounts = {"jane@example.com": gate, "john@example.com": names("Canva")}
    process = run.start("footprint-job", "run", "breach_recheck")
    assert gate.reached.wait(60)

    assert 0 == run("footprint", "alert", "deliver").code

    assert 1 == len(receiver.messages)
    gate.open.set()
    assert (0, "") == ended(process)
    assert "1 new finding, 1 finding in a first answer. 2 open of 2." in receiver.texts[1]
    assert 2 == len(receiver.messages)


def settings(paths: Paths, old: str, new: str) -> Config:
    text = paths.config_file.read_text("utf-8")
    assert old in text
    paths.config_file.write_text(text.replace(old, new), encoding="utf-8")
    return load_config(paths)


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_quiet_hours_hold_a_message_until_they_are_over(
    db: Database,
    told: Config,
    paths: Paths,
    receiver: Receiver,
    hand_clock: HandClock,
    jane: Person,
    berlin: None,
) -> None:
    quiet = settings(
        paths, "[alerts.channels", '[alerts]\nquiet_hours = "22:00-07:00"\n[alerts.channels'
    )
    options = Options(clock=hand_clock.clock())

    job_breach_recheck(db, quiet, options)  # 04:17 in Berlin

    assert [] == receiver.messages
    assert "2026-11-22T06:00:00Z" == messages.next_due(db)
    hand_clock.moment = datetime(2026, 11, 22, 5, 59, tzinfo=UTC)
    delivery.deliver(db, quiet, clock=options.clock, run=options.run)
    assert [] == receiver.messages
    hand_clock.moment = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    delivery.deliver(db, quiet, clock=options.clock, run=options.run)
    assert 1 == len(receiver.messages)


def test_a_message_put_off_by_a_clock_that_was_ahead_leaves_once_it_is_right(
    db: Database, recheck: Recheck, receiver: Receiver, wire: Wire, jane: Person,
    hand_clock: HandClock,
) -> None:  # fmt: skip
    recheck()
    hand_clock.set(3650)
    receiver.status = 503
    wire.accounts["jane@example.com"] = names("Adobe")
    recheck()
    hand_clock.set(-3650)
    receiver.status = 200

    recheck()

    assert "1 new finding. 1 open of 1." == receiver.texts[-1].splitlines()[0]
    assert ["sent", "sent"] == states(db)


def test_a_daily_digest_is_one_message_when_the_day_is_over(
    db: Database,
    told: Config,
    paths: Paths,
    receiver: Receiver,
    hand_clock: HandClock,
    wire: Wire,
    jane: Person,
    berlin: None,
) -> None:
    daily = settings(paths, 'kind = "apprise"', 'kind = "apprise"\ndigest = "daily"')
    options = Options(clock=hand_clock.clock())
    job_breach_recheck(db, daily, options)
    assert 1 == len(receiver.messages), "what is open is told at once"
    for seen in (["Adobe"], ["Adobe", "Canva"]):
        wire.accounts["jane@example.com"] = names(*seen)
        hand_clock.moment += timedelta(hours=8)
        job_breach_recheck(db, daily, options)
    assert 1 == len(receiver.messages)

    hand_clock.moment = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # midnight there
    for _ in range(2):
        delivery.deliver(db, daily, clock=options.clock, run=options.run)

    assert ["2 new findings. 2 open of 2.\nSee: footprint findings"] == receiver.texts[1:]


def test_a_mail_arrives_with_its_subject_and_its_text(
    db: Database, told: Config, paths: Paths, recheck: Recheck, wire: Wire, jane: Person
) -> None:
    with MailServer() as server:
        secrets.set_secret(paths, "alert_phone", server.url)
        recheck()
        wire.accounts["jane@example.com"] = names("Adobe")

        assert "" == recheck().warning

        _, mail = server.mails
        assert "Footprint: 1 new finding" == mail["subject"]
        assert "1 new finding. 1 open of 1." in mail.get_body().get_content()  # type: ignore[union-attr]
        server.refusal = "554 no"
        wire.accounts["jane@example.com"] = names("Adobe", "Canva")
        assert "not reached, or refused: SMTPDataError" in recheck().warning
        assert ["sent", "sent", "pending"] == states(db)


def test_a_drill_that_was_cut_off_is_not_sent_later(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, jane: Person
) -> None:
    run(*RECHECK)
    killed_by(receiver, run, "footprint", "alert", "test", "phone")

    run(*RECHECK)

    assert ["Footprint: no finding yet", "Footprint: a drill"] == [
        one["title"] for one in receiver.messages
    ]
    assert ["sent", "dropped"] == states(db)


def test_what_a_run_found_that_was_killed_is_told_without_another_run_of_it(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    run(*RECHECK)
    add(db, "John Doe", "john@example.com")
    gate = Gate(names("Adobe"))
    wire.accounts = {"jane@example.com": gate, "john@example.com": names("Canva")}
    process = run.start(*RECHECK)
    assert gate.reached.wait(60)
    process.kill()
    ended(process)
    gate.open.set()
    options = Options()

    def deliver_in(hours: float) -> int:
        clock = Clock(lambda: datetime.now(UTC) + timedelta(hours=hours))
        return len(delivery.deliver(db, told, clock=clock, run=options.run).sent)

    assert 0 == deliver_in(0), "for all that is known it is still at work"
    assert 1 == deliver_in(1.1), "no run may take so long"
    assert "1 finding in a first answer." in receiver.texts[-1]


def test_nobody_is_forgotten_while_a_message_that_may_name_them_leaves(
    db: Database, told: Config, run: CommandLine, receiver: Receiver, wire: Wire, jane: Person
) -> None:
    run(*RECHECK)
    wire.accounts["jane@example.com"] = names("Adobe")
    arrived, go_on = threading.Event(), threading.Event()

    def wait(_message: dict[str, Any]) -> None:
        arrived.set()
        go_on.wait(60)

    receiver.first = wait
    one = run.start(*RECHECK)
    assert arrived.wait(60)
    other = run.start("footprint", "person", "forget", "1", "--yes")
    end = time.monotonic() + 60
    while not holds_open(other, "alerts.lock"):
        assert time.monotonic() < end
        assert other.poll() is None, ended(other)
    assert 1 == len(db.query("SELECT id FROM persons"))
    go_on.set()

    assert [(0, ""), (0, "")] == [ended(one), ended(other)]
    assert [] == db.query("SELECT id FROM persons")
