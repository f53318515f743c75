"""`footprint findings`, `finding`, `coverage` and `disclosures`: what is known, and how."""

from typing import Any

import click

from digital_footprint import disclosures as ledger
from digital_footprint import findings as store
from digital_footprint import people
from digital_footprint.command_line import ID, Group, json_option, open_home
from digital_footprint.commands.decision import accept, not_me, reopen, resolve, snooze
from digital_footprint.commands.finding_text import (
    TIERS,
    attributions,
    finding_text,
    of_names,
    state_words,
)
from digital_footprint.coverage import list_coverage
from digital_footprint.enabling import profile_of
from digital_footprint.finding_documents import without_name
from digital_footprint.life import CLOSED_STATES, OPEN_STATES, State
from digital_footprint.output import Result, Table, emit, when

STEALER_LOG = "tier 0: malware read the person's own device; clean or replace that first"
CLOSED = "closed"
CLOSED_ONES = tuple(str(one) for one in State if one in CLOSED_STATES)

person_option = click.option("--person", "who", metavar="PERSON", help="Only this person's.")


@click.command()
@person_option
@click.option(
    "--state",
    "states",
    type=click.Choice([*map(str, State), CLOSED]),
    multiple=True,
    help=f"Only those in this state; may be given again. {CLOSED}: {', '.join(CLOSED_ONES)}.",
)
@click.option("--show-sensitive", is_flag=True, help="Also the names that are hidden otherwise.")
@json_option
def findings(
    who: str | None,
    states: tuple[str, ...] = (),
    *,
    show_sensitive: bool = False,
    as_json: bool = False,
) -> None:
    """Show what was found: what is open, the most urgent first, then what is closed.

    The name of a breach that is sensitive in itself is hidden here; `finding show` tells it.
    """
    with open_home() as home:
        person_id = people.get_person(home.db, who).id if who else None
        found = store.list_findings(home.db, person_id=person_id)
    wanted = {*states, *(CLOSED_ONES if CLOSED in states else ())}
    chosen = [one for one in found if not wanted or one["state"] in wanted]
    shown = chosen if show_sensitive else [without_name(one) for one in chosen]
    table = Table(
        ("id", "urgency", "tier", "person", "identifier", "title", "occurred", "state", "seen"),
        [_row(one) for one in shown],
        _nothing(states, found),
    )
    seen_by = {name for one in shown for name in one["witnesses"]}
    device_first = any(one["tier"] == 0 and one["state"] in OPEN_STATES for one in shown)
    first = [STEALER_LOG] if device_first else []
    emit(Result(shown, (table, *first, *attributions(seen_by))), as_json=as_json)


@click.group(cls=Group)
def finding() -> None:
    """Look at one finding, and say what became of it."""


for decision in (resolve, snooze, accept, not_me, reopen):
    finding.add_command(decision)


@finding.command("show")
@click.argument("finding_id", type=ID, metavar="ID")
@json_option
def finding_show(finding_id: int, *, as_json: bool) -> None:
    """Show all that is known of one finding: how urgent it is and why, and what to do."""
    with open_home() as home:
        one = store.show_finding(home.db, finding_id)
    emit(Result(one, finding_text(one)), as_json=as_json)


@click.command()
@person_option
@click.option("--source", metavar="NAME", help="Only this source's.")
@json_option
def coverage(who: str | None, source: str | None, *, as_json: bool) -> None:
    """Show for every address and source when it was asked, and what came of it."""
    with open_home() as home:
        person_id = people.get_person(home.db, who).id if who else None
        name = profile_of(source).name if source else None
        rows = list_coverage(home.db, home.config(), person_id=person_id, source=name)
        nobody = people.nobody_to_ask_about(home.db)
    table = Table(
        ("person", "identifier", "source", "verdict", "asked", "last answered"),
        [
            (
                row["person"],
                row["identifier"],
                row["source"],
                _verdict(row),
                when(row["observed_at"]) or "never",
                when(row["last_answered_at"]) or "never",
            )
            for row in rows
        ],
        nobody,
    )
    clean = {row["source"] for row in rows if row["verdict"] == "clean"}
    words = [f"clean, of {one.name}: {one.clean_means}, on that date" for one in of_names(clean)]
    emit(Result(rows, (table, *words)), as_json=as_json)


@click.command()
@person_option
@click.option("--limit", type=ID, help="At most so many, the newest.")
@json_option
def disclosures(who: str | None, limit: int | None, *, as_json: bool) -> None:
    """Show every request that carried somebody's datum: what, to whom, when."""
    with open_home() as home:
        person_id = people.get_person(home.db, who).id if who else None
        rows = ledger.list_disclosures(home.db, person_id=person_id, limit=limit)
    table = Table(
        ("sent", "person", "datum", "identifier", "source", "recipient", "run"),
        [
            (
                when(row["sent_at"]),
                row["person"],
                row["datum"],
                row["identifier"],
                row["source"],
                row["recipient"],
                row["run"],
            )
            for row in rows
        ],
        "Nothing of anybody has left this machine.",
    )
    emit(Result(rows, (table,)), as_json=as_json)


def _verdict(row: dict[str, Any]) -> str:
    match row["verdict"], row["reason"], row["note"]:
        case None, _, _:
            return "not checked yet"
        case verdict, None, _:
            return str(verdict)
        case verdict, reason, note:
            return f"{verdict} ({reason}{': ' + note if note else ''})"
    raise AssertionError  # pragma: no cover - the patterns above are all there are


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    return (
        one["id"],
        one["urgency"],
        TIERS[one["tier"]],
        one["person"],
        one["identifier"],
        f"{one['title']} (claimed)" if one["claimed"] else one["title"],
        one["occurred_on"],
        state_words(one),
        when(one["last_seen_at"]),
    )


def _nothing(states: tuple[str, ...], found: list[dict[str, Any]]) -> str:
    if states and found:
        return f"None of {len(found)} findings is in that state."
    return (
        "No findings are recorded. Whether that is because nothing was found or because "
        "nothing was asked, tells: footprint coverage"
    )
