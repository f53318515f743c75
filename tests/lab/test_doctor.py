"""Each finding of the doctor, provoked on a booted machine and mended by its own printed fix."""

import json
from shlex import quote
from typing import Any

import pytest

from tests.lab.acts import BIN, DATA, JOB
from tests.lab.conftest import once
from tests.lab.machine import SOURCE, Machine
from tests.lab.trees import USER

UNITS = ".config/systemd/user"


def checks(machine: Machine, *options: str) -> dict[str, dict[str, Any]]:
    """Give what the doctor says, by the name of the check."""
    answer = machine.user(f"{BIN}/footprint-timers doctor --json {' '.join(options)}")
    document = json.loads(answer.out)
    assert (answer.status == 0) is document["ok"] is all(one["ok"] for one in document["checks"])
    return {one["name"]: one for one in document["checks"]}


def wrong(machine: Machine) -> dict[str, dict[str, Any]]:
    return {name: one for name, one in checks(machine).items() if not one["ok"]}


def test_a_new_installation_is_well_and_nothing_of_the_examination_stays(
    installed: Machine,
) -> None:
    before = installed.ok(f"ls -A {UNITS} $XDG_RUNTIME_DIR")

    assert {} == wrong(installed)
    seen = checks(installed)
    assert "on the same database" in seen["unit breach_recheck"]["found"]
    assert "fires next" in seen["timer breach_recheck"]["found"]

    after = installed.ok(f"ls -A {UNITS} $XDG_RUNTIME_DIR")
    assert set(before.split()) >= set(after.split()) - {"systemd"}
    assert "footprint-doctor" not in installed.ok("systemctl --user list-units --all")


SECRETS = ".config/digital-footprint/secrets.toml"
KEPT = f"echo \"hibp_api_key = '{'0' * 32}'\" >{SECRETS}"
NOTICE = f".local/state/digital-footprint/failures/{JOB}.service"
DROP_INS = f"{UNITS}/{JOB}.timer.d"
EDITOR = r'#!/bin/sh\nfor last; do :; done\nexec sed -i /FOOTPRINT_HOME/d "$last"\n'
# What a person or a machine does, and the finding that tells of it.
SPOILED = {
    f"systemctl --user disable --now {JOB}.timer": ("timer breach_recheck", "not running"),
    # Once the last of its firings is over, a timer stays elapsed, whatever its unit says by then.
    f"mkdir {DROP_INS} && printf '[Timer]\nOnCalendar=\nOnCalendar=2020-01-01\n' >{DROP_INS}/a.conf;"
    f" systemctl --user daemon-reload; systemctl --user restart {JOB}.timer;"
    f" rm -r {DROP_INS}; systemctl --user daemon-reload": (
        "timer breach_recheck",
        "no next firing",
    ),
    f"sed -i s/Persistent=true/Persistent=false/ {UNITS}/{JOB}.timer": ("units", "edited by hand"),
    f"mkdir -p {SECRETS.rpartition('/')[0]}; {KEPT}; chmod 644 {SECRETS}": (
        "here: secrets",
        "can be read by",
    ),
    f"mkdir {UNITS}/{JOB}.service.d && printf '[Service]\nEnvironment=FOOTPRINT_HOME=%%h/other\n'"
    f" >{UNITS}/{JOB}.service.d/override.conf && systemctl --user daemon-reload": (
        "unit breach_recheck",
        "this shell with",
    ),
    f"mv {DATA}/env/bin/python away; systemctl --user start {JOB}.service;"
    f" while ! test -s {NOTICE}; do sleep 0.1; done; mv away {DATA}/env/bin/python": (
        "failure of breach_recheck",
        "interpreter is gone",
    ),
}


@once("trixie")
@pytest.mark.parametrize(
    "spoil", SPOILED, ids=["disabled", "wedged", "edited", "secrets", "drop-in", "failure"]
)
def test_what_is_spoiled_is_found_and_mended_by_the_printed_command(
    installed: Machine, spoil: str
) -> None:
    name, said = SPOILED[spoil]
    installed.user(spoil)

    found = wrong(installed)[name]
    assert said in found["found"]
    command = found["fix"].partition(", once")[0]
    # `systemctl edit` wants a terminal, and an editor with a person at it.
    installed.ok(f"printf '{EDITOR}' >editor && chmod +x editor")
    installed.ok(
        f"PATH=$HOME/{BIN}:$PATH SYSTEMD_EDITOR=$HOME/editor"
        f" script --quiet --return --command {quote(command)} /dev/null"
    )

    assert {} == wrong(installed)


@once("trixie")
def test_what_is_safe_is_mended_at_once(installed: Machine) -> None:
    installed.ok(f"rm {UNITS}/{JOB}.timer && systemctl --user daemon-reload")
    assert "units" in wrong(installed)

    checks(installed, "--fix")

    assert {} == wrong(installed)


@once("trixie")
def test_linger_that_is_off_is_found_and_mended(installed: Machine) -> None:
    """Nobody is logged in: without linger there is no manager any more that could answer."""
    # By the manager: logind refuses who came in from outside of every control group.
    installed.root(f"systemd-run --wait --pipe loginctl disable-linger {USER}")
    installed.until(lambda: "scheduler" in wrong(installed))
    (one,) = wrong(installed).values()

    installed.root(f"systemd-run --wait --pipe {one['fix'].partition('sudo ')[2]}")

    installed.until(lambda: wrong(installed) == {})


@once("trixie")
def test_a_program_that_is_gone_is_found_from_inside_the_unit(installed: Machine) -> None:
    """The file that `plan` compares is as it should be: only starting it tells."""
    installed.ok(f"mv {DATA}/env {DATA}/away")

    answer = installed.user(f"{DATA}/away/bin/footprint-timers doctor --json")

    found = {one["name"]: one for one in json.loads(answer.out)["checks"] if not one["ok"]}
    assert "the program or its interpreter is gone" in found["unit breach_recheck"]["found"]
    installed.ok(f"{SOURCE}/install.sh")
    assert "unit breach_recheck" not in wrong(installed)


@once("trixie")
def test_a_clock_that_ran_ahead_is_found(installed: Machine) -> None:
    installed.ok(
        f'{BIN}/python -c "import sqlite3, pathlib;'
        f"db = sqlite3.connect(pathlib.Path('{DATA}/footprint.db'));"
        "db.execute('INSERT INTO scheduled_runs (job_name, started_at)"
        " VALUES (\\'breach_recheck\\', \\'2099-01-01T00:00:00Z\\')'); db.commit()\""
    )

    assert "2099-01-01" in wrong(installed)["clock"]["found"]
