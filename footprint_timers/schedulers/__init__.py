"""Decides which scheduler of this machine is used, and says why the others are not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from digital_footprint.config import resolve_paths
from digital_footprint.errors import NoSchedulerError
from digital_footprint.process import Runner
from footprint_timers import manager
from footprint_timers.installation import Installation
from footprint_timers.machine import Machine
from footprint_timers.manager import Refusal
from footprint_timers.model import BACKENDS as IN_ORDER
from footprint_timers.model import Scope
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_manager import Systemd

BACKENDS = ("auto", *IN_ORDER)

OnRefused = Callable[[str, Refusal], object]


def choose(
    run: Runner,
    backend: str = "auto",
    *,
    scope: Scope | None = None,
    machine: Machine | None = None,
    installed: Installation | None = None,
    on_refused: OnRefused = lambda _name, _why: None,
) -> Scheduler[Any]:
    """Give the scheduler that was asked for, or the one of the installation, or the first usable.

    Where timers are installed no other scheduler is tried: jobs would run twice.
    `on_refused`: told of each that was tried before the one that is given.
    Raises NoSchedulerError with what was tried and why each was refused.
    """
    here = machine or Machine()
    refused: dict[str, Refusal] = {}
    chosen = scope or (installed.scope if installed else "user")
    for name in _names(backend, installed):
        found = _connect(name, run, here, chosen)
        if not isinstance(found, Refusal):
            return found
        refused[f"{name}, {chosen} scope"] = found
        on_refused(name, found)
    asked = "" if backend == "auto" else f" (--backend {backend})"
    tried = "; ".join(f"{name}: {one.reason}" for name, one in refused.items())
    hints = (one.advice for one in refused.values())
    raise NoSchedulerError(
        f"no scheduler can be reached{asked}. Tried: {tried}",
        hint=next(filter(None, hints), "use --backend auto"),
    )


def without_foreign(installed: Installation, platform: str) -> Installation:
    """Forget a move from what this platform cannot have: nothing that it left can run here."""
    match platform, installed.leaving:
        case ("darwin", ("systemd", _)) | ("linux", ("launchd", _)):
            return replace(installed, leaving=None)
    return installed


def _names(backend: str, installed: Installation | None) -> tuple[str, ...]:
    if backend != "auto":
        return (backend,)
    if installed is not None and installed.backend in IN_ORDER:
        return (installed.backend,)
    return IN_ORDER


def _connect(name: str, run: Runner, machine: Machine, scope: Scope) -> Scheduler[Any] | Refusal:
    match name:
        case "launchd":
            from footprint_timers.schedulers import launchd_domain

            return launchd_domain.connect(run, machine, scope)
        case "cron":
            return _cron(run, machine, scope)
        case _:
            return _systemd(run, machine, scope)


def _systemd(run: Runner, machine: Machine, scope: Scope) -> Scheduler[Any] | Refusal:
    if machine.platform == "darwin":
        return Refusal("macOS does not have it", "")
    found = manager.connect(run, scope=scope)
    return found if isinstance(found, Refusal) else Systemd(found)


def _cron(run: Runner, machine: Machine, scope: Scope) -> Scheduler[Any] | Refusal:
    if scope == "system":
        return Refusal("a crontab is a user's own", "use --scope user, or --backend systemd")
    from footprint_timers.schedulers import cron

    return cron.connect(
        run, resolve_paths(), platform=machine.platform, processes=machine.processes
    )
