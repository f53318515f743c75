"""Decides what is wrong with the timers by starting things, and which command mends each.

A file that is there proves nothing: the selftest is run by the manager itself, from a unit that
is the job's own but for its call, and has to see what this shell sees.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config
from digital_footprint.database import Database, is_full
from digital_footprint.errors import FootprintError, NoSchedulerError
from digital_footprint.process import Runner
from digital_footprint.schedule import Failure
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.selftest import selftest
from footprint_timers import (
    context,
    crontab,
    doctor_cron,
    doctor_launchd,
    failures,
    installation,
    linger,
    operations,
    plan,
    sandbox,
)
from footprint_timers.examination import INSTALL, INSTALL_AGAIN, Finding
from footprint_timers.machine import Machine
from footprint_timers.manager import Manager
from footprint_timers.model import TimerStatus, service_of, timer_of
from footprint_timers.schedulers import choose, cron
from footprint_timers.schedulers.cron import Cron
from footprint_timers.schedulers.launchd_domain import Launchd
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_user import SystemdUser
from footprint_timers.slots import LAST

MEND = "footprint-timers doctor --fix"
# The exit statuses of a unit whose sandbox cannot be set up.
LOCKED_IN = ("217", "226", "228")


def examine(
    db: Database,
    config: Config,
    run: Runner,
    backend: str = "auto",
    *,
    scope: str | None = None,
    machine: Machine | None = None,
) -> tuple[Finding, ...]:
    """Look at everything a timed run depends on; starts units of its own, changes nothing."""
    here = machine or Machine()

    def choosing() -> Scheduler[Any]:
        installed = installation.read(config.paths)
        return choose(run, backend, scope=scope, machine=here, installed=installed)

    return (*_machine(db, config, run, here), *_scheduler(db, config, here, choosing))


def mended(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Mend what is safe to mend; give the names of what was."""
    done = []
    for one in findings:
        if not one.ok and one.mend is not None:
            one.mend()
            done.append(one.name)
    return tuple(done)


def _machine(db: Database, config: Config, run: Runner, machine: Machine) -> Iterator[Finding]:
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
    if machine.platform != "darwin":  # there, to ask for it raises a dialogue
        yield _cron(config, run)


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


def _cron(config: Config, run: Runner) -> Finding:
    """Look for lines in the person's crontab that run jobs too: each would run twice."""
    lines = _beside(config, run(["crontab", "-l"]).stdout).splitlines()
    mine = [
        line
        for line in lines
        if not line.lstrip().startswith("#") and ("footprint-job" in line or "scheduler.py" in line)
    ]
    if mine:
        found = f"{len(mine)} line(s) of the crontab run jobs beside the timers"
        return Finding("crontab", False, found, "crontab -e")
    return Finding("crontab", True, "runs no job")


def _beside(config: Config, lines: str) -> str:
    """Leave our own region out where it is what was installed."""
    try:
        recorded = installation.read(config.paths)
        if recorded is not None and recorded.backend == cron.NAME:
            return crontab.taken_out(lines) or ""
    except FootprintError:
        pass
    return lines


def _scheduler(
    db: Database, config: Config, machine: Machine, choosing: Callable[[], Scheduler[Any]]
) -> Iterator[Finding]:
    try:
        scheduler = choosing()
    except NoSchedulerError as error:
        yield Finding("scheduler", False, error.message, error.hint)
        return
    yield Finding("scheduler", True, scheduler.title)
    try:
        yield from _jobs(db, config, machine, scheduler)
    except FootprintError as error:
        yield Finding(scheduler.name, False, error.message, error.hint)
    yield from (_notice(scheduler, one) for one in failures.read(config.paths))


def _jobs(
    db: Database, config: Config, machine: Machine, scheduler: Scheduler[Any]
) -> Iterator[Finding]:
    match scheduler:
        case SystemdUser():
            yield from _systemd(db, config, scheduler)
        case Launchd():
            yield from _units(db, config, scheduler)
            yield from doctor_launchd.examine(config, scheduler, machine.home)
        case Cron():
            yield from _units(db, config, scheduler)
            yield from doctor_cron.examine(config, scheduler)


def _systemd(db: Database, config: Config, scheduler: SystemdUser) -> Iterator[Finding]:
    yield _linger(config, scheduler)
    yield from _units(db, config, scheduler)
    names = [name for name in JOBS if config.job(name).enabled]
    timers = scheduler.read_status(names)
    manager = scheduler.manager
    yield from (_timer(manager, name, timers[name]) for name in names)
    yield from _contexts(manager, [name for name in names if timers[name].installed])
    yield from _sandboxes(db, config, scheduler)


