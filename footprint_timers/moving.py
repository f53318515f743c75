"""Decides what another manager loses when the timers move from one scope to the other."""

from dataclasses import dataclass

from digital_footprint.process import Runner
from footprint_timers import guards
from footprint_timers.manager import Manager
from footprint_timers.schedulers import systemd, systemd_apply
from footprint_timers.site import Site


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The manager that has the timers from before the scope was another, and how they go."""

    manager: Manager
    plan: systemd.Plan


def abandoned(site: Site, run: Runner) -> Abandoned | None:
    """Give the manager that has the timers from before, and how they go; None where none has.

    Raises ConfigurationError where only root may remove them, or where they were edited by hand.
    """
    manager = site.abandoned(run)
    if manager is None:
        return None
    wanted = plan_removal(manager)
    guards.refuse_edited(wanted, manager, "uninstall")
    return Abandoned(manager, wanted)


def move_in(manager: Manager, wanted: systemd.Plan, abandoned: Abandoned | None) -> None:
    """Install here, then remove there; what cannot be removed there is not installed here."""
    systemd_apply.apply(manager, wanted)
    if abandoned is None:
        return
    try:
        systemd_apply.apply(abandoned.manager, abandoned.plan)
    except BaseException:
        systemd_apply.apply(manager, plan_removal(manager))
        raise


def plan_removal(manager: Manager) -> systemd.Plan:
    """Work out what an uninstallation would do; nothing is changed."""
    return systemd.make_plan(manager, (), (), lambda _name: None)
