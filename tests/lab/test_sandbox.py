"""The sandbox's levels: a probe decides on a booted machine, and real runs are held by it."""

import json
from typing import Any

from tests.lab.acts import BIN, DATA, JOB, STAMP, add_lines, history, move_in, status
from tests.lab.conftest import once
from tests.lab.machine import HOME, UID, Machine

UNITS = ".config/systemd/user"
TIMERS = f"{BIN}/footprint-timers"
REPORT = "footprint-generate_report"

CONNECT = """python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8999), 5)'"""
# What a job could be made to do by a page it reads, tried before its run from inside its own unit.
THIEF = """[Service]
ExecStartPre=-/bin/sh -c 'echo was here >%h/stolen'
ExecStartPre=-/bin/sh -c 'cat %h/planted >%h/{data}/taken'
ExecStartPre=-/usr/bin/{connect}
ExecStartPre=-/bin/sh -c 'grep -ahos KEY=[a-z]* /proc/[0-9]*/environ >%h/{data}/environ'
"""


def levels(machine: Machine, words: str) -> dict[str, dict[str, Any]]:
    """Give each job's level as a command shows it."""
    document = json.loads(machine.ok(f"{TIMERS} {words} --json"))
    return {one["name"]: one for one in document["sandbox"]["jobs"]}


def shown(machine: Machine) -> dict[str, dict[str, Any]]:
    """Give each job's level as `status` shows it."""
    return {one["name"]: one["sandbox"] for one in status(machine)["jobs"]}


def doctor(machine: Machine, words: str = "") -> dict[str, dict[str, Any]]:
    """Give what the doctor says of sandboxes, by job."""
    return sandboxes(json.loads(machine.user(f"{TIMERS} doctor --json {words}").out)["checks"])


def sandboxes(checks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        one["name"].removeprefix("sandbox "): one
        for one in checks
        if one["name"].startswith("sandbox")
    }


def start_victim(machine: Machine) -> None:
    """Start a program of the same user that listens, and has a key in its environment."""
    machine.ok(
        "systemd-run --user --unit=victim --setenv=KEY=opened python3 -c 'import socket\n"
        's = socket.create_server(("127.0.0.1", 8999))\n'
        f'while s.accept(): open("{HOME}/reached", "a").write("x")\''
    )
    machine.until(lambda: not machine.user(CONNECT).status)
    machine.until(lambda: not machine.user("test -s reached && rm reached").status)


def test_the_level_is_proved_kept_and_shown(installed: Machine) -> None:
    found = shown(installed)

    assert {"strong"} == {one["level"] for one in found.values()}
    both = ["cannot write the home", "cannot read a planted file"]
    assert [*both, "reaches the network", "runs its selftest"] == found["breach_recheck"]["proved"]
    assert "cannot reach the network" in found["generate_report"]["proved"]
    assert all(one["ok"] for one in doctor(installed).values())
    before = installed.ok("journalctl --user --quiet | grep -c footprint-probe")
    assert {"strong"} == {one["level"] for one in levels(installed, "install").values()}
    assert before == installed.ok("journalctl --user --quiet | grep -c footprint-probe")
    assert "" == installed.ok("ls -A . $XDG_RUNTIME_DIR/systemd/user | grep probe || true")


def test_a_strong_run_does_its_work_and_nothing_else(installed: Machine) -> None:
    move_in(installed, addresses=1)
    installed.ok("touch go && echo secret >planted")
    start_victim(installed)
    for service in (JOB, REPORT):
        add_lines(installed, f"{service}.service", THIEF.format(data=DATA, connect=CONNECT))

    installed.ok(f"systemctl --user start {JOB}.service")
    installed.until(lambda: not installed.user("test -s reached").status, seconds=5)
    installed.ok(f"systemctl --user start {REPORT}.service")

    assert "" == installed.ok(f"ls stolen 2>/dev/null; cat {DATA}/taken {DATA}/environ")
    assert "x" == installed.ok("cat reached"), "the scan has reached it, the report has not"
    (row,) = history(installed)
    assert ("success", 1) == (row["status"], row["details"]["identifiers_checked"])
    stamp = installed.ok(f"date -u -r {STAMP} +%Y-%m-%dT%H:%M:%SZ").strip()
    assert row["started_at"] == stamp
    assert "Jane Doe" in installed.ok(f"cat {DATA}/reports/latest.md")
    report = json.loads(installed.ok(f"{BIN}/footprint-job history --job generate_report --json"))
    assert ["success"] == [one["status"] for one in report]


