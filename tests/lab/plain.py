"""Decides how commands run on a machine that is not booted: no service manager, no network."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.machine import SOURCE, UID, WHEELS, Answer, pack
from tests.lab.overlay import make_overlay
from tests.lab.trees import USER

COMMAND_SECONDS = 1800


class PlainMachine:
    """A root tree with a writable layer; each command is a container of its own."""

    def __init__(self, lower: Sequence[Path], wheels: Path) -> None:
        """Lay the layers out."""
        self.overlay = make_overlay(lower)
        self._wheels = wheels

    def __enter__(self) -> Self:
        """Give the machine."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget everything written."""
        self.overlay.remove()

    def put_checkout(self, owner: str) -> str:
        """Lay the checkout into the owner's home, and give the directory."""
        where = "/root/footprint-timers" if owner == "root" else SOURCE
        unpack = f"mkdir {where} && tar -C {where} -x --no-same-owner && chown -R {owner}: {where}"
        done = self._contained("root", unpack, stdin=pack())
        assert done.returncode == 0, done.stderr
        return where

    def run(self, owner: str, command: str) -> Answer:
        """Run a shell command as root or as the user, as after a login on a text console."""
        done = self._contained(owner, command)
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))

    def _contained(
        self, owner: str, command: str, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        home = "/root" if owner == "root" else f"/home/{USER}"
        login = {
            "HOME": home,
            "USER": owner,
            "LOGNAME": owner,
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": WHEELS,
            # Half of the time of an installation; Python compiles what it really imports.
            "PIP_NO_COMPILE": "1",
        }
        drop = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--init-groups"]
        argv = [
            "systemd-nspawn", "--quiet", "--as-pid2", "--console=pipe", "--register=no",
            "--keep-unit", "--private-network", "--resolv-conf=off", "--timezone=off",
            "--link-journal=no", f"--directory={self.overlay.root}",
            f"--machine={self.overlay.name}", f"--bind-ro={self._wheels}:{WHEELS}",
            *([] if owner == "root" else drop), "env", "-i", f"--chdir={home}",
            *(f"{name}={value}" for name, value in login.items()), "sh", "-c", command,
        ]  # fmt: skip
        environ = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        return subprocess.run(
            self.overlay.enter(argv),
            input=stdin, check=False, capture_output=True, timeout=COMMAND_SECONDS, env=environ,
        )  # fmt: skip
