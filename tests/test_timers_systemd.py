"""Installing changes what has to be changed, starts nothing by surprise, and can fall back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError, FootprintError
from footprint_timers import guards, installation, operations, plan, render
from footprint_timers.keeping import keep
from footprint_timers.model import Host, Job, Slot
from footprint_timers.operations import Wish
from footprint_timers.schedulers import systemd, systemd_apply
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.stamps import read_time, stamp_of, write_stamp
from tests.fake_systemd import FakeSystemd

NOW = datetime.now(UTC).replace(microsecond=0)
WEEKLY = Slot(interval_days=7, phase=NOW.toordinal(), hour=4, minute=17)
SCAN = Job(name="breach_recheck", summary="asks", slot=WEEKLY, timeout_minutes=60)
DAILY = replace(SCAN, name="verify_removals", slot=replace(WEEKLY, interval_days=1))
HOST = Host(program=Path("/bin/true"), failures=Path("/tmp/failures"), environment={})


@pytest.fixture
def manager(tmp_path: Path) -> FakeSystemd:
    return FakeSystemd(tmp_path)


def planned(
    manager: FakeSystemd, *jobs: Job, done: datetime | None = None, host: Host = HOST
) -> systemd.Plan:
    files = render.systemd_files(jobs, host)
    return systemd.make_plan(manager.connect(), jobs, files, lambda _name: done)


def install(manager: FakeSystemd, *jobs: Job, done: datetime | None = None) -> None:
    systemd_apply.apply(manager.connect(), planned(manager, *jobs, done=done))


def tree(home: Path) -> dict[str, str]:
    """Give every directory, link and file, the hidden ones too."""
    return {
        str(path.relative_to(home)): str(path.readlink())
        if path.is_symlink()
        else path.read_text(encoding="utf-8")
        if path.is_file()
        else "/"
        for path in sorted(home.rglob("*"))
    }


def test_a_fresh_installation_writes_enables_and_starts(manager: FakeSystemd) -> None:
    install(manager, SCAN)

    assert manager.changing() == [
        ("enable", "--no-reload", "footprint-breach_recheck.timer"),
        ("daemon-reload",),
        ("start", "footprint-breach_recheck.timer"),
    ]
    assert sorted(path.name for path in manager.units.iterdir()) == [
        "footprint-breach_recheck.service",
        "footprint-breach_recheck.timer",
        "footprint-notify@.service",
        "timers.target.wants",
    ]


def test_a_second_installation_makes_no_changing_call_and_no_write(manager: FakeSystemd) -> None:
    install(manager, SCAN, done=NOW)
    before = {path: path.stat().st_mtime_ns for path in manager.home.rglob("*")}
    manager.calls.clear()

    install(manager, SCAN, done=NOW)

    assert manager.changing() == []
    assert {path: path.stat().st_mtime_ns for path in manager.home.rglob("*")} == before


def test_a_job_never_done_waits_for_its_first_slot(manager: FakeSystemd) -> None:
    write_stamp(manager.stamps, SCAN.name, NOW - timedelta(days=90))  # of an earlier life

    wanted = planned(manager, SCAN)
    systemd_apply.apply(manager.connect(), wanted)

    assert wanted.surprises == ()
    assert manager.read_stamps == {"footprint-breach_recheck.timer": None}


def test_a_job_done_lately_is_not_made_up(manager: FakeSystemd) -> None:
    wanted = planned(manager, SCAN, done=NOW)
    systemd_apply.apply(manager.connect(), wanted)

    assert wanted.surprises == ()
    assert manager.read_stamps == {"footprint-breach_recheck.timer": NOW}


def test_a_job_that_is_due_by_the_record_is_announced_as_starting_at_once(
    manager: FakeSystemd,
) -> None:
    long_ago = NOW - timedelta(days=9)

    wanted = planned(manager, SCAN, done=long_ago)
    systemd_apply.apply(manager.connect(), wanted)

    assert wanted.surprises == ("breach_recheck",)
    assert manager.read_stamps == {"footprint-breach_recheck.timer": long_ago}


def test_a_changed_schedule_is_started_with_a_fresh_stamp_that_then_is_the_last_done(
    manager: FakeSystemd,
) -> None:
    done = NOW - timedelta(days=5)
    install(manager, SCAN, done=done)
    manager.calls.clear()

    changed = replace(SCAN, slot=replace(WEEKLY, interval_days=1))
    wanted = planned(manager, changed, done=done)
    systemd_apply.apply(manager.connect(), wanted)

    assert wanted.surprises == ()
    assert manager.changing() == [
        ("stop", "footprint-breach_recheck.timer"),
        ("daemon-reload",),
        ("start", "footprint-breach_recheck.timer"),
    ]
    stamp = manager.read_stamps["footprint-breach_recheck.timer"]
    assert stamp is not None
    assert stamp >= NOW
    assert read_time(stamp_of(manager.stamps, SCAN.name)) == done


def test_a_changed_service_alone_leaves_its_timer_running(manager: FakeSystemd) -> None:
    install(manager, SCAN, done=NOW)
    manager.calls.clear()

    install(manager, replace(SCAN, timeout_minutes=90), done=NOW)

    assert manager.changing() == [("daemon-reload",)]


def test_a_file_that_was_written_but_never_loaded_is_loaded_without_a_surprise(
    manager: FakeSystemd,
) -> None:
    install(manager, SCAN, done=NOW)
    manager.loaded["footprint-breach_recheck.timer"] = "an older text"
    manager.calls.clear()

    install(manager, SCAN, done=NOW)

    assert [call[0] for call in manager.changing()] == ["stop", "daemon-reload", "start"]


@pytest.mark.parametrize("loss", ["active", "enabled"])
def test_a_timer_that_was_switched_off_is_drift_and_is_switched_on_again(
    manager: FakeSystemd, loss: str
) -> None:
    install(manager, SCAN, done=NOW)
    if loss == "active":
        manager.active.clear()
    else:
        manager(["systemctl", "--user", "disable", "footprint-breach_recheck.timer"])

    wanted = planned(manager, SCAN, done=NOW)
    systemd_apply.apply(manager.connect(), wanted)

    assert not wanted.is_empty
    assert Wish(jobs=(SCAN,), program="", plan=wanted).drifted() == ("breach_recheck",)
    assert planned(manager, SCAN, done=NOW).is_empty


def test_a_job_that_is_gone_is_removed_with_its_stamp_and_the_other_stays(
    manager: FakeSystemd,
) -> None:
    install(manager, SCAN, DAILY, done=NOW)
    manager.calls.clear()

    install(manager, SCAN, done=NOW)

    names = [path.name for path in manager.units.iterdir()]
    assert not any("verify_removals" in name for name in names)
    assert manager.active == manager.enabled == {"footprint-breach_recheck.timer"}
    assert not stamp_of(manager.stamps, DAILY.name).exists()
    assert stamp_of(manager.stamps, SCAN.name).exists()
    assert ("reset-failed", "footprint-verify_removals.service",
            "footprint-verify_removals.timer") in manager.changing()  # fmt: skip


def test_removing_everything_leaves_no_file_and_no_stamp(manager: FakeSystemd) -> None:
    install(manager, SCAN, DAILY, done=NOW)

    install(manager)

    assert {"/"} == {text for name, text in tree(manager.home).items() if "footprint" not in name}
    assert not [name for name in tree(manager.home) if "footprint" in name]
    assert manager.active == manager.enabled == set()


def test_a_foreign_unit_is_not_touched(manager: FakeSystemd) -> None:
    manager.units.mkdir(parents=True)
    foreign = manager.units / "footprint-of-my-dog.service"
    foreign.write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")

    install(manager, SCAN)
    install(manager)

    assert foreign.exists()


def test_a_plan_removes_only_what_carries_our_mark() -> None:
    ours = render.systemd_files([SCAN], HOST)[0].text
    installed = {"footprint-a.timer": ours, "footprint-b.service": "[Service]\n"}

    assert plan.paths(plan.compare((), installed)) == ("footprint-a.timer",)


@pytest.mark.parametrize("verb", ["stop", "daemon-reload", "start"])
def test_a_step_that_fails_puts_everything_back(manager: FakeSystemd, verb: str) -> None:
    done = NOW - timedelta(days=3)
    install(manager, SCAN, done=done)
    before, stamp = tree(manager.home), read_time(stamp_of(manager.stamps, SCAN.name))
    changed = replace(SCAN, slot=replace(WEEKLY, interval_days=3))
    manager.fails = verb

    with pytest.raises(FootprintError, match="it is broken"):
        install(manager, changed, DAILY, done=done)
    manager.fails = None

    assert tree(manager.home) == before
    assert read_time(stamp_of(manager.stamps, SCAN.name)) == stamp
    assert manager.enabled == {"footprint-breach_recheck.timer"}


def test_a_timer_that_was_running_runs_again_after_a_failed_step(manager: FakeSystemd) -> None:
    install(manager, SCAN, done=NOW)
    manager.fails = "enable"

    with pytest.raises(FootprintError, match="broken") as caught:
        install(manager, replace(SCAN, slot=replace(WEEKLY, hour=5)), DAILY, done=NOW)

    assert "step failed: enable footprint-verify_removals.timer" in caught.value.message
    assert "as it was before" in caught.value.hint
    assert "run it again" in caught.value.hint
    assert manager.active == {"footprint-breach_recheck.timer"}
    stamp = manager.read_stamps["footprint-breach_recheck.timer"]
    assert stamp is not None
    assert stamp >= NOW


def test_a_first_installation_that_fails_leaves_nothing(manager: FakeSystemd) -> None:
    manager.fails = "start"
    before = tree(manager.home)

    with pytest.raises(FootprintError):
        install(manager, SCAN, done=NOW)

    assert tree(manager.home) == before
    assert manager.enabled == set()


def test_the_record_of_an_installation_that_fails_is_put_back(
    manager: FakeSystemd, tmp_path: Path
) -> None:
    paths = Paths(tmp_path / "c", tmp_path / "d", tmp_path / "s")
    manager.fails = "start"
    wish = Wish(jobs=(SCAN,), program="/bin/true", plan=planned(manager, SCAN))

    with pytest.raises(FootprintError):
        operations.install(paths, Systemd(manager.connect()), wish)

    assert installation.read(paths) is None


def test_what_was_edited_by_hand_is_refused(manager: FakeSystemd) -> None:
    install(manager, SCAN)
    unit = manager.units / "footprint-breach_recheck.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("Nice=10", "Nice=3"), encoding="utf-8")

    wanted = planned(manager, SCAN)

    assert plan.edited(wanted.changes) == ("footprint-breach_recheck.service",)
    with pytest.raises(ConfigurationError, match="edited by hand"):
        guards.refuse_edited(wanted, Systemd(manager.connect()), "install")


def test_what_was_edited_is_kept_before_it_is_overwritten(
    manager: FakeSystemd, tmp_path: Path
) -> None:
    paths = Paths(tmp_path / "c", tmp_path / "d", tmp_path / "s")
    install(manager, SCAN)
    mine = {"footprint-breach_recheck.service": "[Service]\nExecStart=/bin/true\n"}
    edited = manager.units / "footprint-breach_recheck.service"
    edited.write_text(mine[edited.name], encoding="utf-8")
    masked = manager.units / "footprint-breach_recheck.timer"
    masked.unlink()
    masked.symlink_to("/dev/null")
    wanted = planned(manager, SCAN)

    place = guards.back_up(paths, manager.units, wanted)
    systemd_apply.apply(manager.connect(), wanted)

    assert place is not None
    assert mine[edited.name] == (place / edited.name).read_text(encoding="utf-8")
    assert "/dev/null" == str((place / masked.name).readlink())
    assert planned(manager, SCAN).is_empty
    assert guards.back_up(paths, manager.units, planned(manager, SCAN)) is None


def test_units_of_an_earlier_name_go_and_another_s_stay(manager: FakeSystemd) -> None:
    install(manager, SCAN, done=NOW)
    before = tree(manager.home)
    older = manager.units / "digital-footprint-breach.timer"
    text = (manager.units / "footprint-breach_recheck.timer").read_text(encoding="utf-8")
    older.write_text(text, encoding="utf-8")
    foreign = manager.units / "footprint-of-my-dog.timer"
    foreign.write_text("[Timer]\nOnCalendar=daily\n", encoding="utf-8")
    drop_in = manager.units / "footprint-breach_recheck.timer.d" / "mine.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Timer]\nRandomizedDelaySec=0\n", encoding="utf-8")
    for verb in ("enable", "start"):
        manager(["systemctl", "--user", verb, older.name])
    stamp = manager.stamps / f"stamp-{older.name}"
    stamp.touch()
    manager.calls.clear()

    install(manager, SCAN, done=NOW)

    assert [
        ("stop", older.name),
        ("disable", older.name),
        ("daemon-reload",),
        ("stop", older.name),
        ("reset-failed", older.name),
    ] == manager.changing()
    assert {foreign.name, drop_in.parent.name} <= {path.name for path in manager.units.iterdir()}
    assert drop_in.exists()
    left = {*tree(manager.home)} - {*before}
    assert {foreign.name, drop_in.name, drop_in.parent.name} == {Path(name).name for name in left}


@pytest.mark.parametrize("verb", ["disable", "daemon-reload"])
def test_a_removal_killed_in_its_midst_is_finished_by_the_next(
    manager: FakeSystemd, verb: str
) -> None:
    install(manager, SCAN, done=NOW)
    wanted, connected = planned(manager), manager.connect()
    steps = systemd_apply._steps(connected, wanted)
    keep(manager.units, plan.paths(wanted.changes))
    for doing, step in steps:
        step()
        if doing.startswith(verb) or ("anew" in doing and verb == "daemon-reload"):
            break

    assert not planned(manager).is_empty
    install(manager)

    assert not [name for name in tree(manager.home) if "footprint" in name]
    assert planned(manager).is_empty


def test_timers_of_another_home_are_not_taken_over(manager: FakeSystemd) -> None:
    here = replace(HOST, environment={"FOOTPRINT_HOME": "/srv/household"})
    systemd_apply.apply(manager.connect(), planned(manager, SCAN, host=here))

    guards.refuse_other_home(planned(manager, SCAN, host=here))
    guards.refuse_other_home(planned(manager, DAILY, host=here))
    with pytest.raises(ConfigurationError, match="/srv/household"):
        guards.refuse_other_home(planned(manager, SCAN))
    elsewhere = replace(HOST, environment={"FOOTPRINT_HOME": "/srv/other"})
    with pytest.raises(ConfigurationError, match="/srv/other"):
        guards.refuse_other_home(planned(manager, SCAN, host=elsewhere))


@pytest.mark.parametrize(
    ("hours_ago", "remembered"),
    [(1, None), (12, False), (40, True)],
    ids=["no slot since", "a slot since, not overdue", "overdue"],
)
def test_after_a_changed_schedule_the_next_boot_makes_up_only_what_is_overdue(
    manager: FakeSystemd, hours_ago: int, *, remembered: bool | None
) -> None:
    """The stamp is what the next boot goes by: a slot before it is made up for."""
    done = NOW - timedelta(hours=hours_ago)
    install(manager, SCAN, done=done)
    # Daily, in a slot that lies six hours back.
    slot_time = (NOW - timedelta(hours=6)).astimezone()
    slot = Slot(interval_days=1, phase=0, hour=slot_time.hour, minute=slot_time.minute)

    install(manager, replace(SCAN, slot=slot), done=done)

    stamp = read_time(stamp_of(manager.stamps, SCAN.name))
    assert stamp is not None
    if remembered is None:
        assert stamp == done, "nothing is due either way"
    else:
        assert (stamp == done) == remembered


def test_a_masked_timer_is_refused_as_a_file_of_somebody_else(manager: FakeSystemd) -> None:
    manager.units.mkdir(parents=True)
    (manager.units / "footprint-breach_recheck.timer").symlink_to("/dev/null")

    assert plan.edited(planned(manager, SCAN).changes) == ("footprint-breach_recheck.timer",)


def test_another_version_of_the_program_is_no_edit(
    manager: FakeSystemd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render, "__version__", "0.0.1")
    install(manager, SCAN)
    monkeypatch.undo()

    assert plan.edited(planned(manager, SCAN).changes) == ()
    assert "-Version=0.0.1" in plan.diff(planned(manager, SCAN).changes)
