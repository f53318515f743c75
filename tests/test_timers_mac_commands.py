"""footprint-timers on a Mac, as a person calls it: plan, status, doctor, catch-up, uninstall."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import process
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, NoSchedulerError
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import agents, doctor_launchd, guards, installation, operations
from footprint_timers.cli import footprint_timers
from footprint_timers.machine import Machine
from footprint_timers.schedulers import choose
from footprint_timers.slots import host_seed
from tests.mac import Mac, tree

SCAN = "footprint-timers.breach_recheck"


@dataclass
class Person:
    """Somebody at this Mac, whose home of ours is `home`."""

    mac: Mac
    paths: Paths
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *argv: str, machine: Machine | None = None) -> tuple[int, Any]:
        self.capsys.readouterr()
        code = footprint_timers.main(
            [*argv, "--json"],
            prog_name="footprint-timers",
            standalone_mode=False,
            obj=machine or self.mac.machine(),
        )
        return code or 0, json.loads(self.capsys.readouterr().out)

    def install(self, db: Database) -> None:
        """Install as `install` does; that refuses to keep a program of a test's environment."""
        scheduler = self.mac.connect()
        wanted = operations.wish(db, load_config(self.paths), scheduler)
        operations.install(self.paths, scheduler, wanted)
        self.mac.calls()

    def checks(self) -> dict[str, Any]:
        return {one["name"]: one for one in self("doctor")[1]["checks"]}

    def wrong(self) -> set[str]:
        return {name for name, one in self.checks().items() if not one["ok"]}


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mac:
    return Mac(tmp_path / "mac", monkeypatch)


@pytest.fixture
def person(
    mac: Mac,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Person:
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.config))
    return Person(mac, paths, capsys)


def done(db: Database, names: Sequence[str], days: float) -> None:
    for name in names:
        run_id = db.insert_scheduled_run(name, to_text(utc_now() - timedelta(days=days)))
        db.update_scheduled_run(run_id, status="success")


def test_status_tells_launchd_s_own_next_runs(person: Person, db: Database) -> None:
    done(db, list(JOBS), 0.1)
    person.install(db)

    code, found = person("status")

    assert (0, "launchd", "user", False) == (
        code,
        found["backend"],
        found["scope"],
        found["linger"],
    )
    for job in found["jobs"]:
        assert (True, True, True, False) == (
            job["installed"], job["enabled"], job["loaded"], job["drift"]
        )  # fmt: skip
        assert "ok" == job["state"]
        assert job["next_due"] > to_text(utc_now())


def test_plan_tells_every_step_and_after_an_installation_none(person: Person, db: Database) -> None:
    code, before = person("plan", "--check")
    person.install(db)
    after_code, after = person("plan", "--check")

    assert (1, True) == (code, before["drift"])
    assert f"bootstrap {SCAN}" in before["steps"]
    assert f"wanted/{SCAN}.plist" in before["diff"]
    assert (0, False, [], "") == (after_code, after["drift"], after["steps"], after["diff"])


def test_an_agent_that_was_switched_off_unloaded_or_changed_is_no_longer_well(
    person: Person, mac: Mac, db: Database
) -> None:
    done(db, list(JOBS), 0.1)
    person.install(db)
    mac.disable(SCAN)
    mac.unload("footprint-timers.dark_web_monitor")
    plist = mac.loaded()["footprint-timers.verify_removals"]["plist"]
    mac.change(
        "footprint-timers.verify_removals",
        plist={**plist, "StartCalendarInterval": [{"Hour": 9, "Minute": 1}]},
    )

    jobs = {one["name"]: one for one in person("status")[1]["jobs"]}
    checks = person.checks()

    assert (False, True) == (jobs["breach_recheck"]["enabled"], jobs["breach_recheck"]["drift"])
    assert ("disabled", None) == (
        jobs["dark_web_monitor"]["state"],
        jobs["dark_web_monitor"]["next_due"],
    )
    assert jobs["verify_removals"]["drift"]
    assert f"launchctl enable gui/501/{SCAN}" == checks["agent breach_recheck"]["fix"]
    assert "not loaded" in checks["agent dark_web_monitor"]["found"]
    assert "Login Items" in checks["agent dark_web_monitor"]["found"]
    assert "something else than its file" in checks["agent verify_removals"]["found"]
    assert checks["agent generate_report"]["ok"]


