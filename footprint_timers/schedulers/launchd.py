"""launchd: what it has loaded and what lies in its directory, and what would bring both right."""

import plistlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.files import read_whole
from digital_footprint.scheduler.due import NAMES, overdue_from
from footprint_timers import agents, mark, plan
from footprint_timers.launchctl import Launchctl, Loaded
from footprint_timers.launchd_calendar import next_firing
from footprint_timers.model import DELIVERY, NOT_THERE, Change, File, Job, Remove, TimerStatus
from footprint_timers.schedulers.scheduler import LastDone

# Every label that was ever ours: what is loaded without a file is found by its name.
KNOWN = (*NAMES, DELIVERY, agents.CATCH_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that an installation would do; everything names jobs.

    `out`: what is loaded and has to go, with its domain. `load`: what is loaded then. `off`: what
    somebody has disabled. `busy`: what runs now and would be ended by it.
    """

    changes: tuple[Change, ...]
    found: Mapping[str, TimerStatus]
    out: tuple[tuple[str, str], ...] = ()
    load: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    surprises: tuple[str, ...] = ()

    @property
    def touched(self) -> frozenset[str]:
        """The jobs of which anything would be changed; all, where what makes up for them is."""
        written = map(agents.job_of, plan.paths(self.changes))
        jobs = frozenset((*self.load, *self.off, *self.gone, *written))
        return jobs | self.found.keys() if agents.CATCH_UP in jobs else jobs

    @property
    def is_empty(self) -> bool:
        """Nothing would be changed at all."""
        return not (plan.paths(self.changes) or self.out or self.load or self.off)

    def steps(self) -> list[str]:
        """Give what is asked of launchd besides writing files."""
        return [
            *(f"enable {agents.label_of(name)}" for name in self.off),
            *(f"bootout {domain}/{agents.label_of(name)}" for domain, name in self.out),
            *(f"bootstrap {agents.label_of(name)}" for name in self.load),
        ]


def installed_files(units: Path, wanted: Sequence[File] = ()) -> dict[str, str]:
    """Read what stands in launchd's directory: files with our mark, and the wanted names."""
    names = {file.path for file in wanted}
    found = {}
    for path in sorted(units.glob(f"{agents.PREFIX}*.plist")):
        text = _read(path)
        if path.name in names or mark.is_ours(text):
            found[path.name] = text
    return found


def read_status(ctl: Launchctl, units: Path, names: Sequence[str]) -> dict[str, TimerStatus]:
    """Ask launchd for each job, and compare what it says with the files."""
    off = ctl.disabled() if names else frozenset()
    return {name: status_of(ctl, units, name, ctl.loaded(agents.label_of(name)), off)
            for name in names}  # fmt: skip


def status_of(
    ctl: Launchctl, units: Path, name: str, loaded: Loaded | None, off: frozenset[str]
) -> TimerStatus:
    """Put together how one job stands."""
    path = units / agents.file_of(name)
    if loaded is None and not path.exists():
        return NOT_THERE
    return TimerStatus(
        installed=path.exists(),
        enabled=path.exists() and agents.label_of(name) not in off,
        loaded=loaded is not None,
        running=loaded is not None and loaded.running,
        stale=loaded is not None and not says_the_same(loaded, _read(path), ctl.domain),
        next_due=next_firing(loaded.entries, utc_now()) if loaded else None,
    )


def says_the_same(loaded: Loaded, text: str, domain: str) -> bool:
    """Say whether launchd has loaded what the file says: a file that was written may not be."""
    try:
        agent = plistlib.loads(text.encode())
        words = "\n".join(agent["ProgramArguments"]).splitlines()
        calendar, environment = agent["StartCalendarInterval"], agent["EnvironmentVariables"]
        told = {name: loaded.environment.get(name) for name in environment}
    except (ValueError, KeyError, TypeError, AttributeError, plistlib.InvalidFileException):
        return False
    return (
        loaded.domain == domain
        and [word.strip() for word in words if word.strip()] == list(loaded.arguments)
        and _ordered(calendar) == _ordered(loaded.entries)
        and told == {name: _first_line(value) for name, value in environment.items()}
    )


def _first_line(value: str) -> str:
    """Give as much of a value as can be found in what launchd prints: one line each."""
    return (value.strip().splitlines() or [""])[0].strip()


def make_plan(
    ctl: Launchctl,
    units: Path,
    jobs: Sequence[Job],
    wanted: Sequence[File],
    last_done: LastDone,
) -> Plan:
    """Compare what is wanted with what launchd has; nothing is changed."""
    changes = plan.compare(wanted, installed_files(units, wanted))
    written = {agents.job_of(path) for path in plan.paths(changes)}
    removed = {agents.job_of(one.path) for one in changes if isinstance(one, Remove)}
    names = [agents.job_of(file.path) for file in wanted]
    going = [name for name in dict.fromkeys((*removed, *KNOWN)) if name not in names]
    loaded = {name: ctl.loaded(agents.label_of(name)) for name in (*names, *going)}
    off = ctl.disabled()
    status = {name: status_of(ctl, units, name, loaded[name], off) for name in names}
    load = [
        name for name in names if name in written or not status[name].loaded or status[name].stale
    ]
    out = [(one.domain, name) for name in (*load, *going) if (one := loaded[name])]
    return Plan(
        changes=changes,
        found={job.name: status[job.name] for job in jobs},
        out=tuple(out),
        load=tuple(load),
        off=tuple(name for name in names if agents.label_of(name) in off),
        gone=tuple(name for name in going if name in removed or loaded[name]),
        busy=tuple(one for one in load if status[one].running and one != agents.CATCH_UP),
        surprises=_surprises(ctl, jobs, last_done) if agents.CATCH_UP in load else (),
    )


def _surprises(ctl: Launchctl, jobs: Sequence[Job], last_done: LastDone) -> tuple[str, ...]:
    """Give what the catch-up starts as soon as it is loaded: what is overdue by the record.

    The one of the system runs what is overdue, and so also what was never done.
    """
    done = {job: last_done(job.name) for job in jobs if job.leaves_row}
    return tuple(
        job.name
        for job, moment in done.items()
        if (
            utc_now() >= overdue_from(moment, job.slot.interval_days)
            if moment
            else ctl.domain == "system"
        )
    )


def _ordered(entries: Sequence[Mapping[str, int]]) -> list[list[tuple[str, int]]]:
    return sorted(sorted(entry.items()) for entry in entries)


def _read(path: Path) -> str:
    """Read a plist; a link, or what cannot be read, counts as a file that is not ours."""
    try:
        if path.is_symlink():
            return f"a link to {path.readlink()}\n"
        return read_whole(path).decode("utf-8", "replace")
    except OSError:
        return ""
