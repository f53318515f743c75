"""`footprint-timers audit`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click

from digital_footprint import process
from digital_footprint.clock import local_time
from digital_footprint.command_line import json_option, open_home
from digital_footprint.errors import FootprintError
from digital_footprint.output import Result, Table, emit
from digital_footprint.scheduler.due import NAMES, get_schedule_status
from footprint_timers import audit as ledger
from footprint_timers import causes, failures
from footprint_timers.audit import JobAudit
from footprint_timers.model import TimerStatus
from footprint_timers.options import site_options
from footprint_timers.site import Asked, Site, settled
from footprint_timers.status_view import missed_lines


@click.command()
@site_options
@json_option
def audit(asked: Asked, *, as_json: bool) -> int:
    """Compare the firings due since installation with the recorded runs; 1 when one is missing."""
    with settled(asked) as site, open_home(site.paths) as home:
        installed = site.installed
        why = causes.explainer(
            process.run,
            failures.read(home.paths),
            _timers(site),
            needs_login=installed is None or installed.needs_login,
        )
        audits = ledger.audit_jobs(home.db, installed.jobs, why) if installed else ()
        jobs = get_schedule_status(home.db, home.config())["jobs"]
        late = [job["name"] for job in jobs if job["late"] and job["enabled"]]
        emit(_shown(audits, late), as_json=as_json)
    return 1 if late or any(one.missed for one in audits) else 0


def _timers(site: Site) -> Mapping[str, TimerStatus] | None:
    """Ask how the timers stand now; None where no scheduler answers, which stops no audit."""
    try:
        return site.scheduler(process.run).read_status(list(NAMES))
    except FootprintError:
        return None


def _shown(audits: Sequence[JobAudit], late: Sequence[str]) -> Result:
    """Show how many firings were due, and which of them left no row."""
    missed = [one for each in audits for one in each.missed]
    document = {
        "jobs": [
            {
                "name": one.name,
                "since": one.since,
                "expected": one.expected,
                "recorded": one.recorded,
                "late": one.name in late,
            }
            for one in audits
        ],
        "missed": [asdict(one) for one in missed],
    }
    table = Table(
        ("job", "since", "expected", "recorded", "missed", "late"),
        [
            (one.name, local_time(one.since), one.expected, one.recorded, len(one.missed),
             "yes" if one.name in late else "no")
            for one in audits
        ],
        "nothing was ever installed here: footprint-timers install",
    )  # fmt: skip
    return Result(document, (table, *missed_lines(missed)))
