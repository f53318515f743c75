"""`footprint person` and `footprint identifier`: the household."""

import shlex
from typing import Any

import click

from digital_footprint import forgetting, people
from digital_footprint.command_line import (
    ID,
    Group,
    confirm,
    json_option,
    open_home,
    yes_option,
)
from digital_footprint.errors import UsageError
from digital_footprint.model import ConsentBasis, Identifier, IdentifierKind, Person, Relation
from digital_footprint.output import Result, Table, emit, say, when
from digital_footprint.standing import standings

BASES = [ConsentBasis.SELF, ConsentBasis.GIVEN, ConsentBasis.GUARDIAN]


@click.group(cls=Group)
def person() -> None:
    """Register who is watched."""


@person.command("add")
@click.argument("name")
@click.option("--email", "emails", multiple=True, help="An address to watch; may be given again.")
@click.option(
    "--relation",
    type=click.Choice([str(one) for one in Relation]),
    default="self",
    show_default=True,
    help="What the person is to you.",
)
@click.option(
    "--consent",
    type=click.Choice([str(one) for one in BASES]),
    help="Why the addresses may be sent to the keyed sources (Have I Been Pwned): your own wish, "
    "given by the person, or you are the guardian. Without it nothing is sent.",
)
@click.option("--region", help="Country or country-state, for the law that applies: DE, US-CA.")
@json_option
def add(
    name: str,
    emails: tuple[str, ...],
    relation: str,
    consent: str | None,
    region: str | None,
    *,
    as_json: bool,
) -> None:
    """Register a person with their e-mail addresses.

    \b
    footprint person add "Jane Doe" --email jane@example.com --relation self --consent self
    """
    with open_home() as home:
        config = home.config()
        added = people.add_person(
            home.db,
            name,
            emails=emails,
            relation=Relation(relation),
            consent=ConsentBasis(consent) if consent else None,
            region=region,
        )
        (stand,) = standings(home.db, config, [added])
    emit(_shown(added, stand, f"person {added.id} is registered"), as_json=as_json)
    if consent is None:
        say(
            "No consent is recorded: nothing of this person is sent to anybody. "
            f"To record it: footprint source enable hibp_breaches --person {added.id}"
        )


