"""A real cron daemon on a machine without systemd: it starts a job, and makes up for a gap."""

import json
from typing import Any

import pytest

from tests.lab.conftest import tree_of
from tests.lab.plain import PlainMachine
from tests.lab.trees import USER, booted

ENV = f"/home/{USER}/.local/share/digital-footprint/env/bin"
# The home that the lines have to name holds what sh, cron and a careless writer stumble over.
HOME = f"/home/{USER}/it's 100% mine"
# Bytes that are no UTF-8, the line end of another system, a percent sign, a setting.
FOREIGN = r"MAILTO=jane@example.com\n# caf\351\r\n*/5 * * * * echo \\\\%%d >/dev/null\t \n"
# Debian's `crontab -l` shows a carriage return as two characters: so the file itself is compared.
SAME = "tail -n +4 /var/spool/cron/crontabs/alice | head -c $(stat -c %s /before) | cmp - /before"

SCRIPT = r"""
set -eu
[ -x /usr/bin/nap ] || cp /usr/bin/sleep /usr/bin/nap
as_user() { su USER_NAME -c "export FOOTPRINT_HOME=\"HOME_DIR\" PATH=ENV_DIR:/usr/bin:/bin; $1"; }
rows() { as_user "footprint-job history --limit 1000 --json" 2>/dev/null; }
await() {
    until rows | grep -q "$1"; do
        [ "$(date +%s)" -lt "$2" ] || { echo "no run was $1" >&2; rows >&2; exit 1; }
        nap 4
    done
}
"""


def script(body: str) -> str:
    whole = SCRIPT + body
    words = {"USER_NAME": USER, "HOME_DIR": HOME, "ENV_DIR": ENV, "FOREIGN": FOREIGN, "SAME": SAME}
    for name, value in words.items():
        whole = whole.replace(name, value)
    return whole


def run(machine: PlainMachine, body: str) -> str:
    said = machine.run("root", script(body))
    assert said.status == 0, said.out + said.err
    return said.out


def parts(out: str) -> list[Any]:
    """Read the documents that a script printed one after the other."""
    decoder = json.JSONDecoder()
    found, rest = [], out.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


@pytest.fixture
def machine(wheels: Any) -> Any:
    with PlainMachine([tree_of(booted("trixie"))], wheels) as machine:
        source = machine.put_checkout(USER)
        said = machine.run(USER, f"{source}/install.sh")
        assert said.status == 0, said.out + said.err
        assert "no cron daemon runs" in said.err
        yield machine


def test_cron_runs_the_jobs_makes_up_for_a_gap_and_forgets_them(machine: PlainMachine) -> None:
    first = run(
        machine,
        r"""
        printf 'FOREIGN' >/before && su USER_NAME -c 'crontab /before' && SAME
        mkdir "HOME_DIR" && chown USER_NAME: "HOME_DIR"
        cron
        # All jobs in the next minutes of the day, one after the other.
        [ "$(date +%S)" -lt 50 ] || nap 11
        start=$(date -d '+1 minute' +%H:%M) end=$(date -d '+5 minutes' +%H:%M)
        {
            printf '[schedule]\nwindow = "%s-%s"\n' "$start" "$end"
            for job in breach_recheck dark_web_monitor verify_removals generate_report; do
                printf '[jobs.%s]\ninterval_days = 1\n' $job
            done
        } >"HOME_DIR/config.toml"
        as_user 'footprint-timers plan --json'
        as_user 'footprint-timers install --yes --json'
        as_user 'footprint-timers install --yes --json'
        as_user 'footprint-timers status --json'
        as_user 'footprint-timers doctor --json'
        await '"trigger": "timer"' "$(($(date +%s) + 300))"
        rows
        SAME
        # Then the machine is off for two days.
        cat >/gap.py <<'END'
import os, sqlite3
with sqlite3.connect(os.environ["FOOTPRINT_HOME"] + "/footprint.db") as db:
    moved = "strftime('%Y-%m-%dT%H:%M:%SZ', started_at, '-2 days')"
    db.execute(f"UPDATE scheduled_runs SET started_at = {moved}")
END
        as_user 'python /gap.py'
        """,
    )
    plan, installed, again, status, doctor, rows = parts(first)
    assert plan["drift"]
    assert "+@reboot" in plan["diff"]
    assert (True, "cron", "crontab") == (
        installed["changed"],
        installed["backend"],
        installed["units"],
    )
    assert not again["changed"]
    assert all(job["installed"] and job["next_due"] for job in status["jobs"])
    assert doctor["ok"], doctor
    assert "timer" == rows[0]["trigger"]
    assert rows[0]["scheduled_for"]

    second = run(
        machine,
        r"""
        # The network of this machine is there at once.
        ln -sf /bin/true /usr/bin/sleep
        cron
        await '"trigger": "catchup"' "$(($(date +%s) + 90))"
        rows
        as_user 'footprint-timers uninstall --yes --json'
        tail -n +4 /var/spool/cron/crontabs/alice | cmp - /before
        """,
    )
    rows, removed = parts(second)
    (made_up,) = [row for row in rows if row["trigger"] == "catchup"][:1]
    assert "skipped" == made_up["status"]
    assert ["crontab"] == removed["removed"]
