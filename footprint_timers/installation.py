"""What `install` has done on this machine: where, in which slots since when, who set linger.

Kept as timers.json in the state directory; expected firings are computed from it, so that they
stay true when the configuration changes later.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from digital_footprint.clock import to_text
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory, read_whole, write_privately
from footprint_timers.model import BACKENDS, SCOPES, Level, Proof, Scope, Slot
from footprint_timers.sandbox import CHOICES
from footprint_timers.shape import Value, WrongShapeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` on, until `until` or now, a job fired in this slot. Times as UTC text."""

    slot: Slot
    since: str
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One installation: its scheduler, the scheduler's places, and each job's periods.

    `sandbox`: the level that was asked for; `proofs`: what each job was given, and why.
    `leaving`: backend and scope that still have the timers too, while these move from there: what
    a kill leaves for the next installation to finish.
    """

    backend: str
    scope: Scope
    units: str
    stamps: str
    linger_by_us: bool = False
    jobs: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    sandbox: str = "auto"
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    leaving: tuple[str, Scope] | None = None

    @property
    def needs_login(self) -> bool:
        """Say whether it is the user's own service manager that has the timers."""
        return (self.backend, self.scope) == ("systemd", "user")

    def slot(self, job_name: str) -> Slot | None:
        """Give the slot in which a job fires now, or None where it has no timer."""
        periods = self.jobs.get(job_name, ())
        return periods[-1].slot if periods and periods[-1].until is None else None


def file_of(paths: Paths) -> Path:
    """Give the file in which the installation is kept."""
    return paths.state / "timers.json"


def read(paths: Paths) -> Installation | None:
    """Read the installation, or None where nothing is installed.

    Raises ConfigurationError for a file that nobody can read, and for one that says anything we
    would not write: whoever believes it removes the wrong timers. So is a key that is not known:
    a newer program has more to say of its timers than this one would keep.
    """
    path = file_of(paths)
    try:
        return _installation(Value(json.loads(read_whole(path))))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -l {path}"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error})",
            hint=f"remove it and install again: rm {path} && footprint-timers install",
        ) from None


def known(paths: Paths) -> Installation | None:
    """Read the installation for a run: a file that nobody can read stops none; `status` tells."""
    try:
        return read(paths)
    except ConfigurationError:
        return None


def write(paths: Paths, installation: Installation) -> None:
    """Keep the installation; the same one again is not written."""
    if installation == read(paths):
        return
    text = json.dumps(asdict(installation), indent=2)
    write_privately(make_directory(paths.state) / file_of(paths).name, text + "\n")


def remove(paths: Paths) -> None:
    """Forget the installation."""
    file_of(paths).unlink(missing_ok=True)


def with_slots(
    installation: Installation, slots: Mapping[str, Slot], now: datetime
) -> Installation:
    """Give the installation in which exactly these jobs fire from now on."""
    names = [*installation.jobs, *(name for name in slots if name not in installation.jobs)]
    jobs = {
        name: _periods(installation.jobs.get(name, ()), slots.get(name), to_text(now))
        for name in names
    }
    return replace(installation, jobs=jobs)


def _periods(before: tuple[Period, ...], slot: Slot | None, now: str) -> tuple[Period, ...]:
    current = before[-1] if before and before[-1].until is None else None
    if (current.slot if current else None) == slot:
        return before
    closed = before
    if current is not None:
        closed = (*before[:-1], replace(current, until=now))
    return closed if slot is None else (*closed, Period(slot=slot, since=now))


def _installation(value: Value) -> Installation:
    found = value.build(
        Installation,
        {
            "backend": lambda one: one.one_of(BACKENDS),
            "scope": _scope,
            "units": Value.text,
            "stamps": Value.text,
            "jobs": _jobs,
        },
        {
            "linger_by_us": Value.flag,
            "sandbox": lambda one: one.one_of(CHOICES),
            "proofs": _proofs,
            "leaving": _leaving,
        },
    )
    _refuse_nowhere(value, found.backend, found.scope)
    if found.leaving == (found.backend, found.scope):
        return replace(found, leaving=None)  # what has the timers is not being left
    return found


def _scope(value: Value) -> Scope:
    return cast("Scope", value.one_of(SCOPES))


def _jobs(value: Value) -> dict[str, tuple[Period, ...]]:
    return {name: tuple(map(_period, one.items())) for name, one in value.members().items()}


def _period(value: Value) -> Period:
    return value.build(
        Period,
        {"slot": _slot, "since": Value.moment},
        {"until": lambda one: None if one.found is None else one.moment()},
    )


def _slot(value: Value) -> Slot:
    return value.build(
        Slot,
        {
            "interval_days": lambda one: one.number(1, 31),
            "phase": lambda one: one.number(0),
            "hour": lambda one: one.number(0, 23),
            "minute": lambda one: one.number(0, 59),
        },
        {"yearless": Value.flag},
    )


def _proofs(value: Value) -> dict[str, Proof]:
    return {name: _proof(one) for name, one in value.members().items()}


def _proof(value: Value) -> Proof:
    return value.build(
        Proof,
        {"level": lambda one: one.one_of(get_args(Level))},
        {
            "proved": lambda one: tuple(each.text() for each in one.items()),
            "because": Value.text,
            "key": Value.text,
        },
    )


def _leaving(value: Value) -> tuple[str, Scope] | None:
    if value.found is None:
        return None
    match value.items():
        case backend, scope:
            place = backend.one_of(BACKENDS), _scope(scope)
            _refuse_nowhere(value, *place)
            return place
    raise value.wrong("a backend and a scope")


def _refuse_nowhere(value: Value, backend: str, scope: Scope) -> None:
    if (backend, scope) == ("cron", "system"):
        where = value.way or "backend"
        raise WrongShapeError(f"{where} is cron of system scope, and a crontab is a user's own")
