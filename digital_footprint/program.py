"""Decides by which path others start a program of ours: one that outlives the next upgrade."""

import os
import sys
from pathlib import Path

from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError


def find(paths: Paths, name: str, invoked_as: str, prefix: Path = Path(sys.prefix)) -> Path:
    """Give the path of one of our programs, no link resolved: links are how versions change.

    First through the `env` link of install.sh, then beside this command as it was called (pipx
    and uv link all into one directory), then in this environment.
    Raises ConfigurationError where there is none.
    """
    link = paths.data / "env"
    candidates = [prefix / "bin" / name]
    if Path(invoked_as).name.startswith("footprint"):
        candidates.insert(0, Path.cwd() / Path(invoked_as).parent / name)
    if link.exists() and link.resolve() == prefix.resolve():
        candidates.insert(0, link / "bin" / name)
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    raise ConfigurationError(
        f"{name} is not in {candidates[-1].parent}",
        hint="install the package first: ./install.sh",
    )
