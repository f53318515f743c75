"""The machine is off, cut from its power, or nobody is logged in: what was missed is made up once."""

from collections.abc import Callable

import pytest

from tests.lab.acts import (
    JOB,
    STAMP,
    finished,
    history,
    hurry,
    is_asking,
    move_in,
    pass_days,
)
from tests.lab.machine import UID, Machine
from tests.lab.trees import USER


@pytest.mark.parametrize("stop", [Machine.reboot, Machine.power_cut])
def test_a_run_that_the_machine_cut_off_is_made_up(
    installed: Machine, stop: Callable[[Machine], None]
) -> None:
    hurry(installed)
    move_in(installed)
    pass_days(installed, 9)
    installed.until(lambda: is_asking(installed))

    stop(installed)
    if stop is Machine.power_cut:
        installed.boot()
    installed.until(lambda: finished(installed, 2))

    made_up, cut = history(installed)
    assert (cut["trigger"], cut["status"]) == ("timer", "interrupted")
    assert made_up["trigger"] == "timer"


def test_weeks_of_absence_are_made_up_once(installed: Machine) -> None:
    hurry(installed)
    move_in(installed, addresses=1)
    installed.ok("touch go")

    pass_days(installed, 30)

    installed.until(lambda: finished(installed, 1))
    installed.reboot()
    installed.ok("systemctl --user is-system-running --wait")
    (row,) = history(installed)
    assert ("timer", "success") == (row["trigger"], row["status"])


def log_in(machine: Machine) -> None:
    machine.root(f"systemd-run --unit=session -p PAMName=login -p User={USER} sleep infinity")
    machine.until(lambda: manages(machine))


def log_out(machine: Machine) -> None:
    machine.root("systemctl stop session.service")
    # From 254 on the manager itself is listed as a session, too.
    sessions = "loginctl list-sessions --no-legend | grep --invert-match manager || true"
    machine.until(lambda: not machine.root(sessions))


def manages(machine: Machine) -> bool:
    """Say whether the user's manager is up."""
    return machine.root(f"systemctl is-active user@{UID} || true").strip() == "active"


def test_who_logs_out_keeps_the_timers_by_linger_and_without_it_until_the_next_login(
    installed: Machine,
) -> None:
    hurry(installed)
    log_in(installed)
    log_out(installed)
    assert "active" == installed.ok(f"systemctl --user is-active {JOB}.timer").strip()

    # By the manager: logind refuses who came in from outside of every control group.
    installed.root(f"systemd-run --wait --pipe loginctl disable-linger {USER}")
    installed.until(lambda: not manages(installed))
    installed.ok(f"touch -d '9 days ago' {STAMP}")
    log_in(installed)

    installed.until(lambda: finished(installed, 1))
    assert "timer" == history(installed)[0]["trigger"]
    log_out(installed)
    installed.until(lambda: not manages(installed))
