"""`footprint report`: how the household stands, in one page that says what to do."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digital_footprint import people
from digital_footprint.clock import utc_now
from digital_footprint.command_line import Home, json_option, open_home
from digital_footprint.commands.finding import person_option
from digital_footprint.errors import FootprintError, UsageError
from digital_footprint.files import write_privately
from digital_footprint.model import Person
from digital_footprint.output import say
from digital_footprint.process import NOT_FOUND, launch
from digital_footprint.report import openings, printing
from digital_footprint.report.printing import Form

if TYPE_CHECKING:
    from digital_footprint.report.facts import Report

# Of `facts.Redaction`, whose many values no other command waits for.
REDACTIONS = ("full", "shareable")


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice([str(one) for one in Form]),
    help="Markdown, a page for the browser, or one JSON document; md, with --open html.",
)
@person_option
@click.option(
    "--redact",
    type=click.Choice(REDACTIONS),
    default=REDACTIONS[0],
    show_default=True,
    help="shareable: no name, address, URL or sensitive finding of anybody.",
)
@click.option("--open", "in_program", is_flag=True, help="Open it in the browser.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it into this file, readable for you alone.",
)
@json_option
def report(
    form: str | None,
    who: str | None,
    redact: str,
    output: Path | None,
    *,
    in_program: bool,
    as_json: bool,
) -> None:
    """Show what to do, what is new, what is waited for, and what was not checked.

    It is built from the database alone; nothing is asked. What is new counts from the last time
    that it was shown on a terminal or with --open. The job generate_report keeps one by day.
    """
    wanted = _form(form, in_program=in_program, as_json=as_json)
    if in_program and output:
        raise UsageError("--open writes a file of its own", hint="leave out --output")
    with open_home() as home:
        person = people.get_person(home.db, who) if who else None
        built = _built(home, person, redact)
        if in_program:
            _open(home, built, wanted)
        elif output:
            write_privately(output, printing.printed(built, wanted))
        else:
            click.echo(printing.printed(built, wanted), nl=False)
        if in_program or (not output and wanted is Form.MD and sys.stdout.isatty()):
            openings.record(home.db, person.id if person else None, utc_now())


def _form(form: str | None, *, in_program: bool, as_json: bool) -> Form:
    if as_json and form not in (None, Form.JSON):
        raise UsageError("--json is --format json", hint="give one of the two")
    if as_json:
        return Form.JSON
    return Form(form) if form else Form.HTML if in_program else Form.MD


def _built(home: Home, person: Person | None, redact: str) -> "Report":
    from digital_footprint.report.build import build
    from digital_footprint.report.facts import Redaction

    redaction = Redaction(redact)
    return build(home.db, home.config(), now=utc_now(), person=person, redaction=redaction)


def _open(home: Home, built: "Report", form: Form) -> None:
    """Write it and hand it to the platform's own program. Raises FootprintError without one."""
    path = printing.write_opened(built, home.paths.reports, form)
    program = "open" if sys.platform == "darwin" else "xdg-open"
    done = launch([program, str(path)])
    if done.code:
        why = "is not installed" if done.code == NOT_FOUND else f"says: {done.complaint()}"
        raise FootprintError(f"{program} {why}", hint=f"open it yourself: {path}")
    say(f"opened: {path}")
