"""systemd: what a manager has, and what would bring it to what is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.files import read_whole
from digital_footprint.scheduler.due import overdue_from
from footprint_timers import calendars, keeping, mark, plan
from footprint_timers.manager import Manager, timestamp
from footprint_timers.model import (
    NOT_THERE,
    Change,
    File,
    Job,
    Remove,
    TimerStatus,
    service_of,
    timer_of,
)
from footprint_timers.schedulers.scheduler import LastDone

NAME = "systemd"
PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "NeedDaemonReload",
    "FragmentPath",
    "NextElapseUSecRealtime",
    "Triggers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that an installation would do.

    `stop` and `disable` name timers, `gone` all units whose files go; the others name jobs.
    `quiet`: timers that are started without making up for anything. `surprises`: jobs that
    start at once, because they are due by the record. `remembered`: quiet timers whose stamp
    becomes the last done again, because that makes nothing due that is not overdue. `found`: how
    each wanted timer stood when it was asked. `unfinished`: an earlier change was killed.
    `in_tree`: of a tree of files, in which nothing runs.
    """

    changes: tuple[Change, ...]
    found: Mapping[str, TimerStatus]
    reload: bool = False
    stop: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    seeds: Mapping[str, datetime | None]
    gone: tuple[str, ...] = ()
    surprises: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()
    unfinished: bool = False
    in_tree: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing would be changed at all."""
        written = plan.paths(self.changes)
        asked = self.reload or self.stop or self.enable or self.start
        return not (written or asked or self.gone or self.unfinished)

    @property
    def touched(self) -> frozenset[str]:
        """The jobs of which something besides their files would be changed."""
        return frozenset((*self.start, *self.enable))

    def steps(self) -> list[str]:
        """Give what is asked of the manager besides writing files."""
        verbs = {
            "stop": self.stop,
            "disable": self.disable,
            "enable": map(timer_of, self.enable),
            "start": map(timer_of, self.start),
        }
        if self.in_tree:
            verbs = {verb: verbs[verb] for verb in ("disable", "enable")}
        asked = {verb: " ".join(units) for verb, units in verbs.items()}
        return [f"{verb} {units}" for verb, units in asked.items() if units]


def installed_files(manager: Manager, wanted: Sequence[File] = ()) -> dict[str, str]:
    """Read what stands in the manager's directory: the wanted names, and whatever has our mark.

    So units are found whose job has gone, and those of an earlier name.
    """
    names = {file.path for file in wanted}
    found = {}
    for path in sorted((*manager.units.glob("*.timer"), *manager.units.glob("*.service"))):
        text = _read(path)
        if path.name in names or mark.is_ours(text):
            found[path.name] = text
    return found


def read_status(manager: Manager, names: Sequence[str]) -> dict[str, TimerStatus]:
    """Ask the manager for each job's timer."""
    return _read_all(manager, names, ())[0]


def _read_all(
    manager: Manager, names: Sequence[str], others: Sequence[str]
) -> tuple[dict[str, TimerStatus], dict[str, TimerStatus]]:
    """Ask once: by job for the jobs, by unit for other timers."""
    units = [unit for name in names for unit in (timer_of(name), service_of(name))]
    shown = manager.show([*units, *others], PROPERTIES)
    jobs = {
        name: _status(shown.get(timer_of(name), {}), shown.get(service_of(name), {}))
        for name in names
    }
    return jobs, {unit: _status(shown.get(unit, {}), {}) for unit in others}


def make_plan(
    manager: Manager, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone
) -> Plan:
    """Compare what is wanted with what the manager has; nothing is changed."""
    with manager.rights():
        changes = plan.compare(wanted, installed_files(manager, wanted))
    written = set(plan.paths(changes))
    unfinished = keeping.leftovers(manager.units)
    half = {*keeping.half_removed(manager.units)} - {file.path for file in wanted}
    gone = [change.path for change in changes if isinstance(change, Remove)] + sorted(half)
    names = [job.name for job in jobs]
    status, going = _read_all(manager, names, [one for one in gone if one.endswith(".timer")])
    stale = {name for name in names if status[name].stale}
    moved = {name for name in names if timer_of(name) in written} | stale
    stop = [timer_of(name) for name in names if status[name].loaded and name in moved]
    stop += [unit for unit in going if going[unit].loaded]
    start = [name for name in names if name in moved or not status[name].loaded]
    quiet = [name for name in start if status[name].installed and name in moved]
    seeds = {name: last_done(name) for name in start}
    return Plan(
        changes=changes,
        found={name: status[name] for name in names},
        reload=bool(written or stale or unfinished),
        stop=tuple(stop),
        disable=tuple(unit for unit in going if going[unit].enabled),
        enable=tuple(name for name in names if not status[name].enabled),
        start=tuple(start),
        quiet=tuple(quiet),
        seeds=seeds,
        gone=tuple(unit for unit in gone if "@" not in unit),
        surprises=tuple(
            job.name
            for job in jobs
            if job.name in start and job.name not in quiet and _is_owed(job, seeds[job.name])
        ),
        remembered=tuple(
            job.name for job in jobs if job.name in quiet and _may_remember(job, seeds[job.name])
        ),
        unfinished=bool(unfinished),
        in_tree=manager.root is not None,
    )


def _status(timer: Mapping[str, str], service: Mapping[str, str]) -> TimerStatus:
    if not timer.get("FragmentPath"):
        return NOT_THERE
    loaded = timer["LoadState"] == "loaded" and timer["ActiveState"] == "active"
    return TimerStatus(
        installed=True,
        enabled=timer["UnitFileState"] == "enabled",
        loaded=loaded,
        # A unit that waits to try again is `activating` as well.
        running=service.get("ActiveState") == "activating"
        and service.get("SubState") != "auto-restart",
        stale="yes" in (timer["NeedDaemonReload"], service.get("NeedDaemonReload")),
        next_due=timestamp(timer.get("NextElapseUSecRealtime", "")),
        idle=loaded and (timer["SubState"] == "elapsed" or not _starts(timer, service)),
    )


def _starts(timer: Mapping[str, str], service: Mapping[str, str]) -> bool:
    """Say whether a timer starts the job's service: a drop-in may name another unit."""
    return not service or service["Id"] in timer.get("Triggers", "").split()


def _is_owed(job: Job, done: datetime | None) -> bool:
    """Say whether a timer that starts with its stamp at `done` fires at once."""
    if done is None:
        return False
    return next(calendars.firings(job.slot, done, utc_now()), None) is not None


def _may_remember(job: Job, done: datetime | None) -> bool:
    """Say whether the last done may stand in the stamp: the next boot goes by it.

    A slot of the new calendar that lies between the last done and now would be made up then,
    although no interval is over. What is overdue is to be made up.
    """
    if done is None:
        return False
    return utc_now() >= overdue_from(done, job.slot.interval_days) or not _is_owed(job, done)


def _read(path: Path) -> str:
    """Read a unit; a link (a mask, or somebody's own) counts as a file that is not ours."""
    if path.is_symlink():
        return f"# a link to {path.readlink()}\n"
    try:
        return read_whole(path).decode("utf-8", "replace")
    except OSError:
        return ""  # of somebody else, or no file at all; ours can be read by all