def _linger(config: Config, scheduler: SystemdUser) -> Finding:
    if scheduler.fires_alone:
        return Finding("linger", True, "on: timers fire while nobody is logged in")
    recorded = installation.read(config.paths)
    mend = (
        partial(operations.settle_linger, config.paths, scheduler, recorded) if recorded else None
    )
    found = "off: timers fire only while you are logged in"
    return Finding("linger", False, found, f"loginctl enable-linger {linger.user_name()}", mend)


def _units(db: Database, config: Config, scheduler: Scheduler[Any]) -> Iterator[Finding]:
    """Compare the installed units with the wanted ones, as `plan` does."""
    try:
        wanted = operations.wish(db, config, scheduler)
    except FootprintError as error:
        yield Finding("units", False, error.message, error.hint)
        return
    if edited := plan.edited(wanted.plan.changes):
        found = f"edited by hand: {', '.join(edited)}"
        yield Finding("units", False, found, f"{INSTALL} --force")
    elif not wanted.plan.is_empty:
        names = ", ".join(plan.paths(wanted.plan.changes)) or "their state"
        mend = partial(operations.install, config.paths, scheduler, wanted)
        safe = None if wanted.plan.surprises else mend
        yield Finding("units", False, f"not as they should be: {names}", INSTALL, safe)
    else:
        yield Finding("units", True, f"as they should be, in {scheduler.units}")


def _timer(manager: Manager, name: str, timer: TimerStatus) -> Finding:
    label = f"timer {name}"
    if not timer.installed:
        return Finding(label, False, "not installed", INSTALL)
    if not (timer.enabled and timer.loaded):
        word = "not enabled" if timer.loaded else "not running"
        return Finding(label, False, word, f"systemctl --user enable --now {timer_of(name)}")
    if timer.next_due is None and not timer.running:
        # It says active, and will never fire: no unit that failed, and so told by nobody.
        mend = partial(manager.call, "restart", timer_of(name))
        fix = f"systemctl --user restart {timer_of(name)}"
        return Finding(label, False, "active, but it has no next firing", fix, mend)
    moment = timer.next_due.astimezone() if timer.next_due else None
    return Finding(label, True, f"fires next {moment:%Y-%m-%d %H:%M}" if moment else "running now")


def _contexts(manager: Manager, names: Sequence[str]) -> Iterator[Finding]:
    """Look from inside one unit that has the network, and from the one that has none."""
    with_network = next((name for name in names if name != LAST), None)
    looked_at = list(filter(None, (with_network, LAST if LAST in names else None)))
    try:
        calls = {name: _selftest_of(manager, name) for name in looked_at}
    except OSError as error:
        yield Finding("units", False, f"{error.filename} cannot be read", INSTALL)
        return
    for name, seen in context.look_from(manager, calls).items():
        yield from _compared(name, seen, selftest())


def _selftest_of(manager: Manager, name: str) -> context.Call:
    text = (manager.units / service_of(name)).read_text(encoding="utf-8")
    return context.Call(name, text, "selftest --json")


def _compared(name: str, seen: context.Seen, here: dict[str, Any]) -> Iterator[Finding]:
    label = f"unit {name}"
    if seen.document is None:
        locked = seen.stopped.startswith(LOCKED_IN)
        fix = MEND if locked else INSTALL_AGAIN
        yield Finding(label, False, f"it cannot start: {seen.trouble}", fix)
        return
    for one in seen.document["checks"]:
        if not one["ok"]:
            yield Finding(f"{label}: {one['name']}", False, one["found"], one["hint"])
    if seen.document["database_id"] != here["database_id"]:
        found = f"it works with {seen.document['database']}, this shell with {here['database']}"
        yield Finding(label, False, found, INSTALL)
    elif seen.document["network"] != (name != LAST):
        found = "it has no network" if name != LAST else "it has the network and should not"
        yield Finding(label, False, found, INSTALL)
    else:
        yield Finding(label, True, f"runs {seen.document['executable']} on the same database")


def _sandboxes(db: Database, config: Config, scheduler: SystemdUser) -> Iterator[Finding]:
    """Probe every job's protection again, and compare with what it was installed with."""
    recorded = installation.read(config.paths)
    if recorded is None:
        return
    # Once mends all jobs.
    mend = cache(partial(operations.install_proved_anew, db, config, scheduler))
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
            yield Finding(f"sandbox {name}", False, found, INSTALL)
        elif before is not None and before.level == proof.level:
            yield Finding(f"sandbox {name}", True, found)
        else:
            installed = f"installed as {before.level}" if before else "installed without a probe"
            yield Finding(f"sandbox {name}", False, f"{installed}, now {found}", MEND, mend)


def _notice(scheduler: Scheduler[Any], failure: Failure) -> Finding:
    meaning = failure.meaning or f"{failure.result}, exit status {failure.exit_status}"
    return Finding(
        f"failure of {failure.job}",
        False,
        f"{failure.at}: {meaning}",
        f"{scheduler.starting(failure.job)}, once it is mended",
    )