def test_the_doctor_is_content_with_a_whole_installation(person: Person, db: Database) -> None:
    person.install(db)

    assert set() == person.wrong()
    checks = person.checks()
    assert "gui/501" in checks["session"]["found"]
    assert "runs" in checks["program"]["found"]
    assert "fires next" in checks["agent catchup"]["found"]
    assert "crontab" not in checks, "on a Mac to ask for it raises a dialogue"


@pytest.mark.parametrize(("code", "word"), [(78, "could not set it up"), (127, "gone")])
def test_an_agent_that_launchd_could_not_start_is_told_by_its_last_exit_code(
    person: Person, mac: Mac, db: Database, code: int, word: str
) -> None:
    person.install(db)
    mac.change(SCAN, last_exit=f"{code}: WORD")

    found = person.checks()["agent breach_recheck"]

    assert not found["ok"]
    assert word in found["found"]
    assert found["fix"]


def test_a_program_whose_interpreter_is_gone_is_found_by_starting_it(
    person: Person, mac: Mac, db: Database, tmp_path: Path
) -> None:
    scheduler = mac.connect()
    program = tmp_path / "footprint-job"
    program.write_text("#!/nowhere/python\n", encoding="utf-8")
    program.chmod(0o755)
    jobs = operations.wish(db, load_config(person.paths), scheduler).jobs
    files = scheduler.files(jobs, person.paths, program)
    scheduler.apply(scheduler.make_plan(jobs, files, lambda _name: None))

    found = person.checks()["program"]

    assert not found["ok"]
    assert str(program) in found["found"]
    assert "./install.sh" == found["fix"]


def test_a_session_without_a_screen_is_told_with_the_way_to_daemons(
    person: Person, mac: Mac, db: Database
) -> None:
    mac.has_domains("user/501")
    person.install(db)

    found = person.checks()["session"]

    assert not found["ok"]
    assert "after a reboot" in found["found"]
    assert "--scope system" in found["fix"]


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("/Users/jane/Documents/footprint", "/Users/jane/Documents"),
        ("/Users/jane/Desktop", "/Users/jane/Desktop"),
        ("/Users/jane/Downloads/x/y", "/Users/jane/Downloads"),
        (
            "/Users/jane/Library/Mobile Documents/com~apple~CloudDocs/f",
            "/Users/jane/Library/Mobile Documents",
        ),
        ("/Users/jane/Library/CloudStorage/Some/f", "/Users/jane/Library/CloudStorage"),
        ("/Volumes/disk/footprint", "/Volumes"),
        ("/Users/jane/DocumentsOfMine", None),
        ("/Users/jane/Library/Application Support/digital-footprint", None),
    ],
)
def test_places_that_macos_guards_are_known(place: str, folder: str | None) -> None:
    assert folder == doctor_launchd.protected(Path(place), Path("/Users/jane"))


def test_a_home_where_macos_asks_first_is_told_with_the_way_out(
    person: Person, mac: Mac, db: Database
) -> None:
    person.install(db)
    machine = replace(mac.machine(), home=mac.home)
    inside = mac.home / "Documents" / "footprint"
    paths = Paths(inside, inside, inside)

    found = doctor_launchd._places(paths, None, machine.home, "footprint-timers install")

    assert not found.ok
    assert str(mac.home / "Documents") in found.found
    assert "mv " in found.fix
    assert "install --force" in found.fix


def test_the_catch_up_starts_agents_and_says_which(person: Person, mac: Mac, db: Database) -> None:
    person.install(db)
    done(db, list(JOBS), 0.5)

    assert (0, {"started": [], "left_alone": []}) == person("catch-up")
    done(db, ["breach_recheck"], 8)
    assert (0, {"started": ["breach_recheck"], "left_alone": []}) == person("catch-up")
    assert 1 == mac.loaded()[SCAN]["runs"]


