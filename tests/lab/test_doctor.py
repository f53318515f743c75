"""Each finding of the doctor, provoked on a booted machine and mended by its own printed fix."""

import json

import pytest

from tests.lab.acts import BIN, JOB
from tests.lab.conftest import once
from tests.lab.machine import HOME, UID, Machine
from tests.lab.provoking import TIMERS, Finding, Spoil, carry_out, mend, provoke, wrong
from tests.lab.spoiling import BATCHES, DATA_HOME, LOCKED, MACHINE, RECORD, SMALL_DISK, STALE, UNITS
from tests.lab.trees import USER


def test_a_new_installation_is_well_and_nothing_of_the_examination_stays(
    installed: Machine,
) -> None:
    before = installed.ok(f"ls -A {UNITS} $XDG_RUNTIME_DIR")

    document = json.loads(installed.ok(f"{TIMERS} doctor --json"))

    assert document["ok"]
    seen = {one["name"]: one["found"] for one in document["checks"]}
    assert "on the same database" in seen["unit breach_recheck"]
    assert "fires next" in seen["timer breach_recheck"]
    after = installed.ok(f"ls -A {UNITS} $XDG_RUNTIME_DIR")
    assert set(before.split()) >= set(after.split()) - {"systemd"}
    assert "footprint-doctor" not in installed.ok("systemctl --user list-units --all")


@once("trixie")
@pytest.mark.parametrize("spoils", BATCHES.values(), ids=BATCHES.keys())
def test_what_is_spoiled_is_found_and_mended_by_the_printed_commands(
    installed: Machine, spoils: list[Spoil]
) -> None:
    findings = provoke(installed, spoils)

    mend(installed, spoils, findings)

    assert [] == wrong(installed)


@once("trixie")
def test_what_is_safe_is_mended_at_once(installed: Machine) -> None:
    installed.ok(f"rm {UNITS}/{JOB}.timer && systemctl --user daemon-reload")

    document = json.loads(installed.ok(f"{TIMERS} doctor --fix --json"))

    assert (True, ["units"]) == (document["ok"], document["mended"])


@once("trixie")
def test_what_is_wrong_with_the_machine_is_found_and_mended(installed: Machine) -> None:
    installed.root(SMALL_DISK)
    clock, linger, disk = findings = provoke(installed, MACHINE)
    assert f"free some space: df -h {DATA_HOME}" == disk.fix

    mend(installed, MACHINE, findings)

    assert [] == wrong(installed)
    assert "active\n" == installed.root("systemctl is-active lab-time.service")
    assert clock.fix.startswith("sudo timedatectl")
    assert linger.fix == f"sudo loginctl enable-linger {USER}"


@once("trixie")
def test_a_runtime_directory_without_room_is_named(installed: Machine) -> None:
    """There the units lie that the doctor starts."""
    runtime = f"/run/user/{UID}"
    installed.root(f"mount -o remount,size=1m {runtime}; cat /dev/zero >{runtime}/filler; true")

    (one,) = wrong(installed)

    assert "systemd" == one.name
    assert f"the disk that holds {runtime}" in one.found
    assert "free some space" in one.fix
    installed.root(f"rm {runtime}/filler")
    assert [] == wrong(installed)


@once("trixie")
def test_linger_that_is_off_is_found_and_mended(installed: Machine) -> None:
    """Nobody is logged in: without linger there is no manager any more that could answer."""
    # By the manager: logind refuses who came in from outside of every control group.
    installed.root(f"systemd-run --wait --pipe loginctl disable-linger {USER}")
    installed.until(lambda: ["scheduler"] == [one.name for one in wrong(installed)])
    (one,) = wrong(installed)

    assert one.fix.startswith("log in without su or sudo, or: ")
    carry_out(installed, one.fix.partition("or: ")[2].partition("; or")[0])

    installed.until(lambda: wrong(installed) == [])


@once("trixie")
def test_a_sandbox_that_was_asked_for_and_stops_the_units_is_given_up_by_what_is_printed(
    installed: Machine,
) -> None:
    """Where none was asked for by name, test_sandbox sees `doctor --fix` choose a weaker one."""
    installed.ok(f"{TIMERS} install --yes --sandbox strong")
    installed.root(LOCKED)

    found = {one.name: one for one in wrong(installed)}

    assert "cannot start" in found["unit breach_recheck"].found
    assert "footprint-timers install --sandbox auto" == found["unit breach_recheck"].fix
    assert "take what this machine can do: " in found["sandbox"].fix
    carry_out(installed, found["sandbox"].fix)
    assert [] == wrong(installed)


@once("trixie")
def test_timers_of_another_home_are_taken_from_there_only_by_who_says_so(
    installed: Machine,
) -> None:
    other = {"FOOTPRINT_HOME": f"{HOME}/other"}
    before = installed.ok(f"cat {UNITS}/{JOB}.service")

    (one,) = wrong(installed, "--fix", **other)

    assert "whose timers" == one.name
    assert "this shell with" in one.found
    assert before == installed.ok(f"cat {UNITS}/{JOB}.service")
    assert [] == wrong(installed), "with FOOTPRINT_HOME as it was"
    command = one.fix.partition("here: ")[2]
    installed.ok(f"{BIN}/{command}", **other)
    assert [] == wrong(installed, **other)


@once("trixie")
def test_in_the_scope_of_the_system_the_fixes_are_root_s(installed: Machine) -> None:
    def found() -> list[Finding]:
        """Call as alice does with sudo."""
        said = installed.root(
            f"cd / && env -i PATH=/usr/bin:/bin HOME=/root SUDO_USER={USER}"
            f" {HOME}/{TIMERS} doctor --json 2>/dev/null; true"
        )
        checks = [one for one in json.loads(said)["checks"] if not one["ok"]]
        return [Finding(one["name"], one["found"], one["fix"]) for one in checks]

    install = f"{HOME}/{TIMERS} install --scope system --user {USER} --yes"
    installed.root(f"cd / && {install} && systemctl disable --now {JOB}.timer")
    installed.ok(STALE.done)

    units, timer = found()

    assert ("units", "timer breach_recheck") == (units.name, timer.name)
    for one in (timer, units):
        assert one.fix.startswith("sudo ")
        carry_out(installed, one.fix)
    assert [] == found()

    # Now nothing is known of them any more: alice would be offered a second set of her own.
    installed.ok(f"rm {RECORD}")
    (lost,) = [one for one in wrong(installed) if one.name == "record"]
    carry_out(installed, lost.fix.partition("is lost: ")[2].partition("; else")[0])
    assert [] == found()
