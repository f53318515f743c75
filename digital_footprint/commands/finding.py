"""`footprint findings`, `finding`, `coverage` and `disclosures`: what is known, and how."""

from typing import Any

import click

from digital_footprint import disclosures as ledger
from digital_footprint import findings as store
from digital_footprint import people
from digital_footprint.command_line import ID, json_option, open_home
from digital_footprint.coverage import list_coverage
from digital_footprint.enabling import profile_of
from digital_footprint.output import Result, Table, emit, when
from digital_footprint.sources import Profile, profiles

TIERS = {
    0: "0 stealer log",
    1: "1 act today",
    2: "2 sensitive",
    3: "3 contact",
    4: "4 profile",
}

STEALER_LOG = "tier 0: malware read the person's own device; clean or replace that first"

person_option = click.option("--person", "who", metavar="PERSON", help="Only this person's.")


@click.command()
@person_option
@json_option
def findings(who: str | None, *, as_json: bool) -> None:
    """Show what was found, the most urgent first."""
    with open_home() as home:
        person_id = people.get_person(home.db, who).id if who else None
        found = store.list_findings(home.db, person_id=person_id)
    rows = [
        (
            one["id"],
            TIERS[one["tier"]],
            one["person"],
            one["identifier"],
            one["title"],
            one["occurred_on"],
            one["state"],
            when(one["last_seen_at"]),
        )
        for one in found
    ]
    table = Table(
        ("id", "tier", "person", "identifier", "title", "occurred", "state", "last seen"),
        rows,
        "No findings are recorded. Whether that is because nothing was found or because "
        "nothing was asked, tells: footprint coverage",
    )
    seen_by = {name for one in found for name in one["witnesses"]}
    first = [STEALER_LOG] if found and found[0]["tier"] == 0 else []
    emit(Result(found, (table, *first, *_attributions(seen_by))), as_json=as_json)


@click.group()
def finding() -> None:
    """Look at one finding."""


@finding.command("show")
@click.argument("finding_id", type=ID, metavar="ID")
@json_option
def finding_show(finding_id: int, *, as_json: bool) -> None:
    """Show all that is known of one finding."""
    with open_home() as home:
        one = store.show_finding(home.db, finding_id)
    emit(Result(one, _finding_text(one)), as_json=as_json)


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
        'Nobody is registered. Begin with: footprint person add "NAME" --email ADDRESS',
    )
    clean = {row["source"] for row in rows if row["verdict"] == "clean"}
    words = [f"clean, of {one.name}: {one.clean_means}, on that date" for one in _of(clean)]
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


def _finding_text(one: dict[str, Any]) -> tuple[str | Table, ...]:
    details = one["details"] or {}
    facts = [
        ("tier", TIERS[one["tier"]]),
        ("person", one["person"]),
        ("identifier", one["identifier"]),
        ("occurred on", one["occurred_on"]),
        ("known since", details.get("added_on")),
        ("first seen", one["first_seen_at"]),
        ("last seen", one["last_seen_at"]),
        ("state", one["state"]),
        ("data", ", ".join(one["data_classes"]) or "not known yet"),
        ("site", details.get("domain")),
        ("accounts", details.get("accounts")),
        ("marks", ", ".join(details.get("flags", ()))),
        ("seen by", ", ".join(one["witnesses"])),
    ]
    lines = [f"{label:<12} {value}" for label, value in facts if value not in (None, "")]
    events = Table(
        ("when", "event", "run"),
        [(when(event["at"]), event["event"], event["run"]) for event in one["events"]],
        "",
    )
    story = (details["description"],) if details.get("description") else ()
    return (
        f"{one['kind']} {one['id']}: {one['title']}",
        *lines,
        *story,
        events,
        *_attributions(set(one["witnesses"])),
    )


def _attributions(names: set[str]) -> list[str]:
    return [one.attribution for one in _of(names)]


def _of(names: set[str]) -> list[Profile]:
    return [profile for profile in profiles() if profile.name in names]