def test_a_strong_run_finds_its_files_wherever_they_lie(installed: Machine) -> None:
    home = 'FOOTPRINT_HOME="$HOME/a b:c%d"'
    installed.ok(
        f"export {home}; mkdir dotfiles \"$FOOTPRINT_HOME\" && echo '[jobs]' >dotfiles/mine.toml"
        ' && ln -s ~/dotfiles/mine.toml "$FOOTPRINT_HOME/config.toml"'
    )

    document = json.loads(installed.ok(f"{home} {TIMERS} install --force --yes --json"))

    assert {"strong"} == {one["level"] for one in document["sandbox"]["jobs"]}
    installed.ok(f"systemctl --user start {REPORT}.service")
    rows = json.loads(installed.ok(f"{home} {BIN}/footprint-job history --json"))
    assert ["generate_report"] == [one["job_name"] for one in rows]


@once("bookworm")
def test_without_protection_the_same_thief_gets_everything(installed: Machine) -> None:
    """So that the test above is known to be able to fail."""
    installed.ok(f"echo secret >planted && {TIMERS} install --sandbox off")
    start_victim(installed)
    add_lines(installed, f"{REPORT}.service", THIEF.format(data=DATA, connect=CONNECT))

    installed.ok(f"systemctl --user start {REPORT}.service")

    taken = installed.ok(f"cat stolen {DATA}/taken {DATA}/environ")
    assert "was here\nsecret\nKEY=opened\n" == taken


@once("bookworm")
def test_where_no_user_namespace_can_be_had_the_doctor_tells_and_falls_back(
    installed: Machine,
) -> None:
    place = f"/etc/systemd/system/user@{UID}.service.d"
    installed.root(
        f"mkdir -p {place} && printf '[Service]\\nRestrictNamespaces=~user\\n' >{place}/lab.conf"
        f" && systemctl daemon-reload && systemctl restart user@{UID}.service"
    )

    checks = json.loads(installed.user(f"{TIMERS} doctor --json").out)["checks"]

    unit = next(one for one in checks if one["name"] == "unit breach_recheck")
    assert "footprint-timers doctor --fix" == unit["fix"]
    found = sandboxes(checks)
    assert {False} == {one["ok"] for one in found.values()}
    told = found["breach_recheck"]["found"]
    assert "installed as strong, now basic, because strong stops the unit with 2" in told
    fix = found["breach_recheck"]["fix"].replace("footprint-timers", TIMERS)
    assert "doctor --fix" in fix
    assert {True} == {one["ok"] for one in doctor(installed, "--fix").values()}
    assert {"basic"} == {one["level"] for one in shown(installed).values()}
    assert "stops the unit" in shown(installed)["breach_recheck"]["because"]
    assert not installed.user(f"systemctl --user start {REPORT}.service").status
    refused = installed.user(f"{TIMERS} install --sandbox strong --json")
    assert 78 == refused.status
    assert "cannot have the strong sandbox here" in refused.out
    assert {"basic"} == {one["level"] for one in levels(installed, "plan").values()}


@once("bookworm")
def test_a_protection_that_starts_and_does_not_protect_is_not_believed(
    installed: Machine,
) -> None:
    add_lines(installed, f"{REPORT}.service", "[Service]\nTemporaryFileSystem=\nReadWritePaths=%h")

    found = levels(installed, "install")

    report = found.pop("generate_report")
    assert ("basic", "under strong the home can be written") == (report["level"], report["because"])
    assert {"strong"} == {one["level"] for one in found.values()}


@once("bookworm")
def test_what_was_asked_for_stays_until_something_else_is(installed: Machine) -> None:
    assert {"off"} == {one["level"] for one in levels(installed, "install --sandbox off").values()}
    assert {"off"} == {one["level"] for one in levels(installed, "install").values()}
    assert 1 == installed.user(f"{TIMERS} plan --check --sandbox basic").status

    unit = installed.ok(f"cat {UNITS}/{JOB}.service")
    assert "NoNewPrivileges" not in unit
    assert "RestrictAddressFamilies" not in unit
    assert "RestrictAddressFamilies=AF_UNIX\n" in installed.ok(f"cat {UNITS}/{REPORT}.service")

    assert {"strong"} == {
        one["level"] for one in levels(installed, "install --sandbox auto").values()
    }
