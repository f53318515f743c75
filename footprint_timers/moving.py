"""Decides what another manager loses when the timers move from one scope to the other."""

from dataclasses import dataclass

from digital_footprint.errors import ConfigurationError
from digital_footprint.process import Runner
from footprint_timers import guards
from footprint_timers.manager import Manager
from footprint_timers.schedulers import offline, systemd, systemd_apply
from footprint_timers.site import HERE, Site


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The manager that has the timers from before the scope was another, and how they go."""

    manager: Manager
    plan: systemd.Plan


def abandoned(site: Site, run: Runner) -> Abandoned | None:
    """Give the manager that has the timers from before, and how they go; None where none has.

    Raises ConfigurationError where only root may remove them, or where they were edited by hand.
    """
    if site.recorded is None:
        _refuse_unrecorded(site)
    manager = site.abandoned(run)
    if manager is None:
        return None
    wanted = plan_removal(manager)
    guards.refuse_edited(wanted, manager, "uninstall")
    return Abandoned(manager, wanted)


def _refuse_unrecorded(site: Site) -> None:
    """Raise ConfigurationError where the other scope has timers for this person from another home.

    They stand in that home's record; here nothing is known of them but their files.
    """
    scope = site.other_scope
    other = offline.connect(site.root or HERE, scope, site.person)
    texts = systemd.installed_files(other).values()
    if scope == "system" and not any(f"User={site.person.name}\n" in text for text in texts):
        return
    if texts:
        raise ConfigurationError(
            f"timers in {other.units} work for {site.person.name} already, with another home;"
            " nothing was changed",
            hint=f"remove them first, with FOOTPRINT_HOME as it was then (systemctl"
            f"{' --user' if scope == 'user' else ''} cat footprint-verify_removals.service):"
            f" footprint-timers uninstall --scope {scope}",
        )


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