def test_a_catch_up_without_an_installation_is_refused(person: Person) -> None:
    with pytest.raises(ConfigurationError, match="nothing is installed"):
        person("catch-up")


def test_uninstalling_leaves_nothing_of_ours(person: Person, mac: Mac, db: Database) -> None:
    person.install(db)

    code, found = person("uninstall", "--yes")

    assert 0 == code
    assert {agents.file_of(name) for name in (*JOBS, "catchup")} == set(found["removed"])
    assert {} == mac.loaded()
    assert {} == tree(mac.agents)
    assert installation.read(person.paths) is None


def test_a_plist_edited_by_hand_is_not_removed_unasked(
    person: Person, mac: Mac, db: Database
) -> None:
    person.install(db)
    plist = mac.agents / f"{SCAN}.plist"
    plist.write_text(plist.read_text(encoding="utf-8").replace(">5<", ">9<"), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="edited by hand") as caught:
        person("uninstall", "--yes")

    assert "systemctl" not in caught.value.hint
    assert "--force" in caught.value.hint
    code, found = person("uninstall", "--yes", "--force")
    assert 0 == code
    assert [plist.name] == [path.name for path in Path(found["backup"]).iterdir()]


def test_another_home_s_agents_are_not_taken_over(
    person: Person, mac: Mac, db: Database, tmp_path: Path
) -> None:
    person.install(db)
    other = Paths(*[tmp_path / "other"] * 3)
    scheduler = mac.connect()
    mac.monkeypatch.setenv("FOOTPRINT_HOME", str(other.config))
    wanted = operations.wish(db, load_config(other), scheduler)

    with pytest.raises(ConfigurationError, match="the installed timers work with"):
        guards.refuse_other_home(wanted.plan)


def test_what_is_installed_is_asked_and_no_other_scheduler(
    person: Person, db: Database, mac: Mac
) -> None:
    person.install(db)
    mac.has_domains()

    found = person("status")[1]

    assert found["backend"] is None
    assert {True} == {job["installed"] for job in found["jobs"]}
    with pytest.raises(NoSchedulerError) as caught:
        choose(
            process.run,
            machine=replace(mac.machine(), platform="linux"),
            installed=installation.read(person.paths),
        )
    assert "systemd" not in caught.value.message


def test_audit_expects_the_firings_of_launchd_s_calendar(person: Person, db: Database) -> None:
    person.install(db)
    record = installation.read(person.paths)
    assert record is not None

    slot = record.slot("dark_web_monitor")

    assert slot is not None
    assert slot.yearless
    assert "" == record.stamps


def test_a_mac_keeps_its_slots_whatever_network_names_it(
    mac: Mac, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ioreg = mac.home / "bin" / "ioreg"
    ioreg.write_text(
        '#!/bin/sh\necho \'  "IOPlatformUUID" = "11111111-2222-3333-4444-555555555555"\'\n', "utf-8"
    )
    ioreg.chmod(0o755)

    found = host_seed(tmp_path / "none", run=process.run)

    assert f"11111111-2222-3333-4444-555555555555:{os.getuid()}" == found


@pytest.mark.parametrize("scope", ["user", "system"])
def test_render_writes_plists_on_any_machine(
    person: Person, tmp_path: Path, request: pytest.FixtureRequest, scope: str
) -> None:
    if scope == "system":
        request.getfixturevalue("unprivileged")  # for root itself there are none
    out = tmp_path / "plists"

    code, found = person(
        "render", "--backend", "launchd", "--scope", scope, "--output", str(out),
        machine=replace(person.mac.machine(), platform="linux"),
    )  # fmt: skip

    assert 0 == code
    assert {agents.file_of(name) for name in (*JOBS, "catchup")} == {
        Path(name).name for name in found["files"]
    }
    text = (out / f"{SCAN}.plist").read_text(encoding="utf-8")
    assert ("<key>UserName</key>" in text) == (scope == "system")
    assert [] == person.mac.calls(), "nobody was asked"
