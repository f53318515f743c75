"""footprint-timers as a person calls it, on a machine that may have no scheduler at all."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.model import Person
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import installation
from footprint_timers.installation import Installation, Period
from footprint_timers.model import Slot
from tests.conftest import CommandLine

no_scheduler = pytest.mark.skipif(
    Path("/run/systemd/system").exists() or shutil.which("crontab") is not None,
    reason="this machine has systemd or cron",
)
DAILY = Slot(interval_days=1, phase=0, hour=4, minute=17)


@no_scheduler
@pytest.mark.parametrize("command", ["install", "plan", "plan --check"])
def test_without_a_scheduler_the_refusal_names_what_was_tried(
    run: CommandLine, command: str
) -> None:
    ended = run("footprint-timers", *command.split(), "--json")

    assert ended.code == 69
    error = ended.json["error"]
    assert error["kind"] == "no_scheduler"
    assert "systemd" in error["message"]
    assert error["hint"]


@no_scheduler
@pytest.mark.parametrize(
    ("ended", "state"), [(None, "never"), ("failed", "failing"), ("success", "disabled")]
)
def test_without_a_scheduler_what_is_installed_does_not_read_as_well(
    run: CommandLine, db: Database, paths: Paths, tmp_path: Path, ended: str | None, state: str
) -> None:
    timer = "footprint-breach_recheck.timer"
    wants = tmp_path / "units/timers.target.wants"
    wants.mkdir(parents=True)
    (wants.parent / timer).touch()
    (wants / timer).symlink_to(wants.parent / timer)
    units = str(wants.parent)
    slots = {"breach_recheck": (Period(slot=DAILY, since=to_text(utc_now())),)}
    installation.write(
        paths, Installation(backend="systemd", scope="user", units=units, stamps="/s", jobs=slots)
    )
    if ended:
        run_id = db.insert_scheduled_run("breach_recheck", to_text(utc_now()))
        db.update_scheduled_run(run_id, status=ended)

    job = next(
        one
        for one in run("footprint-timers", "status", "--json").json["jobs"]
        if one["name"] == "breach_recheck"
    )

    assert (True, True, False, state) == (
        job["installed"], job["enabled"], job["loaded"], job["state"],
    )  # fmt: skip
    assert "files and database" in run("footprint-timers", "status").out


@no_scheduler
def test_without_a_scheduler_the_status_still_tells_what_the_database_knows(
    run: CommandLine,
) -> None:
    ended = run("footprint-timers", "status", "--json")

    assert ended.code == 0
    assert ended.json == {
        "backend": None,
        "scope": None,
        "linger": ended.json["linger"],
        "jobs": [
            {
                "name": "breach_recheck",
                "interval_days": 7,
                "installed": False,
                "enabled": False,
                "loaded": False,
                "drift": False,
                "next_due": None,
                "last_run": None,
                "last_success_at": None,
                "overdue": True,
                "state": "not_installed",
                "sandbox": None,
            },
            *ended.json["jobs"][1:],
        ],
        "missed": [],
        "failures": [],
    }


@no_scheduler
def test_uninstalling_what_was_never_installed_is_done(run: CommandLine) -> None:
    assert run("footprint-timers", "uninstall", "--yes").code == 0


def test_a_job_that_is_switched_off_is_disabled(run: CommandLine, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[jobs.breach_recheck]\nenabled = false\n", encoding="utf-8")

    job = next(
        one
        for one in run("footprint-timers", "status", "--json").json["jobs"]
        if one["name"] == "breach_recheck"
    )

    assert job["state"] == "disabled"


def test_the_audit_names_missed_firings_and_ends_with_1(
    run: CommandLine, paths: Paths, db: Database
) -> None:
    since = to_text(utc_now().replace(year=utc_now().year - 1))
    installation.write(
        paths,
        Installation(
            backend="systemd", scope="user", units="", stamps="",
            jobs={"breach_recheck": (Period(slot=DAILY, since=since),)},
        ),
    )  # fmt: skip

    ended = run("footprint-timers", "audit", "--json")

    assert ended.code == 1
    assert 363 < len(ended.json["missed"]) < 368
    assert ended.json["missed"][0].keys() == {"job", "scheduled_for", "cause"}
    assert ended.json["jobs"][0]["expected"] == len(ended.json["missed"])
    assert run("footprint-timers", "status", "--json").json["missed"] == ended.json["missed"]


def test_an_audit_of_nothing_is_clean(run: CommandLine) -> None:
    assert run("footprint-timers", "audit").code == 0


def test_explain_proves_the_gaps(run: CommandLine, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text(
        "[jobs.breach_recheck]\ninterval_days = 3\n", encoding="utf-8"
    )

    (found,) = run("footprint-timers", "explain", "breach_recheck", "--json").json

    assert len(found["on_calendar"]) == 12
    assert list(found["gaps"]) == ["3"]
    assert len(found["next"]) == 5
    assert {"systemd", "launchd", "cron"} == set(found["backends"])
    for backend in found["backends"].values():
        assert 5 == len(backend["next"])
        assert 3 == max(map(int, backend["gaps"]))
        assert 3640 <= sum(int(gap) * count for gap, count in backend["gaps"].items()) <= 3652
    said = run("footprint-timers", "explain", "breach_recheck").out
    assert "    gaps over ten years: 3 days 121" in said


def test_explain_warns_of_an_hour_that_the_clocks_jump_over(run: CommandLine, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text(
        '[schedule]\nwindow = "03:00-04:00"\n[jobs.breach_recheck]\ninterval_days = 1\n',
        encoding="utf-8",
    )
    run.environ["TZ"] = "Europe/Athens"

    found = run("footprint-timers", "explain", "--json").json[0]

    warned = {name: one for one in found["warnings"] for name in found["backends"] if name in one}
    assert {"systemd", "launchd", "cron"} == set(warned)
    assert 10 == warned["systemd"].count("-03-"), "each spring of ten years"
    assert {"1", "2"} == set(found["gaps"])


def test_explaining_an_unknown_job_is_a_usage_error(run: CommandLine) -> None:
    assert run("footprint-timers", "explain", "breach_rechek").code == 2


def test_render_writes_units_without_asking_any_scheduler(
    run: CommandLine, home: Path, tmp_path: Path
) -> None:
    ended = run("footprint-timers", "render", "--output", str(tmp_path / "units"), "--json")

    assert ended.code == 0
    units = {f"footprint-{job}.{kind}" for job in JOBS for kind in ("service", "timer")}
    written = {Path(name).name for name in ended.json["files"]}
    assert {*units, "footprint-notify@.service"} == written
    assert {"footprint-breach_recheck.timer", "footprint-verify_removals.timer"} <= units
    service = (tmp_path / "units" / "footprint-breach_recheck.service").read_text(encoding="utf-8")
    assert f'Environment="FOOTPRINT_HOME={home}"' in service


def test_no_unit_holds_a_secret_or_a_person(
    run: CommandLine, home: Path, config: Config, jane: Person, tmp_path: Path
) -> None:
    run.environ["HIBP_API_KEY"] = "f" * 32
    run("footprint-timers", "render", "--output", str(tmp_path / "units"))

    text = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "units").iterdir())
    for private in ("jane", "Jane", "0123456789abcdef", "f" * 32):
        assert private not in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_what_render_wrote_satisfies_systemd(
    run: CommandLine, runtime: str, tmp_path: Path
) -> None:
    run("footprint-timers", "render", "--output", str(tmp_path / "units"))

    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--recursive-errors=yes",
         "footprint-breach_recheck.timer", "footprint-breach_recheck.service"],
        cwd=tmp_path / "units",
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": runtime,
             "HOME": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


CHANNEL = """
[alerts]
quiet_hours = "22:00-07:30"
[alerts.channels.screen]
kind = "{kind}"
"""


def test_messages_held_in_quiet_hours_have_a_timer_at_their_end(
    run: CommandLine, paths: Paths, tmp_path: Path
) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(CHANNEL.format(kind="desktop"), encoding="utf-8")
    run("footprint-timers", "render", "--output", str(tmp_path / "units"))

    timer = (tmp_path / "units" / "footprint-alerts.timer").read_text(encoding="utf-8")
    service = (tmp_path / "units" / "footprint-alerts.service").read_text(encoding="utf-8")
    assert "OnCalendar=*-*-* 07:30:00\n" in timer
    assert " deliver\n" in service
    assert "reap" not in service, "it leaves no row that could be dead"


@pytest.mark.parametrize(
    "text",
    ["", CHANNEL.format(kind="ping"), CHANNEL.format(kind="desktop").replace("quiet_hours", "# ")],
    ids=["nothing", "a ping is never held", "no quiet hours"],
)
def test_where_nothing_is_held_no_timer_sends_it(
    run: CommandLine, paths: Paths, tmp_path: Path, text: str
) -> None:
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(text, encoding="utf-8")
    run("footprint-timers", "render", "--output", str(tmp_path / "units"))

    assert (tmp_path / "units" / "footprint-breach_recheck.timer").exists()
    assert not (tmp_path / "units" / "footprint-alerts.timer").exists()


@no_scheduler
def test_the_doctor_looks_as_far_as_it_can_without_a_scheduler(
    run: CommandLine, tmp_path: Path
) -> None:
    """A crontab that runs jobs beside the timers is found; a line that is commented out is none."""
    crontab = tmp_path / "bin" / "crontab"
    crontab.parent.mkdir()
    crontab.write_text(
        "#!/bin/sh\necho '# 1 4 * * * footprint-job run breach_recheck'\ncat \"$0.lines\"\n",
        encoding="utf-8",
    )
    crontab.chmod(0o755)
    lines = crontab.with_name("crontab.lines")
    lines.write_text("2 4 * * * backup\n", encoding="utf-8")
    run.environ["PATH"] = f"{crontab.parent}:{os.environ['PATH']}"

    ended = run("footprint-timers", "doctor", "--json")
    checks = {one["name"]: one for one in ended.json["checks"]}
    assert (1, False) == (ended.code, ended.json["ok"])
    assert ["scheduler"] == [name for name, one in checks.items() if not one["ok"]]
    assert "systemd" in checks["scheduler"]["found"]
    assert checks["scheduler"]["fix"]

    lines.write_text("1 4 * * * cd /srv && python scheduler.py\n", encoding="utf-8")
    checks = {
        one["name"]: one for one in run("footprint-timers", "doctor", "--json").json["checks"]
    }
    assert checks["crontab"]["fix"].startswith("crontab -e, and remove")
    text = run("footprint-timers", "doctor").out
    assert "FAIL crontab: 1 line(s) of the crontab run jobs beside the timers" in text
    assert "2 of 9 checks failed" in text
