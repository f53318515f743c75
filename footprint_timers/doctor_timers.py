"""Decides what keeps a timer of systemd from starting its job in time, and what mends it.

What a drop-in says is a person's own, and survives `install`: only an editor mends that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from digital_footprint.clock import utc_now
from digital_footprint.config import Config
from footprint_timers import calendars
from footprint_timers.examination import Finding
from footprint_timers.manager import Manager, monotonic
from footprint_timers.model import Slot, TimerStatus, service_of, timer_of
from footprint_timers.site import Site
from footprint_timers.slots import lay_slots

PROPERTIES = ("LoadState", "SubState", "Triggers", "DropInPaths", "RandomizedDelayUSec")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timer:
    """One job's timer: how it stands, and what the manager tells of it besides (`PROPERTIES`)."""

    job_name: str
    status: TimerStatus
    told: Mapping[str, str]

    @property
    def unit(self) -> str:
        """Its name."""
        return timer_of(self.job_name)

    @property
    def has_drop_in(self) -> bool:
        """Say whether a person has added to it."""
        return bool(self.told.get("DropInPaths"))

    def wrong(self, found: str, fix: str) -> Finding:
        """Give a finding of it that is not well."""
        return Finding(f"timer {self.job_name}", False, found, fix)

    def well(self) -> Finding:
        """Give the finding that it is well."""
        return Finding(f"timer {self.job_name}", True, self.next())

    def next(self) -> str:
        """Say when it fires."""
        due = self.status.next_due
        return f"fires next {due.astimezone():%Y-%m-%d %H:%M}" if due else "running now"


def examine(
    manager: Manager, config: Config, timers: Mapping[str, TimerStatus], site: Site
) -> Iterator[Finding]:
    """Look at whether each job's timer runs, starts that job, and does so in time."""
    shown = manager.show([timer_of(name) for name in timers], PROPERTIES)
    for name, status in timers.items():
        timer = Timer(name, status, shown.get(timer_of(name), {}))
        slot = site.installed.slot(name) if site.installed else None
        slot = slot or lay_slots(config, site.seed)[name]
        install = site.command("install")
        yield (
            _standing_still(manager, timer, install)
            or _astray(manager, timer, slot, install)
            or timer.well()
        )


def _standing_still(manager: Manager, timer: Timer, install: str) -> Finding | None:
    """Look for what keeps it from running at all."""
    if timer.told.get("LoadState") == "masked":
        return timer.wrong("masked", f"{manager.typed(f'unmask {timer.unit}')} && {install}")
    if not timer.status.installed:
        return timer.wrong("not installed", install)
    if timer.told["LoadState"] == "bad-setting":
        fix = _editing(manager, timer) if timer.has_drop_in else f"{install} --force"
        return timer.wrong("not running: it has a bad setting", fix)
    if not (timer.status.enabled and timer.status.loaded):
        word = "not enabled" if timer.status.loaded else "not running"
        return timer.wrong(word, manager.typed(f"enable --now {timer.unit}"))
    return None


def _astray(manager: Manager, timer: Timer, slot: Slot, install: str) -> Finding | None:
    """Look for what it starts instead of its job, and whether it fires too late, or never."""
    fix = manager.typed(f"edit {timer.unit}") if timer.has_drop_in else install
    service, triggered = service_of(timer.job_name), timer.told["Triggers"]
    if service not in triggered.split():
        return timer.wrong(f"it starts {triggered}, not {service}", fix)
    due = timer.status.next_due
    if due is None:
        return _ended(manager, timer)
    if due > _latest(slot) + timedelta(seconds=monotonic(timer.told["RandomizedDelayUSec"])):
        found = f"{timer.next()}, but its interval is {slot.interval_days} day(s)"
        return timer.wrong(found, fix)
    return None


def _ended(manager: Manager, timer: Timer) -> Finding | None:
    """Tell of one that says active and will never fire: no unit failed, so nobody is told.

    While its job runs, or waits to be tried again, there is no next firing either.
    """
    if timer.status.running or timer.told["SubState"] == "running":
        return None
    found = "active, but it has no next firing"
    if timer.has_drop_in:
        return timer.wrong(found, _editing(manager, timer))
    mend = partial(manager.call, "restart", timer.unit)
    return replace(timer.wrong(found, manager.typed(f"restart {timer.unit}")), mend=mend)


def _editing(manager: Manager, timer: Timer) -> str:
    """Give what mends one that stands still: whatever it says by then, it does until a restart."""
    edit, restart = (manager.typed(f"{verb} {timer.unit}") for verb in ("edit", "restart"))
    return f"{edit} && {restart}"


def _latest(slot: Slot) -> datetime:
    """Give when it has to have fired: a day of grace, and where clocks jump over it, the next."""
    now = utc_now()
    interval = timedelta(days=slot.interval_days)
    first = next(calendars.firings(slot, now, now + 3 * interval), now)
    return max(first, now + interval) + DAY
