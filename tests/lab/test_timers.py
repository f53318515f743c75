"""The timers of an installation, fired by a really booted systemd."""

import json

from tests.lab.acts import (
    AT_ONCE,
    BEFORE,
    BIN,
    JOB,
    STAMP,
    STATE,
    finished,
    history,
    hurry,
    is_asking,
    move_in,
    pass_days,
    status,
)
from tests.lab.conftest import once
from tests.lab.machine import SOURCE, Machine


def test_the_timer_is_listed_with_its_next_firing(installed: Machine) -> None:
    listed = installed.ok("systemctl --user list-timers --all 'footprint-*'")

    assert f"{JOB}.timer" in listed
    job = next(one for one in status(installed)["jobs"] if one["name"] == "breach_recheck")
    assert (job["state"], job["enabled"], job["loaded"]) == ("never", True, True)
    assert job["next_due"]
    assert history(installed) == []


ASK = """
import json, os, pathlib, sys
import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

async def ask():
    command = str(pathlib.Path(sys.executable).with_name("footprint-mcp"))
    server = StdioServerParameters(command=command, env=dict(os.environ))
    async with Client(server) as client:
        answer = await client.call_tool("footprint_schedule_status", {})
        print(json.dumps([answer.is_error, answer.structured_content]))

anyio.run(ask)
"""


@once("trixie")
def test_an_assistant_is_told_what_systemd_says(installed: Machine) -> None:
    installed.ok(f"{BIN}/footprint-job run breach_recheck")

    said = installed.ok(f"{BIN}/python - <<'END'\n{ASK}\nEND")

    is_error, answer = json.loads(said)
    assert not is_error
    job = next(one for one in answer["jobs"] if one["name"] == "breach_recheck")
    jobs = {one["name"]: one for one in status(installed)["jobs"]}
    known = jobs["breach_recheck"]
    assert [one["name"] for one in answer["jobs"]] == list(jobs)
    assert job["next_due"] == known["next_due"] is not None
    assert (job["loaded"], job["state"]) == (True, "not_configured")
    assert answer["backend"] == "systemd"
    assert len(answer["history"]) == 1


START = """
import json, os, pathlib, sys
import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

async def start():
    command = str(pathlib.Path(sys.executable).with_name("footprint-mcp"))
    server = StdioServerParameters(command=command, env=dict(os.environ))
    async with Client(server) as client:
        job = {"job": "breach_recheck"}
        begun = (await client.call_tool("footprint_run_job", job)).structured_content
        name = {key: begun[key] for key in ("run_id", "ticket") if begun[key]}
        for _ in range(60):
            answer = (await client.call_tool("footprint_run_status", name)).structured_content
            if answer["phase"] == "ended":
                break
            await anyio.sleep(1)
        print(json.dumps([begun, answer]))

anyio.run(start)
"""


@once("trixie")
def test_an_assistant_starts_the_job_s_own_unit(installed: Machine) -> None:
    begun, answer = json.loads(installed.ok(f"{BIN}/python - <<'END'\n{START}\nEND"))

    assert ("started", "unit") == (begun["outcome"], begun["how"])
    assert ("ended", "mcp") == (answer["phase"], answer["run"]["trigger"])
    (row,) = history(installed)
    assert row["invocation_id"], "it ran inside of the unit"


def test_the_timer_fires_by_itself_and_the_row_says_so(installed: Machine) -> None:
    hurry(installed)
    pass_days(installed, 9)

    installed.until(lambda: finished(installed, 1))

    (row,) = history(installed)
    assert row["trigger"] == "timer"
    assert row["scheduled_for"]
    invocation = installed.ok(f"systemctl --user show -p InvocationID --value {JOB}.service")
    assert row["invocation_id"] == invocation.strip()
    said = installed.ok(f"journalctl --user --quiet _SYSTEMD_INVOCATION_ID={row['invocation_id']}")
    assert "breach_recheck" in said


@once("bookworm")
def test_a_start_by_hand_is_manual(installed: Machine) -> None:
    installed.ok(f"systemctl --user start {JOB}.service")

    (row,) = history(installed)
    assert (row["trigger"], row["scheduled_for"]) == ("manual", None)


