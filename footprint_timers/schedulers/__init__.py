"""Decides which scheduler of this machine is used."""

from typing import Any

from digital_footprint.errors import NoSchedulerError
from digital_footprint.process import Runner
from footprint_timers.manager import Refusal, connect
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.schedulers.systemd_user import SystemdUser

BACKENDS = ("auto", "systemd")


def choose(run: Runner, backend: str = "auto") -> Scheduler[Any]:
    """Give the scheduler to use; today that is systemd, whether asked for or found.

    Raises NoSchedulerError with what was tried and why each was refused.
    """
    found = connect(run)
    if isinstance(found, Refusal):
        asked = "" if backend == "auto" else f" (--backend {backend})"
        raise NoSchedulerError(
            f"no scheduler can be reached{asked}. Tried: systemd, user scope: {found.reason}",
            hint=found.advice,
        )
    return SystemdUser(found)
