"""Decides which scheduler of this machine is used, and says why the others are not."""

from typing import Any

from digital_footprint.errors import NoSchedulerError
from digital_footprint.process import Runner
from footprint_timers import manager
from footprint_timers.machine import Machine
from footprint_timers.manager import Refusal
from footprint_timers.schedulers import launchd_domain
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_user import SystemdUser

IN_ORDER = ("systemd", "launchd")
BACKENDS = ("auto", *IN_ORDER)
SCOPES = ("user", "system")


def choose(
    run: Runner,
    backend: str = "auto",
    *,
    scope: str = "user",
    machine: Machine | None = None,
) -> Scheduler[Any]:
    """Give the scheduler that was asked for, or the first that can be used.

    Raises NoSchedulerError with what was tried and why each was refused.
    """
    here = machine or Machine()
    refused: dict[str, Refusal] = {}
    for name in IN_ORDER if backend == "auto" else (backend,):
        found = _connect(name, run, here, scope)
        if not isinstance(found, Refusal):
            return found
        refused[f"{name}, {scope} scope"] = found
    asked = "" if backend == "auto" else f" (--backend {backend})"
    tried = "; ".join(f"{name}: {one.reason}" for name, one in refused.items())
    raise NoSchedulerError(
        f"no scheduler can be reached{asked}. Tried: {tried}",
        hint=next((one.advice for one in refused.values() if one.advice), "use --backend auto"),
    )


def _connect(name: str, run: Runner, machine: Machine, scope: str) -> Scheduler[Any] | Refusal:
    match name:
        case "launchd":
            return launchd_domain.connect(run, machine, scope)
        case _:
            return _systemd(run, machine, scope)


def _systemd(run: Runner, machine: Machine, scope: str) -> Scheduler[Any] | Refusal:
    if machine.platform == "darwin":
        return Refusal("macOS does not have it", "")
    if scope == "system":
        return Refusal("its timers are a user's own", "leave out --scope system")
    found = manager.connect(run)
    return found if isinstance(found, Refusal) else SystemdUser(found)
