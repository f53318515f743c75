"""Decides what keeps launchd from starting the jobs, and which command or switch mends each."""

import plistlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from digital_footprint.config import Config, Paths
from digital_footprint.scheduler.due import NAMES
from digital_footprint.selftest import selftest
from footprint_timers import agents, launchd_context
from footprint_timers.examination import INSTALL_AGAIN, Finding, compared
from footprint_timers.launchctl import EXIT_MEANINGS, Loaded
from footprint_timers.model import TimerStatus
from footprint_timers.schedulers.launchd_domain import HEADLESS, ROOT, Launchd
from footprint_timers.site import Site

SWITCH = "System Settings, General, Login Items, Allow in the Background"
# What macOS keeps from programs that nobody has allowed to look there (TCC), below a home.
PROTECTED = (
    "Documents",
    "Desktop",
    "Downloads",
    "Library/Mobile Documents",
    "Library/CloudStorage",
)
VOLUMES = Path("/Volumes")


def examine(config: Config, scheduler: Launchd, site: Site) -> Iterator[Finding]:
    """Look at the session, every agent, the program that they start and the places it needs."""
    yield _session(scheduler)
    names = [name for name in NAMES if config.job(name).enabled]
    timers = scheduler.read_status([*names, agents.CATCH_UP])
    install, home = site.command("install"), site.machine.home
    for name, timer in timers.items():
        loaded = scheduler.ctl.loaded(agents.label_of(name)) if timer.loaded else None
        yield _agent(scheduler, name, timer, loaded, install)
    # That of the catch-up is a shell.
    plists = {name: scheduler.units / agents.file_of(name) for name in names}
    program = _program(plists.values())
    if program is not None:
        yield _runs(scheduler, program)
    yield _places(config.paths, program, home, install)
    there = [plists[name] for name in names if timers[name].loaded]
    yield from _context(scheduler, there, install)


def protected(place: Path, home: Path) -> str | None:
    """Give the protected folder in which a place lies, if any."""
    for folder in (*(home / one for one in PROTECTED), VOLUMES):
        if place.is_relative_to(folder):
            return str(folder)
    return None


def _session(scheduler: Launchd) -> Finding:
    if scheduler.is_headless:
        return Finding("session", False, HEADLESS, ROOT)
    who = "need no login" if scheduler.fires_alone else "run while you are logged in"
    return Finding("session", True, f"{scheduler.ctl.domain}: jobs {who}")


def _agent(
    scheduler: Launchd, name: str, timer: TimerStatus, loaded: Loaded | None, install: str
) -> Finding:
    label = f"agent {name}"
    target = scheduler.ctl.target(agents.label_of(name))
    if not timer.installed:
        return Finding(label, False, "not installed", install)
    if not timer.enabled:
        return Finding(label, False, "disabled in launchd", f"launchctl enable {target}")
    if loaded is None:
        found = f"written, but not loaded; perhaps it is switched off in {SWITCH}"
        return Finding(label, False, found, install)
    if timer.stale:
        return Finding(label, False, "launchd has loaded something else than its file", install)
    if loaded.last_exit is not None and loaded.last_exit in EXIT_MEANINGS:
        meaning, fix = EXIT_MEANINGS[loaded.last_exit]
        return Finding(label, False, f"ended with {loaded.last_exit}: {meaning}", fix)
    if timer.running:
        return Finding(label, True, "running now")
    if timer.next_due is None:
        return Finding(label, False, "loaded, but it has no next firing", install)
    return Finding(label, True, f"fires next {timer.next_due.astimezone():%Y-%m-%d %H:%M}")


def _program(plists: Iterable[Path]) -> Path | None:
    """Give the program that the installed agents start."""
    for plist in plists:
        try:
            return Path(plistlib.loads(plist.read_bytes())["ProgramArguments"][0])
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            continue
    return None


def _runs(scheduler: Launchd, program: Path) -> Finding:
    """Start it: that the file is there says nothing of its interpreter."""
    answer = scheduler.ctl.run([str(program), "--version"])
    if answer.code:
        return Finding("program", False, f"{program}: {answer.complaint()}", INSTALL_AGAIN)
    return Finding("program", True, f"{program} runs")


def _places(paths: Paths, program: Path | None, home: Path, install: str) -> Finding:
    """Look for places in which a job of launchd waits for a question that nobody sees."""
    looked = (paths.config, paths.data, paths.state, *([program] if program else []))
    bad = [(place, folder) for place in looked if (folder := protected(place, home))]
    if not bad:
        return Finding("places", True, "none lies where macOS asks a person first")
    place, folder = bad[0]
    found = f"{place} lies in {folder}: launchd's jobs may not look there unasked"
    return Finding("places", False, found, _move(paths, place, home, install))


def _context(scheduler: Launchd, plists: Sequence[Path], install: str) -> Iterator[Finding]:
    """Look from where launchd starts the jobs: a home, a key, a place there may be out of reach."""
    if not plists:
        return
    seen = launchd_context.look_from(scheduler, plists[0])
    if seen.document is None:
        yield Finding("context", False, f"it cannot start: {seen.trouble}", INSTALL_AGAIN)
    else:
        yield from compared("context", seen.document, selftest(), install)


def _move(paths: Paths, place: Path, home: Path, install: str) -> str:
    if place not in (paths.config, paths.data, paths.state):
        return INSTALL_AGAIN
    better = home / ".footprint"
    return f"mv '{place}' '{better}' && FOOTPRINT_HOME='{better}' {install} --force"
