"""How a run ends, and what each systemd makes of it: again, not again, told."""

from tests.lab.acts import (
    DATA,
    JOB,
    add_lines,
    finished,
    history,
    is_asking,
    move_in,
    shown,
    status,
)
from tests.lab.machine import Machine

CONFIG = ".config/digital-footprint/config.toml"
STATE_HOME = ".local/state/digital-footprint"
LOCK = f"{STATE_HOME}/locks/breach_recheck.lock"


def begin(machine: Machine) -> None:
    """Start a run that takes long."""
    move_in(machine)
    machine.ok(f"systemctl --user start --no-block {JOB}.service")


def is_given_up(machine: Machine) -> None:
    """A unit that is to be tried again is not failed but activating."""
    machine.until(lambda: finished(machine, 1))
    (row,) = history(machine)
    assert "interrupted" == row["status"]
    assert ("failed", "0") == (shown(machine, "ActiveState"), shown(machine, "NRestarts"))


def test_a_run_that_is_killed_ends_its_row_and_is_not_tried_again(installed: Machine) -> None:
    begin(installed)
    installed.until(lambda: is_asking(installed))

    installed.ok(f"systemctl --user kill --signal=KILL {JOB}.service")

    is_given_up(installed)
    assert "signal" == shown(installed, "Result")


def test_a_run_that_takes_too_long_ends_its_row_and_is_not_tried_again(installed: Machine) -> None:
    add_lines(installed, f"{JOB}.service", "[Service]\nTimeoutStartSec=3s")

    begin(installed)

    installed.until(lambda: shown(installed, "Result") == "timeout")
    is_given_up(installed)


def test_what_is_temporary_is_tried_again_and_a_wrong_configuration_is_not(
    installed: Machine,
) -> None:
    add_lines(installed, f"{JOB}.service", "[Service]\nRestartSec=1s")
    installed.ok(f"systemd-run --user --unit=holder flock {LOCK} sleep 600")
    installed.until(lambda: bool(installed.user(f"flock --nonblock {LOCK} true").status))

    installed.user(f"systemctl --user start --no-block {JOB}.service")
    installed.until(lambda: int(shown(installed, "NRestarts")) > 0)
    assert [] == history(installed)
    installed.ok("systemctl --user stop holder")
    installed.until(lambda: finished(installed, 1))

    (row,) = history(installed)
    assert "skipped" == row["status"]
    installed.ok(f"systemctl --user reset-failed; mkdir -p ~/{CONFIG.rpartition('/')[0]}")
    installed.ok(f"echo broken >{CONFIG}")
    assert installed.user(f"systemctl --user start {JOB}.service").status
    assert "78" == shown(installed, "ExecMainStatus")
    assert ("failed", "0") == (shown(installed, "ActiveState"), shown(installed, "NRestarts"))
    installed.ok(f"rm {CONFIG}")
    assert ["failed", "skipped"] == [row["status"] for row in history(installed)]


def test_an_environment_that_is_gone_is_told_by_the_failure_handler(installed: Machine) -> None:
    installed.ok(f"mv {DATA}/env/bin/python away")

    assert installed.user(f"systemctl --user start {JOB}.service").status

    notice = f"{STATE_HOME}/failures/{JOB}.service"
    installed.until(lambda: not installed.user(f"test -s {notice}").status)
    assert "exit_status=203" in installed.ok(f"cat {notice}")
    installed.ok(f"mv away {DATA}/env/bin/python")
    assert "the program or its interpreter is gone" in installed.ok(
        f"{DATA}/env/bin/footprint-timers status"
    )
    job = next(one for one in status(installed)["jobs"] if one["name"] == "breach_recheck")
    assert "failing" == job["state"]
