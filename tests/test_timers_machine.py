"""What is found out of a machine: its manager, linger, the program's path, the units' variables."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.process import NOT_FOUND, Completed, run
from footprint_timers import linger
from footprint_timers.catalogue import unit_environment
from footprint_timers.manager import Manager, Refusal, connect, monotonic, timestamp
from footprint_timers.program import find_program, refuse_of_another, refuse_passing
from tests.fake_systemd import FakeSystemd

RUNTIME = {"XDG_RUNTIME_DIR": "/run/user/1000"}


def silent(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
    return Completed(tuple(argv), 1, stderr="Failed to connect to bus: No medium found\n")


def test_a_machine_without_systemd_is_refused_with_the_reason(tmp_path: Path) -> None:
    found = connect(silent, RUNTIME, booted=tmp_path / "none")

    assert isinstance(found, Refusal)
    assert "not started by systemd" in found.reason


def test_a_user_without_a_manager_is_refused_with_the_way_to_one(tmp_path: Path) -> None:
    found = connect(silent, {}, booted=tmp_path, runtimes=tmp_path / "run")

    assert isinstance(found, Refusal)
    assert "enable-linger" in found.advice
    assert "or have timers start with the next boot: footprint-timers install --root /" in (
        found.advice
    )


def test_where_linger_is_on_the_manager_has_only_to_be_started(tmp_path: Path) -> None:
    (tmp_path / linger.user_name()).touch()

    found = connect(silent, {}, booted=tmp_path, runtimes=tmp_path, lingering=tmp_path)

    assert isinstance(found, Refusal)
    assert f"sudo systemctl start user@{os.getuid()}.service" in found.advice


def test_a_runtime_directory_of_somebody_else_is_named_with_the_right_one(tmp_path: Path) -> None:
    mine = tmp_path / str(os.getuid())
    mine.mkdir()
    theirs = {"XDG_RUNTIME_DIR": str(tmp_path / "theirs")}

    found = connect(silent, theirs, booted=tmp_path, runtimes=tmp_path)

    assert isinstance(found, Refusal)
    assert f"XDG_RUNTIME_DIR leads elsewhere: export XDG_RUNTIME_DIR={mine}" == found.advice


def test_a_manager_that_does_not_answer_is_refused_in_its_own_words(tmp_path: Path) -> None:
    found = connect(silent, RUNTIME, booted=tmp_path)

    assert isinstance(found, Refusal)
    assert "No medium found" in found.reason


def test_a_false_systemctl_that_says_yes_to_everything_is_refused(tmp_path: Path) -> None:
    def yes(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        return Completed(tuple(argv), 0)

    assert isinstance(connect(yes, RUNTIME, booted=tmp_path), Refusal)


def test_a_manager_without_a_directory_of_this_user_is_refused(tmp_path: Path) -> None:
    systemd = FakeSystemd(tmp_path)

    def elsewhere(
        argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Completed:
        told = systemd(argv, environment=environment)
        return replace(
            told, stdout=told.stdout.replace(str(systemd.units), "/usr/lib/systemd/user")
        )

    found = connect(elsewhere, RUNTIME, booted=tmp_path)

    assert isinstance(found, Refusal)
    assert "in no directory of this user's own" in found.reason


def test_an_old_systemd_is_refused(tmp_path: Path) -> None:
    systemd = FakeSystemd(tmp_path, version=239)

    found = connect(systemd, RUNTIME, booted=tmp_path)

    assert isinstance(found, Refusal)
    assert "239" in found.reason


def test_the_runtime_directory_that_su_has_dropped_is_found_again(tmp_path: Path) -> None:
    runtime = tmp_path / "run" / str(os.getuid())
    runtime.mkdir(parents=True)
    asked = []
    systemd = FakeSystemd(tmp_path)

    def recorded(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        asked.append(environment)
        return systemd(argv, environment=environment)

    found = connect(recorded, {}, booted=tmp_path, runtimes=tmp_path / "run")

    assert isinstance(found, Manager)
    assert asked == [{"XDG_RUNTIME_DIR": str(runtime)}] * 2


def test_the_manager_says_where_units_lie_and_what_it_knows(tmp_path: Path) -> None:
    manager = FakeSystemd(tmp_path).connect()

    assert manager.units == tmp_path / ".config/systemd/user"
    assert manager.stamps == tmp_path / ".local/share/systemd/timers"
    assert (manager.version, manager.environment["ODD"]) == (252, "a'b")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("31min 21.215349s", 1881.215349),
        ("1d 2h 3min 4.5s", 93784.5),
        ("5w 1d 12h 0.5s", 3153600.5),
        ("850ms", 0.85),
        ("12us", 0.000012),
        ("0", 0),
        ("", 0),
    ],
)
def test_time_spans_are_read_as_systemctl_prints_them(text: str, seconds: float) -> None:
    assert monotonic(text) == pytest.approx(seconds)


def test_moments_are_read_as_systemctl_prints_them() -> None:
    expected = datetime(2026, 11, 23, 2, 17, tzinfo=UTC)

    assert timestamp("Mon 2026-11-23 02:17:00 UTC") == expected
    assert timestamp("n/a") is None


def test_linger_that_is_on_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / linger.user_name()).touch()

    assert linger.turn_on(silent, directory=tmp_path) == linger.Linger(on=True)


def test_linger_that_we_turned_on_is_told_from_what_was_on(tmp_path: Path) -> None:
    def allowed(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        assert argv == ["loginctl", "--no-ask-password", "enable-linger", linger.user_name()]
        (tmp_path / linger.user_name()).touch()
        return Completed(tuple(argv), 0)

    assert linger.turn_on(allowed, directory=tmp_path) == linger.Linger(on=True, by_us=True)


def test_linger_that_we_may_not_turn_on_is_explained(tmp_path: Path) -> None:
    found = linger.turn_on(silent, directory=tmp_path)

    assert (found.on, found.by_us) == (False, False)
    assert f"sudo loginctl enable-linger {linger.user_name()}" in found.advice


def test_a_user_whom_the_system_has_no_name_for_goes_by_the_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a container that runs as a number of its own."""
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_001)

    assert "2000000001" == linger.user_name()


