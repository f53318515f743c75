"""Decides which level of protection each job gets: what was asked for, what a probe has proved.

The version of systemd decides nothing. A proof is kept and holds for as long as what it depended
on is the same: the unit's text, the program, systemd, what the kernel allows.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from digital_footprint.errors import ConfigurationError, FootprintError
from footprint_timers import render
from footprint_timers.manager import Manager
from footprint_timers.model import Host, Job, Level, Proof, service_of
from footprint_timers.sandbox import ASKED, level_without_probe

KERNEL = (
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/user/max_user_namespaces",
)
WEAKER: Mapping[Level, Level] = {"strong": "basic", "basic": "off"}
NOT_PROBED = "no probe was run"

Prove = Callable[[Sequence[Job]], Mapping[str, Proof]]


def settle(
    manager: Manager,
    jobs: Sequence[Job],
    host: Host,
    choice: str,
    *,
    known: Mapping[str, Proof],
    prove: Prove,
) -> dict[str, Proof]:
    """Give each job's level; whatever no known proof answers is probed, all jobs at once.

    Raises ConfigurationError where `strong` was asked for and does not hold.
    """
    if choice in WEAKER.values():
        return {job.name: _asked(choice) for job in jobs}
    keys = {job.name: _key(manager, job, host) for job in jobs}
    kept = {name: known[name] for name, key in keys.items() if _holds(known.get(name), key, choice)}
    open_ = [job for job in jobs if job.name not in kept]
    proofs = _strong(open_, prove) if choice == "strong" else strongest(open_, prove)
    return {
        job.name: kept.get(job.name) or replace(proofs[job.name], key=keys[job.name])
        for job in jobs
    }


def remembered(jobs: Sequence[Job], choice: str, *, known: Mapping[str, Proof]) -> dict[str, Proof]:
    """Give each job's level without a probe: the one it was last given, `basic` where none was."""
    if choice in WEAKER.values():
        return {job.name: _asked(choice) for job in jobs}
    never = Proof(level="basic", because=NOT_PROBED)
    return {job.name: known.get(job.name, never) for job in jobs}


def strongest(jobs: Sequence[Job], prove: Prove) -> dict[str, Proof]:
    """Give the strongest level that is proved of each job, and what keeps it from a stronger one.

    Where nothing runs at any level, protection is not to blame, and the job keeps `basic`.
    """
    found: dict[str, Proof] = {}
    level: Level | None = "strong"
    while level is not None and (left := _unproved(jobs, found)):
        tried = _tried([replace(job, sandbox=level) for job in left], prove)
        found |= {name: _with_reason(proof, found.get(name)) for name, proof in tried.items()}
        level = WEAKER.get(level)
    return {
        name: proof if proof.proved else replace(proof, level="basic")
        for name, proof in found.items()
    }


def with_levels(jobs: Sequence[Job], proofs: Mapping[str, Proof]) -> tuple[Job, ...]:
    """Give the jobs, each at the level of its proof; as they are without one."""
    return tuple(
        replace(job, sandbox=proofs[job.name].level) if job.name in proofs else job for job in jobs
    )


def _unproved(jobs: Sequence[Job], found: Mapping[str, Proof]) -> list[Job]:
    return [job for job in jobs if job.name not in found or not found[job.name].proved]


def _tried(jobs: Sequence[Job], prove: Prove) -> Mapping[str, Proof]:
    if not jobs:
        return {}
    try:
        return prove(jobs)
    except FootprintError as error:
        return {job.name: Proof(level=job.sandbox, because=error.message) for job in jobs}


def _with_reason(proof: Proof, stronger: Proof | None) -> Proof:
    """Keep the first reason: why the strongest level was not to be had."""
    return replace(proof, because=stronger.because) if stronger else proof


def _asked(choice: str) -> Proof:
    return Proof(level=level_without_probe(choice), because=ASKED)


def _holds(proof: Proof | None, key: str, choice: str) -> bool:
    if proof is None or proof.key != key:
        return False
    return choice == "auto" or proof.level == "strong"


def _strong(jobs: Sequence[Job], prove: Prove) -> Mapping[str, Proof]:
    proofs = _tried([replace(job, sandbox="strong") for job in jobs], prove)
    for name, proof in proofs.items():
        if not proof.proved:
            raise ConfigurationError(
                f"{name} cannot have the strong sandbox here: {proof.because}; nothing was changed",
                hint="take what this machine can do: footprint-timers install --sandbox auto",
            )
    return proofs


def _key(manager: Manager, job: Job, host: Host) -> str:
    """Say on what a proof depends; the unit's text holds our version and the program's path."""
    try:
        text = render.service_text(replace(job, sandbox="strong"), host)
    except ConfigurationError as error:
        text = error.message
    parts = [
        text,
        str(manager.version),
        str(Path(sys.prefix).resolve()),
        *(_content(Path(place)) for place in KERNEL),
        *manager.drop_ins(service_of(job.name)).values(),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _content(place: Path) -> str:
    try:
        return place.read_text(encoding="utf-8")
    except OSError:
        return ""
