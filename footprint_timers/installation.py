"""What `install` has done on this machine: where, in which slots since when, who set linger.

Kept as timers.json in the state directory; expected firings are computed from it, so that they
stay true when the configuration changes later.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from digital_footprint.clock import to_text
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import make_directory, read_whole, write_privately
from footprint_timers.model import Proof, Scope, Slot


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
    scope: str
    units: str
    stamps: str
    linger_by_us: bool = False
    jobs: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)
    sandbox: str = "auto"
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    leaving: tuple[str, str] | None = None

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

    Raises ConfigurationError for a file that nobody can read.
    """
    path = file_of(paths)
    try:
        return _decoded(json.loads(read_whole(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -l {path}"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({type(error).__name__})",
            hint=f"remove it and install again: rm {path} && footprint-timers install",
        ) from None


def known(paths: Paths) -> Installation | None:
    """Read the installation for a run: a file that nobody can read stops none; `status` tells."""
    try:
        return read(paths)
    except ConfigurationError:
        return None


def scope_of(installed: Installation) -> Scope:
    """Give the scope of an installation."""
    return "system" if installed.scope == "system" else "user"


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


def _decoded(document: dict[str, Any]) -> Installation:
    jobs = {
        name: tuple(Period(**{**period, "slot": Slot(**period["slot"])}) for period in periods)
        for name, periods in document.pop("jobs").items()
    }
    proofs = {
        name: Proof(**{**proof, "proved": tuple(proof["proved"])})
        for name, proof in document.pop("proofs", {}).items()
    }
    leaving = document.pop("leaving", None)
    return Installation(
        jobs=jobs, proofs=proofs, leaving=tuple(leaving) if leaving else None, **document
    )
