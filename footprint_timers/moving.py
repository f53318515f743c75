"""Decides what the scheduler loses that had the timers before, when another one gets them."""

from dataclasses import dataclass, replace
from typing import Any

from digital_footprint.errors import ConfigurationError, NoSchedulerError
from digital_footprint.process import Runner
from footprint_timers import guards
from footprint_timers.installation import Installation
from footprint_timers.model import SCOPES
from footprint_timers.schedulers import systemd
from footprint_timers.schedulers.scheduler import AnyPlan, Plan, Scheduler
from footprint_timers.site import Site


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The scheduler that has the timers from before, and how they go."""

    scheduler: Scheduler[Any]
    plan: Plan


def abandoned(site: Site, scheduler: Scheduler[Any], run: Runner) -> Abandoned | None:
    """Give the scheduler that has the timers from before, and how they go; None where none has.

    Raises ConfigurationError where it cannot be asked to, or only by root, or where they were
    edited by hand.
    """
    if site.installed is None:
        refuse_unrecorded(site, scheduler.name, scheduler.scope)
        return None
    _refuse_third(site.installed, scheduler)
    there = _still_there(site.installed, scheduler)
    if there is None:
        return None
    before = _scheduler_before(site, there, run)
    if (before.name, before.scope) == (scheduler.name, scheduler.scope):
        return None  # whatever the record calls it: what is installed now would go with it
    if not before.may_change:
        raise ConfigurationError(
            f"timers of the system run for {site.person.name} already, and only root may"
            " remove them; nothing was changed",
            hint=f"{site.as_root('uninstall')}; then: footprint-timers install"
            f" --backend {scheduler.name} --scope {scheduler.scope}",
        )
    wanted = plan_removal(before)
    guards.refuse_edited(wanted, before, "uninstall")
    return Abandoned(before, wanted)


def left_behind(site: Site, scheduler: Scheduler[Any], run: Runner) -> Abandoned | None:
    """Give what a move that was killed has left beside this scheduler's timers.

    Raises ConfigurationError as `abandoned`.
    """
    if site.installed is None or not is_of(site.installed, scheduler):
        return None
    return abandoned(site, scheduler, run)


def is_of(installed: Installation, scheduler: Scheduler[Any]) -> bool:
    """Say whether it is this scheduler that has the timers."""
    return (installed.backend, installed.scope) == (scheduler.name, scheduler.scope)


def refuse_strange_removal(site: Site, scheduler: Scheduler[Any], wanted: Plan) -> None:
    """Raise ConfigurationError where nothing here tells of the timers that would be removed."""
    recorded = site.installed
    if recorded is None:
        refuse_unrecorded(site, scheduler.name, scheduler.scope)
    place = (scheduler.name, scheduler.scope)
    if wanted.is_empty or (recorded and place in (_place(recorded), recorded.leaving)):
        return
    raise ConfigurationError(
        f"nothing in {site.paths.state} tells of the timers in {scheduler.units}: they work with"
        " another home, or their record is lost; nothing was changed",
        hint="set FOOTPRINT_HOME as it was when they were installed; or remove them all the same:"
        f" {site.command('uninstall')} --force",
    )


def _place(installed: Installation) -> tuple[str, str]:
    return installed.backend, installed.scope


def _refuse_third(installed: Installation, scheduler: Scheduler[Any]) -> None:
    """Raise ConfigurationError while timers may stand in two places: no third is begun."""
    place = (scheduler.name, scheduler.scope)
    own = _place(installed)
    if installed.leaving in (None, own) or place in (own, installed.leaving):
        return
    backend, scope = _place(installed)
    raise ConfigurationError(
        f"a move from {', '.join(installed.leaving)} scope to {backend}, {scope} scope was cut off;"
        " nothing was changed",
        hint=f"finish it first: footprint-timers install --backend {backend} --scope {scope}",
    )


def _still_there(installed: Installation, scheduler: Scheduler[Any]) -> Installation | None:
    """Give what has the timers beside this scheduler: a move that was killed left both."""
    if not is_of(installed, scheduler):
        return installed
    if installed.leaving is None:
        return None
    backend, scope = installed.leaving
    return replace(installed, backend=backend, scope=scope)


def _scheduler_before(site: Site, installed: Installation, run: Runner) -> Scheduler[Any]:
    """Reach the scheduler that has the timers; of one that does not run, its files or lines.

    A manager that does not run has nothing loaded, and no daemon reads a crontab meanwhile.
    """
    scope = installed.scope
    try:
        return replace(site, backend=installed.backend, scope=scope).scheduler(run)
    except NoSchedulerError as error:
        match installed.backend, scope:
            case systemd.NAME, "user":
                return site.files("user")
            case "cron", _:
                from footprint_timers.schedulers import cron

                if (lines := cron.without_daemon(run, site.paths)) is not None:
                    return lines
        raise ConfigurationError(
            f"the jobs are installed with {installed.backend}, {scope} scope, which cannot be"
            f" reached to remove them; nothing was changed ({error.message})",
            hint=error.hint,
        ) from None


def refuse_unrecorded(site: Site, backend: str | None, own: str | None) -> None:
    """Raise ConfigurationError where systemd has timers for this person unrecorded.

    They stand in that home's record, or the record here is lost: their files are all there is.
    """
    for scope in SCOPES:
        if (systemd.NAME, scope) == (backend, own):
            continue
        other = site.files(scope)
        texts = systemd.installed_files(other.manager).values()
        if scope == "system" and not any(guards.works_for(site.person.name, one) for one in texts):
            continue
        if texts:
            raise ConfigurationError(
                f"timers in {other.units} work for {site.person.name} already, and nothing is"
                f" recorded of them in {site.paths.state}; nothing was changed",
                hint=f"where they work with this home, and their record is lost:"
                f" {site.command('install', scope)}; else remove them, with FOOTPRINT_HOME as it"
                f" was then (systemctl{' --user' if scope == 'user' else ''} cat"
                f" footprint-verify_removals.service): {site.command('uninstall', scope)}",
            )


def move_in(scheduler: Scheduler[AnyPlan], wanted: AnyPlan, leaving: Abandoned | None) -> None:
    """Install here, then remove there; what cannot be removed there is not installed here."""
    scheduler.apply(wanted)
    if leaving is None:
        return
    try:
        leaving.scheduler.apply(leaving.plan)
    except BaseException:
        scheduler.apply(plan_removal(scheduler))
        raise


def plan_removal(scheduler: Scheduler[AnyPlan]) -> AnyPlan:
    """Work out what an uninstallation would do; nothing is changed."""
    return scheduler.make_plan((), (), lambda _name: None)
