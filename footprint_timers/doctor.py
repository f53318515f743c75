"""Decides what is wrong with the timers by starting things, and which command mends each."""

from collections.abc import Iterator, Sequence
from typing import Any

from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config
from digital_footprint.database import Database, is_full
from digital_footprint.errors import FootprintError, NoSchedulerError
from digital_footprint.process import Runner
from digital_footprint.schedule import Failure
from digital_footprint.selftest import selftest
from footprint_timers import (
    crontab,
    doctor_cron,
    doctor_launchd,
    doctor_systemd,
    doctor_units,
    failures,
    moving,
)
from footprint_timers.examination import Finding
from footprint_timers.schedulers import cron
from footprint_timers.schedulers.cron import Cron
from footprint_timers.schedulers.launchd_domain import Launchd
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.site import Site


def examine(db: Database, config: Config, run: Runner, site: Site) -> tuple[Finding, ...]:
    """Look at everything a timed run depends on; starts units of its own, changes nothing."""
    return (*_machine(db, config, run, site), *_scheduler(db, config, run, site))


def mended(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Mend what is safe to mend; give the names of what was."""
    done = []
    for one in findings:
        if not one.ok and one.mend is not None:
            one.mend()
            done.append(one.name)
    return tuple(done)


def _machine(db: Database, config: Config, run: Runner, site: Site) -> Iterator[Finding]:
    """Look at what needs no scheduler: our own context, the clock, the disk, other schedulers."""
    paths = config.paths
    yield from (
        Finding(f"here: {one['name']}", one["ok"], one["found"], one["hint"])
        for one in selftest()["checks"]
    )
    yield _clock(db, run)
    full = is_full(paths.data)
    yield Finding(
        "disk",
        not full,
        f"{paths.data} has {'no' if full else 'enough'} room",
        f"free some space: df -h {paths.data}" if full else "",
    )
    if site.machine.platform != "darwin":  # there, to ask for it raises a dialogue
        yield _cron(site, run)


def _clock(db: Database, run: Runner) -> Finding:
    ahead = db.first(
        "SELECT started_at FROM scheduled_runs WHERE started_at > :now ORDER BY id DESC LIMIT 1",
        {"now": to_text(utc_now())},
    )
    if ahead:
        found = f"a run is recorded for {ahead['started_at']}, which has not come yet"
        return Finding("clock", False, found, "sudo timedatectl set-ntp true")
    # A container may not set its clock: there it is its host's business.
    told = run(["timedatectl", "show", "--property=CanNTP,NTP"]).stdout.split()
    if {"CanNTP=yes", "NTP=no"} <= set(told):
        found = "nobody keeps it right: network time is off"
        return Finding("clock", False, found, "sudo timedatectl set-ntp true")
    return Finding("clock", True, "no run lies ahead of it")


def _cron(site: Site, run: Runner) -> Finding:
    """Look for lines in the person's crontab that run jobs too: each would run twice."""
    lines = _beside(site, run(["crontab", "-l"]).stdout).splitlines()
    mine = [
        line
        for line in lines
        if not line.lstrip().startswith("#") and ("footprint-job" in line or "scheduler.py" in line)
    ]
    if mine:
        found = f"{len(mine)} line(s) of the crontab run jobs beside the timers"
        return Finding("crontab", False, found, "crontab -e")
    return Finding("crontab", True, "runs no job")


def _beside(site: Site, lines: str) -> str:
    """Leave our own region out where it is what was installed."""
    if site.installed is None or site.installed.backend != cron.NAME:
        return lines
    try:
        return crontab.taken_out(lines) or ""
    except FootprintError:
        return lines


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
    yield doctor_units.examine(db, config, scheduler, site)
    try:
        yield from _jobs(db, config, scheduler, site)
    except FootprintError as error:
        yield Finding(scheduler.name, False, error.message, error.hint)
    yield from (_notice(scheduler, one) for one in failures.read(config.paths))


def _unrecorded(scheduler: Scheduler[Any], site: Site) -> Iterator[Finding]:
    """Look for timers of which nothing is recorded: to install more would run each job twice."""
    try:
        moving.refuse_unrecorded(site, scheduler)
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
