"""What is wrong with the lines in a crontab, and the commands as a person gives them with cron."""

import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from digital_footprint import process
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Paths, load_config, resolve_paths
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError, NoSchedulerError
from digital_footprint.scheduler import runner
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import catalogue, crontab, installation
from footprint_timers.cli import footprint_timers
from footprint_timers.doctor_cron import examine
from footprint_timers.examination import Finding
from footprint_timers.installation import Installation, Period
from footprint_timers.machine import Machine
from footprint_timers.model import Scope, Slot
from footprint_timers.schedulers import choose, cron
from footprint_timers.schedulers.cron import Cron
from tests.conftest import CommandLine, Ended, HandClock
from tests.fake_crontab import FakeCrontab

if TYPE_CHECKING:
    from footprint_timers.manager import Refusal

PROGRAM = Path(sys.executable).with_name("footprint-job")


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrontab:
    fake = FakeCrontab(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    return fake


@pytest.fixture
def scheduler(fake: FakeCrontab, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Cron:
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.data))
    found = cron.connect(process.run, paths, processes=fake.processes)
    assert isinstance(found, Cron)
    return found


def install(scheduler: Cron, paths: Paths, program: Path = PROGRAM) -> None:
    jobs = catalogue.without_years(catalogue.wanted_jobs(load_config(paths), "seed"))
    files = scheduler.files(jobs, paths, program)
    scheduler.apply(scheduler.make_plan(jobs, files, lambda _name: None))


def findings(scheduler: Cron, paths: Paths) -> dict[str, Finding]:
    return {one.name: one for one in examine(load_config(paths), scheduler)}


def edit(fake: FakeCrontab, old: str, new: str) -> None:
    text = fake.spool.read_text("utf-8")
    assert old in text
    fake.spool.write_text(text.replace(old, new, 1), "utf-8")


def test_what_was_installed_is_well_and_is_called_as_cron_would(
    scheduler: Cron, paths: Paths, db: Database
) -> None:
    install(scheduler, paths)

    found = findings(scheduler, paths)

    assert all(one.ok for one in found.values()), found
    assert {*(f"timer {name}" for name in JOBS), "mail", "call"} == set(found)
    assert "fires next" in found["timer verify_removals"].found
    assert "on the same database" in found["call"].found


def test_without_lines_every_job_is_missed(scheduler: Cron, paths: Paths) -> None:
    found = findings(scheduler, paths)

    assert {f"timer {name}" for name in JOBS} == set(found)
    assert not any(one.ok for one in found.values())
    assert {"footprint-timers install"} == {one.fix for one in found.values()}


@pytest.mark.parametrize(
    ("setting", "name", "word"),
    [
        ("SHELL=/usr/bin/fish", "shell", "/usr/bin/fish"),
        ("CRON_TZ=Asia/Tokyo", "time zone", "Asia/Tokyo"),
        ('MAILTO=""', "mail", "nobody is told"),
        (" MAILTO = ", "mail", "nobody is told"),
    ],
)
def test_a_setting_above_the_lines_that_changes_their_meaning_is_seen(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, setting: str, name: str, word: str
) -> None:
    fake.spool.write_text(f"{setting}\n", "utf-8")
    install(scheduler, paths)

    found = findings(scheduler, paths)[name]

    assert not found.ok
    assert word in found.found
    assert "crontab -e" in found.fix


@pytest.mark.parametrize("setting", ["SHELL=/bin/bash", "# SHELL=/usr/bin/fish", "MAILTO=jane"])
def test_a_setting_that_does_no_harm_is_none(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, setting: str
) -> None:
    fake.spool.write_text(f"{setting}\n", "utf-8")
    install(scheduler, paths)

    assert all(one.ok for one in findings(scheduler, paths).values())


def test_who_has_another_channel_needs_no_mail(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, db: Database
) -> None:
    paths.config_file.write_text('[alerts.channels.screen]\nkind = "desktop"\n', "utf-8")
    fake.spool.write_text("MAILTO=\n", "utf-8")
    install(scheduler, paths)

    assert findings(scheduler, paths)["mail"].ok


def test_a_line_that_never_fires_is_seen(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, db: Database
) -> None:
    install(scheduler, paths)
    line = next(
        line for line in fake.spool.read_text("utf-8").split("\n") if "run verify_removals" in line
    )
    edit(fake, line, " ".join(["0 0 31 2 *", *line.split()[5:]]))

    assert "never fires" in findings(scheduler, paths)["timer verify_removals"].found


