"""`footprint removal draft` and `drop`: asking for removal, which the person does."""

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from digital_footprint import drop as filings
from digital_footprint import people
from digital_footprint.clock import local_day, utc_now
from digital_footprint.command_line import ID, json_option, open_home
from digital_footprint.errors import UsageError
from digital_footprint.legal_clock import CALIFORNIA, DROP_OPENED, law_of
from digital_footprint.letters import LAWS, Kind, Letter, kind_for, write
from digital_footprint.output import Result, emit
from digital_footprint.removal_log import Removal, get

if TYPE_CHECKING:
    from digital_footprint.brokers import Broker

# The oldest law that a request can call upon applies since then (GDPR).
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST = date(2018, 1, 1)

removal_id_argument = click.argument("removal_id", type=ID, metavar="ID")


@click.command("draft")
@removal_id_argument
@click.option(
    "--kind",
    type=click.Choice([str(one) for one in Kind]),
    help="Which letter; by the person's region where not given.",
)
@click.option(
    "--shown",
    multiple=True,
    help="More that the listing shows, if it needs that; may be repeated, not empty.",
)
@json_option
def draft(removal_id: int, kind: str | None, shown: tuple[str, ...], *, as_json: bool) -> None:
    """Write the letter or form text that asks for removal. It is sent by you, not from here.

    In it stand the name, the listing's address, and what you pass with --shown.
    """
    with open_home() as home:
        one = get(home.db, removal_id)
        broker = home.brokers().get(one.broker)
        chosen = Kind(kind) if kind else kind_for(one.region)
        letter = write(one, broker.name if broker else one.broker, chosen, shown=shown)
    emit(_drafted(one, letter, broker), as_json=as_json)


@click.command("drop")
@click.argument("who", metavar="PERSON")
@click.option("--filed", metavar="DATE", help="When you filed it.")
@click.option("--undo", is_flag=True, help="Take it back: nothing was filed.")
@json_option
def drop(who: str, filed: str | None, *, undo: bool, as_json: bool) -> None:
    """Note a request through California's DROP, or show how it stands.

    One request there reaches every registered broker; it counts as the request for
    every listing of the person that none was made for.

    \b
    footprint removal drop 1 --filed 2026-08-01
    footprint removal drop 1 --undo
    """
    if undo and filed is not None:
        raise UsageError(
            "--undo and --filed at once", hint="another day of filing alone corrects the first"
        )
    with open_home() as home:
        now, person = utc_now(), people.get_person(home.db, who)
        if person.region not in (None, CALIFORNIA):
            raise UsageError(
                "DROP is for residents of California, and this person's region is another",
                hint="footprint removal draft ID",
            )
        if filed is not None:
            brokers = home.brokers()
            filings.file(home.db, person, _day_filed(filed, now), brokers=brokers, now=now)
        if undo:
            filings.undo(home.db, person, brokers=home.brokers(), now=now)
        document = filings.document(home.db, person, local_day(now))
    emit(Result(document, tuple(_drop_text(document, person.id))), as_json=as_json)


def warned(broker: "Broker") -> list[str]:
    """Give what is known of why asking a broker may lead nowhere, and what to do then."""
    if not broker.warnings:
        return []
    return [
        f"Know this of {broker.name}: {'; '.join(broker.warnings)} (as of {broker.last_verified}).",
        "If asking leads nowhere: footprint removal mark ID dead-end --reason REASON",
    ]


def day_told(text: str, now: datetime) -> date:
    """Read a day that was told. Raises UsageError for none, or one that has not come yet."""
    try:
        day = date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError:
        raise UsageError("that is not a date", hint="give it as 2026-11-01") from None
    if day < EARLIEST:
        raise UsageError(
            f"that day is before {EARLIEST}: a wrong year?", hint="give it as 2026-11-01"
        )
    if day > local_day(now):
        raise UsageError("that day has not come yet", hint="give the day on which it was so")
    return day


def _day_filed(text: str, now: datetime) -> date:
    day = day_told(text, now)
    if day < DROP_OPENED:
        raise UsageError(f"DROP takes requests since {DROP_OPENED}", hint="give the day of filing")
    return day


def _drafted(one: Removal, letter: Letter, broker: "Broker | None") -> Result:
    document: dict[str, Any] = {
        "id": one.id,
        "kind": letter.kind,
        "broker": one.broker,
        "opt_out_url": broker.opt_out.url if broker else None,
        "email": broker.opt_out.email if broker else None,
        "demands": [str(demand) for demand in broker.opt_out.demands] if broker else [],
        "covered_by": broker.parent if broker else None,
        "warnings": list(broker.warnings) if broker else [],
        "subject": letter.subject,
        "text": letter.text,
        "sends": list(letter.sends),
        "next": f"footprint removal {_next(one, letter.kind)}",
    }
    when_sent = (
        "The clock of your request goes on, see"
        if letter.kind is Kind.FOLLOW_UP
        else "When you have sent it"
    )
    return Result(
        document,
        (
            *_where(document),
            *(warned(broker) if broker else ()),
            f"Subject: {letter.subject}",
            "",
            letter.text.rstrip(),
            "",
            f"It tells them: {', '.join(letter.sends)}",
            f"Nothing was sent. {when_sent}: {document['next']}",
        ),
    )


def _next(one: Removal, kind: Kind) -> str:
    """Give what follows on sending: a reminder is no new request, whose clock would start again."""
    if kind is Kind.FOLLOW_UP:
        return f"show {one.id}"
    named = "" if LAWS[kind] is law_of(one.region) else f" --kind {kind}"
    return f"mark {one.id} requested{named}"


def _where(document: dict[str, Any]) -> list[str]:
    """Say where the request goes, and what the broker wants to know before it acts."""
    facts = [
        ("Opt out at", document["opt_out_url"]),
        ("or write to", document["email"]),
        ("It demands", ", ".join(document["demands"])),
        ("One request covers it together with", document["covered_by"]),
    ]
    return [f"{label}: {value}" for label, value in facts if value]


def _drop_text(document: dict[str, Any], person_id: int) -> list[str]:
    if document["filed_on"] is None:
        return [
            f"No request through DROP is noted. File it at {document['portal']}, then:",
            f"  footprint removal drop {person_id} --filed DATE",
        ]
    fetched, deleted = document["rechecks_on"]
    over = ", which is over" if document["overdue"] else ""
    count = len(document["removals"])
    listings = f"{count} {'listing' if count == 1 else 'listings'}"
    return [
        f"Filed on {document['filed_on']} at {document['portal']}",
        f"By {fetched} every registered broker has to have fetched it;",
        f"by {deleted}{over}, it has to have deleted and told so.",
        f"It is the request for {listings}, looked at on both days.",
    ]
