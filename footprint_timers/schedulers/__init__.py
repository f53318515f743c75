"""Decides which scheduler of this machine is used."""

from digital_footprint.errors import NoSchedulerError
from digital_footprint.process import Runner
from footprint_timers.manager import Manager, Refusal, connect
from footprint_timers.model import Scope

BACKENDS = ("auto", "systemd")


def choose(run: Runner, backend: str = "auto", *, scope: Scope = "user") -> Manager:
    """Give the scheduler to use; today that is systemd, whether asked for or found.

    Raises NoSchedulerError with what was tried and why each was refused.
    """
    found = connect(run, scope=scope)
    if isinstance(found, Refusal):
        asked = "" if backend == "auto" else f" (--backend {backend})"
        raise NoSchedulerError(
            f"no scheduler can be reached{asked}. Tried: systemd, {scope} scope: {found.reason}",
            hint=found.advice,
        )
    return found
