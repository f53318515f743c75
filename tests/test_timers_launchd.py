"""Installing on macOS changes what has to be changed, in launchd's order, and can fall back."""

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_footprint import process
from digital_footprint.config import Paths
from digital_footprint.errors import (
    FootprintError,
    NoSchedulerError,
    TemporaryError,
)
from digital_footprint.process import Completed
from footprint_timers import agents, launchctl, plan
from footprint_timers.linger import user_name
from footprint_timers.manager import Refusal
from footprint_timers.model import Job, Slot
from footprint_timers.schedulers import choose, launchd, launchd_domain
from tests.mac import Mac, tree

NOW = datetime.now(UTC).replace(microsecond=0)
WEEKLY = Slot(interval_days=7, phase=1, hour=4, minute=17, yearless=True)
SCAN = Job(name="breach_recheck", summary="asks", slot=WEEKLY, timeout_minutes=60)
DAILY = replace(SCAN, name="verify_removals", slot=replace(WEEKLY, interval_days=1, minute=37))
LABEL = "footprint-timers.breach_recheck"
CATCH_UP = "footprint-timers.catchup"
PROGRAM = Path("/opt/footprint/bin/footprint-job")


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mac:
    return Mac(tmp_path / "mac", monkeypatch)


def planned(
    mac: Mac, *jobs: Job, done: datetime | None = None, program: Path = PROGRAM
) -> launchd.Plan:
    scheduler = mac.connect()
    files = scheduler.files(jobs, Paths(mac.home, mac.home, mac.home), program)
    return scheduler.make_plan(jobs, files, lambda _name: done)


def install(mac: Mac, *jobs: Job, program: Path = PROGRAM) -> None:
    mac.connect().apply(planned(mac, *jobs, program=program))
    mac.calls()


def test_a_fresh_installation_enables_writes_and_loads(mac: Mac) -> None:
    wanted = planned(mac, SCAN)
    mac.calls()

    mac.connect().apply(wanted)

    path = f"{mac.agents}/{LABEL}.plist"
    catch_up = f"{mac.agents}/{CATCH_UP}.plist"
    assert [
        ["enable", f"gui/501/{LABEL}"],
        ["enable", f"gui/501/{CATCH_UP}"],
        ["bootstrap", "gui/501", path],
        ["bootstrap", "gui/501", catch_up],
    ] == mac.changing()
    assert {LABEL, CATCH_UP} == mac.loaded().keys()
    assert 0o700 == stat.S_IMODE(mac.agents.stat().st_mode)
    assert 0 == Path(path).stat().st_mode & 0o022, "launchd refuses what others may write"
    assert () == wanted.surprises


def test_a_second_installation_makes_no_changing_call_and_no_write(mac: Mac) -> None:
    install(mac, SCAN, DAILY)
    before = {path: path.stat().st_mtime_ns for path in mac.agents.rglob("*")}

    wanted = planned(mac, SCAN, DAILY)
    mac.connect().apply(wanted)

    assert wanted.is_empty
    assert [] == mac.changing()
    assert {path: path.stat().st_mtime_ns for path in mac.agents.rglob("*")} == before


def test_a_changed_job_is_waited_for_until_it_has_gone(mac: Mac) -> None:
    install(mac, SCAN)
    changed = replace(SCAN, slot=replace(WEEKLY, hour=5))

    wanted = planned(mac, changed)
    mac.calls()
    mac.connect().apply(wanted)

    calls = [call[0] for call in mac.calls() if any(LABEL in word for word in call)]
    assert ["enable", "bootout", "print", "print", "bootstrap", "print"] == calls
    assert [0.5, 0.5] == mac.clock.slept, "once for it, once for the catch-up, an hour later too"
    assert 5 == mac.loaded()[LABEL]["plist"]["StartCalendarInterval"][0]["Hour"]


