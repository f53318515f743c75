"""Decides where an optional program is installed, and from what: never into our own environment."""

import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint.errors import ConfigurationError, FootprintError
from digital_footprint.files import make_directory, unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digital_footprint.process import Completed, FeedingRunner

HERE = Path(__file__).parent
SECONDS = 900


@dataclass(frozen=True, slots=True)
class Program:
    """An optional program in the one version that we know, and what asks its sites."""

    distribution: str
    version: str
    script: str
    requirements: tuple[str, ...]
    built: tuple[str, ...] = ()
    """Distributions that exist only as sources; every other comes ready to run."""


PROGRAMS: "Mapping[str, Program]" = {
    "holehe": Program(
        "holehe", "1.61", "run_holehe.py", ("build.txt", "holehe.txt"), built=("holehe",)
    ),
    "user_scanner": Program(
        "user_scanner", "1.5.2.3", "run_user_scanner.py", ("user_scanner.txt",)
    ),
}


def set_up(name: str, directory: Path, run: "FeedingRunner") -> None:
    """Make a program's environment under `directory`, or make it anew.

    It stands whole under its name or not at all.
    Raises FootprintError with what pip said, ConfigurationError where Python cannot make one.
    """
    make_directory(directory)
    made = directory / f".{name}.new"
    _clear(made)
    try:
        _make(name, made, run)
        _clear(directory / name)
        made.rename(directory / name)
    except OSError as error:
        raise unwritable(directory, error) from None
    finally:
        _clear(made)


def remove(name: str, directory: Path) -> None:
    """Take a program's environment away, if there is one."""
    try:
        _clear(directory / f".{name}.new")
        _clear(directory / name)
    except OSError as error:
        raise unwritable(directory, error) from None


def installed(name: str, directory: Path) -> str | None:
    """Give the version of a program that can be started, or None."""
    environment = directory / name
    if not python_of(environment).exists():
        return None
    packages = environment / "lib"
    found = packages.glob(f"python*/site-packages/{PROGRAMS[name].distribution}-*.dist-info")
    return next((one.name.removesuffix(".dist-info").rpartition("-")[2] for one in found), None)


def is_ready(name: str, directory: Path) -> bool:
    """Say whether a program can be started in the version whose sites we have looked at."""
    return installed(name, directory) == PROGRAMS[name].version


def command(name: str, directory: Path) -> list[str]:
    """Give the argv that asks a program's sites (see asking.py)."""
    # -I: nothing of the person's own Python comes in. -B: no compiled files are left behind.
    script = HERE / PROGRAMS[name].script
    return [str(python_of(directory / name)), "-I", "-B", str(script)]


def python_of(environment: Path) -> Path:
    """Give an environment's interpreter; a link that leads nowhere once Python is upgraded."""
    return environment / "bin" / "python"


def _make(name: str, made: Path, run: "FeedingRunner") -> None:
    venv = run([sys.executable, "-m", "venv", str(made)], stdin="", seconds=SECONDS)
    if venv.code:
        raise ConfigurationError(
            f"Python could not make an environment for {name}: {_said(venv)}",
            hint="install venv for this Python (Debian: apt install python3-venv), then: "
            f"footprint source enable {name}",
        )
    for requirements in PROGRAMS[name].requirements:
        done = run(_pip(name, made, requirements), stdin="", seconds=SECONDS)
        if done.code:
            raise FootprintError(f"pip could not install {name}: {_said(done)}", hint=_again(name))


def _pip(name: str, made: Path, requirements: str) -> "Sequence[str]":
    """Give pip's argv. Where it gets the files from is the person's own configuration of pip."""
    sources = [f"--no-binary={one}" for one in PROGRAMS[name].built]
    return [
        str(python_of(made)), "-I", "-m", "pip", "install",
        "--quiet", "--disable-pip-version-check", "--no-input", "--no-user",
        # Every byte that is fetched, what builds included, is one that we have named.
        "--require-hashes", "--no-build-isolation", "--only-binary=:all:", *sources,
        # Debian 12's pip would else run setup.py, and what that leaves has no dist-info.
        "--use-pep517",
        "--requirement", str(HERE / "requirements" / requirements),
    ]  # fmt: skip


def _said(done: "Completed") -> str:
    """Give what went wrong in one line; venv tells it on stdout."""
    told = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    errors = [line for line in told if line.startswith("ERROR:")]
    return (errors or told[:1] or [done.complaint()])[-1].strip()


def _again(name: str) -> str:
    return (
        "see that pip reaches its package index (pip config list), then: "
        f"footprint source enable {name}"
    )


def _clear(path: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(path)