def test_a_changed_interval_starts_nothing(installed: Machine) -> None:
    hurry(installed)
    done = "(datetime.now(UTC) - timedelta(days=2, hours=22)).strftime('%Y-%m-%dT%H:%M:%SZ')"
    installed.ok(
        f"""{BIN}/python -c "
from datetime import *
from digital_footprint.config import resolve_paths
from digital_footprint.database import Database
with Database.open(resolve_paths().database) as db:
    done = {done}
    run = db.insert_scheduled_run('breach_recheck', done)
    db.update_scheduled_run(run, status='success', completed_at=done)
"
        {BIN}/footprint-timers install
        mkdir -p .config/digital-footprint
        printf '[jobs.breach_recheck]\\ninterval_days = 3\\n' >.config/digital-footprint/config.toml
        """
    )
    before = installed.ok(f"systemctl --user cat {JOB}.timer")
    delay = f"systemctl --user show -p RandomizedDelayUSec --value {JOB}.timer"

    installed.ok(f"{BIN}/footprint-timers install && systemctl --user is-system-running --wait")

    changed = installed.ok(f"systemctl --user cat {JOB}.timer")
    assert changed != before
    assert AT_ONCE in changed, "the drop-in is still there"
    assert "0" == installed.ok(delay).strip(), "and in force"
    assert len(history(installed)) == 1
    fired = installed.ok(f"systemctl --user show -p ActiveEnterTimestamp --value {JOB}.service")
    assert fired.strip() == ""

    installed.reboot()

    installed.ok("systemctl --user is-system-running --wait")
    assert len(history(installed)) == 1, "nor does the next boot: no interval is over"


def test_a_second_installation_changes_nothing(installed: Machine) -> None:
    def state() -> str:
        return installed.ok(
            f"find .config .local -not -path '*/env-*' -printf '%p %T@ %i %l\\n' | grep -v -e '-shm '"
            f" -e 'digital-footprint ' -e 'footprint.db' -e '.local/bin ';"
            f"systemctl --user show -p ActiveEnterTimestampMonotonic {JOB}.timer;"
            "journalctl --user --quiet --boot | grep -c -i -e reloading -e started"
        )

    before = state()

    installed.ok(f"{SOURCE}/install.sh")

    assert state() == before


def test_uninstalling_leaves_no_file_no_link_no_stamp_and_no_failed_unit(
    installed: Machine,
) -> None:
    installed.ok(
        "mkdir -p .config/digital-footprint && echo broken >.config/digital-footprint/config.toml"
    )
    assert installed.user(f"systemctl --user start {JOB}.service").status
    assert JOB in installed.ok("systemctl --user --failed --no-legend")

    installed.ok(f"echo yes | {SOURCE}/install.sh --uninstall --purge")

    assert installed.ok("systemctl --user --failed --no-legend") == ""
    assert installed.ok("systemctl --user list-units --all --no-legend 'footprint-*'") == ""
    assert installed.user("systemctl --user list-unit-files --no-legend 'footprint-*'").out == ""
    assert installed.ok(STATE) == installed.ok(f"cat {BEFORE}")


@once("bookworm")
def test_a_newer_version_lets_a_running_job_end_and_the_next_one_is_the_new(
    installed: Machine,
) -> None:
    move_in(installed)
    installed.ok(f"systemctl --user start --no-block {JOB}.service")
    installed.until(lambda: is_asking(installed))

    version = f"{SOURCE}/digital_footprint/__init__.py"
    installed.ok(f"sed -i 's/^__version__ = .*/__version__ = \"99.0\"/' {version}")
    installed.ok(f"{SOURCE}/install.sh", PIP_NO_COMPILE="1")
    assert is_asking(installed)
    installed.ok("touch go")
    installed.until(lambda: finished(installed, 1))
    installed.ok(f"systemctl --user start {JOB}.service")

    newer, older = history(installed)
    assert older["status"] == newer["status"] == "success"
    assert older["version"] != newer["version"] == "99.0"


def test_status_stamp_and_timer_agree_after_a_run(installed: Machine) -> None:
    move_in(installed, addresses=1)
    installed.ok(f"touch go && systemctl --user start {JOB}.service")

    (row,) = history(installed)
    job = next(one for one in status(installed)["jobs"] if one["name"] == "breach_recheck")
    stamp = installed.ok(f"date -u -r {STAMP} +%Y-%m-%dT%H:%M:%SZ").strip()
    assert (row["status"], job["state"]) == ("success", "ok")
    assert stamp == row["started_at"] == job["last_success_at"], json.dumps(job)


@once("trixie")
def test_an_installation_that_changes_nothing_asks_three_times(installed: Machine) -> None:
    """The time it takes is only written down: a busy machine is not to fail a test."""
    found = json.loads(installed.ok(f"{BIN}/python {SOURCE}/bench/install.py --runs 5"))

    assert 3 == found["processes"], found["calls"]
    assert all(" show" in call for call in found["calls"])


@once("bookworm")
def test_a_fresh_installation_reloads_once(installed: Machine) -> None:
    installed.ok(f"{BIN}/footprint-timers uninstall --yes")
    before = reloads(installed)

    installed.ok(f"{BIN}/footprint-timers install --yes")

    assert reloads(installed) == before + 1


def reloads(machine: Machine) -> int:
    """Count how often the user's manager has read its units anew."""
    said = machine.user("journalctl --user --quiet --boot _COMM=systemd | grep -c 'Reloading[.]'")
    return int(said.out or 0)