@pytest.mark.parametrize("says", ["", "1"], ids=["bootout says 0", "bootout says 36"])
def test_however_bootout_calls_it_the_service_is_given_time(
    mac: Mac, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    install(mac, SCAN)
    mac.is_slow(20)
    monkeypatch.setenv("FAKE_LAUNCHD_SAYS_SO", says)

    install(mac, replace(SCAN, slot=replace(WEEKLY, hour=5)))

    assert [0.5] * 38 == mac.clock.slept
    assert LABEL in mac.loaded()


def test_a_service_that_never_goes_is_given_up_and_everything_stays(mac: Mac) -> None:
    install(mac, SCAN)
    before = tree(mac.agents)
    mac.is_slow(100_000)

    with pytest.raises(TemporaryError, match="has not let go") as caught:
        install(mac, replace(SCAN, slot=replace(WEEKLY, hour=5)))

    assert before == tree(mac.agents)
    assert ["enable", "enable", "bootout"] == [call[0] for call in mac.changing()]
    assert 90 <= sum(mac.clock.slept) < 91, "until it has gone, then until it can be loaded again"
    assert "not everything could be put back" in caught.value.message, "it will be gone in a while"


class Interrupting:
    """A clock on which somebody presses Ctrl-C at the first wait."""

    def __init__(self, mac: Mac) -> None:
        self.mac, self.pressed = mac, False

    def sleep(self, seconds: float) -> None:
        if not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt
        self.mac.clock.sleep(seconds)


def test_what_is_leaving_when_somebody_interrupts_is_loaded_again(mac: Mac) -> None:
    install(mac, SCAN)
    loaded, files = mac.loaded(), tree(mac.agents)
    wanted = planned(mac, replace(SCAN, slot=replace(WEEKLY, hour=5)))
    clock = replace(mac.machine().clock, sleep=Interrupting(mac).sleep)

    with pytest.raises(KeyboardInterrupt):
        replace(mac.connect(), clock=clock).apply(wanted)

    mac.connect().read_status(["breach_recheck", "catchup"])
    mac.connect().read_status(["breach_recheck", "catchup"])
    assert loaded == mac.loaded()
    assert files == tree(mac.agents)


def test_what_was_disabled_while_it_was_loaded_is_so_again_after_a_failure(mac: Mac) -> None:
    install(mac, SCAN)
    mac.disable(LABEL)
    loaded = mac.loaded()
    removal = mac.connect().make_plan((), (), lambda _name: None)
    mac.refuses(f"bootout/{CATCH_UP}", 5)

    with pytest.raises(FootprintError, match="everything is as it was before"):
        mac.connect().apply(removal)

    assert loaded == mac.loaded()
    assert {LABEL} == mac.disabled()


def test_a_refusal_names_its_target_once(mac: Mac) -> None:
    wanted = planned(mac, SCAN)
    mac.refuses("bootstrap", 119)

    with pytest.raises(FootprintError) as caught:
        mac.connect().apply(wanted)

    assert f"launchctl bootstrap gui/501/{LABEL}: " in caught.value.message
    assert f"launchctl enable gui/501/{LABEL}" == caught.value.hint


@pytest.mark.parametrize("code", [1, 5])
def test_a_screen_that_does_not_answer_is_not_taken_for_none(mac: Mac, code: int) -> None:
    """Else everything would move to a session that no reboot brings back."""
    install(mac, SCAN)
    mac.refuses("print/501", code)

    found = launchd_domain.connect(process.run, mac.machine(), "user")

    assert isinstance(found, Refusal)
    assert f"gui/501: {launchctl.MEANINGS[code][0]} ({code})" == found.reason
    assert found.advice


@pytest.mark.parametrize("code", [1, 5, 36, 37, 119, 125])
def test_a_refused_load_puts_everything_back_and_says_what_the_number_means(
    mac: Mac, code: int
) -> None:
    """The second of two is refused: half of it stands by then."""
    install(mac, SCAN)
    files, loaded = tree(mac.agents), mac.loaded()
    later = replace(SCAN, slot=replace(WEEKLY, hour=5))
    wanted = planned(mac, later, DAILY)
    mac.refuses("bootstrap/footprint-timers.verify_removals", code)

    with pytest.raises(FootprintError) as caught:
        mac.connect().apply(wanted)

    assert files == tree(mac.agents)
    assert loaded == mac.loaded()
    meaning, _ = launchctl.MEANINGS[code]
    assert f"{meaning} ({code})" in caught.value.message
    assert "as it was before" in caught.value.message
    assert caught.value.hint


def test_what_cannot_be_put_back_is_said(mac: Mac) -> None:
    install(mac, SCAN)
    wanted = planned(mac, replace(SCAN, slot=replace(WEEKLY, hour=5)))
    mac.refuses("bootstrap", 5)

    with pytest.raises(FootprintError, match="not everything could be put back"):
        mac.connect().apply(wanted)


def test_a_first_installation_that_fails_leaves_nothing(mac: Mac) -> None:
    mac.disable(LABEL)
    wanted = planned(mac, SCAN)
    mac.refuses(f"bootstrap/{CATCH_UP}", 5)

    with pytest.raises(FootprintError):
        mac.connect().apply(wanted)

    assert {} == tree(mac.agents)
    assert {} == mac.loaded()
    assert {LABEL} == mac.disabled(), "what a person switched off is off again"


@pytest.mark.parametrize("code", [code for code in launchctl.MEANINGS if code != process.NOT_FOUND])
def test_every_known_number_has_a_sentence_and_a_next_step(mac: Mac, code: int) -> None:
    install(mac, SCAN)
    mac.refuses("kickstart", code)

    answer = mac.connect().start("breach_recheck")
    error = launchctl.refusal(answer, "kickstart", f"gui/501/{LABEL}", "")

    assert code == answer.code
    assert f"({code})" in error.message
    assert "Input/output" not in error.message
    assert error.hint
    assert "{" not in error.hint


def test_an_unknown_number_is_told_in_launchd_s_own_words() -> None:
    answer = Completed(("launchctl",), 151, stderr="Bootstrap failed: 151: Oh dear\n")

    error = launchctl.refusal(answer, "bootstrap", "gui/501/x", "")

    assert "Oh dear" in error.message
    assert "launchctl error 151" == error.hint


def test_a_disabled_label_is_enabled_again_without_loading_it_anew(mac: Mac) -> None:
    install(mac, SCAN)
    mac.disable(LABEL)

    status = mac.connect().read_status(["breach_recheck"])["breach_recheck"]
    wanted = planned(mac, SCAN)
    mac.calls()
    mac.connect().apply(wanted)

    assert (True, False, True) == (status.installed, status.enabled, status.loaded)
    assert [["enable", f"gui/501/{LABEL}"]] == mac.changing()
    assert set() == mac.disabled()


def test_a_job_that_is_running_is_not_ended_by_an_installation(mac: Mac) -> None:
    install(mac, SCAN)
    mac.change(LABEL, state="running")
    wanted = planned(mac, replace(SCAN, slot=replace(WEEKLY, hour=5)))
    mac.calls()

    with pytest.raises(TemporaryError, match="breach_recheck is running"):
        mac.connect().apply(wanted)

    assert [] == mac.changing()
    assert planned(mac, SCAN).is_empty, "and what need not change is no obstacle"


def test_what_was_written_but_never_loaded_is_told_and_loaded(mac: Mac) -> None:
    install(mac, SCAN)
    loaded = mac.loaded()[LABEL]
    plist = {**loaded["plist"], "StartCalendarInterval": [{"Hour": 9, "Minute": 1}]}
    mac.change(LABEL, plist=plist)

    status = mac.connect().read_status(["breach_recheck"])["breach_recheck"]
    wanted = planned(mac, SCAN)

    assert status.stale
    assert status.next_due is not None
    assert (9, 1) == (status.next_due.astimezone().hour, status.next_due.minute)
    assert {"breach_recheck"} == wanted.touched
    assert () == plan.paths(wanted.changes)
    mac.connect().apply(wanted)
    assert loaded["plist"] == mac.loaded()[LABEL]["plist"]
    assert planned(mac, SCAN).is_empty


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ProgramArguments", ["/old/footprint-job", "run", "breach_recheck"]),
        ("EnvironmentVariables", {"LANG": "C", "PATH": "/usr/bin"}),
    ],
)
def test_another_program_or_environment_than_the_file_s_is_stale_too(
    mac: Mac, key: str, value: object
) -> None:
    install(mac, SCAN)
    mac.change(LABEL, plist={**mac.loaded()[LABEL]["plist"], key: value})

    assert mac.connect().read_status(["breach_recheck"])["breach_recheck"].stale


