"""Decides how a read-only root tree gets a writable face that dies with its machine."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.lab.trees import cache

# Slots follow from the machine's identity; the same one every time makes a failure repeatable.
MACHINE_ID = "5f0c1e7a9d3b4e62a8c4d1f0b7e69a35"

ENTER = """
for tree in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
    [ -f "$tree/cgroup.procs" ] || continue
    mkdir -p "$tree/$1"
    echo $$ >"$tree/$1/cgroup.procs"
done
mount -t overlay overlay -o "$2" "$3"
shift 3
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A directory with the writable layer over the layers below it, uppermost first."""

    directory: Path
    lower: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Name the machine; no other on this host has it."""
        return self.directory.name

    @property
    def upper(self) -> Path:
        """What was written since the layers below."""
        return self.directory / "upper"

    @property
    def root(self) -> Path:
        """Where the layers are seen as one, inside the machine's own mount namespace."""
        return self.directory / "root"

    def enter(self, argv: Sequence[str]) -> list[str]:
        """Give the command that mounts the layers for `argv` alone.

        The mount lives in a namespace of its own: whatever dies, nothing stays mounted. The
        command is told to end when the process that started it dies, and has a control group of
        its own, for machines that share one see each other's processes.
        """
        options = (
            f"lowerdir={':'.join(map(os.fspath, self.lower))},"
            f"upperdir={self.upper},workdir={self.directory / 'work'}"
        )
        return [
            "setpriv", "--pdeathsig=TERM", "unshare", "--mount",
            "sh", "-ec", ENTER, "sh", self.name, options, os.fspath(self.root), *argv,
        ]  # fmt: skip

    def remove(self) -> None:
        """Forget everything that was written."""
        shutil.rmtree(self.directory, ignore_errors=True)
        for tree in ("unified", "systemd", "."):
            _remove_groups(Path("/sys/fs/cgroup", tree, self.name))


def machines() -> Path:
    """Name the directory of all that is written; each name in it tells the process it belongs to."""
    return cache() / "machines"


def make_overlay(lower: Sequence[Path]) -> Overlay:
    """Make an empty writable layer over others."""
    machines().mkdir(parents=True, exist_ok=True)
    _remove_those_of_the_dead(machines())
    # nspawn takes letters, digits and dashes for a machine's name.
    directory = machines() / f"lab-{os.getpid()}-{secrets.token_hex(3)}"
    overlay = Overlay(directory, tuple(lower))
    for each in (overlay.upper / "etc", overlay.root, directory / "work"):
        each.mkdir(parents=True)
    overlay.upper.chmod(0o755)
    (overlay.upper / "etc/machine-id").write_text(MACHINE_ID + "\n", encoding="ascii")
    # Whoever logs out without linger loses the manager at once instead of after ten seconds.
    logind = overlay.upper / "etc/systemd/logind.conf.d/lab.conf"
    logind.parent.mkdir(parents=True)
    logind.write_text("[Login]\nUserStopDelaySec=0\n", encoding="ascii")
    (overlay.upper / "etc/localtime").symlink_to(f"/usr/share/zoneinfo/{noon(datetime.now(UTC))}")
    return overlay


def noon(now: datetime) -> str:
    """Name the zone where it is noon now, far from every slot: nothing fires by accident."""
    return f"Etc/GMT{now.hour - 12:+d}"


def _remove_those_of_the_dead(place: Path) -> None:
    for directory in place.iterdir():
        if not Path("/proc", directory.name.split("-")[1]).exists():
            shutil.rmtree(directory, ignore_errors=True)


def _remove_groups(group: Path) -> None:
    for each in sorted(group.glob("**/"), reverse=True):
        with contextlib.suppress(OSError):
            each.rmdir()
