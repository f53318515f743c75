"""systemd, user scope: what the manager has, and how it is brought to what is wanted.

No step starts a job by surprise. A timer whose file changes is stopped, its stamp set to now,
and started again: the manager looks at a stamp only when a timer starts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.errors import FootprintError
from digital_footprint.files import make_directory, write_privately
from digital_footprint.scheduler.runner import EARLY
from footprint_timers import calendars, mark, plan
from footprint_timers.manager import Manager, timestamp
from footprint_timers.model import (
    NOT_THERE,
    Change,
    File,
    Job,
    Keep,
    Remove,
    TimerStatus,
    Write,
    service_of,
    timer_of,
)
from footprint_timers.schedulers.scheduler import LastDone
from footprint_timers.stamps import read_stamp, write_stamp

NAME = "systemd"
SCOPE = "user"
PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "NeedDaemonReload",
    "FragmentPath",
    "NextElapseUSecRealtime",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that an installation would do.

    `quiet`: timers that are started without making up for anything. `surprises`: jobs that
    start at once, because they are due by the record. `remembered`: quiet timers whose stamp
    becomes the last done again, because that makes nothing due that is not overdue. `found`: how
    each wanted timer stood when it was asked.
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

    @property
    def is_empty(self) -> bool:
        """Nothing would be changed at all."""
        written = plan.paths(self.changes)
        return not (written or self.reload or self.stop or self.enable or self.start or self.gone)

    @property
    def touched(self) -> frozenset[str]:
        """The jobs of which something besides their files would be changed."""
        return frozenset((*self.start, *self.enable, *self.stop, *self.gone))

    def steps(self) -> list[str]:
        """Give what is asked of the manager besides writing files."""
        verbs = {
            "stop": self.stop,
            "disable": self.disable,
            "enable": self.enable,
            "start": self.start,
        }
        return [
            f"{verb} {' '.join(map(timer_of, names))}" for verb, names in verbs.items() if names
        ]


def installed_files(manager: Manager, wanted: Sequence[File] = ()) -> dict[str, str]:
    """Read what stands in the manager's directory: files with our mark, and the wanted names."""
    names = {file.path for file in wanted}
    found = {}
    for path in sorted(manager.units.glob("footprint-*")):
        text = _read(path)
        if path.name in names or mark.is_ours(text):
            found[path.name] = text
    return found


def read_status(manager: Manager, names: Sequence[str]) -> dict[str, TimerStatus]:
    """Ask the manager for each job's timer."""
    units = [unit for name in names for unit in (timer_of(name), service_of(name))]
    shown = manager.show(units, PROPERTIES)
    return {
        name: _status(shown.get(timer_of(name), {}), shown.get(service_of(name), {}))
        for name in names
    }


def make_plan(
    manager: Manager, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone
) -> Plan:
    """Compare what is wanted with what the manager has; nothing is changed."""
    changes = plan.compare(wanted, installed_files(manager, wanted))
    written = set(plan.paths(changes))
    removed = _jobs_of(change.path for change in changes if isinstance(change, Remove))
    names = [job.name for job in jobs]
    status = read_status(manager, [*names, *removed])
    stale = {name for name in names if status[name].stale}
    moved = {name for name in names if timer_of(name) in written} | stale
    stop = [
        name for name in (*names, *removed) if status[name].loaded and name in {*moved, *removed}
    ]
    start = [name for name in names if name in moved or not status[name].loaded]
    quiet = [name for name in start if status[name].installed and name in moved]
    seeds = {name: last_done(name) for name in start}
    return Plan(
        changes=changes,
        found={name: status[name] for name in names},
        reload=bool(written or stale),
        stop=tuple(stop),
        disable=tuple(name for name in removed if status[name].enabled),
        enable=tuple(name for name in names if not status[name].enabled),
        start=tuple(start),
        quiet=tuple(quiet),
        seeds=seeds,
        gone=tuple(removed),
        surprises=tuple(
            job.name
            for job in jobs
            if job.name in start and job.name not in quiet and _is_owed(job, seeds[job.name])
        ),
        remembered=tuple(
            job.name for job in jobs if job.name in quiet and _may_remember(job, seeds[job.name])
        ),
    )


def apply(manager: Manager, wanted: Plan) -> None:
    """Carry a plan out; when a step fails, everything is put back as it was.

    Raises FootprintError naming the step that failed.
    """
    if wanted.is_empty:
        return
    with _put_back_on_failure(manager, wanted):
        _systemctl(manager, "stop", map(timer_of, wanted.stop))
        _systemctl(manager, "disable", map(timer_of, wanted.disable))
        for change in wanted.changes:
            _apply_change(manager.units, change)
        now = utc_now()
        for name in wanted.start:
            write_stamp(manager.stamps, name, now if name in wanted.quiet else wanted.seeds[name])
        # The one reload that follows reads the new links too; `enable` would make its own.
        _systemctl(manager, "enable", map(timer_of, wanted.enable), "--no-reload")
        if wanted.reload or wanted.enable:
            _reload(manager)
        _systemctl(manager, "start", map(timer_of, wanted.start))
    _settle(manager, wanted)


