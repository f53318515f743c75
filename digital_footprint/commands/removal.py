"""`footprint removal`: saved listings at data brokers, and whether they are gone."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, assert_never, get_args

import click

from digital_footprint import people, removals
from digital_footprint.clock import BootTime, boot_time, from_text, local_day, utc_now
from digital_footprint.command_line import (
    Group,
    Home,
    confirm,
    json_option,
    open_home,
    yes_option,
)
from digital_footprint.commands.finding import person_option
from digital_footprint.commands.removal_request import (
    day_told,
    draft,
    drop,
    removal_id_argument,
    warned,
)
from digital_footprint.config import nearest
from digital_footprint.drop import filed as drop_filed
from digital_footprint.enabling import basis_of
from digital_footprint.errors import UsageError
from digital_footprint.forgetting import forget_removal
from digital_footprint.legal_clock import law_of
from digital_footprint.letters import LAWS, Kind
from digital_footprint.listing_url import checked
from digital_footprint.model import Relation
from digital_footprint.output import Result, emit
from digital_footprint.removal_dates import Pace, moment_of, request_made
from digital_footprint.removal_events import (
    NAMES,
    Acknowledged,
    DeadEnded,
    DeadEndReason,
    Disowned,
    Escalated,
    Law,
    Mark,
    OwnEyes,
    Requested,
    SeenGone,
    SeenListed,
)
from digital_footprint.removal_log import Recorded, Removal, get, list_removals, pace_of
from digital_footprint.removal_view import of_list, of_one

if TYPE_CHECKING:
    from digital_footprint.brokers import Broker

Verb = Literal[
    "listed", "not-listed", "requested", "acknowledged", "dead-end", "escalated", "not-me",
]  # fmt: skip


@click.group(cls=Group)
def removal() -> None:
    """Follow listings at data brokers until they are seen to be gone."""


@removal.command("add")
@click.option("--person", "who", required=True, metavar="PERSON", help="Whose listing it is.")
@click.option("--broker", "slug", required=True, help="See: footprint broker list")
@click.option("--url", required=True, help="The address of the listing itself.")
@click.option("--submitted", metavar="DATE", help="When you asked for its removal already.")
@yes_option
@json_option
def add(who: str, slug: str, url: str, submitted: str | None, *, yes: bool, as_json: bool) -> None:
    """Save a listing. From then on its page, and no other, is asked for when a look is due.

    \b
    footprint removal add --person 1 --broker spokeo --url URL
    """
    with open_home() as home:
        now, broker = utc_now(), _broker(home, slug)
        person = people.get_person(home.db, who)
        if person.consent is None and person.relation is not Relation.SELF:
            agrees = (
                f"Has {person.name} agreed that the listing's page at {broker.name} is fetched?"
            )
            confirm(agrees, yes=yes)
        removal_id = removals.add(
            home.db,
            person,
            basis_of(person),
            broker=broker.slug,
            pace=broker,
            url=checked(url, broker),
            now=now,
            submitted=_moment(submitted, now) if submitted is not None else None,
        )
        shown = of_one(get(home.db, removal_id), now)
    document = {**shown.document, "warnings": list(broker.warnings)}
    text = (*shown.text, *warned(broker), *_following(document, broker.name))
    emit(Result(document, text), as_json=as_json)


@removal.command("list")
@person_option
@json_option
def list_(who: str | None, *, as_json: bool) -> None:
    """Show every listing with its state, its next look and its legal clock."""
    with open_home() as home:
        person_id = people.get_person(home.db, who).id if who else None
        found = list_removals(home.db, person_id=person_id)
    emit(of_list(found, utc_now()), as_json=as_json)


@removal.command("show")
@removal_id_argument
@json_option
def show(removal_id: int, *, as_json: bool) -> None:
    """Show one listing: all that happened to it, and what you can do."""
    with open_home() as home:
        emit(of_one(get(home.db, removal_id), utc_now()), as_json=as_json)


@removal.command("mark")
@removal_id_argument
@click.argument("verb", type=click.Choice(get_args(Verb)))
@click.option("--date", "day", metavar="DATE", help="When it was so; today where not given.")
@click.option("--note", default="", help="A remark of yours, kept with it.")
@click.option(
    "--reason",
    type=click.Choice([str(one) for one in DeadEndReason]),
    help="Why it is a dead end.",
)
@click.option(
    "--kind",
    type=click.Choice([str(one) for one in LAWS]),
    help="Which letter was sent, which sets the legal clock; by the person's region if not given.",
)
@json_option
def mark(
    removal_id: int,
    verb: Verb,
    day: str | None,
    note: str,
    *,
    reason: str | None,
    kind: str | None,
    as_json: bool,
) -> None:
    """Tell what you saw with your own eyes, or did.

    \b
    footprint removal mark 3 not-listed
    footprint removal mark 3 requested --date 2026-11-01
    footprint removal mark 3 dead-end --reason requires_id

    Taken back by: footprint removal undo ID
    """
    if reason and verb != "dead-end":
        raise UsageError("--reason is for dead-end alone", hint="say it with --note")
    if kind and verb != "requested":
        raise UsageError("--kind is for requested alone", hint="say it with --note")
    with open_home() as home:
        now = utc_now()
        one = get(home.db, removal_id)
        pace = pace_of(home.brokers(), one.broker)
        law = LAWS[Kind(kind)] if kind else law_of(one.region)
        removals.require_past(home.db, removal_id, now)
        at = _moment_after(day, one, now)
        # The clock of the boot goes with what is told of this very moment.
        telling = _Telling(pace, at, boot_time() if at == now else None, reason, law)
        told = _told(verb, telling)
        said = people.visible(note, "note") if note else ""
        marked = removals.mark(home.db, removal_id, told, pace=pace, note=said)
        emit(of_one(get(home.db, marked.id), now), as_json=as_json)


@removal.command("undo")
@removal_id_argument
@json_option
def undo(removal_id: int, *, as_json: bool) -> None:
    """Take back the last thing that was marked by you; what runs saw stays."""
    with open_home() as home:
        now = utc_now()
        one = get(home.db, removal_id)
        pace = pace_of(home.brokers(), one.broker)
        undone = removals.undo(home.db, removal_id, pace=pace, now=now)
        shown = of_one(get(home.db, removal_id), now)
        text = [f"taken back: {NAMES[type(undone.event)]}", *_covered_again(home, one, undone)]
    emit(Result(shown.document, (*text, *shown.text)), as_json=as_json)


@removal.command("remove")
@removal_id_argument
@click.option("--forget", "erase", is_flag=True, help="Also delete all that happened, for good.")
@yes_option
@json_option
def remove(removal_id: int, *, erase: bool, yes: bool, as_json: bool) -> None:
    """Look at a listing no more; its history stays unless --forget is given.

    Undo with: footprint removal add --person PERSON --broker SLUG --url URL
    """
    with open_home() as home:
        one = get(home.db, removal_id)
        if erase:
            confirm(f"Delete removal {one.id} ({one.url}) and all that happened to it?", yes=yes)
            forget_removal(home.db, home.paths, one)
            text = f"removal {one.id} is forgotten with all that happened to it"
        elif one.removed_at is not None:
            raise UsageError(
                f"removal {one.id} is not looked at any more", hint="footprint removal list"
            )
        else:
            removals.stop(home.db, one, utc_now())
            text = f"removal {one.id} is no longer looked at; what happened to it stays"
    document = {"id": one.id, "broker": one.broker, "url": one.url, "forgotten": erase}
    emit(Result(document, (text,)), as_json=as_json)


removal.add_command(draft)
removal.add_command(drop)


@dataclass(frozen=True, slots=True)
class _Telling:
    pace: Pace
    at: datetime
    boot: BootTime | None
    reason: str | None
    law: Law


def _told(verb: Verb, telling: _Telling) -> Mark:
    at = telling.at
    match verb:
        case "listed":
            return SeenListed(at, OwnEyes(), telling.boot)
        case "not-listed":
            return SeenGone(at, OwnEyes(), telling.boot, telling.pace.confirm_days)
        case "requested":
            return request_made(at, telling.law, telling.pace)
        case "acknowledged":
            return Acknowledged(at)
        case "dead-end":
            return DeadEnded(at, DeadEndReason(telling.reason or DeadEndReason.OTHER))
        case "escalated":
            return Escalated(at)
        case "not-me":
            return Disowned(at)
        case _:
            assert_never(verb)


def _covered_again(home: Home, one: Removal, undone: Recorded) -> list[str]:
    """Say how a filing through DROP, taken back as this listing's request, counts for it again."""
    filed = drop_filed(home.db, one.person_id)
    if not (isinstance(undone.event, Requested) and undone.event.law is Law.DROP and filed):
        return []
    command = f"footprint removal drop {one.person_id} --filed {filed}"
    return [f"The filing through DROP stands. To count it for this listing again: {command}"]


