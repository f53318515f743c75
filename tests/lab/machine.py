"""Decides how a machine is booted, entered, rebooted and cut from its power."""

import os
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.overlay import Overlay, make_overlay
from tests.lab.trees import CHECKOUT, USER, run

HOME = f"/home/{USER}"
SOURCE = f"{HOME}/footprint-timers"
WHEELS = "/srv/wheels"
UID = 1000
NAMESPACES = ("-m", "-u", "-i", "-n", "-p", "-C")
BOOT_SECONDS = 90
COMMAND_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command inside the machine said."""

    status: int
    out: str
    err: str


class CommandFailedError(AssertionError):
    """A command inside the machine did not end with 0."""


class Machine:
    """One booted systemd over a writable layer that outlives reboots and power cuts."""

    def __init__(self, lower: Sequence[Path], wheels: Path) -> None:
        """Lay out a machine that is switched off."""
        self.overlay: Overlay = make_overlay(lower)
        self._wheels = wheels
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        """Boot."""
        try:
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut the power and forget everything written."""
        self.close()

    # ---- power

    def boot(self) -> None:
        """Boot, and return when the machine and the user's manager are up."""
        with (
            tempfile.TemporaryDirectory(prefix="lab-") as place,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices,
        ):
            notices.bind(f"{place}/notify")
            self._process = self._start(f"{place}/notify")
            self._leader = self._await(notices)
        self.root(f"systemctl start user@{UID}.service")

    def reboot(self) -> None:
        """Shut down in order and boot again."""
        self.power_off("reboot")
        self.boot()

    def power_off(self, verb: str = "poweroff") -> None:
        """Shut down in order."""
        self._in(["systemctl", verb])
        assert self._process
        self._process.wait(BOOT_SECONDS)
        self._process = None

    def power_cut(self) -> None:
        """Kill everything at once; nothing gets to say goodbye."""
        if self._process:
            # Every process of the machine dies with its init; nspawn then sees that and ends.
            os.kill(self._leader or self._process.pid, signal.SIGKILL)
            self._process.wait(BOOT_SECONDS)
            self._process = None

    def close(self) -> None:
        """Cut the power and forget everything written."""
        self.power_cut()
        self.overlay.remove()

    # ---- commands

    def user(self, command: str, **environ: str) -> Answer:
        """Run a shell command as the user, in the home, with the user's bus."""
        return _answer(self._in(self.as_user(["sh", "-c", command], **environ)))

    def ok(self, command: str, **environ: str) -> str:
        """Run a shell command as the user and give its output; it must end with 0."""
        return _must(command, self.user(command, **environ))

    def root(self, command: str) -> str:
        """Run a shell command as root and give its output; it must end with 0."""
        return _must(command, _answer(self._in(["sh", "-c", command])))

    def until(self, holds: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait for something that the machine does by itself."""
        end = time.monotonic() + seconds
        asked = time.monotonic()
        while not holds():
            took = time.monotonic() - asked
            if time.monotonic() > end:
                raise AssertionError(f"did not happen within {seconds} s")
            # Asking takes from what is waited for: never more than a third of the time goes to it.
            time.sleep(max(0.1, 2 * took))
            asked = time.monotonic()

    def put_checkout(self, source: Path = CHECKOUT) -> None:
        """Lay a checkout's files, committed or not, into the user's home."""
        packed = pack(source)
        self.ok(f"rm -rf {SOURCE} && mkdir {SOURCE}")
        unpacked = self._in(self.as_user(["tar", "-C", SOURCE, "-x"]), stdin=packed)
        assert unpacked.returncode == 0, unpacked.stderr.decode()

    def journal(self) -> str:
        """Give what the machine wrote down since it was made, and its console."""
        console = (self.overlay.directory / "console").read_text(errors="replace")
        if not self._process:
            return console
        said = self._in(["journalctl", "--no-pager", "--quiet", "--merge"]).stdout
        return f"{console}\n{said.decode(errors='replace')}"

    def shell(self) -> int:
        """Give the terminal to a login shell of the user."""
        return subprocess.run(
            self._nsenter(self.as_user(["bash", "--login"])), check=False
        ).returncode

    def as_user(self, argv: Sequence[str], **environ: str) -> list[str]:
        """Give the command that runs `argv` as a login of the user would."""
        login = {
            "HOME": HOME,
            "USER": USER,
            "LOGNAME": USER,
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb"),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": f"/run/user/{UID}",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": WHEELS,
            **environ,
        }
        pairs = [f"{name}={value}" for name, value in login.items()]
        person = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--init-groups"]
        return [*person, "env", "-i", f"--chdir={HOME}", *pairs, *argv]

    # ---- below

    def _start(self, notify: str) -> subprocess.Popen[bytes]:
        # A container's own cgroup tree has to be the unified one; the host's may be older.
        environ = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "NOTIFY_SOCKET": notify}
        with (self.overlay.directory / "console").open("ab") as console:
            return subprocess.Popen(
                self.overlay.enter(self._nspawn()),
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=environ,
            )  # fmt: skip

    def _nspawn(self) -> list[str]:
        return [
            "systemd-nspawn", "--quiet", "--boot", "--notify-ready=yes", "--console=pipe",
            f"--directory={self.overlay.root}", f"--machine={self.overlay.name}",
            "--register=no", "--keep-unit", "--link-journal=no", "--resolv-conf=off", "--timezone=off",
            "--private-network", "--capability=all", f"--bind-ro={self._wheels}:{WHEELS}",
            "systemd.unit=multi-user.target",
        ]  # fmt: skip

    def _await(self, notices: socket.socket) -> int:
        """Read nspawn's notices until the boot is done; give the host's pid of the machine's init."""
        notices.settimeout(BOOT_SECONDS)
        leader = 0
        while True:
            try:
                notice = dict(
                    line.partition("=")[::2] for line in notices.recv(4096).decode().splitlines()
                )
            except TimeoutError:
                raise AssertionError(f"did not boot:\n{self.journal()}") from None
            leader = int(notice.get("X_NSPAWN_LEADER_PID", leader))
            if "READY" in notice:
                return leader

    def _in(
        self, argv: Sequence[str], stdin: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self._nsenter(argv),
            input=stdin or b"", check=False, capture_output=True, timeout=COMMAND_SECONDS,
        )  # fmt: skip

    def _nsenter(self, argv: Sequence[str]) -> list[str]:
        return ["nsenter", f"--target={self._leader}", *NAMESPACES, *argv]


def pack(source: Path = CHECKOUT) -> bytes:
    """Give a checkout's files, committed or not, as a tar archive."""
    git = ["git", "-c", "safe.directory=*", "-C", os.fspath(source), "ls-files", "-z"]
    listed = run([*git, "--cached", "--others", "--exclude-standard"], timeout=60).stdout
    names = "\0".join(name for name in listed.split("\0") if (source / name).is_file())
    tar = ["tar", "-C", os.fspath(source), "--null", "--files-from=-", "-c"]
    return subprocess.run(tar, input=names.encode(), check=True, capture_output=True).stdout


def _answer(done: subprocess.CompletedProcess[bytes]) -> Answer:
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def _must(command: str, answer: Answer) -> str:
    if answer.status:
        raise CommandFailedError(
            f"{shlex.quote(command)} ended with {answer.status}\n{answer.out}{answer.err}"
        )
    return answer.out
