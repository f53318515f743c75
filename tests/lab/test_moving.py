"""From systemd to cron and back on a machine that runs both: nothing is lost, left, or started."""

import json

import pytest

from tests.lab.acts import BIN
from tests.lab.conftest import once
from tests.lab.machine import HOME, SOURCE, Machine
from tests.lab.provoking import TIMERS, carry_out, wrong
from tests.lab.trees import USER

pytestmark = once("trixie")
UNITS = ".config/systemd/user"
STAMPS = ".local/share/systemd/timers"
# Without what the crontab program itself writes above it; what it prints is not byte for byte.
SPOOL = f"tail -n +4 /var/spool/cron/crontabs/{USER}"
JOBS = ("breach_recheck", "dark_web_monitor", "verify_removals", "generate_report")
# A careless writer's own: bytes that are no UTF-8, a percent sign, a setting.
THEIRS = r"MAILTO=jane@example.com\n# caf\351\n5 5 1 1 * echo \\%%d >/dev/null\n"
# Each job was done a while ago, and none is due.
DONE = """
import pathlib
from datetime import UTC, datetime, timedelta
from digital_footprint.config import resolve_paths
from digital_footprint.database import Database
with Database.open(resolve_paths().database) as db:
    for number, name in enumerate({jobs}):
        done = (datetime.now(UTC) - timedelta(hours=2 + number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = db.insert_scheduled_run(name, done)
        db.update_scheduled_run(run, status="success", completed_at=done)
"""
STARTED = f"""
for job in {" ".join(JOBS)}; do
    systemctl --user show -p ActiveEnterTimestamp -p InactiveExitTimestamp --value footprint-$job.service
done | tr -d '\\n'
"""


@pytest.fixture
def used(installed: Machine) -> Machine:
    """A machine on which every job has run, and whose user has a crontab."""
    installed.ok(f"{BIN}/python - <<'END'\n{DONE.format(jobs=JOBS)}\nEND")
    installed.ok(f"printf '{THEIRS}' >theirs && crontab theirs")
    assert "active\n" == installed.root("systemctl is-active cron.service")
    return installed


def known(machine: Machine) -> tuple[dict[str, str], int]:
    """Give each job's last success as it is shown, and how many runs are recorded."""
    jobs = json.loads(machine.ok(f"{TIMERS} status --json"))["jobs"]
    rows = json.loads(machine.ok(f"{BIN}/footprint-job history --limit 100 --json"))
    return {one["name"]: one["last_success_at"] for one in jobs}, len(rows)


def lingers(machine: Machine) -> tuple[bool, bool]:
    """Say whether linger is on, and whether it was us."""
    record = json.loads(machine.ok("cat .local/state/digital-footprint/timers.json"))
    status = json.loads(machine.ok(f"{TIMERS} status --json"))
    return status["linger"], record["linger_by_us"]


def test_to_cron_and_back_every_last_success_is_kept_and_no_job_is_started(used: Machine) -> None:
    before, linger = known(used), lingers(used)
    assert all(before[0].values())

    moved = json.loads(used.ok(f"{TIMERS} install --backend cron --yes --json"))

    assert ("systemd", "user") == (moved["moves"]["backend"], moved["moves"]["scope"])
    assert "" == used.ok(f"find {UNITS} {STAMPS} -type f -o -type l")
    assert "" == used.ok("systemctl --user list-units --all --plain --no-legend 'footprint-*'")
    assert "" == used.ok("systemctl --user --failed --no-legend")
    lines = used.ok("crontab -l | iconv -f latin1 -t utf8")
    assert all(f"run {name} --trigger timer" in lines for name in JOBS)
    assert "run-overdue" in lines
    used.root(f"{SPOOL} | head -c $(stat -c %s {HOME}/theirs) | cmp - {HOME}/theirs")
    assert (before, linger) == (known(used), lingers(used))
    assert [] == wrong(used)

    back = json.loads(used.ok(f"{TIMERS} install --backend systemd --yes --json"))

    assert "cron" == back["moves"]["backend"]
    used.root(f"{SPOOL} | cmp - {HOME}/theirs")
    listed = used.ok("systemctl --user list-timers --no-legend 'footprint-*'")
    assert all(f"footprint-{name}.timer" in listed for name in JOBS)
    assert (before, linger) == (known(used), lingers(used))
    assert "" == used.ok(STARTED).strip(), "no service was started, neither now nor by its timer"
    for name, done in before[0].items():
        stamp = f"{STAMPS}/stamp-footprint-{name}.timer"
        assert done == used.ok(f"date -u -r {stamp} +%Y-%m-%dT%H:%M:%SZ").strip()
    assert [] == wrong(used)


def cut_off(machine: Machine, backend: str, fault: str, at: int) -> None:
    """Kill a move at the systemctl call with this number."""
    machine.ok(
        "mkdir -p fault && rm -f fault/log && printf '#!/bin/sh\\nexec /usr/bin/python3"
        f' {SOURCE}/tests/lab/stepping.py "$@"\\n\' >fault/systemctl && chmod +x fault/systemctl'
    )
    killed = machine.user(
        f"{TIMERS} install --backend {backend} --yes",
        PATH=f"{HOME}/fault:/usr/local/bin:/usr/bin:/bin",
        FAULT=fault,
        FAULT_AT=str(at),
        FAULT_LOG=f"{HOME}/fault/log",
    )
    assert killed.status in (-9, 137), killed


def test_a_move_that_was_cut_off_is_told_and_ended_by_what_is_printed(used: Machine) -> None:
    """To cron, with lines and timers both there; and back again, with both there again."""
    before = known(used)
    for backend, fault, at, left in (
        ("cron", "kill-before", 1, "systemd"),
        ("systemd", "kill-after", 3, "cron"),
    ):
        cut_off(used, backend, fault, at)

        (one,) = wrong(used)

        assert "move" == one.name
        assert f"a move from {left}, user scope was cut off" in one.found
        carry_out(used, one.fix)
        assert [] == wrong(used)
        assert before == known(used)

    used.root(f"{SPOOL} | cmp - {HOME}/theirs")
    assert "" == used.ok(STARTED).strip()