@pytest.mark.parametrize("interval_days", [1, 3, 7, 14])
def test_the_next_run_is_that_of_what_launchd_has_loaded(mac: Mac, interval_days: int) -> None:
    job = replace(SCAN, slot=replace(WEEKLY, interval_days=interval_days))
    install(mac, job)

    status = mac.connect().read_status(["breach_recheck"])["breach_recheck"]

    assert not status.stale
    assert status.next_due is not None
    assert timedelta() < status.next_due - NOW <= timedelta(days=interval_days, hours=1)
    assert (4, 17) == (status.next_due.astimezone().hour, status.next_due.minute)


def test_an_agent_that_is_not_loaded_has_no_next_run(mac: Mac) -> None:
    install(mac, SCAN)
    mac.unload(LABEL)

    status = mac.connect().read_status(["breach_recheck"])["breach_recheck"]

    assert (True, True, False, None) == (
        status.installed, status.enabled, status.loaded, status.next_due
    )  # fmt: skip
    assert ("breach_recheck",) == planned(mac, SCAN).load


def test_what_is_overdue_is_started_by_the_catch_up_and_announced(mac: Mac) -> None:
    assert ("breach_recheck",) == planned(mac, SCAN, done=NOW - timedelta(days=9)).surprises
    assert () == planned(mac, SCAN, done=NOW - timedelta(days=5)).surprises
    install(mac, SCAN)

    later = planned(mac, replace(SCAN, slot=replace(WEEKLY, phase=2)), done=NOW - timedelta(days=9))

    assert () == later.surprises, "to load a job's own agent starts nothing"
    assert ("breach_recheck",) == later.load