def _following(document: dict[str, Any], broker: str) -> list[str]:
    """Say what is sent from now on; what is looked at no more is sent to nobody."""
    person = document["person"]
    if document["next_check_at"] is None:
        return [
            f"It is {document['state']}: no run looks at it.",
            f"To take that back: footprint removal undo {document['id']}",
        ]
    return [
        f"From now on runs send this address, and nothing else of {person}, to {broker}.",
        f"To end that: footprint removal remove {document['id']}",
    ]


def _broker(home: Home, slug: str) -> "Broker":
    brokers = home.brokers()
    if slug not in brokers:
        raise UsageError(
            f"no broker is called {slug!r}{nearest(slug, list(brokers))}",
            hint="see which there are: footprint broker list",
        )
    return brokers[slug]


def _moment_after(text: str | None, removal: Removal, now: datetime) -> datetime:
    """Give the moment of a mark; on the day on which the listing was saved, not before that."""
    moment, saved = now if text is None else _moment(text, now), from_text(removal.added_at)
    return max(moment, saved) if local_day(moment) == local_day(saved) else moment


def _moment(text: str, now: datetime) -> datetime:
    """Give the moment of a day that was told: now for today, noon for any before."""
    day = day_told(text, now)
    return now if day >= local_day(now) else moment_of(day, now)
