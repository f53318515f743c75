"""Stands before the real systemctl inside a machine, and fails the call that it is told to fail.

Read from the environment: FAULT_AT, the number of the changing call; FAULT, what happens to it:
`before` it is made, `after` it is made, the manager being `gone`, the units' disk being `full`,
or its caller being killed (`kill-after`). Every changing call is written to FAULT_LOG.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

REAL = "/usr/bin/systemctl"
READING = {"show", "show-environment", "is-enabled", "status"}


def main() -> int:
    """Count the call, and do to it what is asked."""
    words = sys.argv[1:]
    # A probe's own units are none of those that are installed.
    if {*words} & READING or any("footprint-probe" in word for word in words):
        os.execv(REAL, [REAL, *words])
    log = Path(os.environ["FAULT_LOG"])
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{' '.join(words)}\n")
    number = len(log.read_text(encoding="utf-8").splitlines())
    if number == int(os.environ["FAULT_AT"]):
        return fail(os.environ["FAULT"], words)
    return call(words)


def fail(fault: str, words: list[str]) -> int:
    """Let one call fail."""
    if fault == "gone":
        # Nothing answers from here on, until somebody puts the sockets back.
        runtime = Path(os.environ["XDG_RUNTIME_DIR"])
        for name in ("bus", "systemd/private"):
            (runtime / name).rename(runtime / f"{name}.away")
        return call(words)
    if fault == "full":
        fill(Path(".config/systemd/user/filler"))
    if fault.endswith("after"):
        call(words)
    if fault.startswith("kill"):
        os.kill(os.getppid(), signal.SIGKILL)
        return 0
    sys.stderr.write(f"Failed to {words[1]}: Job failed by order\n")
    return 1


def fill(path: Path) -> None:
    """Leave not one free byte on a disk."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(512))


def call(words: list[str]) -> int:
    """Go on to the real one."""
    return subprocess.run([REAL, *words], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
