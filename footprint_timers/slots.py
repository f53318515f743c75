"""Decides at what time and on which days of this machine each job fires.

Every machine asks the outside services at another time, and the same machine always at the same:
the numbers come from a hash, not from chance, so that installing again changes nothing.
"""

import hashlib
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from digital_footprint import process
from digital_footprint.config import DEFAULT_INTERVAL_DAYS, Config
from digital_footprint.process import Runner
from footprint_timers.model import Slot

APART_MINUTES = 20
LAST = "generate_report"
LEADER = "breach_recheck"


def lay_slots(config: Config, seed: str) -> Mapping[str, Slot]:
    """Give every known job its slot inside `[schedule] window`, 20 minutes apart, the report last.

    All known jobs have a place, installed or not, so that a new one moves nobody.
    """
    start, length = _window(config.settings.schedule.window)
    scans = sorted(set(DEFAULT_INTERVAL_DAYS) - {LAST}, key=lambda name: _number(seed, name))
    order = [*scans, LAST]
    apart = min(APART_MINUTES, length // len(order))
    room = length - apart * (len(order) - 1)
    first = start + _number(seed, "window") % max(room, 1)
    return {
        name: Slot(
            interval_days=config.interval_days(name),
            # The report follows on the day of the breach scan.
            phase=_number(seed, LEADER if name == LAST else name) % 10_000,
            hour=(first + apart * place) // 60,
            minute=(first + apart * place) % 60,
        )
        for place, name in enumerate(order)
    }


def host_seed(
    machine_id: Path = Path("/etc/machine-id"), uid: int | None = None, run: Runner = process.run
) -> str:
    """Give what tells a machine and its user from others; it is hashed, never written down.

    `uid`: the user's number, this user's if absent. A Mac is asked for its id: its name is
    whatever the network it is in calls it.
    """
    try:
        machine = machine_id.read_text(encoding="utf-8").strip()
    except OSError:
        machine = _platform_id(run)
    return f"{machine or platform.node()}:{os.getuid() if uid is None else uid}"


def _platform_id(run: Runner) -> str:
    """Give macOS's id of this machine, or nothing anywhere else."""
    told = run(["ioreg", "-rd1", "-c", "IOPlatformExpertDevice"]).stdout
    found = re.search(r'"IOPlatformUUID" = "([0-9A-F-]+)"', told)
    return found[1] if found else ""


def _window(text: str) -> tuple[int, int]:
    """Give the first minute of the day and the length of `HH:MM-HH:MM` (checked by the schema)."""
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    return start, end - start


def _number(seed: str, word: str) -> int:
    digest = hashlib.sha256(f"footprint-timers:{seed}:{word}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
