"""The lines in a person's crontab: installed, left alone, changed, put back, taken out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digital_footprint import process
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.scheduler import locks
from digital_footprint.scheduler.due import last_done
from footprint_timers import crontab, plan
from footprint_timers.manager import Refusal
from footprint_timers.model import Job, Slot
from footprint_timers.schedulers import cron
from footprint_timers.schedulers.cron import Cron
from tests.fake_crontab import FakeCrontab

SLOT = Slot(interval_days=1, phase=0, hour=4, minute=17, yearless=True)
LOOKS = Job(name="verify_removals", summary="looks again", slot=SLOT, timeout_minutes=60)
SCAN = replace(
    LOOKS, name="breach_recheck", summary="asks", slot=replace(SLOT, interval_days=7, minute=37)
)
PROGRAM = Path("/home/jane/it's 100%/footprint-job")
# Bytes of another encoding, line ends of another system, and no end of the last line.
FOREIGN = b"MAILTO=jane@example.com\n# caf\xe9\r\n*/5 * * * * echo \\%d\t \n"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrontab:
    fake = FakeCrontab(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    return fake


@pytest.fixture
def scheduler(fake: FakeCrontab, paths: Paths) -> Cron:
    found = cron.connect(process.run, paths, processes=fake.processes)
    assert isinstance(found, Cron)
    return found


def planned(scheduler: Cron, paths: Paths, *jobs: Job, db: Database | None = None) -> cron.Plan:
    wanted = scheduler.files(jobs, paths, PROGRAM)
    return scheduler.make_plan(jobs, wanted, lambda name: last_done(db, name) if db else None)


def install(scheduler: Cron, paths: Paths, *jobs: Job) -> None:
    scheduler.apply(planned(scheduler, paths, *jobs))


# ---- reaching it


@pytest.mark.parametrize(
    "argv", [("/usr/sbin/cron", "-f"), ("crond", "-n"), ("busybox", "crond"), ("/usr/sbin/crond",)]
)
def test_every_cron_daemon_is_known(fake: FakeCrontab, paths: Paths, argv: tuple[str, ...]) -> None:
    fake.daemon(*argv)

    assert isinstance(cron.connect(process.run, paths, processes=fake.processes), Cron)


def refusal(fake: FakeCrontab, paths: Paths, platform: str = "linux") -> Refusal:
    found = cron.connect(process.run, paths, platform=platform, processes=fake.processes)
    assert isinstance(found, Refusal)
    assert found.advice
    return found


@pytest.mark.parametrize(
    "argv", [("vim", "cron"), ("busybox", "sh"), ("/usr/sbin/cronie-not", ""), ("sh", "crond")]
)
def test_without_a_daemon_that_runs_it_is_refused(
    fake: FakeCrontab, paths: Paths, argv: tuple[str, ...]
) -> None:
    fake.daemon(*argv)

    assert "no cron daemon runs" in refusal(fake, paths).reason


def test_a_daemon_inside_of_a_container_reads_no_crontab_of_ours(
    fake: FakeCrontab, paths: Paths
) -> None:
    """Its host sees it among its own processes: with the number it has in there, too."""
    status = fake.processes / "17/status"
    status.write_text("Name:\tcron\nNSpid:\t17\t5\n", "utf-8")
    assert "no cron daemon runs" in refusal(fake, paths).reason

    status.write_text("Name:\tcron\nNSpid:\t17\n", "utf-8")
    assert isinstance(cron.connect(process.run, paths, processes=fake.processes), Cron)


def test_on_macos_no_crontab_is_even_looked_at(fake: FakeCrontab, paths: Paths) -> None:
    touched = fake.place / "touched"
    (fake.place / "crontab").write_text(f"#!/bin/sh\ntouch {touched}\n", "utf-8")

    assert "macOS" in refusal(fake, paths, platform="darwin").reason
    assert not touched.exists()


def test_who_may_not_use_it_is_told_what_it_said(fake: FakeCrontab, paths: Paths) -> None:
    fake.misbehave("forbids")

    found = refusal(fake, paths)

    assert "You (jane) are not allowed" in found.reason
    assert "/etc/cron.allow" in found.advice


def test_without_the_program_it_is_refused(
    fake: FakeCrontab, paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "no crontab program" in refusal(fake, paths).reason


# ---- installing and taking out


def test_a_home_with_a_name_longer_than_crontab_takes_is_none_the_worse(
    fake: FakeCrontab, tmp_path: Path
) -> None:
    home = tmp_path / ("long" * 30)
    home.mkdir()
    scheduler = cron.connect(process.run, Paths(home, home, home), processes=fake.processes)
    assert isinstance(scheduler, Cron)

    install(scheduler, Paths(home, home, home), LOOKS)

    assert b"verify_removals" in fake.spool.read_bytes()


def test_what_crontab_says_of_a_line_is_passed_on(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    fake.misbehave("refuses")

    with pytest.raises(FootprintError, match='"-":1: bad minute; errors in crontab file'):
        install(scheduler, paths, LOOKS)


@pytest.mark.parametrize("content", [None, b"", FOREIGN, b"# mine\n", b"# no end"])
def test_what_stood_there_stays_to_the_byte_and_comes_back_alone(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, content: bytes | None
) -> None:
    if content is not None:
        fake.spool.write_bytes(content)

    install(scheduler, paths, LOOKS, SCAN)
    installed = fake.spool.read_bytes()
    install(scheduler, paths, LOOKS)
    scheduler.apply(planned(scheduler, paths))

    assert installed.startswith(content or b"")
    assert b"run verify_removals" in installed
    assert b"run breach_recheck" in installed
    if content == b"# no end":
        # Debian's program takes no such file: one can only have been put there past it.
        assert b"# no end\n" == fake.spool.read_bytes()
    else:
        assert content == (fake.spool.read_bytes() if fake.spool.exists() else None)
    assert not [path for path in paths.locks.iterdir() if path.suffix != ".lock"]


def test_the_same_again_writes_nothing(fake: FakeCrontab, scheduler: Cron, paths: Paths) -> None:
    install(scheduler, paths, LOOKS)
    writes = fake.writes()

    again = planned(scheduler, paths, LOOKS)
    scheduler.apply(again)

    assert again.is_empty
    assert frozenset() == again.touched
    assert 1 == writes == fake.writes()


def test_uninstalling_where_nothing_is_writes_nothing(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    fake.spool.write_bytes(FOREIGN)

    scheduler.apply(planned(scheduler, paths))

    assert 0 == fake.writes()


def test_the_plan_shows_the_lines_as_a_diff_and_what_will_run_by_itself(
    scheduler: Cron, paths: Paths, db: Database
) -> None:
    done = db.insert_scheduled_run("breach_recheck", to_text(utc_now() - timedelta(days=1)))
    db.update_scheduled_run(done, status="success")

    made = planned(scheduler, paths, LOOKS, SCAN, db=db)

    diff = plan.diff(made.changes)
    assert "+++ wanted/crontab" in diff
    assert "+17 4 * * * " in diff
    assert ["within an hour or two, being overdue: run verify_removals"] == made.steps()
    assert {"verify_removals", "breach_recheck"} == made.touched


def test_a_change_is_planned_as_a_diff_of_the_lines_alone(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    fake.spool.write_bytes(FOREIGN)
    install(scheduler, paths, LOOKS)

    later = replace(LOOKS, slot=replace(SLOT, minute=18))
    diff = plan.diff(planned(scheduler, paths, later).changes)

    assert "-17 4 * * * " in diff
    assert "+18 4 * * * " in diff
    assert "MAILTO" not in diff


def test_lines_that_were_edited_by_hand_are_seen(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    install(scheduler, paths, LOOKS)
    fake.spool.write_text(fake.spool.read_text("utf-8").replace("17 4", "19 4"), "utf-8")

    assert ("crontab",) == plan.edited(planned(scheduler, paths, LOOKS).changes)
    assert ("crontab",) == plan.edited(planned(scheduler, paths).changes)


def test_lines_whose_mark_is_gone_are_taken_out_all_the_same(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    fake.spool.write_text(f"# mine\n{crontab.BEGIN}\n# nothing\n{crontab.END}\n", "utf-8")
    removal = planned(scheduler, paths)

    assert ("crontab",) == plan.edited(removal.changes)
    scheduler.apply(removal)
    assert "# mine\n" == fake.spool.read_text("utf-8")


def test_half_a_region_stops_every_plan(fake: FakeCrontab, scheduler: Cron, paths: Paths) -> None:
    fake.spool.write_text(f"{crontab.BEGIN}\n", "utf-8")

    for jobs in ((), (LOOKS,)):
        with pytest.raises(FootprintError, match="does not have one whole region"):
            planned(scheduler, paths, *jobs)


# ---- when it goes wrong


@pytest.mark.parametrize(
    ("mode", "said"), [("refuses", '"-":1: bad minute'), ("loses", "not say what was written")]
)
@pytest.mark.parametrize("content", [None, FOREIGN])
def test_a_step_that_fails_leaves_the_crontab_as_it_was(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, mode: str, said: str, content: bytes | None
) -> None:
    if content is not None:
        fake.spool.write_bytes(content)
    wanted = planned(scheduler, paths, LOOKS)
    fake.misbehave(mode)

    with pytest.raises(FootprintError) as failed:
        scheduler.apply(wanted)

    assert said in failed.value.message
    assert "the crontab is as it was before" == failed.value.hint
    assert content == (fake.spool.read_bytes() if fake.spool.exists() else None)


def test_what_cannot_be_put_back_is_kept_in_a_file(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    fake.spool.write_bytes(FOREIGN)
    wanted = planned(scheduler, paths, LOOKS)
    program = (fake.place / "crontab").read_text("utf-8")
    # It ruins whatever it is given, every time.
    (fake.place / "crontab").write_text(program.replace('rm "$spool.mode"; ', ""), "utf-8")
    fake.misbehave("loses")

    with pytest.raises(FootprintError) as failed:
        scheduler.apply(wanted)

    kept = paths.locks / "crontab.before"
    assert f"what it was is in {kept}" in failed.value.hint
    assert FOREIGN == kept.read_bytes()
    assert 0o600 == kept.stat().st_mode & 0o777


def test_lines_that_changed_since_the_plan_are_not_overwritten(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    install(scheduler, paths, LOOKS)
    wanted = planned(scheduler, paths, SCAN)
    changed = fake.spool.read_text("utf-8").replace("17 4", "19 4")
    fake.spool.write_text(changed, "utf-8")

    with pytest.raises(FootprintError, match="changed meanwhile"):
        scheduler.apply(wanted)

    assert changed == fake.spool.read_text("utf-8")


def test_foreign_lines_that_changed_since_the_plan_stay_as_they_became(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    wanted = planned(scheduler, paths, LOOKS)
    fake.spool.write_bytes(FOREIGN)

    scheduler.apply(wanted)

    assert fake.spool.read_bytes().startswith(FOREIGN)


def test_only_one_of_ours_changes_it_at_a_time(scheduler: Cron, paths: Paths) -> None:
    hasty = replace(scheduler, crontab=replace(scheduler.crontab, patience=0))
    wanted = planned(scheduler, paths, LOOKS)

    with (
        locks.patient_lock(paths.locks, "crontab", 0),
        pytest.raises(FootprintError, match="lock of crontab"),
    ):
        hasty.apply(wanted)


# ---- how it stands


def test_a_job_stands_as_its_line_says(scheduler: Cron, paths: Paths) -> None:
    install(scheduler, paths, LOOKS)

    found = scheduler.read_status(["verify_removals", "breach_recheck"])

    looks, scan = found["verify_removals"], found["breach_recheck"]
    assert (True, True, True, False) == (
        looks.installed,
        looks.enabled,
        looks.loaded,
        looks.running,
    )
    assert looks.next_due is not None
    assert (4, 17) == (looks.next_due.astimezone().hour, looks.next_due.astimezone().minute)
    assert timedelta() < looks.next_due - utc_now() <= timedelta(days=1)
    assert not scan.installed


def test_a_line_that_was_made_a_comment_is_no_timer(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    install(scheduler, paths, LOOKS)
    text = fake.spool.read_text("utf-8").replace("17 4", "#17 4")
    fake.spool.write_text(text, "utf-8")

    assert not scheduler.read_status(["verify_removals"])["verify_removals"].installed
