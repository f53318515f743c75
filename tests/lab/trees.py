"""Decides how a root tree is made, and where it and everything else of the lab is kept."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
USER = "alice"

# What a fresh machine has, and what makes it one that boots; tzdata, so that a machine can be
# given an hour of the day at which no slot lies.
FRESH = ("python3", "python3-venv", "git", "ca-certificates")
BOOTED = (
    *FRESH,
    "systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "tzdata", "cron",
)  # fmt: skip

HOOKS = (f'chroot "$1" useradd --create-home --shell /bin/bash {USER}',)
BOOTED_HOOKS = (
    *HOOKS,
    # A lingering user has a manager from boot on; a journal on disk outlives a power cut.
    f'install -D /dev/null "$1/var/lib/systemd/linger/{USER}"',
    'mkdir -p "$1/var/log/journal"',
    'chroot "$1" systemctl mask systemd-modules-load.service',
)

# The oldest systemd comes with a Python that is too old. A person brings a newer one along, in a
# directory of its own: here it is the next release's, with all the libraries that it was built for.
OLDEST, LENDER = "bullseye", "bookworm"
LEND = r"""
to="$1/opt/python"
mkdir -p "$to/bin" "$to/lib"
cp -a "$from/usr/lib/python3.11" "$from/usr/share/python-wheels" "$to/lib"
cp "$from/usr/bin/python3.11" "$to/bin"
sed -i s,/usr/share/python-wheels,/opt/python/lib/python-wheels, "$to"/lib/python3.11/_sysconfigdata*
{
    chroot "$from" dpkg --listfiles libc6 libgcc-s1 libstdc++6 | grep '/l[^/]*[.]so[.][0-9]*$'
    chroot "$from" sh -c 'ldd /usr/bin/python3.11 /usr/lib/python3.11/lib-dynload/*.so' |
        sed -n 's,.*=> \(/lib[^ ]*\) .*,\1,p'
} | while read -r library; do cp -L "$from$library" "$to/lib"; done
patchelf --force-rpath --set-rpath /opt/python/lib \
    --set-interpreter /opt/python/lib/ld-linux-x86-64.so.2 "$to/bin/python3.11"
printf '#!/bin/sh\nexec /opt/python/bin/python3.11 "$@"\n' >"$1/usr/local/bin/python3"
chmod +x "$1/usr/local/bin/python3"
"""


class TreeError(Exception):
    """A root tree could not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of root tree of one Debian suite."""

    suite: str
    packages: tuple[str, ...]
    hooks: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name the tree so that a changed recipe makes a new one."""
        text = json.dumps([self.packages, self.hooks])
        return f"{self.suite}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def booted(suite: str) -> Recipe:
    """Describe a machine with systemd, cron, a lingering user and a Python that is new enough."""
    if suite != OLDEST:
        return Recipe(suite, BOOTED, BOOTED_HOOKS)
    lender = make_tree(booted(LENDER))
    return Recipe(suite, BOOTED, (*BOOTED_HOOKS, f"set -e; from={lender}{LEND}"))


def fresh(suite: str) -> Recipe:
    """Describe a machine with nothing but what README asks for."""
    return Recipe(suite, FRESH, HOOKS)


def cache() -> Path:
    """Find the lab's directory: $FOOTPRINT_LAB_CACHE, else in the user's cache."""
    chosen = os.environ.get("FOOTPRINT_LAB_CACHE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footprint-lab"


def make_tree(recipe: Recipe) -> Path:
    """Give the root tree of a recipe, made on first use; nobody writes into it afterwards."""
    tree = cache() / "trees" / recipe.name
    if not tree.is_dir():
        unfinished = tree.with_name(f"{tree.name}.{os.getpid()}")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        try:
            _bootstrap(recipe, unfinished)
            unfinished.rename(tree)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return tree


def _bootstrap(recipe: Recipe, directory: Path) -> None:
    argv = [
        "mmdebstrap", "--quiet", "--variant=minbase",
        "--include=" + ",".join(recipe.packages),
        # Testing's and the archive's release files are allowed to be old.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        *(f"--customize-hook={hook}" for hook in recipe.hooks),
        recipe.suite, os.fspath(directory),
    ]  # fmt: skip
    try:
        run(argv, timeout=900)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or ""
        raise TreeError(f"{recipe.suite}: {error}\n{said[-2000:]}") from None


def run(
    argv: Sequence[str], *, timeout: float, stdin: str | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run one program on the host, with an end to its time."""
    return subprocess.run(
        argv, check=check, input=stdin, timeout=timeout, capture_output=True, encoding="utf-8"
    )
