"""Each finding of the doctor about lines in a real crontab, mended by its own printed fix."""

import pytest

from tests.lab.acts import BIN, DATA
from tests.lab.conftest import once
from tests.lab.machine import HOME, Machine
from tests.lab.provoking import TIMERS, Spoil, carry_out, commands, mend, provoke, wrong

pytestmark = once("trixie")


@pytest.fixture
def on_cron(installed: Machine) -> Machine:
    """A machine that has both, whose jobs are cron's."""
    installed.ok(f"{TIMERS} install --backend cron --yes")
    return installed


def edited(sed: str) -> str:
    """Give what a person does who edits the crontab."""
    return f"crontab -l | sed -e '{sed}' | crontab -"


# What stands above our lines holds for them.
ABOVE = [
    Spoil(
        edited("1i SHELL=/usr/bin/python3"), "shell", "written for sh", edit="/^SHELL=/{h;d};${p;x}"
    ),
    Spoil(
        edited("1i CRON_TZ=Asia/Tokyo"), "time zone", "Asia/Tokyo", edit="/^CRON_TZ=/{h;d};${p;x}"
    ),
    Spoil(edited("1i MAILTO="), "mail", "nobody is told", edit="s/^MAILTO=$/&jane@example.com/"),
    Spoil(
        edited("$a 7 7 * * * python3 /srv/footprint/scheduler.py"),
        "crontab",
        "scheduler.py",
        edit="/scheduler.py/d",
    ),
]
NEVER = [
    Spoil(
        edited(r"/run verify_removals/s/^[0-9]* [0-9]* \* \*/1 1 31 2/"),
        "timer verify_removals",
        "never fires",
    )
]
NO_LINE = [Spoil(edited("/run dark_web_monitor/d"), "timer dark_web_monitor", "has no line")]
NO_CATCH_UP = [Spoil(edited("/run-overdue/d"), "call", "no line looks for")]
OTHER_HOME = [
    Spoil(
        edited(f"1i FOOTPRINT_HOME={HOME}/other"),
        "call",
        "this shell with",
        edit="/^FOOTPRINT_HOME=/{h;d};${p;x}",
    )
]
LINES_OF_OTHER_HOME = [
    Spoil(
        edited(f"s,said=$(,&FOOTPRINT_HOME={HOME}/other ,"),
        "whose timers",
        "this shell with",
        by_hand=f"{TIMERS} install --force --yes",
    )
]
NO_REGION = [Spoil("crontab -r", "units", "not as they should be: crontab")]
NO_DAEMON = [Spoil("systemctl stop cron", "scheduler", "no cron daemon runs", as_root=True)]
PROGRAM = [Spoil(f"rm {DATA}/env/bin/footprint-job", "call", "cannot start")]
BATCHES = {
    "above": ABOVE,
    "never": NEVER,
    "no line": NO_LINE,
    "no catch-up": NO_CATCH_UP,
    "other home": OTHER_HOME,
    "lines of another home": LINES_OF_OTHER_HOME,
    "no region": NO_REGION,
    "no daemon": NO_DAEMON,
    "program": PROGRAM,
}


def test_what_is_spoiled_is_found_and_mended_by_the_printed_commands(on_cron: Machine) -> None:
    """One after the other: each leaves the machine as it was."""
    assert [] == wrong(on_cron)
    for spoils in BATCHES.values():
        findings = provoke(on_cron, spoils)

        mend(on_cron, spoils, findings)

        assert [] == wrong(on_cron), spoils


def test_half_a_region_is_a_persons_to_take_out_and_then_it_is_written_anew(
    on_cron: Machine,
) -> None:
    on_cron.ok(edited("/^# END footprint/d"))

    found = {one.name: one for one in wrong(on_cron)}

    for name in ("units", "cron"):
        assert "does not have one whole region" in found[name].found
        assert ["crontab -e"] == commands(found[name].fix)
    carry_out(on_cron, found["cron"].fix, "/^# BEGIN footprint/,$d")
    for one in wrong(on_cron):
        assert "footprint-timers install" == one.fix
    carry_out(on_cron, "footprint-timers install")
    assert [] == wrong(on_cron)


def test_lines_that_no_record_knows_are_told_beside_timers(installed: Machine) -> None:
    """As who puts an old copy of the crontab back has them."""
    installed.ok(f"{TIMERS} install --backend cron --yes && crontab -l >lines")
    installed.ok(f"{TIMERS} install --backend systemd --yes && crontab lines")

    (one,) = wrong(installed)

    assert "crontab" == one.name
    assert "footprint-timers uninstall --backend cron --force" == one.fix
    carry_out(installed, one.fix)
    assert [] == wrong(installed)
    assert "no crontab" in installed.user("crontab -l").err
    assert "systemd" in installed.ok(f"{BIN}/footprint-timers status")
