"""Starts the program as launchd starts a job: by an agent of its own, with the job's own keys."""

import json
import plistlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from digital_footprint.errors import FootprintError
from digital_footprint.files import write_privately
from footprint_timers import agents
from footprint_timers.context import Seen
from footprint_timers.launchctl import EXIT_MEANINGS, Launchctl
from footprint_timers.schedulers.launchd_apply import BETWEEN_LOOKS, DAEMON_MODE
from footprint_timers.schedulers.launchd_domain import Launchd

PATIENCE = timedelta(seconds=60)
# What would start it again, or by itself.
NOT_TAKEN = ("StartCalendarInterval", "RunAtLoad")


def look_from(scheduler: Launchd, plist: Path) -> Seen:
    """Run the selftest of a job's program where launchd runs the job; nothing of it stays."""
    label = f"{agents.PREFIX}probe-{secrets.token_hex(4)}"
    try:
        agent = plistlib.loads(plist.read_bytes())
        place = Path(agent["StandardOutPath"]).parent
        with _loaded(scheduler.ctl, label, _asking(agent, label), place) as output:
            return _answer(scheduler, label, output)
    except (FootprintError, OSError, ValueError, KeyError, plistlib.InvalidFileException) as error:
        return Seen(None, str(error))


def _asking(agent: dict[str, Any], label: str) -> dict[str, Any]:
    """Give the job's own words but for its call and its times."""
    kept = {key: value for key, value in agent.items() if key not in NOT_TAKEN}
    program = agent["ProgramArguments"][0]
    return {**kept, "Label": label, "ProgramArguments": [program, "selftest", "--json"]}


@contextmanager
def _loaded(ctl: Launchctl, label: str, agent: dict[str, Any], place: Path) -> Iterator[Path]:
    """Load it from a file that no login reads, start it, and give the file of what it says."""
    plist, output = place / f"{label}.plist", place / f"{label}.json"
    try:
        write_privately(plist, plistlib.dumps({**agent, "StandardOutPath": str(output)}).decode())
        if ctl.domain == "system":
            plist.chmod(DAEMON_MODE)
        target = ctl.target(label)
        ctl.require("bootstrap", target, ctl.domain, str(plist), file=str(plist))
        ctl.require("kickstart", target, target)
        yield output
    finally:
        ctl.call("bootout", ctl.target(label))
        plist.unlink(missing_ok=True)
        output.unlink(missing_ok=True)


def _answer(scheduler: Launchd, label: str, output: Path) -> Seen:
    deadline = scheduler.clock.now() + PATIENCE
    while (found := scheduler.ctl.loaded(label)) is None or found.last_exit is None:
        if scheduler.clock.now() >= deadline:
            return Seen(None, "it does not end: perhaps macOS asks a question on the screen")
        scheduler.clock.sleep(BETWEEN_LOOKS)
    try:
        return Seen(json.loads(output.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        meaning = EXIT_MEANINGS.get(found.last_exit, ("it said nothing",))[0]
        return Seen(None, f"exit code {found.last_exit}: {meaning}")
