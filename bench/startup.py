"""Wall time and peak memory of a run with nothing to do, against what it cannot do without.

`footprint-job run breach_recheck` with nobody registered, and `python -c "import click, sqlite3"`
of the same environment, in turn, so that a busy machine slows both. Prints medians and the ratio.

    python bench/startup.py [--runs 15]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

TARGET_RATIO = 2.0
TARGET_PEAK_MIB = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    program = Path(sys.executable).with_name("footprint-job")
    commands = {
        "footprint-job run": [str(program), "run", "breach_recheck"],
        "import click, sqlite3": [sys.executable, "-c", "import click, sqlite3"],
    }
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "FOOTPRINT_HOME": home}
        for command in commands.values():
            measure(command, environment)  # once unmeasured: byte code, page cache, database
        for _ in range(runs):
            for name, command in commands.items():
                samples[name].append(measure(command, environment))
    print(json.dumps(summary(samples, runs), indent=2))


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command once; give seconds and MiB of peak memory.

    The kernel counts the parent's pages towards the child until it executes, so this file
    imports nothing large.
    """
    begin = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command)} failed")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss / unit


def summary(samples: dict[str, list[tuple[float, float]]], runs: int) -> dict[str, object]:
    medians = {
        name: {
            "milliseconds": round(1000 * statistics.median(seconds for seconds, _ in both), 1),
            "peak_mib": round(statistics.median(peak for _, peak in both), 1),
        }
        for name, both in samples.items()
    }
    ours, base = medians.values()
    return {
        "runs": runs,
        **medians,
        "ratio": round(ours["milliseconds"] / base["milliseconds"], 2),
        "target_ratio": TARGET_RATIO,
        "target_peak_mib": TARGET_PEAK_MIB,
    }


if __name__ == "__main__":
    main()
