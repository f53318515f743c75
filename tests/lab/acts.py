"""What a person, or time, does to a machine on which the checkout is installed."""

import json
from typing import Any

from tests.lab.machine import SOURCE, Machine

DATA = ".local/share/digital-footprint"
BIN = f"{DATA}/env/bin"
JOB = "footprint-breach_recheck"
STAMP = f".local/share/systemd/timers/stamp-{JOB}.timer"
AT_REST = ("dead", "failed", "auto-restart")
AT_ONCE = "[Timer]\nRandomizedDelaySec=0\nAccuracySec=1us"
# Directories that others use too may stay, empty; ours may not.
STATE = "find . -not -path './footprint-timers/*' '(' -not -type d -o -path '*footprint*' ')' | LC_ALL=C sort"
BEFORE = "/var/lib/before-installing"


def history(machine: Machine) -> list[dict[str, Any]]:
    """Give the rows of the job that is watched, the newest first."""
    rows: list[dict[str, Any]] = json.loads(
        machine.ok(f"{BIN}/footprint-job history --job breach_recheck --json")
    )
    return rows


def status(machine: Machine) -> dict[str, Any]:
    """Give what footprint-timers status says."""
    document: dict[str, Any] = json.loads(machine.ok(f"{BIN}/footprint-timers status --json"))
    return document


def hurry(machine: Machine) -> None:
    """Let the timer fire without its random delay, by a drop-in as a person would write it."""
    add_lines(machine, f"{JOB}.timer", AT_ONCE)


def pass_days(machine: Machine, days: int) -> None:
    """Let the timer believe that days have gone by since it fired."""
    machine.ok(f"touch -d '{days} days ago' {STAMP} && systemctl --user restart {JOB}.timer")


def finished(machine: Machine, rows: int) -> bool:
    """Say whether there are so many rows, none under way, and the unit has come to rest."""
    # First what costs least to ask.
    if shown(machine, "SubState") not in AT_REST:
        return False
    found = history(machine)
    return len(found) == rows and all(row["status"] != "running" for row in found)


def shown(machine: Machine, name: str) -> str:
    """Give one property of the service that is watched."""
    return machine.ok(f"systemctl --user show -p {name} --value {JOB}.service").strip()


def add_lines(machine: Machine, unit: str, text: str) -> None:
    """Add lines to a unit as a person would."""
    place = f".config/systemd/user/{unit}.d"
    machine.ok(f"mkdir -p {place} && cat >{place}/lab.conf <<'END'\n{text}\nEND")
    machine.ok("systemctl --user daemon-reload")


def move_in(machine: Machine, addresses: int = 30) -> None:
    """Register a person with many addresses, and start the slow stand-in that is asked."""
    emails = " ".join(f"--email jane{number}@example.com" for number in range(addresses))
    machine.ok(
        f"{BIN}/footprint person add 'Jane Doe' {emails} --relation self --consent self;"
        # At shutdown the job is stopped first: it is not to be told that nobody answers.
        f"systemd-run --user --unit=stand-in -p Before={JOB}.service {BIN_PATH}/python {SOURCE}/tests/lab/standin.py"
    )
    machine.until(lambda: machine.user("test -s .config/digital-footprint/config.toml").status == 0)


def is_asking(machine: Machine) -> bool:
    """Say whether a run is under way."""
    if shown(machine, "SubState") != "start":
        return False
    found = history(machine)
    return bool(found) and found[0]["status"] == "running"


BIN_PATH = f"/home/alice/{BIN}"
