"""What a run loads: no clock is needed to see that it starts fast."""

import subprocess
import sys

import pytest

from tests.conftest import CommandLine

HEAVY = {
    "apprise", "email_validator", "httpx2", "jinja2", "mcp", "msgspec", "platformdirs", "pydantic",
    "rich", "selectolax", "stamina", "tomlkit", "tomllib", "yaml",
}  # fmt: skip


def loaded_by(run: CommandLine, *argv: str) -> set[str]:
    """Run a command inside an interpreter that tells what packages it has loaded when it is done."""
    return {name.partition(".")[0] for name in modules_of(run, *argv)}


def modules_of(
    run: CommandLine, *argv: str, program: str = "footprint_timers.job_cli"
) -> list[str]:
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"sys.argv = {list(argv)!r}\n"
        f"from {program} import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=run.environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stderr.split()


@pytest.mark.parametrize(
    "argv",
    [
        ("run", "breach_recheck"),
        ("run", "verify_removals"),
        ("run-overdue",),
        ("--help",),
        ("reap", "breach_recheck"),
    ],
)
def test_a_run_with_nobody_to_ask_about_loads_nothing_heavy(
    run: CommandLine, argv: tuple[str, ...]
) -> None:
    loaded = loaded_by(run, "footprint-job", *argv)

    assert "sqlite3" in loaded or argv == ("--help",)
    assert set() == HEAVY & loaded


def test_the_guard_sees_what_is_loaded(run: CommandLine) -> None:
    assert {"httpx2", "rich"} <= loaded_by(run, "footprint-job", "selftest") | loaded_by(
        run, "footprint-job", "list"
    )


@pytest.mark.parametrize(
    ("program", "words", "module"),
    [
        ("digital_footprint.cli", ("--version",), None),
        ("digital_footprint.cli", ("secret", "list"), "secret"),
        ("digital_footprint.cli", ("secret", "--help"), "secret"),
        ("footprint_timers.cli", ("--version",), None),
        ("footprint_timers.cli", ("explain", "breach_recheck"), "explain"),
        ("footprint_timers.cli", ("install", "--help"), "install"),
        ("footprint_timers.job_cli", ("--version",), None),
        ("footprint_timers.job_cli", ("list",), "job_history"),
        ("footprint_timers.job_cli", ("reap", "breach_recheck"), "job_unit"),
    ],
)
def test_of_the_commands_only_the_one_that_is_called_is_loaded(
    run: CommandLine, program: str, words: tuple[str, ...], module: str | None
) -> None:
    modules = modules_of(run, "program", *words, program=program)

    commands = [one for one in modules if ".commands." in one]
    package = program.partition(".")[0]
    assert ([f"{package}.commands.{module}"] if module else []) == commands


def test_what_only_a_unit_calls_is_in_no_list(run: CommandLine) -> None:
    commands = run("footprint-job", "--help").out.partition("Commands:")[2]

    assert "selftest" in commands
    assert "probe" not in commands


def test_an_installation_loads_neither_the_work_of_jobs_nor_other_schedulers_nor_probes() -> None:
    code = "import sys, footprint_timers.commands.install; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )

    modules = {*said.stdout.split()}
    assert {"digital_footprint.scheduler.due", "footprint_timers.schedulers.systemd"} <= modules
    assert (
        not {
            "digital_footprint.scheduler.jobs",
            "footprint_timers.schedulers.cron",
            "footprint_timers.schedulers.launchd_domain",
            "footprint_timers.probe",
            "jinja2",
        }
        & modules
    )


def test_importing_the_packages_does_nothing(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c",
         "import digital_footprint.cli, footprint_timers.job_cli, os; print(os.listdir('.'))"],
        cwd=str(tmp_path),
        env={"HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )  # fmt: skip

    assert "[]" == done.stdout.strip()
