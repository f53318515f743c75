"""Decides what a level of protection is worth on this machine, by a unit that has it and tries.

The unit is the job's own but for its call; what it tries (`attempts`) is judged from outside:
by the file it has left, the connection that came, and what it could tell of a planted text.
"""

import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digital_footprint.files import make_directory, write_privately
from digital_footprint.selftest import selftest
from footprint_timers import attempts, context, render
from footprint_timers.manager import Manager
from footprint_timers.model import Host, Job, Level, Proof

SAME = "configuration"
STEM = ".footprint-probe-"


@dataclass(frozen=True, slots=True)
class Bait:
    """What lies ready for one unit: a planted text, a file it might make, somebody who listens."""

    planted: Path
    secret: str
    forbidden: Path
    listener: socket.socket

    def was_reached(self) -> bool:
        """Say whether anybody came."""
        with suppress(BlockingIOError):
            self.listener.accept()[0].close()
            return True
        return False


def prove(manager: Manager, jobs: Sequence[Job], host: Host) -> dict[str, Proof]:
    """Start each job's service as it would be rendered, and give what its level really does.

    A proof without `proved` says in `because` what failed.
    Raises ConfigurationError for what cannot be rendered, or where nothing can be planted.
    """
    home = Path(manager.environment["HOME"])
    context.clear_stale(home.glob(f"{STEM}*"))
    _make_room(manager, host)
    here = selftest()
    with ExitStack() as stack:
        baits = {job.name: stack.enter_context(_baited(home)) for job in jobs}
        calls = {job.name: _call(job, host, baits[job.name]) for job in jobs}
        seen = context.look_from(manager, calls)
        return {job.name: _proof(job, seen[job.name], baits[job.name], here) for job in jobs}


def _make_room(manager: Manager, host: Host) -> None:
    """Make what the unit is given: what is not there cannot be."""
    if host.account:
        with manager.rights():
            manager.stamps.mkdir(parents=True, exist_ok=True)
    for place in host.room.writable:
        if place != manager.stamps or not host.account:
            make_directory(place)


@contextmanager
def _baited(home: Path) -> Iterator[Bait]:
    stem = home / f"{STEM}{secrets.token_hex(8)}"
    planted, forbidden = stem.with_suffix(".planted"), stem.with_suffix(".written")
    secret = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        try:
            write_privately(planted, secret)
            yield Bait(planted, secret, forbidden, listener)
        finally:
            planted.unlink(missing_ok=True)
            forbidden.unlink(missing_ok=True)


def _call(job: Job, host: Host, bait: Bait) -> context.Call:
    task = {
        "forbidden": str(bait.forbidden),
        "planted": str(bait.planted),
        # What this user may not write here either, is not the level's doing.
        "needed": [str(place) for place in host.room.writable if os.access(place, os.W_OK)],
        "port": bait.listener.getsockname()[1],
    }
    return context.Call(
        job.name, render.service_text(job, host), "probe", {attempts.VARIABLE: json.dumps(task)}
    )


def _proof(job: Job, seen: context.Seen, bait: Bait, here: Mapping[str, Any]) -> Proof:
    level = job.sandbox
    if seen.document is None:
        early = seen.stopped == context.ENDS_EARLY
        because = seen.stopped if early else f"{level} stops the unit with {seen.stopped}"
        return Proof(level=level, because=because)
    reached = bait.was_reached()
    wrong = [
        *_differences(seen.document, here),
        *_lacking(seen.document["attempts"]),
        *(["the network cannot be reached"] if job.needs_network and not reached else []),
        *(["the network can be reached"] if reached and not job.needs_network else []),
        *(_open_doors(seen.document["attempts"], bait) if level == "strong" else []),
    ]
    if wrong:
        return Proof(level=level, because=f"under {level} {wrong[0]}")
    return Proof(level=level, proved=_proved(level, network=job.needs_network))


def _differences(seen: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    """Give what the selftest found there and not here: what is wrong in both is not the level's."""
    if seen["database_id"] != here["database_id"]:
        yield "another database is seen"
    mine = {one["name"]: one for one in here["checks"]}
    for one in seen["checks"]:
        if not one["ok"] and mine[one["name"]]["ok"]:
            yield f"the selftest fails: {one['found']}"
        elif one["name"] == SAME and one["found"] != mine[SAME]["found"]:
            yield f"another configuration is seen: {one['found']}"


def _lacking(tried: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{place} cannot be written" for place in tried["unwritable"])
    if not tried["manager"]:
        yield "the service manager cannot be asked"


def _open_doors(tried: Mapping[str, Any], bait: Bait) -> Iterator[str]:
    if bait.forbidden.exists():
        yield "the home can be written"
    if tried["read"] == bait.secret:
        yield "a planted file can be read"


def _proved(level: Level, *, network: bool) -> tuple[str, ...]:
    doors = ("cannot write the home", "cannot read a planted file") if level == "strong" else ()
    reach = "reaches the network" if network else "cannot reach the network"
    return (*doors, reach, "runs its selftest")
