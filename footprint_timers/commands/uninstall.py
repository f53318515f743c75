"""`footprint-timers uninstall`."""

import sys

import click

from digital_footprint import process
from digital_footprint.command_line import confirm, json_option, yes_option
from digital_footprint.errors import NoSchedulerError
from digital_footprint.output import Result, emit
from footprint_timers import guards, linger, moving, operations, plan, view
from footprint_timers.options import force_option, site_options
from footprint_timers.site import Asked, Site, settled


@click.command()
@site_options
@yes_option
@force_option
@json_option
def uninstall(asked: Asked, *, yes: bool, force: bool, as_json: bool) -> None:
    """Remove the timers and all that belongs to them; the data stays."""
    with settled(asked) as site:
        _uninstall(site, yes=yes, force=force, as_json=as_json)


def _uninstall(site: Site, *, yes: bool, force: bool, as_json: bool) -> None:
    try:
        scheduler = site.scheduler(process.run)
    except NoSchedulerError:
        if site.installed is not None:
            raise
        document: dict[str, object] = {"removed": [], "linger_undo": None, "backup": None}
        emit(Result(document, ("nothing is installed",)), as_json=as_json)
        return
    site.refuse_without_rights(scheduler, "uninstall")
    with operations.alone(site.paths):
        wanted = moving.plan_removal(scheduler)
        left = moving.left_behind(site, scheduler, process.run)
        guards.refuse_other_person(wanted, site.person.name)
        if not force:
            moving.refuse_strange_removal(site, scheduler, wanted)
            guards.refuse_edited(wanted, scheduler, "uninstall")
        if not wanted.is_empty and sys.stdin.isatty():
            confirm(f"Remove {', '.join(plan.paths(wanted.changes))}?", yes=yes)
        backup = guards.back_up(site.paths, scheduler.units, wanted)
        operations.uninstall(site.paths, scheduler, wanted, abandoned=left)
    undo = linger.undo_command() if site.installed and site.installed.linger_by_us else None
    shown = view.of_removal(wanted, undo, abandoned=left)
    emit(view.with_backup(shown, backup, scheduler), as_json=as_json)