def test_a_program_that_is_gone_is_seen(scheduler: Cron, paths: Paths) -> None:
    install(scheduler, paths, paths.data / "gone/footprint-job")

    found = findings(scheduler, paths)["call"]

    assert not found.ok
    assert "not found" in found.found
    assert "./install.sh" == found.fix


def test_another_home_in_the_lines_is_seen(
    scheduler: Cron, paths: Paths, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(scheduler, paths)
    monkeypatch.setenv("FOOTPRINT_HOME", str(tmp_path / "other"))

    found = findings(scheduler, paths)["call"]

    assert not found.ok
    assert str(paths.database) in found.found


def test_a_home_that_is_set_above_the_lines_leads_them_astray(
    fake: FakeCrontab,
    scheduler: Cron,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FOOTPRINT_HOME")
    monkeypatch.setenv("HOME", str(home))
    install(scheduler, resolve_paths())
    assert findings(scheduler, resolve_paths())["call"].ok
    fake.spool.write_text(f"FOOTPRINT_HOME={tmp_path}/x\n{fake.spool.read_text('utf-8')}", "utf-8")

    found = findings(scheduler, resolve_paths())["call"]

    assert f"{tmp_path}/x" in found.found
    assert "crontab -e, and move our lines above FOOTPRINT_HOME=" == found.fix


def test_a_line_that_was_taken_out_by_hand_is_put_back_by_force(
    fake: FakeCrontab, scheduler: Cron, paths: Paths, db: Database
) -> None:
    install(scheduler, paths)
    lines = fake.spool.read_text("utf-8").splitlines(keepends=True)
    fake.spool.write_text(
        "".join(one for one in lines if "run verify_removals" not in one), encoding="utf-8"
    )

    found = findings(scheduler, paths)["timer verify_removals"]

    assert "has no line in the crontab" == found.found
    assert "footprint-timers install --force" == found.fix


def test_lines_that_look_for_nothing_that_was_missed_are_seen(
    fake: FakeCrontab, scheduler: Cron, paths: Paths
) -> None:
    install(scheduler, paths)
    text = fake.spool.read_text("utf-8")
    kept = [line for line in text.split("\n") if "run-overdue" not in line]
    fake.spool.write_text("\n".join(kept), "utf-8")

    assert "no line looks" in findings(scheduler, paths)["call"].found


def test_an_unconfigured_household_does_not_grow_a_row_an_hour(
    db: Database, paths: Paths, hand_clock: HandClock
) -> None:
    config = load_config(paths)
    for _ in range(24):
        runner.run_scheduled_jobs(
            db, config, options=Options(trigger="catchup", clock=hand_clock.clock())
        )
        hand_clock.moment += timedelta(hours=1)

    rows = [row["job_name"] for row in db.get_run_history(1000)]

    assert {
        "breach_recheck": 4,
        "dark_web_monitor": 4,
        "verify_removals": 1,
        "generate_report": 4,
    } == {name: rows.count(name) for name in JOBS}


# ---- as a person calls it


@dataclass
class Person:
    """Calls footprint-timers on a machine whose processes are those of the stand-in."""

    home: Path
    machine: Machine

    def __call__(self, *words: str) -> Ended:
        done = CliRunner().invoke(footprint_timers, words, obj=self.machine, standalone_mode=False)
        error = done.exception
        if isinstance(error, FootprintError):
            return Ended(error.exit_code, done.stdout, f"{error.message}; {error.hint}")
        assert error is None or isinstance(error, SystemExit), error
        return Ended(done.return_value or done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def with_cron(fake: FakeCrontab, home: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setenv("FOOTPRINT_HOME", str(home))
    return Person(home, Machine(platform="linux", processes=fake.processes))


def placed(fake: FakeCrontab, timers: Person) -> None:
    """Put our lines there, past `install`, which refuses a program in a directory like /tmp."""
    output = timers.home / "rendered"
    done = timers("render", "--backend", "cron", "--output", str(output))
    assert 0 == done.code, done.err
    lines = (output / "crontab").read_text("utf-8")
    fake.spool.write_text(crontab.put("# mine\n", lines), "utf-8")


def test_what_is_rendered_is_what_is_wanted(fake: FakeCrontab, with_cron: Person) -> None:
    placed(fake, with_cron)

    made = with_cron("plan", "--check", "--backend", "cron", "--json")

    assert 0 == made.code, made.out
    assert not json.loads(made.out)["drift"]


def test_the_plan_says_what_the_crontab_lacks(fake: FakeCrontab, with_cron: Person) -> None:
    made = with_cron("plan", "--check", "--backend", "cron", "--json")

    document = json.loads(made.out)
    assert 1 == made.code
    assert "crontab" == document["units"]
    assert [{"path": "crontab", "action": "write"}] == document["changes"]
    assert not fake.spool.exists()


def test_the_status_tells_each_job_by_its_line(fake: FakeCrontab, with_cron: Person) -> None:
    placed(fake, with_cron)

    document = json.loads(with_cron("status", "--backend", "cron", "--json").out)

    assert ("cron", "user") == (document["backend"], document["scope"])
    for job in document["jobs"]:
        assert job["installed"]
        assert not job["drift"]
        assert job["next_due"]


def test_lines_edited_by_hand_are_not_taken_out_without_force(
    fake: FakeCrontab, with_cron: Person
) -> None:
    placed(fake, with_cron)
    home = with_cron.home
    installation.write(
        Paths(home, home, home), Installation(backend="cron", scope="user", units="", stamps="")
    )
    edit(fake, "@reboot sleep 60", "@reboot sleep 61")
    before = fake.spool.read_bytes()

    refused = with_cron("uninstall", "--backend", "cron", "--yes")
    kept = fake.spool.read_bytes()
    forced = with_cron("uninstall", "--backend", "cron", "--yes", "--force")

    assert 78 == refused.code
    assert "crontab -e" in refused.err
    assert before == kept
    assert 0 == forced.code
    assert b"# mine\n" == fake.spool.read_bytes()
    (replaced,) = (with_cron.home / "replaced").glob("*/crontab")
    assert "@reboot sleep 61" in replaced.read_text("utf-8")
    back = f"crontab -e, with the lines of {replaced}"
    assert f"to have it back: {back}" in forced.out.splitlines()


@pytest.mark.parametrize("times", [1, 2], ids=["half a region", "the region twice"])
def test_whoever_looks_is_told_of_a_region_that_is_not_whole(
    fake: FakeCrontab, with_cron: Person, times: int
) -> None:
    placed(fake, with_cron)
    text = fake.spool.read_text("utf-8")
    fake.spool.write_text(text * 2 if times == 2 else text.replace(crontab.END, "#"), "utf-8")

    status = with_cron("status", "--backend", "cron", "--json")
    doctor = with_cron("doctor", "--backend", "cron", "--json")

    assert 0 == status.code, "whatever it finds"
    assert list(JOBS) == [job["name"] for job in json.loads(status.out)["jobs"]]
    assert "crontab -e" in status.err
    assert 1 == doctor.code
    wrong = [one for one in json.loads(doctor.out)["checks"] if not one["ok"]]
    assert any(one["name"] == "cron" and "crontab -e" in one["fix"] for one in wrong)


no_systemd = pytest.mark.skipif(
    Path("/run/systemd/system").exists(), reason="this machine has systemd"
)


@no_systemd
def test_cron_is_taken_last_and_what_was_passed_over_is_told(fake: FakeCrontab) -> None:
    passed_over: dict[str, Refusal] = {}
    machine = Machine(platform="linux", processes=fake.processes)

    chosen = choose(process.run, machine=machine, on_refused=passed_over.setdefault)

    assert "cron" == chosen.name
    assert ["systemd", "launchd"] == list(passed_over)
    assert "not started by systemd" in passed_over["systemd"].reason


def test_no_system_has_a_crontab_of_ours_and_no_mac_is_asked_for_one(fake: FakeCrontab) -> None:
    cases: tuple[tuple[str, Scope], ...] = (("linux", "system"), ("darwin", "user"))
    for platform, scope in cases:
        machine = Machine(platform=platform, processes=fake.processes)
        with pytest.raises(NoSchedulerError, match="cron, "):
            choose(process.run, "cron", machine=machine, scope=scope)


def test_a_line_of_a_crontab_says_of_its_run_that_it_fired_at_its_slot(
    run: CommandLine, db: Database, paths: Paths
) -> None:
    slot = Slot(interval_days=1, phase=0, hour=0, minute=0)
    periods = (Period(slot=slot, since=to_text(utc_now())),)
    installation.write(
        paths,
        Installation(
            backend="cron",
            scope="user",
            units="crontab",
            stamps="",
            jobs={"breach_recheck": periods},
        ),
    )

    run("footprint-job", "run", "breach_recheck", "--trigger", "timer")
    row = db.get_run_history(1)[0]
    midnight = utc_now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)

    assert ("timer", to_text(midnight)) == (row["trigger"], row["scheduled_for"])
