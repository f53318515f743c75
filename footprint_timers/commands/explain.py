"""`footprint-timers explain`."""

import click

from digital_footprint.clock import utc_now
from digital_footprint.command_line import complete_job, json_option
from digital_footprint.config import load_config
from digital_footprint.output import emit
from digital_footprint.scheduler.due import require_job
from footprint_timers import catalogue, explanation
from footprint_timers.options import whose_options
from footprint_timers.site import Asked, settled


@click.command()
@click.argument("job", required=False, shell_complete=complete_job)
@whose_options
@json_option
def explain(asked: Asked, job: str | None, *, as_json: bool) -> None:
    """Show when the jobs fire under each scheduler: calendar, next firings, true gaps."""
    if job is not None:
        require_job(job)
    with settled(asked) as site:
        jobs = catalogue.all_jobs(load_config(site.paths), site.seed)
        shown = [one for one in jobs if job in (None, one.name)]
        emit(explanation.of_jobs(shown, utc_now()), as_json=as_json)
