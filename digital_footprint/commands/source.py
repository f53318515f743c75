"""`footprint source`: what each outside service is told, and whether it may be."""

from pathlib import Path
from typing import Any

import click

from digital_footprint import agreements, consents, coverage, enabling, forecast, people, process
from digital_footprint.command_line import Group, Home, confirm, json_option, open_home, yes_option
from digital_footprint.commands import source_text
from digital_footprint.model import Person
from digital_footprint.output import Result, emit
from digital_footprint.probes import environments
from digital_footprint.sources import Profile, profiles
from digital_footprint.switches import Off, On, switch


def _complete(
    context: click.Context,  # noqa: ARG001 - click passes it
    parameter: click.Parameter,  # noqa: ARG001 - click passes it
    begun: str,
) -> list[str]:
    """Give the names of sources that begin so, for the Tab key."""
    return [one.name for one in profiles() if one.name.startswith(begun)]


@click.group(cls=Group)
def source() -> None:
    """Show the outside services, and turn them on and off."""


@source.command("list")
@click.option("--verbose", "-v", is_flag=True, help="All of what is sent to whom, each in full.")
@json_option
def list_(*, verbose: bool, as_json: bool) -> None:
    """Show every source at a glance: what it is for, whether it is on, and who agreed.

    A broker is one too, as broker:SLUG, while a listing there is watched.
    """
    with open_home() as home:
        documents = _all(home)
    text = source_text.in_full(documents) if verbose else source_text.at_a_glance(documents)
    emit(Result(documents, text), as_json=as_json)


@source.command("show")
@click.argument("name", shell_complete=_complete)
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show one source in full: what is sent to whom, price, terms, limits, who agreed."""
    with open_home() as home:
        documents = {one["name"]: one for one in _all(home)}
    one = documents.get(name) or documents[enabling.profile_of(name).name]
    emit(Result(one, source_text.in_full([one])), as_json=as_json)


@source.command("plan")
@click.option("--all", "also_off", is_flag=True, help="Also sources that are off.")
@json_option
def plan(*, also_off: bool, as_json: bool) -> None:
    """Reckon what asking takes: look-ups, time at the present limits, runs, price. Asks nobody."""
    with open_home() as home:
        reckoned = forecast.forecasts(home.db, home.config(), also_off=also_off)
    documents = [one.document() for one in reckoned]
    emit(Result(documents, source_text.of_plan(reckoned)), as_json=as_json)


@source.command("enable")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=_complete)
@click.option("--person", "who", metavar="PERSON", help="Only for this person's data.")
@yes_option
@json_option
def enable(names: tuple[str, ...], who: str | None, *, yes: bool, as_json: bool) -> None:
    """Turn sources on and record the consent to each, for one person or for everybody.

    What is sent to whom is shown first. A source that is a program of its own is installed then.
    """
    chosen = [enabling.profile_of(name) for name in dict.fromkeys(names)]
    with open_home() as home:
        persons = enabling.persons_of(home.db, who)
        done = [_enable(home, profile, persons, yes=yes) for profile in chosen]
    documents = [document for document, _ in done]
    text = tuple(line for _, lines in done for line in lines)
    # One name gives one object, as ever.
    emit(Result(documents if len(chosen) > 1 else documents[0], text), as_json=as_json)


@source.command("disable")
@click.argument("name", shell_complete=_complete)
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
            text = f"{name} is off: nothing is sent to it any more{_following(home, profile)}"
            document: dict[str, Any] = {"name": name, "state": "off", "persons": []}
        else:
            (one,) = enabling.persons_of(home.db, who)
            enabling.withdraw(home.db, profile, one)
            text = f"nothing of {one.name} is sent to {name} any more"
            document = {"name": name, "state": "on", "persons": [one.id]}
    emit(Result(document, (text,)), as_json=as_json)


def _all(home: Home) -> list[dict[str, Any]]:
    config = home.config()
    return coverage.list_sources(home.db, config) + agreements.list_brokers(home.db, config)


def _following(home: Home, profile: Profile) -> str:
    """Say which sources of the same service went off together with one."""
    off = [
        one.name
        for one in profiles()
        if one.name != profile.name
        and one.service == profile.section
        and isinstance(switch(home.db, home.config(), one), Off)
    ]
    return f"; with it {', '.join(off)}, which follows it unless enabled by name" if off else ""


def _enable(
    home: Home, profile: Profile, persons: list[Person], *, yes: bool
) -> tuple[dict[str, Any], list[str]]:
    """Ask, and turn one source on; give its document and what to say of it."""
    for line in source_text.before_consent(profile):
        click.echo(line, err=True)
    others = _others(home, profile, persons)
    if others:
        click.echo(f"  also asked about again, as they agreed before: {others}", err=True)
    confirm(f"Do you agree, for {_names(persons)}?", yes=yes)
    return turn_on(home, profile, persons)


def turn_on(
    home: Home, profile: Profile, persons: list[Person]
) -> tuple[dict[str, Any], list[str]]:
    """Turn one source on for those who agreed; give its document and what to say of it."""
    if profile.name in environments.PROGRAMS:
        _install(profile.name, home.paths.probes)
    enabling.enable(home.db, home.config(), profile, persons)
    state = switch(home.db, home.config(), profile)
    need = f"it still needs its key: {state.hint}" if isinstance(state, Off) else "it is on"
    document = {
        "name": profile.name,
        "state": "off" if isinstance(state, Off) else "on",
        "persons": [one.id for one in persons],
    }
    return document, [f"{profile.name}: consent is recorded for {_names(persons)}", need]


def _names(persons: list[Person]) -> str:
    return ", ".join(one.name for one in persons) or "nobody yet"


def _others(home: Home, profile: Profile, persons: list[Person]) -> str:
    """Name who is not meant now, but whose earlier consent holds once the source is on again."""
    if isinstance(switch(home.db, home.config(), profile), On):
        return ""
    meant = {one.id for one in persons}
    standing = consents.consenting(home.db, profile) - meant
    return ", ".join(one.name for one in people.list_persons(home.db) if one.id in standing)


def _install(name: str, directory: Path) -> None:
    """Install an optional program, unless it is there already."""
    if not environments.is_ready(name, directory):
        click.echo(f"installing {name}, apart from all else: a minute or two", err=True)
        environments.set_up(name, directory, process.run)
