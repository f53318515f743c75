"""Decides what is wrong with the timers by starting things, and which command mends each."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError, NoSchedulerError
from digital_footprint.process import Runner
from digital_footprint.schedule import Failure
from digital_footprint.selftest import selftest
from footprint_timers import (
    doctor_cron,
    doctor_launchd,
    doctor_machine,
    doctor_systemd,
    doctor_units,
    failures,
    moving,
)
from footprint_timers.examination import Finding
from footprint_timers.schedulers.cron import Cron
from footprint_timers.schedulers.launchd_domain import Launchd
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.site import Site


def examine(db: Database, config: Config, run: Runner, site: Site) -> tuple[Finding, ...]:
    """Look at everything a timed run depends on; starts units of its own, changes nothing."""
    return (*_machine(db, config, run, site), *_scheduler(db, config, run, site))


def mend(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Mend what is safe to mend; give the names of what was tried.

    What fails is found again by the next look, which has to come: it keeps nothing from being said.
    """
    tried = []
    for one in findings:
        if not one.ok and one.mend is not None:
            with suppress(FootprintError):
                one.mend()
            tried.append(one.name)
    return tuple(tried)


def mended(tried: Sequence[str], findings: Sequence[Finding]) -> tuple[str, ...]:
    """Give what was tried and is well now, by the findings made since."""
    wrong = {one.name for one in findings if not one.ok}
    return tuple(name for name in tried if name not in wrong)


def _machine(db: Database, config: Config, run: Runner, site: Site) -> Iterator[Finding]:
    """Look at what needs no scheduler: our own context, the clock, the disk, other schedulers."""
    yield from (
        Finding(f"here: {one['name']}", one["ok"], one["found"], one["hint"])
        for one in selftest()["checks"]
    )
    yield from doctor_machine.examine(db, config.paths, run, site)


def _scheduler(db: Database, config: Config, run: Runner, site: Site) -> Iterator[Finding]:
    try:
        scheduler = site.scheduler(run)
    except NoSchedulerError as error:
        yield Finding("scheduler", False, error.message, error.hint)
        return
    yield Finding("scheduler", True, scheduler.title)
    if site.installed is None:
        yield from _unrecorded(scheduler, site)
    elif site.installed.leaving is not None:
        yield doctor_units.half_moved(site, site.installed.leaving)
    units = doctor_units.examine(db, config, scheduler, site)
    yield units
    if units.name == doctor_units.THEIRS:
        return  # from here nothing else could be seen of them but that
    try:
        yield from _jobs(db, config, scheduler, site)
    except FootprintError as error:
        yield Finding(scheduler.name, False, error.message, error.hint)
    yield from (_notice(scheduler, one) for one in failures.read(config.paths))


def _unrecorded(scheduler: Scheduler[Any], site: Site) -> Iterator[Finding]:
    """Look for timers of which nothing is recorded: to install more would run each job twice."""
    try:
        moving.refuse_unrecorded(site, scheduler.name, scheduler.scope)
    except FootprintError as error:
        yield Finding("record", False, error.message, error.hint)


def _jobs(db: Database, config: Config, scheduler: Scheduler[Any], site: Site) -> Iterator[Finding]:
    match scheduler:
        case Systemd():
            yield from doctor_systemd.examine(db, config, scheduler, site)
        case Launchd():
            yield from doctor_launchd.examine(config, scheduler, site)
        case Cron():
            yield from doctor_cron.examine(config, scheduler)


def _notice(scheduler: Scheduler[Any], failure: Failure) -> Finding:
    meaning = failure.meaning or f"{failure.result}, exit status {failure.exit_status}"
    return Finding(
        f"failure of {failure.job}",
        False,
        f"{failure.at}: {meaning}",
        f"{scheduler.starting(failure.job)}, once it is mended",
    )
