"""Timers of the system that work for a user, trees of files with nobody to ask, and the way between."""

import json
import shlex

import pytest

from digital_footprint.clock import from_text
from tests.lab.acts import AT_ONCE, BIN, BIN_PATH, JOB, history
from tests.lab.conftest import once
from tests.lab.machine import HOME, Answer, Machine

TIMERS = f"{BIN_PATH}/footprint-timers"
ETC = "/etc/systemd/system"
STAMP = f"/var/lib/systemd/timers/stamp-{JOB}.timer"
# Everything that an installation could leave behind, and whose it is.
TREE = f"""
find {ETC} /var/lib/systemd/timers /root {HOME} /run/systemd/system \
    -path {HOME}/footprint-timers -prune -o -path '*/env-*' -prune -o \
    -path '*/footprint.db*' -prune -o -printf '%p %y %m %u %l\\n' | sort
"""
OURS = f"ls {ETC} {HOME}/.config/systemd/user | grep -c '^footprint-.*timer$'; true"


@pytest.fixture
def alone(installed: Machine) -> Machine:
    """A machine whose user has the program and no timers, and does not linger."""
    installed.ok(f"{BIN}/footprint-timers uninstall --yes")
    installed.root("loginctl disable-linger alice; mkdir -p /var/lib/systemd/timers")
    return installed


def sudo(machine: Machine, words: str) -> Answer:
    """Call footprint-timers as alice does with sudo: root, and alice only in SUDO_USER."""
    said = machine.root(
        f"cd / && env -i PATH=/usr/bin:/bin HOME=/root SUDO_USER=alice {TIMERS} {words}"
        " >/said 2>/complained; echo $?; cat /said; echo ====; cat /complained"
    )
    status, _, rest = said.partition("\n")
    out, _, err = rest.partition("====\n")
    return Answer(int(status), out, err)


def error(answer: Answer) -> dict[str, str]:
    told: dict[str, str] = json.loads(answer.out)["error"]
    return told


def at_rest(machine: Machine, rows: int) -> bool:
    found = history(machine)
    state = machine.ok(f"systemctl show -p SubState --value {JOB}.service").strip()
    return len(found) == rows and state in ("dead", "failed", "auto-restart")


def test_root_installs_for_alice_whose_job_fires_without_her(alone: Machine, suite: str) -> None:
    before = alone.root(TREE)
    alone.root("systemctl stop user@1000.service")

    installed = sudo(alone, "install --scope system --yes --json")

    assert 0 == installed.status, installed
    assert "for alice, who called sudo" in installed.err
    document = json.loads(installed.out)
    assert ("system", ETC) == (document["scope"], document["units"])
    # Of 247 the system's manager lets nobody but root into what it lays below an empty home.
    proved = "basic" if suite == "bullseye" else "strong"
    assert {proved} == {one["level"] for one in document["sandbox"]["jobs"]}, document
    assert "" == alone.root(f"find {HOME} -user root")
    drop_in = f"{ETC}/{JOB}.timer.d"
    alone.root(f"mkdir -p {drop_in} && printf '{AT_ONCE}' >{drop_in}/lab.conf")
    alone.root(f"systemctl daemon-reload && touch -d '9 days ago' {STAMP}")
    alone.root(f"systemctl restart {JOB}.timer")
    alone.until(lambda: at_rest(alone, 1))

    (row,) = history(alone)
    assert ("timer", True) == (row["trigger"], bool(row["scheduled_for"]))
    assert "alice\n" == alone.root(f"stat -c %U {HOME}/.local/share/digital-footprint/footprint.db")
    assert "" == alone.root(f"find {HOME} -user root")
    assert "inactive\n" == alone.root("systemctl is-active user@1000.service; true")
    # The run could set its timer's stamp: to just before the firing that left nothing done.
    held = int(from_text(row["scheduled_for"]).timestamp()) - 1
    assert f"alice {held}\n" == alone.root(f"stat -c '%U %Y' {STAMP}")
    # From now on no command has to be told of the scope, neither alice's nor root's.
    status = json.loads(alone.ok(f"{BIN}/footprint-timers status --json"))
    assert ("systemd", "system") == (status["backend"], status["scope"])
    job = next(one for one in status["jobs"] if one["name"] == "breach_recheck")
    assert (True, False, "not_configured") == (job["loaded"], job["drift"], job["state"])
    again = sudo(alone, "plan --check --json")
    assert 0 == again.status, again
    assert "nothing had to be changed" in alone.ok(f"{BIN}/footprint-timers install --yes")
    examined = sudo(alone, "doctor --json")
    wrong = [one for one in json.loads(examined.out)["checks"] if not one["ok"]]
    assert [] == [one for one in wrong if one["name"].startswith(("timer", "unit", "sandbox"))]

    alone.root(f"rm -r {drop_in}")
    assert 0 == sudo(alone, "uninstall --yes").status
    alone.root("systemctl daemon-reload; systemctl start user@1000.service")
    assert without_traces(before) == without_traces(alone.root(TREE))


