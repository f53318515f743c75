"""A job that is started for an assistant runs as its timer would run it, where there is one."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError, NoSchedulerError
from digital_footprint.process import NOT_FOUND, Completed
from digital_footprint.schedule import Started
from footprint_timers import operations
from footprint_timers.installation import Installation
from footprint_timers.model import Account
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.starting import start_job
from tests.fake_systemd import FakeSystemd

JOB = "breach_recheck"
UNIT = f"footprint-{JOB}.service"


class Launcher:
    """Keeps what it was to start."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.started: list[list[str]] = []

    def __call__(self, argv: list[str]) -> Completed:
        self.started.append(argv)
        return Completed(tuple(argv), self.code)


@pytest.fixture
def launcher() -> Launcher:
    return Launcher()


@pytest.fixture
def plain_config(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.config))
    return load_config(paths)


@pytest.fixture
def systemd(tmp_path: Path) -> FakeSystemd:
    return FakeSystemd(tmp_path)


@pytest.fixture
def installed(db: Database, plain_config: Config, systemd: FakeSystemd) -> FakeSystemd:
    scheduler = Systemd(systemd.connect())
    wanted = operations.wish(db, plain_config, scheduler)
    operations.install(plain_config.paths, scheduler, wanted)
    systemd.calls.clear()
    return systemd


@pytest.fixture
def start(db: Database, plain_config: Config, launcher: Launcher) -> Callable[..., Started]:
    return partial(start_job, db, plain_config, JOB, launch=launcher)


def answers(systemd: FakeSystemd) -> Callable[[Installation], Systemd]:
    return lambda _installed: Systemd(systemd.connect())


def none_answers(_installed: Installation) -> Systemd:
    raise NoSchedulerError("no scheduler can be reached")


def note(paths: Paths) -> Path:
    return paths.locks / f"{JOB}.trigger"


def is_a_process(launcher: Launcher) -> bool:
    ((program, *words),) = launcher.started
    return Path(program).name == "footprint-job" and words == ["run", JOB, "--trigger", "mcp"]


def test_the_job_s_own_unit_is_started_and_not_waited_for(
    start: Callable[..., Started], installed: FakeSystemd, launcher: Launcher, paths: Paths
) -> None:
    started = start(find_scheduler=answers(installed))

    assert Started(by_unit=True) == started
    assert [("reset-failed", UNIT), ("start", "--no-block", UNIT)] == installed.changing()
    assert "mcp\n" == note(paths).read_text(encoding="utf-8")
    assert [] == launcher.started


def test_without_an_installation_it_is_a_process(
    start: Callable[..., Started], systemd: FakeSystemd, launcher: Launcher, paths: Paths
) -> None:
    assert Started() == start(find_scheduler=answers(systemd))

    assert is_a_process(launcher)
    assert [] == systemd.changing()
    assert not note(paths).exists()


@pytest.mark.usefixtures("installed")
def test_without_a_scheduler_that_answers_it_is_a_process(
    start: Callable[..., Started], launcher: Launcher
) -> None:
    assert not start(find_scheduler=none_answers).by_unit
    assert is_a_process(launcher)


def test_where_the_timers_are_the_systems_it_is_a_process_of_this_user(
    start: Callable[..., Started], installed: FakeSystemd, launcher: Launcher, unprivileged: None
) -> None:
    """Units of the system are root's to start."""
    account = Account("jane", Path("/home/jane"), installed.stamps)
    systems = Systemd(replace(installed.connect(), account=account))

    assert Started() == start(find_scheduler=lambda _installed: systems)

    assert is_a_process(launcher)
    assert [] == installed.changing()


def test_a_unit_that_was_removed_by_hand_is_not_started(
    start: Callable[..., Started], installed: FakeSystemd, launcher: Launcher
) -> None:
    for path in installed.units.glob(f"footprint-{JOB}.*"):
        path.unlink()
        installed.loaded.pop(path.name, None)

    assert not start(find_scheduler=answers(installed)).by_unit
    assert is_a_process(launcher)


def test_the_unit_of_another_home_is_not_started(
    start: Callable[..., Started],
    installed: FakeSystemd,
    launcher: Launcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for unit in installed.units.glob("*.service"):
        text = unit.read_text(encoding="utf-8")
        unit.write_text(text.replace("FOOTPRINT_HOME=", "FOOTPRINT_HOME=/another"), "utf-8")

    assert not start(find_scheduler=answers(installed)).by_unit
    assert is_a_process(launcher)
    assert [] == installed.changing()


def test_a_unit_that_cannot_be_started_is_an_error_and_leaves_no_note(
    start: Callable[..., Started], installed: FakeSystemd, launcher: Launcher, paths: Paths
) -> None:
    installed.fails = "start"

    with pytest.raises(FootprintError, match="it is broken"):
        start(find_scheduler=answers(installed))

    assert not note(paths).exists()
    assert [] == launcher.started


def test_a_process_that_ends_at_once_tells_how(
    start: Callable[..., Started], launcher: Launcher
) -> None:
    launcher.code = 75

    assert Started(exit_code=75) == start(find_scheduler=none_answers)


def test_a_program_that_is_gone_is_an_error(
    start: Callable[..., Started], launcher: Launcher
) -> None:
    launcher.code = NOT_FOUND

    with pytest.raises(FootprintError, match="cannot be started"):
        start(find_scheduler=none_answers)
