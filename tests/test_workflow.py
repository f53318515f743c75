"""The workflow that runs elsewhere: what can be known of it here."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from digital_footprint.cli import footprint
from digital_footprint.errors import UsageError
from footprint_timers.cli import footprint_timers
from footprint_timers.job_cli import footprint_job

CHECKOUT = Path(__file__).parent.parent
WORKFLOW = CHECKOUT / ".github" / "workflows" / "ci.yml"
MACOS = CHECKOUT / ".ci" / "macos"
GROUPS: dict[str, click.Command] = {
    "footprint": footprint,
    "footprint-job": footprint_job,
    "footprint-timers": footprint_timers,
}
CALL = re.compile(r"(?:^|[\s(;])(footprint(?:-\w+)?(?: [^|)\n>&;]*)?)")


def jobs() -> dict[str, Any]:
    document = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    found: dict[str, Any] = document["jobs"]
    return found


def lines() -> list[str]:
    return [step["run"] for job in jobs().values() for step in job["steps"] if "run" in step]


def calls(script: str) -> list[list[str]]:
    """Find the calls of our commands in a shell script."""
    code = "\n".join(
        line for line in script.splitlines() if not line.lstrip().startswith(("#", "say "))
    )
    return [shlex.split(words) for words in CALL.findall(code)]


def is_understood(call: list[str]) -> bool:
    """Say whether our commands have all the words of a call."""
    program, *words = call
    command = GROUPS[program]
    top = click.Context(command, info_name=program, **command.context_settings)
    while isinstance(command, click.Group):
        found = command.get_command(top, words.pop(0))
        if found is None:
            return False
        command = found
    try:
        command.make_context(program, words, parent=top)
    except (click.UsageError, UsageError):
        return False
    return True


def test_a_linux_job_tests_every_python_that_is_declared() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))

    linux = jobs()["linux"]

    assert declared == linux["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={declared[0]}"
    assert "ubuntu-latest" == linux["runs-on"]
    assert ["./install.sh --test -n auto --dist loadfile"] == [
        step["run"] for step in linux["steps"] if "run" in step
    ]


def test_the_job_on_a_mac_runs_the_suite_before_it_installs() -> None:
    macos = jobs()["macos"]

    assert "macos-latest" == macos["runs-on"]
    assert ["./install.sh --test -n auto --dist loadfile", ".ci/macos"] == [
        step["run"] for step in macos["steps"] if "run" in step
    ]


def test_every_job_has_an_end_and_may_only_read() -> None:
    assert {"contents": "read"} == yaml.safe_load(WORKFLOW.read_text("utf-8"))["permissions"]
    assert all(job["timeout-minutes"] <= 90 for job in jobs().values())


@pytest.mark.parametrize("script", [*lines(), MACOS.read_text("utf-8")])
def test_a_shell_can_read_every_line(script: str) -> None:
    subprocess.run(["bash", "-n"], input=script, encoding="utf-8", check=True)
    if shutil.which("shellcheck"):
        argv = ["shellcheck", "--shell=bash", "-"]
        subprocess.run(argv, input=script, encoding="utf-8", check=True)


@pytest.mark.parametrize("script", lines())
def test_every_program_of_the_checkout_is_there(script: str) -> None:
    program = CHECKOUT / script.split(maxsplit=1)[0]

    assert program.is_file()
    assert program.stat().st_mode & 0o111


def test_every_call_of_ours_is_one_that_our_commands_understand() -> None:
    found = [call for script in (*lines(), MACOS.read_text("utf-8")) for call in calls(script)]

    assert ["footprint-timers", "plan", "--check"] in found
    assert ["footprint-job", "history", "--job", "$1", "--limit", "1000", "--json"] in found
    assert 6 <= len(found)
    assert [] == [call for call in found if not is_understood(call)]


@pytest.mark.parametrize(
    ("call", "understood"),
    [
        ("footprint-timers plan --chek", False),
        ("footprint-timers plann", False),
        ("footprint-job history --limit x", False),
        ("footprint-job run", False),
        ("footprint-timers status --json", True),
    ],
)
def test_a_call_that_nobody_would_understand_is_seen(call: str, *, understood: bool) -> None:
    assert understood == is_understood(call.split())


# What the Mac's script calls, in a directory of PATH: as much of each as the script looks at.
STANDINS = {
    "launchctl": 'case $1 in kickstart) echo run >>"$HOME/rows" ;; *) [ ! -e "$HOME/gone" ] ;; esac',
    "footprint-timers": 'case $1 in doctor) exit 1 ;; catch-up) echo run >>"$HOME/rows" ;; esac',
    "footprint-job": """case $1 in
selftest) echo '{"database": "x"}' ;;
*) python3 -c 'import json, sys
print(json.dumps([{"status": "success"} for _ in open(sys.argv[1])]))' "$HOME/rows" ;;
esac""",
    "plutil": "true",
    "sqlite3": "true",
}
INSTALL = """if [ "${1-}" = --uninstall ]; then touch "$HOME/gone"; rm "$HOME"/Library/LaunchAgents/*
else mkdir -p "$HOME/Library/LaunchAgents" "$HOME/.local/bin"; : >"$HOME/rows"
touch "$HOME/Library/LaunchAgents/footprint-timers.breach_recheck.plist"; fi"""


def test_a_finding_of_the_doctor_does_not_end_the_look_at_the_mac(tmp_path: Path) -> None:
    programs = tmp_path / ".local" / "bin"
    for place in (programs, tmp_path / ".ci"):
        place.mkdir(parents=True)
    for path, text in (
        (tmp_path / "install.sh", INSTALL),
        *((programs / name, text) for name, text in STANDINS.items()),
    ):
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
    shutil.copy2(MACOS, tmp_path / ".ci")

    done = subprocess.run(
        [tmp_path / ".ci" / "macos"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        check=False, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "the doctor found" in done.stdout
    assert "== uninstall" in done.stdout
