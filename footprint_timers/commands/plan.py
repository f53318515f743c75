"""`footprint-timers plan`."""

import click

from digital_footprint import process
from digital_footprint.command_line import json_option, open_home
from digital_footprint.output import emit
from footprint_timers import moving, operations, view
from footprint_timers.options import sandbox_option, site_options
from footprint_timers.site import Asked, settled


@click.command()
@click.option("--check", is_flag=True, help="Exit with 1 when something would be changed.")
@site_options
@sandbox_option
@json_option
def plan(asked: Asked, *, check: bool, sandbox: str | None, as_json: bool) -> int:
    """Show what install would change, as a diff, and whether it starts a job.

    Where no proof of a sandbox is known, units of a probe are started and leave nothing behind.
    """
    with settled(asked) as site, open_home(site.paths) as home:
        scheduler = site.scheduler(process.run)
        abandoned = moving.abandoned(site, scheduler, process.run)
        wanted = operations.wish(home.db, home.config(), scheduler, sandbox=sandbox, prove=True)
        emit(view.of_plan(wanted, scheduler, abandoned), as_json=as_json)
    return 1 if check and (abandoned or not wanted.plan.is_empty) else 0
