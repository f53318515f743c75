"""A change of the timers that fails at any step leaves them, on a real systemd, as they were."""

import json
from collections.abc import Iterator

import pytest

from tests.lab.acts import BIN, JOB
from tests.lab.conftest import once
from tests.lab.machine import HOME, SOURCE, Answer, Machine

UNITS = ".config/systemd/user"
CONFIG = ".config/digital-footprint/config.toml"
# One timer changes, one goes, one comes: every kind of call is made.
OTHER = """
[jobs.breach_recheck]
interval_days = 3
[jobs.verify_removals]
enabled = false
[alerts]
quiet_hours = "22:00-07:30"
[alerts.channels.screen]
kind = "desktop"
"""
FILES = f"""
cd {UNITS} && find . -printf '%P %y %m %l\\n' | sort && find . -type f -exec sha256sum {{}} + | sort
cd && sha256sum .local/state/digital-footprint/timers.json
"""
LOADED = """
jobs='breach_recheck dark_web_monitor verify_removals generate_report alerts'
systemctl --user show -p Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload \
    $(for job in $jobs; do echo footprint-$job.timer footprint-$job.service; done)
"""
STAMPS = "stat -c '%n %Y' .local/share/systemd/timers/*"
CALLS = ["stop", "disable", "enable", "daemon-reload", "start", "stop", "reset-failed"]
SOCKETS = ("bus", "systemd/private")
pytestmark = once("bookworm")


@pytest.fixture
def watched(installed: Machine) -> Machine:
    """A machine whose systemctl can be told to fail, and whose configuration wants a change."""
    installed.ok(
        f"mkdir -p fault {CONFIG.rpartition('/')[0]} && printf '#!/bin/sh\\nexec /usr/bin/python3"
        f' {SOURCE}/tests/lab/stepping.py "$@"\\n\' >fault/systemctl && chmod +x fault/systemctl'
    )
    want(installed, OTHER)
    return installed


def want(machine: Machine, configuration: str) -> None:
    machine.ok(f"cat >{CONFIG} <<'END'\n{configuration}\nEND")


def install(machine: Machine, fault: str = "", at: int = 0, options: str = "--json") -> Answer:
    """Install with a systemctl that fails the call with this number."""
    machine.ok("rm -f fault/log")
    return machine.user(
        f"{BIN}/footprint-timers install --yes {options}",
        PATH=f"{HOME}/fault:/usr/local/bin:/usr/bin:/bin",
        FAULT=fault,
        FAULT_AT=str(at),
        FAULT_LOG=f"{HOME}/fault/log",
    )


