"""`python scheduler.py`, as cron or a person starts it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.scheduler.jobs import JOBS
from tests.conftest import Ended, add
from tests.wire import Wire, response

CHECKOUT = Path(__file__).parent.parent
SCRIPT = CHECKOUT / "scheduler.py"


def scheduler(home: Path, where: Path, *python: str | Path) -> Ended:
    """Run it from another directory, with as little around it as cron gives."""
    done = subprocess.run(
        [*(python or (sys.executable,)), SCRIPT],
        cwd=where,
        env={"FOOTPRINT_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(where)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def done_now(db: Database, *names: str) -> None:
    for name in names:
        run_id = db.insert_scheduled_run(name, to_text(utc_now()))
        db.update_scheduled_run(run_id, status="success")


def log(paths: Paths) -> list[dict[str, Any]]:
    if not paths.log.exists():
        return []
    return [json.loads(line) for line in paths.log.read_text("utf-8").splitlines()]


def test_with_nothing_overdue_it_runs_nothing_and_says_nothing(
    paths: Paths, db: Database, tmp_path: Path
) -> None:
    done_now(db, *JOBS)

    ended = scheduler(paths.data, tmp_path)

    assert Ended(0, "", "") == ended
    assert [] == log(paths)
    assert len(JOBS) == len(db.get_run_history())


def test_what_is_overdue_is_run_with_a_row_and_a_line_each(
    paths: Paths, db: Database, tmp_path: Path
) -> None:
    done_now(db, *(name for name in JOBS if name != "verify_removals"))

    ended = scheduler(paths.data, tmp_path)

    assert Ended(0, "", "") == ended
    (line,) = log(paths)
    assert ("verify_removals", "skipped", "catchup", 0) == (
        line["job_name"],
        line["status"],
        line["trigger"],
        line["exit_code"],
    )
    assert "verify_removals" == db.get_run_history(1)[0]["job_name"]


def test_when_a_job_fails_it_ends_with_1_says_so_and_runs_the_others(
    paths: Paths, db: Database, config: Config, wire: Wire, tmp_path: Path
) -> None:
    add(db, "Jane Doe", "jane@example.com")
    wire.accounts["jane@example.com"] = response("401 Unauthorized")

    ended = scheduler(paths.data, tmp_path)

    assert (1, "") == (ended.code, ended.out)
    assert "breach_recheck: failed: no source answered" in ended.err
    assert list(JOBS) == [line["job_name"] for line in log(paths)]
    assert 0 == log(paths)[-1]["exit_code"]


def test_a_configuration_that_cannot_be_read_ends_with_1_and_stands_in_the_history(
    paths: Paths, db: Database, tmp_path: Path
) -> None:
    paths.config_file.write_text("[jobs", "utf-8")

    ended = scheduler(paths.data, tmp_path)

    assert 1 == ended.code
    assert "config.toml is not valid TOML" in ended.err
    assert len(JOBS) == len(log(paths)) == len(db.get_run_history())


def test_a_python_without_the_libraries_is_told_what_to_do(paths: Paths, tmp_path: Path) -> None:
    # Isolated from every site-packages, as a system's own python3 is from ours.
    ended = scheduler(paths.data, tmp_path, sys.executable, "-S")

    assert 1 == ended.code
    assert f"scheduler.py: {sys.executable} has no " in ended.err
    assert "./install.sh" in ended.err


def test_the_line_of_its_docstring_works_from_any_directory(
    paths: Paths, db: Database, tmp_path: Path
) -> None:
    (command,) = re.findall(r"^ {4}50 \* \* \* \* (.*)$", SCRIPT.read_text("utf-8"), re.MULTILINE)
    person = tmp_path / "person"
    (person / ".local/share/digital-footprint").mkdir(parents=True)
    (person / ".local/share/digital-footprint/env").symlink_to(sys.prefix)
    (person / "footprint-timers").symlink_to(CHECKOUT)

    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        env={"HOME": str(person), "PATH": "/usr/bin:/bin", "FOOTPRINT_HOME": str(paths.data)},
        check=False,
    )

    assert 0 == done.returncode
    assert len(JOBS) == len(db.get_run_history())


def test_it_needs_no_installation(paths: Paths, db: Database, tmp_path: Path) -> None:
    """The libraries are there, and the two packages are not."""
    checkout = tmp_path / "checkout"
    for name in ("digital_footprint", "footprint_timers", "templates"):
        shutil.copytree(CHECKOUT / name, checkout / name)
    shutil.copy(SCRIPT, checkout)
    libraries = next(Path(place) for place in sys.path if place.endswith("site-packages"))

    done = subprocess.run(
        # Without `site` no .pth file is read, by which an editable installation is found.
        [sys.executable, "-S", "-W", "error", checkout / "scheduler.py"],
        cwd="/",
        env={"PYTHONPATH": str(libraries), "FOOTPRINT_HOME": str(paths.data), "HOME": "/"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert len(JOBS) == len(db.get_run_history())
