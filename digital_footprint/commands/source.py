"""`footprint source`: what each outside service is told, and whether it may be."""

from pathlib import Path
from typing import Any

import click

from digital_footprint import coverage, enabling, process
from digital_footprint.command_line import confirm, json_option, open_home, yes_option
from digital_footprint.output import Result, Table, emit
from digital_footprint.probes import environments
from digital_footprint.switches import Off, switch


@click.group()
def source() -> None:
    """Show the outside services, and turn them on and off."""


@source.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show every source: state, what is sent to whom, price, terms, last answer."""
    with open_home() as home:
        documents = coverage.list_sources(home.db, home.config())
    emit(Result(documents, _described(documents)), as_json=as_json)


@source.command("enable")
@click.argument("name")
@click.option("--person", "who", metavar="PERSON", help="Only for this person's data.")
@yes_option
@json_option
def enable(name: str, who: str | None, *, yes: bool, as_json: bool) -> None:
    """Turn a source on and record the consent to it, for one person or for everybody.

    What is sent to whom is shown first. A source that is a program of its own is installed then.
    """
    with open_home() as home:
        persons = enabling.persons_of(home.db, who)
        profile = enabling.profile_of(name)
        click.echo(f"{profile.name} sends {profile.sends}", err=True)
        click.echo(f"  to {profile.recipient}", err=True)
        click.echo(f"  price: {profile.price}; terms: {profile.terms}", err=True)
        if profile.before_consent:
            click.echo(f"  know this: {profile.before_consent}", err=True)
        names = ", ".join(one.name for one in persons) or "nobody yet"
        confirm(f"Do you agree, for {names}?", yes=yes)
        if profile.name in environments.PROGRAMS:
            _install(profile.name, home.paths.probes)
        enabling.enable(home.db, home.config(), profile, persons)
        state = switch(home.db, home.config(), profile)
    text = [f"{name}: consent is recorded for {names}"]
    text.append(f"it still needs its key: {state.hint}" if isinstance(state, Off) else "it is on")
    document = {
        "name": name,
        "state": "off" if isinstance(state, Off) else "on",
        "persons": [one.id for one in persons],
    }
    emit(Result(document, tuple(text)), as_json=as_json)


@source.command("disable")
@click.argument("name")
@click.option("--person", "who", metavar="PERSON", help="Only withdraw this person's consent.")
@json_option
def disable(name: str, who: str | None, *, as_json: bool) -> None:
    """Turn a source off, or withdraw one person's consent to it. Undo with: source enable."""
    with open_home() as home:
        profile = enabling.profile_of(name)
        if who is None:
            enabling.disable(home.config(), profile)
            if profile.name in environments.PROGRAMS:
                environments.remove(profile.name, home.paths.probes)
            text = f"{name} is off: nothing is sent to it any more"
            document: dict[str, Any] = {"name": name, "state": "off", "persons": []}
        else:
            (one,) = enabling.persons_of(home.db, who)
            enabling.withdraw(home.db, profile, one)
            text = f"nothing of {one.name} is sent to {name} any more"
            document = {"name": name, "state": "on", "persons": [one.id]}
    emit(Result(document, (text,)), as_json=as_json)


def _install(name: str, directory: Path) -> None:
    """Install an optional program, unless it is there already."""
    if not environments.is_ready(name, directory):
        click.echo(f"installing {name}, apart from all else: a minute or two", err=True)
        environments.set_up(name, directory, process.run)


def _described(documents: list[dict[str, Any]]) -> tuple[str | Table, ...]:
    parts: list[str | Table] = []
    for one in documents:
        state = one["state"] if one["state"] == "on" else f"off ({one['reason']}): {one['hint']}"
        parts += [
            f"{one['name']}: {state}",
            f"  sends       {one['sends']}",
            f"  to          {one['recipient']}"
            + (f", asked at {one['base_url']}" if one["base_url"] else ""),
            f"  price       {one['price']}",
            f"  terms       {one['terms']}",
            f"  clean means {one['clean_means']}",
            f"  last answer {one['last_answered_at'] or 'never'}"
            + (f"; last failure: {one['last_reason']}" if one["last_reason"] else ""),
            Table(
                ("person", "consent"),
                [
                    (each["person"], each["basis"] or "none: nothing of theirs is sent")
                    for each in one["consents"]
                ],
                "  nobody is registered",
            ),
        ]
    return tuple(parts)