def error(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = json.loads(answer.out)["error"]
    return found


def test_whichever_call_fails_everything_is_as_before_and_the_step_is_named(
    watched: Machine,
) -> None:
    before = watched.ok(FILES + LOADED + STAMPS)
    # A call that was made and yet failed has more to put back than one never made.
    faults = [*((at, "after") for at in range(1, 6)), (3, "before"), (5, "before")]

    for at, fault in faults:
        verb = CALLS[at - 1]
        answer = install(watched, fault, at)

        assert 1 == answer.status, (at, answer)
        told = error(answer)
        step = "let systemd read the units anew" if verb == "daemon-reload" else f"{verb} footprint"
        assert f"this step failed: {step}" in told["message"]
        assert "Job failed by order" in told["message"]
        assert told["hint"].startswith("everything is as it was before; ")
        assert before == watched.ok(FILES + LOADED + STAMPS), (at, verb)

    assert 0 == install(watched).status
    called = watched.ok("cut -d ' ' -f 2 fault/log").split()
    assert CALLS == called


def test_whichever_call_it_is_killed_at_the_next_installation_ends_it(watched: Machine) -> None:
    assert 0 == install(watched).status
    there = watched.ok(FILES + LOADED)
    want(watched, "")
    assert 0 == install(watched).status
    here = watched.ok(FILES + LOADED)

    for turn, at in enumerate((2, 4, 6)):
        # To and fro: the one comes where the other goes.
        wanted, expected = ((OTHER, there), ("", here))[turn % 2]
        want(watched, wanted)
        killed = install(watched, "kill-after", at)
        assert killed.status in (0, 137), (at, killed)
        assert 0 == install(watched).status
        assert "timers.json" in expected
        assert without_record(expected) == without_record(watched.ok(FILES + LOADED)), at


def without_record(state: str) -> str:
    """Leave out the record, in which every period has its own begin."""
    return "\n".join(line for line in state.splitlines() if "timers.json" not in line)


@pytest.fixture
def small_disk(watched: Machine) -> Iterator[Machine]:
    """The units lie on a disk of their own, with little room."""
    units = f"{HOME}/{UNITS}"
    watched.root(
        f"cp -a {units} {HOME}/copy && mount -t tmpfs -o size=128k,uid=1000,gid=1000,mode=700"
        f" disk {units} && cp -a {HOME}/copy/. {units}/ && rm -r {HOME}/copy"
    )
    watched.ok("systemctl --user daemon-reload")
    yield watched
    watched.root(f"umount {units}")


def test_a_full_disk_is_named_and_needs_no_free_byte_to_go_back(small_disk: Machine) -> None:
    state = FILES.replace("find . ", "find . ! -name filler ") + LOADED + STAMPS
    before = small_disk.ok(state)

    for at in (3, 5):
        answer = install(small_disk, "full", at)
        assert 1 == answer.status
        assert "everything is as it was before" in error(answer)["hint"]
        assert before == small_disk.ok(state)

        # Full from the beginning, this time.
        small_disk.user(f"cat /dev/zero >>{UNITS}/filler")
        answer = install(small_disk)
        assert 1 == answer.status
        assert "disk" in error(answer)["message"]
        assert "is full" in error(answer)["message"]
        assert "free some space" in error(answer)["hint"]
        assert before == small_disk.ok(state)
        small_disk.ok(f"rm {UNITS}/filler")


def test_what_cannot_be_written_stops_or_enabled_is_put_back(watched: Machine) -> None:
    """A directory without write permission, a file that is a mount, a mask in another place."""
    before = watched.ok(FILES + LOADED + STAMPS)
    unit = f"{HOME}/{UNITS}/{JOB}.timer"
    control = f"{HOME}/.config/systemd/user.control"
    mask = f"{control}/footprint-alerts.timer"
    causes = {
        "cannot be written: Permission denied": (f"chmod 500 {HOME}/{UNITS}", "chmod 700"),
        "cannot be written: Device or resource busy": (
            f"mount --bind {unit} {unit}",
            "umount",
        ),
        "is masked": (
            f"mkdir {control}; ln -s /dev/null {mask}; chown -R alice: {control}",
            f"rm -r {control}; echo",
        ),
    }
    for words, (cause, cure) in causes.items():
        watched.root(cause)
        watched.ok("systemctl --user daemon-reload")

        answer = install(watched)

        assert answer.status in (1, 78), answer
        assert words in error(answer)["message"], answer
        assert "not everything" not in error(answer)["hint"]
        place = unit if cure == "umount" else f"{HOME}/{UNITS}"
        watched.root(f"{cure} {place}")
        watched.ok("systemctl --user daemon-reload")
        assert before == watched.ok(FILES + LOADED + STAMPS), words

    assert 0 == install(watched).status


def test_a_systemd_that_is_gone_in_between_is_said_and_mended_by_the_next(
    watched: Machine,
) -> None:
    before, files = watched.ok(FILES + LOADED), watched.ok(FILES)

    answer = install(watched, "gone", 4)

    for name in SOCKETS:
        place = f"/run/user/1000/{name}"
        watched.root(f"mv {place}.away {place}")
    told = error(answer)
    assert "let systemd read the units anew" in told["message"]
    assert "not everything could be put back" in told["hint"]
    assert "systemctl --user status" in told["hint"]
    assert files == watched.ok(FILES)
    want(watched, "")
    assert 0 == install(watched).status
    assert before == watched.ok(FILES + LOADED)


def test_what_was_edited_by_hand_is_kept_and_forced_away_it_comes_back(watched: Machine) -> None:
    unit = f"{UNITS}/{JOB}.service"
    drop_in = f"{UNITS}/{JOB}.service.d/mine.conf"
    watched.ok(
        f"sed -i s/Nice=10/Nice=3/ {unit} && cp {unit} edited && mkdir {UNITS}/{JOB}.service.d"
        f" && printf '[Service]\\nNice=4\\n' >{drop_in}"
    )

    refused = install(watched)
    assert 78 == refused.status
    assert "edited by hand" in error(refused)["message"]
    watched.ok(f"cmp {unit} edited && test ! -e fault/log")

    forced = install(watched, options="--force")
    assert 0 == forced.status
    assert "Nice=10" in watched.ok(f"cat {unit}")
    (back,) = [line for line in forced.out.splitlines() if line.startswith("to have it back: ")]
    watched.ok(back.partition(": ")[2])
    watched.ok(f"cmp {unit} edited")
    nice = f"systemctl --user show -p Nice --value {JOB}.service"
    assert "4" == watched.ok(nice).strip(), "a drop-in holds throughout"

    watched.ok(f"{BIN}/footprint-timers uninstall --yes --force && test -e {drop_in}")