@person.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show everybody who is registered."""
    with open_home() as home:
        persons = people.list_persons(home.db)
        stands = standings(home.db, home.config(), persons)
    rows = [
        (
            one.id,
            one.name,
            one.relation,
            one.consent or "none",
            one.region,
            len(one.identifiers),
            _worst_words(stand),
            _answered_words(stand),
        )
        for one, stand in zip(persons, stands, strict=True)
    ]
    table = Table(
        ("id", "name", "relation", "consent", "region", "identifiers", "worst open", "answered"),
        rows,
        'Nobody is registered. Begin with: footprint person add "NAME" --email ADDRESS '
        "--relation self --consent self",
    )
    documents = [{**_document(one), **stand} for one, stand in zip(persons, stands, strict=True)]
    emit(Result(documents, (table,)), as_json=as_json)


@person.command("show")
@click.argument("who", metavar="PERSON")
@json_option
def show(who: str, *, as_json: bool) -> None:
    """Show one person, by id or name, with the worst of what is open."""
    with open_home() as home:
        one = people.get_person(home.db, who)
        (stand,) = standings(home.db, home.config(), [one])
    emit(_shown(one, stand), as_json=as_json)


@person.command("change")
@click.argument("who", metavar="PERSON")
@click.option("--name", help="The name as it is to be from now on.")
@click.option("--region", help="Country or country-state, for the law that applies: DE, US-CA.")
@json_option
def change(who: str, name: str | None, region: str | None, *, as_json: bool) -> None:
    """Correct a person's name or region; all that is recorded of them stays.

    \b
    footprint person change 1 --region US-CA
    """
    if name is None and region is None:
        raise UsageError("nothing is to be changed", hint="give --name or --region")
    with open_home() as home:
        one = people.get_person(home.db, who)
        changed = people.change_person(home.db, one, name=name, region=region)
        (stand,) = standings(home.db, home.config(), [changed])
    emit(_shown(changed, stand, f"person {changed.id} is changed"), as_json=as_json)


@person.command("forget")
@click.argument("who", metavar="PERSON")
@click.option("--files", is_flag=True, help="Also delete reports and backups that hold the person.")
@yes_option
@json_option
def forget(who: str, *, files: bool, yes: bool, as_json: bool) -> None:
    """Delete a person with everything recorded of them. This cannot be undone."""
    with open_home() as home:
        one = people.get_person(home.db, who)
        confirm(f"Delete {one.name} (person {one.id}) and everything recorded of them?", yes=yes)
        forgotten = forgetting.forget(home.db, home.paths, one, files=files)
    kept = [str(path) for path in forgotten.kept]
    removed = [str(path) for path in forgotten.removed]
    text = [f"person {one.id} is forgotten: the database holds nothing of them"]
    if kept:
        text += ["these files still do; delete them by hand, or at once with --files:", *kept]
    text += [f"deleted {path}" for path in removed]
    emit(
        Result({"id": one.id, "files": kept, "removed_files": removed}, tuple(text)),
        as_json=as_json,
    )
    if kept:
        say(f"  next: rm {shlex.join(kept)}")


@click.group(cls=Group)
def identifier() -> None:
    """Change by which addresses and facts a person is watched."""


@identifier.command("add")
@click.argument("who", metavar="PERSON")
@click.argument("kind", type=click.Choice([str(one) for one in IdentifierKind]))
@click.argument("value")
@json_option
def identifier_add(who: str, kind: str, value: str, *, as_json: bool) -> None:
    """Watch one more identifier of a person, or again one that was removed.

    Only e-mail addresses are sent to breach sources; the other kinds tell one
    person from another of the same name.

    \b
    footprint identifier add 1 email jane@example.com
    """
    with open_home() as home:
        one = people.get_person(home.db, who)
        added = people.add_identifier(home.db, one, IdentifierKind(kind), value)
    text = f"identifier {added.id} of person {one.id} is watched: {added.kind} {added.value}"
    emit(Result(_identifier_document(added), (text,)), as_json=as_json)


@identifier.command("remove")
@click.argument("identifier_id", type=ID, metavar="ID")
@click.option(
    "--forget", "erase", is_flag=True, help="Also delete all that was found of it, for good."
)
@yes_option
@json_option
def identifier_remove(identifier_id: int, *, erase: bool, yes: bool, as_json: bool) -> None:
    """Stop watching an identifier; its history stays unless --forget is given.

    Undo with: footprint identifier add PERSON KIND VALUE
    """
    with open_home() as home:
        one = people.get_identifier(home.db, identifier_id)
        if erase:
            confirm(f"Delete {one.kind} {one.value} and all that was found of it?", yes=yes)
            forgetting.forget_identifier(home.db, home.paths, one)
            text = f"identifier {one.id} is forgotten with all that was found of it"
        elif one.removed_at is not None:
            raise UsageError(
                f"identifier {one.id} is not watched any more", hint="footprint identifier list"
            )
        else:
            people.remove_identifier(home.db, identifier_id)
            text = f"identifier {one.id} is no longer watched; what was found of it stays"
    emit(Result({**_identifier_document(one), "forgotten": erase}, (text,)), as_json=as_json)


@identifier.command("list")
@click.argument("who", metavar="[PERSON]", required=False)
@click.option("--all", "also_removed", is_flag=True, help="Also those that were removed.")
@json_option
def identifier_list(who: str | None, *, also_removed: bool, as_json: bool) -> None:
    """Show the identifiers that are watched, of one person or of all."""
    with open_home() as home:
        one = people.get_person(home.db, who) if who else None
        look = people.list_all_identifiers if also_removed else people.list_identifiers
        found = look(home.db, one)
    table = Table(
        ("id", "person", "kind", "value", "since", "removed"),
        [
            (
                each.id,
                each.person,
                each.kind,
                each.value,
                when(each.added_at),
                when(each.removed_at),
            )
            for each in found
        ],
        "No identifiers. Add one with: footprint identifier add PERSON email ADDRESS",
    )
    emit(Result([_identifier_document(each) for each in found], (table,)), as_json=as_json)


def _shown(one: Person, stand: dict[str, Any], headline: str = "") -> Result:
    facts = f"{one.name} · person {one.id} · {one.relation} · consent: {one.consent or 'none'}"
    table = Table(
        ("id", "kind", "value"),
        [(each.id, each.kind, each.value) for each in one.identifiers],
        f"No identifiers. Add one with: footprint identifier add {one.id} email ADDRESS",
    )
    lines = (headline, facts) if headline else (facts,)
    closing = (
        f"worst open finding: {_worst_words(stand)}",
        f"checks with an answer: {_answered_words(stand)}; which: footprint coverage",
    )
    return Result({**_document(one), **stand}, (*lines, table, _agreed(one, stand), *closing))


def _agreed(one: Person, stand: dict[str, Any]) -> Table:
    return Table(
        ("agreed to", "basis", "since", "withdrawn by"),
        [
            (each["source"], each["basis"], when(each["given_at"]), each["withdraw"])
            for each in stand["consents"]
        ],
        f"Nothing is agreed to. To agree: footprint source enable NAME --person {one.id}",
    )


def _worst_words(stand: dict[str, Any]) -> str:
    worst = stand["worst"]
    if worst:
        return f"{worst['urgency']}: {worst['title']} (finding {worst['id']})"
    return "none known" if stand["coverage"]["answered"] else "not known: nothing was answered"


def _answered_words(stand: dict[str, Any]) -> str:
    return f"{stand['coverage']['answered']} of {stand['coverage']['checks']}"


def _document(one: Person) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "relation": one.relation,
        "consent": one.consent,
        "region": one.region,
        "added_at": one.added_at,
        "identifiers": [_identifier_document(each) for each in one.identifiers],
    }


def _identifier_document(each: Identifier) -> dict[str, Any]:
    return {
        "id": each.id,
        "person_id": each.person_id,
        "person": each.person,
        "kind": each.kind,
        "value": each.value,
        "added_at": each.added_at,
        "removed_at": each.removed_at,
    }
