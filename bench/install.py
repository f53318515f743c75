"""Wall time of an installation that changes nothing, and the processes that it starts.

For a user whose timers are installed on a machine with systemd. Each tool that may be started is
met first by a stand-in that writes the call down and goes on to the real one. The time is beside
that of `footprint-timers --version`, in turn, so that a busy machine slows both.

    python bench/install.py [--runs 9]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOOLS = ("systemctl", "loginctl", "systemd-analyze", "systemd-run", "timedatectl", "crontab")
TARGET_MS = 250
TARGET_PROCESSES = 3
STAND_IN = """#!/bin/sh
echo "{name} $*" >>"{log}"
exec "{real}" "$@"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    program = str(Path(sys.executable).with_name("footprint-timers"))
    with tempfile.TemporaryDirectory() as place:
        watched = watching(Path(place))
        install = [program, "install", "--yes"]
        measure(install, os.environ)  # once unmeasured: whatever was missing is there now
        calls = started(install, watched, Path(place) / "calls")
        samples = [
            (measure(install, os.environ), measure([program, "--version"], os.environ))
            for _ in range(runs)
        ]
    install_ms, version_ms = (
        statistics.median(column) * 1000 for column in zip(*samples, strict=True)
    )
    print(
        json.dumps(
            {
                "runs": runs,
                "unchanged_install_ms": round(install_ms),
                "version_ms": round(version_ms),
                "ratio": round(install_ms / version_ms, 2),
                "processes": len(calls),
                "calls": calls,
                "target_ms": TARGET_MS,
                "target_processes": TARGET_PROCESSES,
            },
            indent=2,
        )
    )


def watching(place: Path) -> dict[str, str]:
    """Give an environment in which every tool writes its calls down before it is called."""
    bin_ = place / "bin"
    bin_.mkdir()
    for name in TOOLS:
        if real := shutil.which(name):
            stand_in = bin_ / name
            stand_in.write_text(
                STAND_IN.format(name=name, log=place / "calls", real=real), encoding="utf-8"
            )
            stand_in.chmod(0o755)
    return {**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}"}


def started(command: list[str], environment: dict[str, str], log: Path) -> list[str]:
    """Run a command once and give what it called."""
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def measure(command: list[str], environment: os._Environ[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
