"""Decides which wheels a machine without network is given: every pinned one, for each Python."""

import contextlib
import hashlib
import os
import shutil
import sys
from pathlib import Path

from packaging.requirements import Requirement

from tests.lab.trees import CHECKOUT, cache, run

PYTHONS = ("3.11", "3.13", "3.14")


def make_wheelhouse() -> Path:
    """Give the directory of wheels for requirements-dev.txt, downloaded on first use."""
    text = (CHECKOUT / "requirements-dev.txt").read_text(encoding="utf-8")
    name = hashlib.sha256(f"{PYTHONS}{text}".encode()).hexdigest()[:12]
    wheels = cache() / "wheelhouse" / name
    if not wheels.is_dir():
        unfinished = wheels.with_name(f"{wheels.name}.{os.getpid()}")
        unfinished.mkdir(parents=True)
        try:
            for python in PYTHONS:
                _download(text, python, unfinished)
            # Another one may have made the same meanwhile.
            with contextlib.suppress(OSError):
                unfinished.rename(wheels)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return wheels


def _download(requirements: str, python: str, directory: Path) -> None:
    chosen = directory.with_name(f"{directory.name}.txt")
    chosen.write_text(for_python(requirements, python), encoding="utf-8")
    run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
            "--only-binary=:all:", f"--python-version={python}",
            f"--dest={directory}", f"--requirement={chosen}",
        ],
        timeout=900,
    )  # fmt: skip
    chosen.unlink()


def for_python(requirements: str, python: str) -> str:
    """Keep the pins that another Python on this platform needs.

    pip evaluates markers for the interpreter it runs in, whatever --python-version says.
    """
    target = {"python_version": python, "python_full_version": f"{python}.0"}
    kept: list[str] = []
    wanted = False
    for line in requirements.splitlines():
        if line[:1].isalpha():
            requirement = Requirement(line.removesuffix("\\"))
            wanted = requirement.marker is None or requirement.marker.evaluate(target)
            pin = f"{requirement.name}{requirement.specifier} \\"
        else:
            pin = line
        if wanted and not pin.startswith("#"):
            kept.append(pin)
    return "\n".join([*kept, ""])