def _settle(manager: Manager, wanted: Plan) -> None:
    """Do what follows once the new state stands."""
    for name in wanted.remembered:
        # The timer has read its stamp; from here on it is the last done again.
        write_stamp(manager.stamps, name, wanted.seeds[name])
    for name in wanted.gone:
        # Only now: with its file gone, a service that is stopped calls no failure handler.
        manager.call("stop", service_of(name))
        manager.call("reset-failed", timer_of(name), service_of(name))
        write_stamp(manager.stamps, name, None)


@contextmanager
def _put_back_on_failure(manager: Manager, wanted: Plan) -> Iterator[None]:
    stamps = {name: read_stamp(manager.stamps, name) for name in (*wanted.stop, *wanted.start)}
    try:
        yield
    except BaseException as error:
        troubles = _put_back(manager, wanted, stamps)
        if not isinstance(error, (FootprintError, OSError)):
            raise
        hint = "everything is as it was before"
        if troubles:
            hint = f"not everything could be put back: {'; '.join(troubles)}"
        raise FootprintError(f"the timers were not changed: {error}", hint=hint) from None


def _put_back(manager: Manager, wanted: Plan, stamps: Mapping[str, datetime | None]) -> list[str]:
    """Undo as much as can be undone; give what could not."""
    # Both before the files go, for systemctl needs them; what never came to be cannot be undone.
    for verb, names in (("stop", wanted.start), ("disable", wanted.enable)):
        if names:
            manager.call(verb, *map(timer_of, names))
    attempts: list[Callable[[], object]] = [
        *(partial(_undo_change, manager.units, change) for change in wanted.changes),
        partial(_reload, manager),
        partial(_systemctl, manager, "enable", map(timer_of, wanted.disable)),
        partial(_restart_quietly, manager, wanted.stop),
        *(partial(write_stamp, manager.stamps, *stamp) for stamp in stamps.items()),
    ]
    return [trouble for attempt in attempts if (trouble := _trouble(attempt))]


def _trouble(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (FootprintError, OSError) as error:
        return str(error)
    return ""


def _restart_quietly(manager: Manager, names: Sequence[str]) -> None:
    for name in names:
        write_stamp(manager.stamps, name, utc_now())
    _systemctl(manager, "start", map(timer_of, names))


def _reload(manager: Manager) -> None:
    manager.call("daemon-reload").require()


def _systemctl(manager: Manager, verb: str, units: Iterator[str], *options: str) -> None:
    words = tuple(units)
    if words:
        manager.call(verb, *options, *words).require()


def _apply_change(directory: Path, change: Change) -> None:
    match change:
        case Write(path, _, new):
            make_directory(directory)
            write_privately(directory / path, new)
        case Remove(path, _):
            (directory / path).unlink(missing_ok=True)
        case Keep():
            pass


def _undo_change(directory: Path, change: Change) -> None:
    match change:
        case Write(path, None, _):
            (directory / path).unlink(missing_ok=True)
        case Write(path, str(old), _) | Remove(path, old):
            write_privately(directory / path, old)
        case Keep():
            pass


def _status(timer: Mapping[str, str], service: Mapping[str, str]) -> TimerStatus:
    if not timer.get("FragmentPath"):
        return NOT_THERE
    return TimerStatus(
        installed=True,
        enabled=timer["UnitFileState"] == "enabled",
        loaded=timer["LoadState"] == "loaded" and timer["ActiveState"] == "active",
        # A unit that waits to try again is `activating` as well.
        running=service.get("ActiveState") == "activating"
        and service.get("SubState") != "auto-restart",
        stale="yes" in (timer["NeedDaemonReload"], service.get("NeedDaemonReload")),
        next_due=timestamp(timer.get("NextElapseUSecRealtime", "")),
    )


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
    overdue = utc_now() >= done + timedelta(days=job.slot.interval_days) - EARLY
    return overdue or not _is_owed(job, done)


def _jobs_of(paths: Iterator[str]) -> list[str]:
    timers = (path for path in paths if path.endswith((".timer", ".service")) and "@" not in path)
    return list(dict.fromkeys(path.removeprefix("footprint-").rsplit(".", 1)[0] for path in timers))


def _read(path: Path) -> str:
    """Read a unit; a link (a mask, or somebody's own) counts as a file that is not ours."""
    if path.is_dir():
        return ""
    if path.is_symlink():
        return f"# a link to {path.readlink()}\n"
    return path.read_bytes().decode("utf-8", "replace")
