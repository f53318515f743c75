"""`footprint-timers status`."""

from functools import partial

import click

from digital_footprint import process
from digital_footprint.command_line import json_option, open_home
from digital_footprint.errors import FootprintError
from digital_footprint.output import emit, say
from digital_footprint.schedule import ScheduleStatus
from footprint_timers import doctor_units, moving, schedule, status_view
from footprint_timers.options import site_options
from footprint_timers.site import Asked, Site, settled


@click.command()
@site_options
@json_option
def status(asked: Asked, *, as_json: bool) -> None:
    """Show how each job stands; however they stand, the exit code is 0.

    Only where configuration, database or the record of the installation cannot be read is it 78.
    """
    with settled(asked) as site, open_home(site.paths) as home:
        reach = partial(site.scheduler, process.run)
        found, trouble = schedule.read_schedule(home.db, home.config(), process.run, reach)
        if trouble:
            say(trouble)
        _tell_of_others(site, found)
        emit(status_view.of_status(found, site.command("install")), as_json=as_json)


def _tell_of_others(site: Site, found: ScheduleStatus) -> None:
    """Tell of timers that stand in another place than the one that `status` reads."""
    if site.installed is None:
        try:
            moving.refuse_unrecorded(site, found.backend, found.scope)
        except FootprintError as error:
            say(f"{error.message}\n  next: {error.hint}")
    elif site.installed.leaving is not None:
        half = doctor_units.half_moved(site, site.installed.leaving)
        say(f"{half.found}\n  next: {half.fix}")
