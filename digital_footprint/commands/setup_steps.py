"""The steps of `footprint setup`: what each finds standing, asks for, and does."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from digital_footprint import consents, enabling, people, secrets
from digital_footprint.alerts import outbox
from digital_footprint.commands import alert_channel, source, source_text
from digital_footprint.commands.setup_talk import Talk
from digital_footprint.model import IdentifierKind, Person, Relation
from digital_footprint.output import say
from digital_footprint.sources import Profile, profiles
from digital_footprint.switches import On, switch

KEY = "hibp_api_key"
OTHERS = tuple(one for one in Relation if one is not Relation.SELF)
CHANNELS = {"desktop": ("desktop", "desktop"), "address": ("phone", "apprise")}
SCANS = ("breach_recheck", "dark_web_monitor")


def who(talk: Talk) -> None:
    """Register the one who asks, their addresses, and whoever else is to be watched."""
    talk.headline("Who is watched")
    _register_self(talk)
    for one in people.list_persons(talk.home.db):
        _complete(talk, one)
    while talk.asks:
        relation = click.prompt(
            "Watch somebody else too? Who are they to you",
            type=click.Choice(["nobody", *(str(one) for one in OTHERS)]),
            default="nobody",
            err=True,
        )
        if relation == "nobody":
            break
        if talk.ask("Their name", partial(_add, talk, Relation(relation))):
            _complete(talk, people.list_persons(talk.home.db)[-1])


def _register_self(talk: Talk) -> None:
    """Take what the options say of the first person, or ask for their name."""
    given, before = talk.given, people.list_persons(talk.home.db)
    if given.name is not None:
        talk.attempt("--name", _add_once, talk, given.name)
    elif not before:
        talk.ask("Your name", partial(_add, talk, Relation.SELF))
    mine = _meant(talk)
    if mine and given.region:
        talk.attempt("--region", _region, talk, mine, given.region)
    for email in given.emails:
        if mine:
            talk.attempt("--email", _address_once, talk, mine, email)
        else:
            talk.failed.append(f"--email {email}, of nobody: give --name too")


def _meant(talk: Talk) -> Person | None:
    """Give the person that the options speak of: by name, else the one who is `self`."""
    known = people.list_persons(talk.home.db)
    if talk.given.name is not None:
        return next((one for one in known if _same(one.name, talk.given.name)), None)
    return next((one for one in known if one.relation is Relation.SELF), None)


def _add_once(talk: Talk, name: str) -> str:
    known = next((one for one in people.list_persons(talk.home.db) if _same(one.name, name)), None)
    return f"person {known.id} is registered already" if known else _add(talk, Relation.SELF, name)


def _same(name: str, other: str) -> bool:
    return name.casefold() == " ".join(other.split()).casefold()


def _complete(talk: Talk, one: Person) -> None:
    addresses = [each.value for each in one.identifiers if each.kind is IdentifierKind.EMAIL]
    say(f"  {one.name}: {', '.join(addresses) or 'no address yet'}")
    more = "One more e-mail address (Enter: no more)"
    first = f"An e-mail address of {one.name} (Enter: none)"
    while talk.ask(more if addresses else first, partial(_address, talk, one)):
        addresses.append("")
    if one.region is None:
        talk.ask(
            "Country, for letters to data brokers: DE, US-CA (Enter: skip)",
            partial(_region, talk, one),
        )


def _add(talk: Talk, relation: Relation, name: str) -> str:
    added = people.add_person(talk.home.db, name, emails=(), relation=relation, consent=None)
    return f"person {added.id} is registered; undone by: footprint person forget {added.id}"


def _address(talk: Talk, one: Person, text: str) -> str:
    added = people.add_identifier(talk.home.db, one, IdentifierKind.EMAIL, text)
    return f"{added.value} is watched; undone by: footprint identifier remove {added.id}"


def _address_once(talk: Talk, one: Person, text: str) -> str:
    value = people.normalised(IdentifierKind.EMAIL, text)
    # Read anew: the option before this one may have added it.
    if any(each.value == value for each in people.list_identifiers(talk.home.db, one)):
        return f"{value} is watched already"
    return _address(talk, one, text)


def _region(talk: Talk, one: Person, text: str) -> str:
    changed = people.change_person(talk.home.db, one, region=text)
    return f"{changed.region}; changed by: footprint person change {one.id} --region REGION"


def agree(talk: Talk) -> None:
    """Ask for each source whether it may be told, after saying what goes to whom."""
    persons = people.list_persons(talk.home.db)
    if not persons:
        asked = ["--consent"] * bool(talk.given.consent)
        asked += [f"--source {one.name}" for one in talk.given.sources]
        talk.failed += [f"{one}, for nobody: give --name too" for one in asked]
        return
    talk.headline("Who may be asked about them")
    keyed = [one for one in profiles() if one.secret is not None]
    open_ = [one for one in persons if not consents.stands(talk.home.db, one.id, keyed[0])]
    if open_ and talk.decide(_question(keyed, open_), talk.given.consent, default=False):
        for one in open_:
            _give_keyed(talk, one)
        say(f"  agreed; withdrawn by: footprint source disable {keyed[0].name} --person ID")
    for profile in talk.given.sources:
        talk.attempt(f"--source {profile.name}", _on, talk, profile, persons)
    left = [one for one in profiles() if one.secret is None and not _stands(talk, one, persons)]
    names = ", ".join(one.name for one in left)
    if left and talk.decide(
        f"{len(left)} sources are off that need no key: {names}. Look at them?", None, default=True
    ):
        for profile in left:
            if talk.decide(_question([profile], persons), None, default=False):
                talk.attempt(profile.name, _on, talk, profile, persons)


def _question(asked: Sequence[Profile], persons: Sequence[Person]) -> str:
    """Give what somebody has to know, and the question."""
    lines = [line for one in asked for line in source_text.before_consent(one)]
    names = ", ".join(one.name for one in persons)
    return "\n".join(["", *lines, f"Do you agree, for {names}?"])


def _give_keyed(talk: Talk, one: Person) -> None:
    basis = enabling.basis_of(one)
    with talk.home.db.transaction():
        people.set_consent(talk.home.db, one, basis)
        consents.give_for_keyed_sources(talk.home.db, one.id, basis)


def _stands(talk: Talk, profile: Profile, persons: Sequence[Person]) -> bool:
    home = talk.home
    return isinstance(switch(home.db, home.config(), profile), On) and all(
        consents.stands(home.db, one.id, profile) for one in persons
    )


def _on(talk: Talk, profile: Profile, persons: Sequence[Person]) -> str:
    _, lines = source.turn_on(talk.home, profile, list(persons))
    return "\n  ".join(lines)


def key(talk: Talk) -> None:
    """Ask for the key of Have I Been Pwned, without which it cannot be asked."""
    if path := talk.given.key_file:
        talk.attempt("--key-file", _keep_key_of, talk, path)
    elif talk.asks and not secrets.Secrets(talk.home.paths).get(KEY):
        (profile, *_) = (one for one in profiles() if one.secret == KEY)
        talk.headline("The key of Have I Been Pwned")
        say(f"  {profile.price}; from {profile.key_from}")
        talk.ask("Key, not shown (Enter: later)", partial(_keep_key, talk), hidden=True)


def _keep_key(talk: Talk, value: str) -> str:
    return f"kept in {secrets.set_secret(talk.home.paths, KEY, value)}"


def _keep_key_of(talk: Talk, path: Path) -> str:
    with click.open_file(str(path), encoding="utf-8", errors="replace") as file:
        return _keep_key(talk, file.readline().strip())


def alerts(talk: Talk) -> None:
    """Ask how the household is told of what is new."""
    if outbox.switched_on(talk.home.config()):
        return
    given = talk.given.alert
    if given == "desktop":
        talk.attempt("footprint alert add desktop --kind desktop", _add_channel, talk, given)
    elif given is None and talk.asks:
        talk.headline("How you are told")
        talk.ask_choice(
            "A notice on this desktop, an address (ntfy, e-mail and others, by Apprise), or none",
            ("desktop", "address", "none"),
            partial(_add_channel, talk),
        )


def _add_channel(talk: Talk, way: str) -> str:
    name, kind = CHANNELS[way]
    talk.context.invoke(alert_channel.add, name=name, kind=kind)
    return f"undone by: footprint alert remove {name}"


def timers(talk: Talk) -> None:
    """Hand the jobs to the operating system."""
    if talk.asks and talk.given.timers is None:
        talk.headline("When the jobs run")
    question = "Let the operating system start them? Undone by: footprint-timers uninstall"
    if talk.decide(question, talk.given.timers, default=True):
        talk.program("footprint-timers", "install")


def first_run(talk: Talk) -> None:
    """Check once, and show the report."""
    home = talk.home
    on = any(isinstance(switch(home.db, home.config(), one), On) for one in profiles())
    if talk.decide("Check now, and show the report?", talk.given.run, default=on):
        for name in (*SCANS, "generate_report"):
            talk.program("footprint-job", "run", name)
        kept = home.paths.reports / "latest.md"
        if kept.is_file():
            # The verdict and what to do; the rest is for the browser.
            click.echo(kept.read_text(encoding="utf-8").partition("## New and changed")[0].rstrip())


STEPS: Sequence[Callable[[Talk], Any]] = (who, agree, key, alerts, timers, first_run)


def close(talk: Talk) -> int:
    """Say what stands and what is left to do; give the exit code."""
    home = talk.home
    todo = []
    persons = people.list_persons(home.db)
    if not any(one.identifiers for one in persons):
        todo.append(people.nobody_to_ask_about(home.db))
    if not any(
        isinstance(switch(home.db, home.config(), one), On)
        and any(consents.stands(home.db, each.id, one) for each in persons)
        for one in profiles()
    ):
        todo.append("no source may be asked about anybody: footprint source list")
    if not secrets.Secrets(home.paths).get(KEY):
        todo.append(f"Have I Been Pwned has no key: footprint secret set {KEY}")
    talk.headline("Where it stands")
    for line in todo:
        say(f"  {line}")
    for line in talk.failed:
        say(f"  did not succeed: {line}")
    say("  what to do: footprint report --open; when: footprint-timers status")
    return 1 if talk.failed else 0