def test_an_uninstallation_removes_all_that_is_ours(mac: Mac) -> None:
    mac.agents.mkdir(parents=True)
    foreign = mac.agents / "footprint-timers.of-somebody.plist"
    foreign.write_text("<plist/>", encoding="utf-8")
    install(mac, SCAN, DAILY)
    scheduler = mac.connect()

    wanted = scheduler.make_plan((), (), lambda _name: None)
    scheduler.apply(wanted)

    assert {} == mac.loaded()
    assert [foreign] == list(mac.agents.iterdir())
    assert scheduler.make_plan((), (), lambda _name: None).is_empty


def test_a_job_that_is_no_longer_wanted_goes_also_without_its_file(mac: Mac) -> None:
    install(mac, SCAN, DAILY)
    (mac.agents / "footprint-timers.verify_removals.plist").unlink()

    wanted = planned(mac, SCAN)
    mac.connect().apply(wanted)

    assert (("gui/501", "verify_removals"),) == wanted.out
    assert {LABEL, CATCH_UP} == mac.loaded().keys()


def test_without_a_screen_the_agents_are_loaded_for_the_user_and_the_end_is_told(mac: Mac) -> None:
    mac.has_domains("user/501")
    install(mac, SCAN)

    found = mac.connect()

    assert LABEL in mac.loaded("user/501")
    assert found.is_headless
    told = found.outlive_login()
    assert not told.on
    assert "not come back after a reboot" in told.advice
    assert "--scope system" in told.advice


def test_agents_left_in_a_session_without_a_screen_are_moved_to_the_one_with(mac: Mac) -> None:
    mac.has_domains("user/501")
    install(mac, SCAN)
    mac.has_domains("user/501", "gui/501")

    wanted = planned(mac, SCAN)
    mac.connect().apply(wanted)

    assert (("user/501", "breach_recheck"), ("user/501", "catchup")) == wanted.out
    assert {} == mac.loaded("user/501")
    assert {LABEL, CATCH_UP} == mac.loaded("gui/501").keys()


def test_a_user_who_is_not_logged_in_at_all_is_told_what_was_tried(mac: Mac) -> None:
    mac.has_domains()

    with pytest.raises(NoSchedulerError) as caught:
        choose(process.run, machine=mac.machine())

    for word in ("systemd", "launchd", "gui/501", "user/501", "(125)"):
        assert word in caught.value.message
    assert "log in on the screen" in caught.value.hint


def test_on_a_mac_launchd_is_chosen_and_elsewhere_it_says_why_not(mac: Mac) -> None:
    assert "launchd" == choose(process.run, machine=mac.machine()).name
    with pytest.raises(NoSchedulerError, match="only macOS"):
        choose(process.run, "launchd", machine=replace(mac.machine(), platform="linux"))


def test_daemons_are_for_root_to_change_and_for_everybody_to_look_at(mac: Mac) -> None:
    machine = replace(mac.machine(), user="jane")

    mac.has_domains("system")
    for is_root in (True, False):
        asking = replace(machine, is_root=is_root)
        found = launchd_domain.connect(process.run, asking, "system")
        assert isinstance(found, launchd_domain.Launchd)
        assert is_root is found.may_change
        assert ("jane", "system", "system") == (found.user, found.scope, found.ctl.domain)
        assert Path("/Library/LaunchDaemons") == found.units


