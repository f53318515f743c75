"""Decides whether a scheduler has what is wanted of it, as `plan` does."""

from functools import partial
from typing import Any

from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from footprint_timers import guards, operations, plan
from footprint_timers.examination import Finding
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.site import Site

# The name of the finding that the timers belong to another home or person.
THEIRS = "whose timers"


def examine(db: Database, config: Config, scheduler: Scheduler[Any], site: Site) -> Finding:
    """Compare the installed units with the wanted ones, as `plan` does."""
    install = site.command("install")
    try:
        wanted = operations.wish(db, config, scheduler)
    except FootprintError as error:
        return Finding("units", False, error.message, error.hint)
    try:
        guards.refuse_other_person(wanted.plan, site.person.name)
        guards.refuse_other_home(wanted.plan)
    except FootprintError as error:
        return Finding(THEIRS, False, error.message, error.hint)
    if edited := plan.edited(wanted.plan.changes):
        found = f"edited by hand: {', '.join(edited)}"
        return Finding("units", False, found, f"{install} --force")
    if not wanted.plan.is_empty:
        names = ", ".join(plan.paths(wanted.plan.changes)) or "their state"
        mend = partial(operations.install_proved_anew, db, config, scheduler)
        safe = None if wanted.plan.surprises else mend
        return Finding("units", False, f"not as they should be: {names}", install, safe)
    return Finding("units", True, f"as they should be, in {scheduler.units}")


def half_moved(site: Site, leaving: tuple[str, str]) -> Finding:
    """Tell of a move that was killed: what it was leaving may still start every job as well."""
    found = f"a move from {', '.join(leaving)} scope was cut off: each job may run twice"
    return Finding("move", False, found, site.command("install"))
