"""`footprint finding resolve|snooze|accept|not-me|reopen`: what the person says of a finding."""

import click

from digital_footprint.command_line import ID, json_option, open_home
from digital_footprint.commands.finding_text import outcome
from digital_footprint.decisions import Because, Means, because, day, decide
from digital_footprint.findings import show_finding
from digital_footprint.life import Accept, Deed, Disown, Reopen, Resolve, Snooze
from digital_footprint.output import Result, emit

finding_id = click.argument("finding_id", type=ID, metavar="ID")


@click.command()
@finding_id
@click.option(
    "--reason",
    required=True,
    metavar="WHAT",
    help=f"What was done: {', '.join(Means)}; or in words of your own.",
)
@click.option(
    "--class",
    "classes",
    multiple=True,
    metavar="CLASS",
    help="Only this kind of data, as `finding show` names it; may be given again.",
)
@click.option("--note", help="Anything to remember of it: a date, a reference.")
@json_option
def resolve(
    finding_id: int, reason: str, classes: tuple[str, ...], note: str | None, *, as_json: bool
) -> None:
    """Say that it is dealt with, whole or for some kinds of data.

    It opens again by itself when more becomes known of it, or when it was gone and is back.
    Undo with: footprint finding reopen ID

    \b
    footprint finding resolve 3 --reason password_changed --class Passwords
    """
    chosen = frozenset(classes) if classes else None
    _carry_out(finding_id, Resolve(chosen), because(reason, note), as_json=as_json)


@click.command()
@finding_id
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day of quiet.")
@json_option
def snooze(finding_id: int, until: str, *, as_json: bool) -> None:
    """Put it off; it opens again by itself when that day is over.

    Undo with: footprint finding reopen ID
    """
    _carry_out(finding_id, Snooze(day(until)), Because(), as_json=as_json)


@click.command()
@finding_id
@click.option("--until", metavar="YYYY-MM-DD", help="The last day; without it, for good.")
@click.option("--reason", metavar="WORDS", help="Why you can live with it.")
@json_option
def accept(finding_id: int, until: str | None, reason: str | None, *, as_json: bool) -> None:
    """Accept the risk; it opens again by itself when that day is over, or more becomes known.

    Undo with: footprint finding reopen ID
    """
    end = None if until is None else day(until)
    _carry_out(finding_id, Accept(end), because(None, reason), as_json=as_json)


@click.command("not-me")
@finding_id
@json_option
def not_me(finding_id: int, *, as_json: bool) -> None:
    """Say that it is somebody else: it is never announced again, whatever becomes of it.

    Undo with: footprint finding reopen ID
    """
    _carry_out(finding_id, Disown(), Because(), as_json=as_json)


@click.command()
@finding_id
@json_option
def reopen(finding_id: int, *, as_json: bool) -> None:
    """Take back a resolve, snooze, accept or not-me, with every kind of data that was resolved."""
    _carry_out(finding_id, Reopen(), Because(), as_json=as_json)


def _carry_out(finding_id: int, deed: Deed, why: Because, *, as_json: bool) -> None:
    with open_home() as home:
        decide(home.db, finding_id, deed, why)
        one = show_finding(home.db, finding_id)
    emit(Result(one, (outcome(one),)), as_json=as_json)