@pytest.fixture
def environment(paths: Paths) -> Path:
    """An environment as install.sh makes it: env-1, and the link `env` to it."""
    program = paths.data / "env-1" / "bin" / "footprint-job"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    (paths.data / "env").symlink_to("env-1")
    return paths.data / "env-1"


def test_units_start_the_program_through_the_link_that_outlives_the_version(
    paths: Paths, environment: Path
) -> None:
    for invoked_as in ("/home/a/.local/bin/footprint-timers", str(environment / "bin/python")):
        found = find_program(paths, invoked_as, environment)

        assert found == paths.data / "env" / "bin" / "footprint-job"


def test_elsewhere_the_program_beside_the_command_is_taken_unresolved(
    paths: Paths, environment: Path, tmp_path: Path
) -> None:
    beside = tmp_path / "bin" / "footprint-job"
    beside.parent.mkdir()
    beside.symlink_to(environment / "bin" / "footprint-job")

    found = find_program(paths, str(beside.with_name("footprint-timers")), tmp_path / "venv")

    assert found == beside


def test_a_missing_program_is_an_error(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="footprint-job"):
        find_program(paths, "/usr/bin/python3", tmp_path)


@pytest.mark.parametrize(
    "place", ["/tmp/x/bin", "/var/tmp/x", "/dev/shm/x", "/run/user/7/x", "/home/a/.cache/uv/x"]
)
def test_a_program_that_may_vanish_is_refused(place: Path) -> None:
    with pytest.raises(ConfigurationError, match="emptied"):
        refuse_passing(Path(place, "footprint-job"), {"XDG_CACHE_HOME": "/home/a/.cache"})


def test_root_is_given_no_program_of_somebody_else(tmp_path: Path) -> None:
    program = tmp_path / "footprint-job"
    program.touch(0o755)
    if os.getuid() == 0:
        os.chown(program, 4711, -1)

    with pytest.raises(ConfigurationError, match=f"{program} is somebody else's"):
        refuse_of_another(program)
    refuse_of_another(Path("/bin/sh"))


def test_a_program_that_stays_is_accepted() -> None:
    refuse_passing(Path("/home/a/.local/bin/footprint-job"), {"XDG_CACHE_HOME": "/home/a/.cache"})


@pytest.mark.parametrize(
    ("shell", "manager", "expected"),
    [
        ({}, {}, {}),
        ({"FOOTPRINT_HOME": "/h"}, {}, {"FOOTPRINT_HOME": "/h"}),
        ({"FOOTPRINT_HOME": "/h"}, {"FOOTPRINT_HOME": "/h"}, {}),
        ({}, {"FOOTPRINT_HOME": "/h"}, {"FOOTPRINT_HOME": ""}),
        ({"XDG_DATA_HOME": "/d"}, {}, {"XDG_DATA_HOME": "/d"}),
        ({"XDG_DATA_HOME": "/d"}, {"XDG_DATA_HOME": "/d"}, {}),
        ({"FOOTPRINT_HOME": "/h", "XDG_DATA_HOME": "/d"}, {}, {"FOOTPRINT_HOME": "/h"}),
    ],
)
def test_units_get_the_variables_without_which_they_would_look_elsewhere(
    shell: dict[str, str], manager: dict[str, str], expected: dict[str, str]
) -> None:
    paths = Paths(Path("/h"), Path("/h"), Path("/h"))

    assert unit_environment(paths, shell, manager) == expected


def test_a_program_that_is_not_there_ends_with_127() -> None:
    assert run(["/nowhere/at/all"]).code == NOT_FOUND


def test_a_process_speaks_the_c_locale_and_utc() -> None:
    told = run(["/bin/sh", "-c", "echo $LC_ALL $TZ $MORE; echo no >&2; exit 3"],
               environment={"MORE": "more"})  # fmt: skip

    assert (told.code, told.stdout, told.complaint()) == (3, "C.UTF-8 UTC more\n", "no")