def without_traces(tree: str) -> str:
    """Leave out what a run leaves by its nature: its log line and its lock."""
    kept = ("/locks", "scheduler.log")
    return "".join(
        line for line in tree.splitlines(keepends=True) if not any(k in line for k in kept)
    )


def test_the_failure_handler_of_the_system_writes_into_alices_home(alone: Machine) -> None:
    assert 0 == sudo(alone, "install --scope system --yes").status
    alone.ok("rm -rf .local/share/digital-footprint/env-*")

    alone.root(f"systemctl start {JOB}.service; true")

    notice = f"{HOME}/.local/state/digital-footprint/failures/{JOB}.service"
    alone.until(lambda: alone.user(f"test -s {notice}").status == 0)
    assert "alice 600\n" == alone.root(f"stat -c '%U %a' {notice}")
    assert "exit_status=203" in alone.ok(f"cat {notice}")


@once("bookworm")
def test_whose_timers_they_would_be_is_said_and_nothing_is_written(alone: Machine) -> None:
    before = alone.root(TREE)
    cases = {
        "install --yes --json": ("root's own timers", "--scope system --user alice"),
        "status --json": ("root's own timers", "without sudo: footprint-timers status --json; or"),
        "install --scope user --user alice --yes --json": ("root's own", "without sudo"),
        "install --scope system --user root --yes --json": ("never as root", "--user NAME"),
        "install --scope system --user nobody-here --json": (
            "no user 'nobody-here'",
            "cut -d: -f1",
        ),
    }

    for words, (message, hint) in cases.items():
        answer = sudo(alone, words)
        assert 78 == answer.status, (words, answer)
        assert message in error(answer)["message"]
        assert hint in error(answer)["hint"]

    told = error(alone.user(f"{BIN}/footprint-timers install --scope system --yes --json"))
    assert "only root may" in told["message"]
    assert before == alone.root(TREE)
    # What is printed is what does it.
    command = told["hint"].removeprefix("sudo ")
    alone.root(f"cd / && env -i PATH=/usr/bin:/bin HOME=/root SUDO_USER=alice {command} --yes")
    assert "system" == json.loads(alone.ok(f"{BIN}/footprint-timers status --json"))["scope"]


def test_the_scope_moves_and_leaves_nothing_of_the_other(installed: Machine) -> None:
    files = installed.ok("ls .config/systemd/user").split()

    planned = json.loads(sudo(installed, "plan --scope system --json").out)
    moved = sudo(installed, "install --scope system --yes --json")

    assert 0 == moved.status, moved
    assert planned["moves"] == json.loads(moved.out)["moves"]
    assert ("systemd", "user") == (planned["moves"]["backend"], planned["moves"]["scope"])
    assert {name for name in files if name.startswith("footprint-")} == {
        *planned["moves"]["removed"]
    }
    assert "4\n" == installed.root(OURS)
    assert "" == installed.ok("ls .config/systemd/user | grep footprint; true")
    ours = "systemctl --user list-units --all --plain --no-legend 'footprint-*.timer'"
    assert "" == installed.ok(ours)

    refused = error(installed.user(f"{BIN}/footprint-timers install --scope user --yes --json"))
    assert "only root may" in refused["message"]
    first, second = refused["hint"].removeprefix("sudo ").split("; then: ")
    installed.root(f"cd / && env -i PATH=/usr/bin:/bin HOME=/root {first} --yes")
    installed.ok(f"{BIN}/{second} --yes")
    assert "4\n" == installed.root(OURS)
    assert "" == installed.root(f"ls {ETC} | grep footprint; true")


def test_a_tree_of_files_is_enabled_with_nothing_started_and_boots_with_it(alone: Machine) -> None:
    """The machine's own root, seen from another place, is such a tree."""
    alone.root("systemctl stop user@1000.service; mkdir /tree && mount --bind / /tree")
    before = alone.root(TREE)

    offline = sudo(alone, "install --root /tree --scope system --yes --json")

    assert 0 == offline.status, offline
    assert (False, f"/tree{ETC}") == (
        json.loads(offline.out)["started"], json.loads(offline.out)["units"],
    )  # fmt: skip
    timer = shlex.quote(f"{JOB}.timer")
    assert "enabled\n" == alone.root(f"systemctl --root=/tree is-enabled {timer}")
    assert "inactive\n" == alone.root(f"systemctl is-active {timer}; true")
    assert "" == alone.root(f"find {HOME} -user root; grep -l /tree {ETC}/footprint-*; true")
    assert 0 == sudo(alone, "plan --check --root /tree").status
    there = alone.root(TREE)

    assert 0 == sudo(alone, "uninstall --root /tree --scope system --yes").status
    assert before == alone.root(TREE)
    assert 0 == sudo(alone, "install --root / --scope system --yes").status
    assert there == alone.root(TREE)
    alone.root("umount /tree")
    alone.reboot()
    assert "active\n" == alone.root(f"systemctl is-active {timer}")
    assert 0 == sudo(alone, "install --yes").status
    alone.root(f"systemctl start {JOB}.service; true")
    assert 1 == len(history(alone))