def test_a_daemon_s_file_is_read_by_everybody(mac: Mac) -> None:
    mac.has_domains("system")
    machine = replace(mac.machine(), user=user_name(), is_root=True)
    found = launchd_domain.connect(process.run, machine, "system")
    assert isinstance(found, launchd_domain.Launchd)
    scheduler = replace(found, units=mac.home / "LaunchDaemons")
    paths = Paths(mac.home, mac.home, mac.home)

    files = scheduler.files([SCAN], paths, PROGRAM)
    scheduler.apply(scheduler.make_plan([SCAN], files, lambda _name: None))

    modes = {stat.S_IMODE(path.stat().st_mode) for path in scheduler.units.iterdir()}
    assert {0o644} == modes
    assert {LABEL, CATCH_UP} == mac.loaded("system").keys()
    assert scheduler.fires_alone


def test_a_link_in_the_place_of_a_plist_is_not_overwritten_unasked(mac: Mac) -> None:
    mac.agents.mkdir(parents=True)
    (mac.agents / f"{LABEL}.plist").symlink_to("/dev/null")

    assert (f"{LABEL}.plist",) == plan.edited(planned(mac, SCAN).changes)


@pytest.mark.parametrize(
    "name", ['Jane\'s "Mac" & <co>', "100% $HOME", "a\\b", "\u00e4\u4e2d\U0001f600", "x; }"]
)
def test_a_program_in_a_hostile_place_is_loaded_once_and_found_again(mac: Mac, name: str) -> None:
    program = Path("/Users") / name / "footprint-job"
    install(mac, SCAN, program=program)

    assert str(program) == mac.loaded()[LABEL]["plist"]["ProgramArguments"][0]
    assert planned(mac, SCAN, program=program).is_empty


def test_what_launchd_prints_is_read_brace_by_brace() -> None:
    text = """gui/501/footprint-timers.breach_recheck = {
	active count = 1
	path = /Users/jane/Library/LaunchAgents/footprint-timers.breach_recheck.plist
	type = LaunchAgent
	state = running

	program = /opt/bin/footprint-job
	arguments = {
		/opt/bin/footprint-job
		run
		breach_recheck
	}

	inherited environment = {
		SSH_AUTH_SOCK => /private/tmp/com.apple.launchd.x/Listeners
	}

	environment = {
		LANG => en_US.UTF-8
		XPC_SERVICE_NAME => footprint-timers.breach_recheck
	}

	domain = gui/501 [100005]
	runs = 3
	pid = 4711
	immediate reason = calendar interval
	last exit code = 78: EX_CONFIG

	event triggers = {
		footprint-timers.breach_recheck.268435483 => {
			keepalive = 0
			service = footprint-timers.breach_recheck
			stream = com.apple.launchd.calendarinterval
			monitor = com.apple.UserEventAgent-Aqua
			descriptor = {
				"Minute" => 20
				"Hour" => 3
			}
		}
		footprint-timers.breach_recheck.268435484 => {
			stream = com.apple.notifyd.matching
			descriptor = {
				"Notification" => something.else
			}
		}
	}

	spawn type = daemon (3)
	properties = runatload | inferred program
}
"""
    found = launchctl.read_loaded(text, "gui/501")

    assert found.running
    assert ({"Minute": 20, "Hour": 3},) == found.entries
    assert ("/opt/bin/footprint-job", "run", "breach_recheck") == found.arguments
    assert "en_US.UTF-8" == found.environment["LANG"]
    assert 78 == found.last_exit
    never = launchctl.read_loaded(text.replace("78: EX_CONFIG", "(never exited)"), "gui/501")
    assert never.last_exit is None


def test_a_directory_that_cannot_be_written_is_an_error_with_a_way_out(
    mac: Mac, unprivileged: None
) -> None:
    mac.agents.mkdir(parents=True)
    wanted = planned(mac, SCAN)
    mac.agents.chmod(0o500)

    with pytest.raises(FootprintError) as caught:
        mac.connect().apply(wanted)

    os.chmod(mac.agents, 0o700)  # noqa: PTH101
    assert caught.value.hint
    assert {} == mac.loaded()


def test_the_label_of_a_job_is_found_from_its_file() -> None:
    assert "breach_recheck" == agents.job_of(agents.file_of("breach_recheck"))
