"""`footprint-timers install`."""

import sys
from pathlib import Path

import click

from digital_footprint import process
from digital_footprint.clock import utc_now
from digital_footprint.command_line import confirm, json_option, open_home, yes_option
from digital_footprint.output import emit, say
from footprint_timers import agreement, guards, moving, operations, view
from footprint_timers.options import force_option, sandbox_option, site_options
from footprint_timers.program import refuse_of_another, refuse_passing
from footprint_timers.site import Asked, settled


@click.command()
@site_options
@yes_option
@force_option
@sandbox_option
@json_option
def install(asked: Asked, *, yes: bool, force: bool, sandbox: str | None, as_json: bool) -> None:
    """Bring the timers to what the configuration says; done twice, the second changes nothing.

    What another scheduler or scope has of them is removed. Timers of the system run for --user
    NAME without a login: sudo, and --scope system.
    """
    passed_over: list[str] = []
    with (
        settled(asked) as site,
        open_home(site.paths) as home,
        operations.alone(home.config().paths),
    ):
        scheduler = site.scheduler(
            process.run,
            lambda name, why: passed_over.append(f"{name} is not used: {why.reason}"),
        )
        for sentence in passed_over:
            say(sentence)
        abandoned = moving.abandoned(site, scheduler, process.run)
        wanted = operations.wish(home.db, home.config(), scheduler, sandbox=sandbox, prove=True)
        if not wanted.plan.is_empty or abandoned:
            site.refuse_without_rights(scheduler, "install")
        refuse_passing(Path(wanted.program))
        if site.person.uid == 0:
            refuse_of_another(Path(wanted.program))
        agreement.refuse_disagreement(process.run, operations.rescheduled(wanted), utc_now())
        if not force:
            guards.refuse_edited(wanted.plan, scheduler, "install")
            guards.refuse_other_home(wanted.plan)
        guards.refuse_other_person(wanted.plan, site.person.name)
        if wanted.plan.surprises and sys.stdin.isatty():
            confirm(f"This starts {', '.join(wanted.plan.surprises)} at once. Go on?", yes=yes)
        backup = guards.back_up(home.paths, scheduler.units, wanted.plan)
        installed = operations.install(home.paths, scheduler, wanted, abandoned=abandoned)
        found = operations.settle_linger(home.paths, scheduler, installed)
        timers = operations.timers_after(scheduler, wanted)
        if found.advice:
            say(found.advice)
        due = {name: timer.next_due for name, timer in timers.items()}
        shown = view.of_installation(
            wanted, scheduler, linger=found.on, due=due, abandoned=abandoned
        )
        emit(view.with_backup(shown, backup, scheduler), as_json=as_json)
