"""A run knows whether its timer fired it, a person started it, or systemd tries it again."""

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_footprint.config import Paths
from digital_footprint.process import Completed, Runner
from footprint_timers import installation
from footprint_timers.installation import Installation, Period
from footprint_timers.model import Slot
from footprint_timers.trigger import Activation, identify, is_superseded
from tests.conftest import CommandLine

JOB = "breach_recheck"
PID = 4711
NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
UNIT = {"INVOCATION_ID": "0" * 32, "SYSTEMD_EXEC_PID": str(PID)}


def leave_note(paths: Paths, job_name: str, trigger: str) -> None:
    """Tell, as whoever starts a unit on somebody's behalf does, who wanted the run."""
    note = paths.locks / f"{job_name}.trigger"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(trigger, encoding="utf-8")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path, tmp_path, tmp_path)


def answer(
    *, fired: str = "31min 58.583855s", ended: int = 1902253680, restarts: int = 0, pid: int = PID
) -> Runner:
    """Give what systemd 252 and 257 print: the service's block, then the timer's."""

    def run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        assert argv[:3] == ["systemctl", "--user", "show"]
        shown = (
            f"MainPID={pid}\nNRestarts={restarts}\nId=footprint-{JOB}.service\n"
            f"InactiveEnterTimestampMonotonic={ended}\n\n"
            "LastTriggerUSec=Mon 2026-11-23 04:25:10 UTC\n"
            f"LastTriggerUSecMonotonic={fired}\nId=footprint-{JOB}.timer\n"
            "InactiveEnterTimestampMonotonic=9999999999\n"
        )
        return Completed(tuple(argv), 0, stdout=shown)

    return run


def ask(paths: Paths, run: Runner, environ: Mapping[str, str] = UNIT) -> Activation:
    return identify(JOB, paths, run, environ=environ, pid=PID, now=NOW)


def test_a_unit_whose_timer_fired_after_the_last_run_ended_was_fired_by_it(paths: Paths) -> None:
    found = ask(paths, answer())

    assert (found.trigger, found.attempt) == ("timer", 1)


def test_a_unit_whose_timer_fired_before_the_last_run_ended_was_started_by_a_person(
    paths: Paths,
) -> None:
    found = ask(paths, answer(fired="31min 38.583773s", ended=1898617457))

    assert (found.trigger, found.scheduled_for) == ("manual", None)


def test_a_firing_of_an_earlier_boot_is_none(paths: Paths) -> None:
    assert ask(paths, answer(fired="0", ended=0)).trigger == "manual"


def test_the_first_run_of_a_boot_by_its_timer(paths: Paths) -> None:
    assert ask(paths, answer(ended=0)).trigger == "timer"


def test_a_shell_below_a_unit_is_a_person(paths: Paths) -> None:
    assert ask(paths, answer(pid=1234)).trigger == "manual"


def test_outside_of_a_unit_the_manager_is_not_even_asked(paths: Paths) -> None:
    def run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        raise AssertionError(argv)

    assert ask(paths, run, environ={}).trigger == "manual"


def test_a_manager_that_does_not_answer_is_no_timer(paths: Paths) -> None:
    def run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        return Completed(tuple(argv), 1, stderr="Failed to connect to bus\n")

    assert ask(paths, run).trigger == "manual"


def test_a_run_is_scheduled_for_the_newest_slot_before_its_firing(paths: Paths) -> None:
    slot = Slot(interval_days=1, phase=0, hour=4, minute=17)
    period = Period(slot=slot, since="2026-11-01T00:00:00Z")
    installation.write(
        paths,
        Installation(
            backend="systemd", scope="user", units="/u", stamps="/s", jobs={JOB: (period,)}
        ),
    )
    local = datetime(2026, 11, 23, 4, 17).astimezone()
    if local > datetime(2026, 11, 23, 4, 25, 10, tzinfo=UTC):
        local -= timedelta(days=1)

    found = ask(paths, answer())

    assert found.scheduled_for is not None
    assert datetime.fromisoformat(found.scheduled_for) == local


@pytest.mark.parametrize("line", ["by systemd", "by cron"])
def test_a_record_that_nobody_can_read_stops_no_run(
    run: CommandLine, paths: Paths, line: str
) -> None:
    installation.file_of(paths).write_text("{", encoding="utf-8")

    if line == "by systemd":
        assert "2026-11-23T04:25:10Z" == ask(paths, answer()).scheduled_for
    else:
        run.home.mkdir()
        installation.file_of(Paths(run.home, run.home, run.home)).write_text("{", encoding="utf-8")
        assert 0 == run("footprint-job", "run", "verify_removals", "--trigger", "timer").code
        assert ["timer"] == [
            one["trigger"] for one in run("footprint-job", "history", "--json").json
        ]


def test_a_retry_inherits_what_the_first_attempt_was(paths: Paths) -> None:
    first = ask(paths, answer())
    # Up to 253 a restart passes through `failed`: the end of the first attempt is younger now.
    retry = ask(paths, answer(ended=1920879146, restarts=1))

    assert (retry.trigger, retry.scheduled_for, retry.attempt) == ("timer", first.scheduled_for, 2)


def test_a_retry_of_a_start_by_hand_stays_one(paths: Paths) -> None:
    ask(paths, answer(ended=1920879146))

    assert ask(paths, answer(ended=1930879146, restarts=3)).trigger == "manual"


def test_a_firing_while_the_unit_waits_is_a_firing(paths: Paths) -> None:
    ask(paths, answer(ended=1920879146))

    assert ask(paths, answer(ended=1910000000, restarts=1)).trigger == "timer"


def test_a_retry_is_superseded_by_a_run_done_after_its_slot(paths: Paths) -> None:
    first = ask(paths, answer())
    retry = ask(paths, answer(ended=1920879146, restarts=1))
    slot = datetime.fromisoformat(first.since)

    assert is_superseded(retry, slot + timedelta(minutes=1))
    assert not is_superseded(retry, slot - timedelta(minutes=1))
    assert not is_superseded(retry, None)
    assert not is_superseded(first, slot + timedelta(minutes=1))


@pytest.mark.parametrize("environ", [UNIT, {}], ids=["in a unit", "in a shell"])
def test_a_note_goes_before_the_timer_and_counts_once(
    paths: Paths, environ: Mapping[str, str]
) -> None:
    leave_note(paths, JOB, "mcp")

    assert ask(paths, answer(), environ).trigger == "mcp"
    assert ask(paths, answer(), environ).trigger != "mcp"


@pytest.mark.parametrize(("word", "age"), [("mcp", 61), ("nonsense", 0)])
def test_an_old_or_senseless_note_counts_for_nothing(paths: Paths, word: str, age: int) -> None:
    leave_note(paths, JOB, word)
    then = time.time() - age
    os.utime(paths.locks / f"{JOB}.trigger", (then, then))

    assert ask(paths, answer()).trigger == "timer"
