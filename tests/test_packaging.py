"""However it is installed, it finds its templates and brings nothing of others' along."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "dist", ".hypothesis")

LOOK = """
import digital_footprint
from pathlib import Path
from digital_footprint.brokers import load_brokers
from digital_footprint.schema import MIGRATIONS
from digital_footprint.severity import tiers
from digital_footprint.templating import render, templates
assert list(MIGRATIONS.glob("*.sql")) and len(tiers()) == 168
assert len(load_brokers(Path("none of my own"))) >= 28
from digital_footprint.probes.environments import HERE, PROGRAMS
for program in PROGRAMS.values():
    assert (HERE / program.script).is_file() and (HERE / "asking.py").is_file()
    assert all((HERE / "requirements" / each).is_file() for each in program.requirements)
print(render("demo/config.toml.j2", services={"hibp": "https://example.com"}).count("example.com"))
print(Path(digital_footprint.__file__).parent.parent)
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that nothing is built in the tree under test."""
    return Path(shutil.copytree(CHECKOUT, tmp_path_factory.mktemp("c") / "tree", ignore=LEFT_OUT))


def build(source: Path, target: Path, what: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", what, "--outdir", target, source],
        check=True,
        capture_output=True,
    )
    (built,) = (path for path in target.iterdir() if path.is_file())
    return built


def look(place: Path) -> list[str]:
    """Ask a fresh interpreter, which sees the packages in `place` first."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.split()


def unpacked(wheel: Path, place: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def top_level(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name.partition("/")[0] for name in archive.namelist()}


def shipped_templates(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {
            name.partition("/templates/")[2] for name in archive.namelist() if "/templates/" in name
        }


def test_a_wheel_has_the_two_packages_and_every_template(checkout: Path, tmp_path: Path) -> None:
    wheel = build(checkout, tmp_path / "dist", "--wheel")

    packages = {name for name in top_level(wheel) if not name.endswith(".dist-info")}
    assert {"digital_footprint", "footprint_timers"} == packages
    ours = {
        path.relative_to(CHECKOUT / "templates").as_posix()
        for path in (CHECKOUT / "templates").rglob("*")
        if path.is_file()
    }
    assert ours
    assert ours == shipped_templates(wheel)
    place = unpacked(wheel, tmp_path / "installed")
    assert ["1", str(place)] == look(place)


def test_a_wheel_built_from_the_sdist_is_the_same(checkout: Path, tmp_path: Path) -> None:
    direct = build(checkout, tmp_path / "direct", "--wheel")
    sdist = build(checkout, tmp_path / "sdist", "--sdist")
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "-xf", sdist, "-C", tmp_path / "unpacked"], check=True)
    (source,) = (tmp_path / "unpacked").iterdir()
    assert (source / "scheduler.py").is_file()

    wheel = build(source, tmp_path / "again", "--wheel")

    with zipfile.ZipFile(direct) as one, zipfile.ZipFile(wheel) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())


def test_an_editable_install_finds_the_templates_of_the_checkout(
    checkout: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    # The build backend and the libraries come from the environment that runs the tests.
    libraries = subprocess.run(
        [sys.executable, "-c", "import hatchling; print(hatchling.__path__[0])"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout.strip()
    site = str(Path(libraries).parent)
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps",
         "--no-build-isolation", "--no-index", "--editable", checkout],
        env={**os.environ, "PYTHONPATH": site},
        check=True,
        capture_output=True,
    )  # fmt: skip

    done = subprocess.run(
        [python, "-c", LOOK],
        cwd=tmp_path,
        # The checkout is found by the editable install alone: PYTHONPATH names libraries only.
        env={"PYTHONPATH": site, "PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert ["1", str(checkout)] == done.stdout.split()
