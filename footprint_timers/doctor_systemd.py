"""Decides what keeps systemd's timers from working, by what their own units see.

A file that is there proves nothing: the selftest is run by the manager itself, from a unit that
is the job's own but for its call, and has to see what this shell sees.
"""

from collections.abc import Iterator, Sequence
from functools import cache, partial

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.scheduler.due import NAMES
from digital_footprint.selftest import selftest
from footprint_timers import (
    context,
    doctor_timers,
    installation,
    linger,
    operations,
    sandbox,
)
from footprint_timers.examination import INSTALL_AGAIN, Finding, compared
from footprint_timers.manager import Manager
from footprint_timers.model import service_of
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.site import Site
from footprint_timers.slots import LAST

MEND = "doctor --fix"
# The exit statuses of a unit whose sandbox cannot be set up.
LOCKED_IN = ("217", "226", "228")


def examine(db: Database, config: Config, scheduler: Systemd, site: Site) -> Iterator[Finding]:
    """Look at linger, every timer, from inside of two units and at the sandboxes."""
    manager = scheduler.manager
    if manager.scope == "user":
        yield _linger(config, scheduler)
    names = [name for name in NAMES if config.job(name).enabled]
    timers = scheduler.read_status(names)
    yield from doctor_timers.examine(manager, config, timers, site)
    yield from _contexts(manager, [name for name in names if timers[name].installed], site)
    yield from _sandboxes(db, config, scheduler, site)


def _linger(config: Config, scheduler: Systemd) -> Finding:
    if scheduler.fires_alone:
        return Finding("linger", True, "on: timers fire while nobody is logged in")
    recorded = installation.read(config.paths)
    mend = (
        partial(operations.settle_linger, config.paths, scheduler, recorded) if recorded else None
    )
    # Without sudo it is `mend` that tries: where there is no polkit, only root may.
    fix = f"sudo loginctl enable-linger {linger.user_name()}"
    return Finding("linger", False, "off: timers fire only while you are logged in", fix, mend)


def _contexts(manager: Manager, names: Sequence[str], site: Site) -> Iterator[Finding]:
    """Look from inside one unit that has the network, and from the one that has none."""
    with_network = next((name for name in names if name != LAST), None)
    looked_at = list(filter(None, (with_network, LAST if LAST in names else None)))
    try:
        calls = {name: _selftest_of(manager, name) for name in looked_at}
    except OSError as error:
        yield Finding("units", False, f"{error.filename} cannot be read", site.command("install"))
        return
    for name, seen in context.look_from(manager, calls).items():
        yield from _compared(manager, name, seen, site)


def _selftest_of(manager: Manager, name: str) -> context.Call:
    text = (manager.units / service_of(name)).read_text(encoding="utf-8")
    return context.Call(name, text, "selftest --json")


def _compared(manager: Manager, name: str, seen: context.Seen, site: Site) -> Iterator[Finding]:
    label = f"unit {name}"
    if seen.stopped == context.ENDS_EARLY:
        yield Finding(label, False, seen.trouble, _rewriting(manager, name, site))
        return
    if seen.document is None:
        locked = seen.stopped.startswith(LOCKED_IN)
        fix = _loosening(site) if locked else INSTALL_AGAIN
        yield Finding(label, False, f"it cannot start: {seen.trouble}", fix)
        return
    fix = _rewriting(manager, name, site)
    for one in compared(label, seen.document, selftest(), fix):
        if one.ok and seen.document["network"] != (name != LAST):
            found = "it has no network" if name != LAST else "it has the network and should not"
            yield Finding(label, False, found, fix)
        else:
            yield one


def _loosening(site: Site) -> str:
    """Give what chooses a level that starts; what was asked for by name is kept until it is not."""
    if site.installed is not None and site.installed.sandbox == "strong":
        return f"{site.command('install')} --sandbox auto"
    return site.command(MEND)


def _rewriting(manager: Manager, name: str, site: Site) -> str:
    """Give what changes the unit; what a drop-in says is the person's, and survives `install`."""
    unit = service_of(name)
    if manager.show([unit], ["DropInPaths"]).get(unit, {}).get("DropInPaths"):
        return manager.typed(f"edit {unit}")
    return site.command("install")


def _sandboxes(db: Database, config: Config, scheduler: Systemd, site: Site) -> Iterator[Finding]:
    """Probe every job's protection again, and compare with what it was installed with."""
    recorded = installation.read(config.paths)
    if recorded is None:
        return
    # Once mends all jobs.
    mend = cache(partial(operations.install_proved_anew, db, config, scheduler))
    again = site.command(MEND)
    try:
        wanted = operations.wish(db, config, scheduler, prove=True, anew=True)
    except FootprintError as error:
        yield Finding("sandbox", False, error.message, error.hint)
        return
    for name, proof in wanted.proofs.items():
        before = recorded.proofs.get(name)
        found = sandbox.told(name, proof).partition(": ")[2]
        if not proof.proved and proof.because != sandbox.ASKED:
            found = f"no level can be proved: {proof.because}"
            fix = _rewriting(scheduler.manager, name, site)
            yield Finding(f"sandbox {name}", False, found, fix)
        elif before is not None and before.level == proof.level:
            yield Finding(f"sandbox {name}", True, found)
        else:
            installed = f"installed as {before.level}" if before else "installed without a probe"
            yield Finding(f"sandbox {name}", False, f"{installed}, now {found}", again, mend)
