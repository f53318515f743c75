"""A fork of a waiting interpreter is the process that the command would have had."""

import os
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import KEY, CommandLine
from tests.forks import Forks


@pytest.fixture
def both(home: Path, forks: Forks | None) -> tuple[CommandLine, CommandLine]:
    if forks is None:
        pytest.skip("every command starts from nothing here")
    return CommandLine(home, forks), CommandLine(home)


@pytest.mark.parametrize(
    "argv",
    [
        ("footprint", "--version"),
        ("footprint", "person", "add", "Jane Doe", "--email", "jane@example"),
        ("footprint", "person", "list", "--json"),
        ("footprint", "findings", "nonsense"),
        ("footprint-job", "list"),
        ("footprint-job", "run", "nonsense", "--json"),
        ("footprint-timers", "explain"),
    ],
)
def test_a_fork_says_and_ends_what_a_process_of_its_own_does(
    both: tuple[CommandLine, CommandLine], argv: tuple[str, ...]
) -> None:
    fork, own = (run(*argv) for run in both)

    assert own == fork
    assert own.out or own.err


def test_a_fork_has_the_words_streams_and_variables_of_its_call_and_of_no_other(
    both: tuple[CommandLine, CommandLine], tmp_path: Path
) -> None:
    run, own = both
    for name, environ in (
        ("first", {"TZ": "Asia/Tokyo"}),
        ("second", {"TZ": "America/New_York"}),
    ):
        run.home = own.home = tmp_path / name
        run.environ = own.environ = environ
        assert 0 == run("footprint", "secret", "set", "hibp_api_key", stdin=f"{KEY}\n").code
        assert own("footprint", "secret", "list").out == run("footprint", "secret", "list").out
        assert own("footprint-timers", "explain").out == run("footprint-timers", "explain").out

    assert {"first", "second"} == {path.name for path in tmp_path.iterdir()}


def test_a_fork_stands_where_its_caller_stands(
    both: tuple[CommandLine, CommandLine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = both
    run.environ["FOOTPRINT_HOME"] = "here"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        run("footprint", "person", "list")

    assert {"one/here", "two/here"} == {
        str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/here")
    }


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_fork_makes_files_with_the_umask_of_its_caller(tmp_path: Path, umask: int) -> None:
    """Ours are private whatever the umask: a program that comes with rich obeys it."""
    (tmp_path / "in.py").touch()
    program = Path(sys.executable).with_name("pygmentize")
    with closing(Forks()) as forks:
        forks.run(program, ["-V"], {}, "")
        before = os.umask(umask)
        try:
            forks.run(program, ["-o", f"{tmp_path}/out.html", f"{tmp_path}/in.py"], {}, "")
        finally:
            os.umask(before)

    assert 0o666 & ~umask == (tmp_path / "out.html").stat().st_mode & 0o777


def test_no_descriptor_stays_behind(both: tuple[CommandLine, CommandLine]) -> None:
    run, _ = both
    run("footprint", "--version")
    before = set(Path("/proc/self/fd").iterdir())
    run("footprint", "--version")

    assert before == set(Path("/proc/self/fd").iterdir())
