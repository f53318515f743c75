"""`footprint-timers catch-up`."""

from collections.abc import Sequence

import click

from digital_footprint import process
from digital_footprint.command_line import json_option, open_home
from digital_footprint.errors import ConfigurationError
from digital_footprint.output import Result, emit
from footprint_timers import agents
from footprint_timers import catch_up as catching_up
from footprint_timers.catch_up import Outcome, names_of
from footprint_timers.options import whose_options
from footprint_timers.site import Asked, settled


@click.command("catch-up")
@whose_options
@json_option
def catch_up(asked: Asked, *, as_json: bool) -> int:
    """Start what is overdue because the machine was off, each by its own unit.

    macOS calls it at every login and once a day. systemd makes up for that time by itself: there,
    and elsewhere, it only starts what is overdue now.
    """
    with settled(asked) as site:
        site.refuse_to_start("catch-up")
        if site.installed is None:
            raise ConfigurationError("nothing is installed", hint="footprint-timers install")
        with open_home(site.paths) as home:
            scheduler = site.scheduler(process.run)
            outcomes = catching_up.catch_up(home.db, home.config(), site.installed, scheduler)
            catching_up.trim(agents.log_of(home.paths))
        emit(_shown(outcomes), as_json=as_json)
    return 1 if any(one.refused for one in outcomes) else 0


def _shown(outcomes: Sequence[Outcome]) -> Result:
    """Show which overdue jobs were started, and why the others were not."""
    document = {
        "started": names_of(outcomes),
        "left_alone": [{"job": one.job, "why": one.why} for one in outcomes if one.why],
    }
    lines = [
        f"{one.job}: {'not started: ' + one.why if one.why else 'started'}" for one in outcomes
    ]
    return Result(document, tuple(lines or ["nothing is overdue"]))
