"""`footprint alert`: who is told what is found, and whether it reaches them."""

import sys
from datetime import date

import click

from digital_footprint import enabling, process
from digital_footprint.alerts import configured, outbox, standing
from digital_footprint.clock import Clock, today
from digital_footprint.command_line import Home, confirm, json_option, open_home, yes_option
from digital_footprint.commands import alert_text
from digital_footprint.config import Config
from digital_footprint.errors import (
    ConfigurationError,
    FootprintError,
    TemporaryError,
    UsageError,
)
from digital_footprint.output import Result, emit, say
from digital_footprint.settings import CHANNEL_WORDS, ChannelSettings, is_loopback


@click.group()
def alert() -> None:
    """Tell people what is new, each thing once.

    A message holds numbers and the command to run. With `--detail full` it also names persons who
    agreed and what was found of them; never an address, and nothing that is marked sensitive.
    """


@alert.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(CHANNEL_WORDS["kind"]), required=True)
@click.option(
    "--detail",
    type=click.Choice(CHANNEL_WORDS["detail"]),
    default="counts",
    show_default=True,
    help="Numbers alone, or the names of persons who agree and the titles of their findings too.",
)
@click.option(
    "--digest",
    type=click.Choice(CHANNEL_WORDS["digest"]),
    default="off",
    show_default=True,
    help="At once, or all of a day or a week in one message when it is over.",
)
@click.option("--person", "who", metavar="PERSON", help="With full: only this person agrees.")
@yes_option
@json_option
def add(
    name: str, kind: str, detail: str, digest: str, who: str | None, *, yes: bool, as_json: bool
) -> None:
    """Add a channel: an apprise address, notices on this desktop, or a dead man's switch.

    The address is asked for without showing it; in a pipe it is read from standard input. It is
    kept in secrets.toml, the rest in config.toml. What is open is told there at once.

    \b
    footprint alert add phone --kind apprise      # then: ntfys://ntfy.example.com/TOPIC
    footprint alert add screen --kind desktop
    """
    channel = ChannelSettings(kind, detail=detail, digest=digest)
    with open_home() as home:
        configured.require_new(home.config(), name)
        if detail == "full" and kind != "apprise":
            raise UsageError(
                "a desktop notice is a command line, which every program of the machine can read"
                if kind == "desktop"
                else "a ping carries no message",
                hint=f"footprint alert add {name} --kind {kind}",
            )
        persons = enabling.persons_of(home.db, who) if detail == "full" else []
        for line in alert_text.before_adding(name, channel):
            say(line)
        if detail == "full":
            names = ", ".join(one.name for one in persons) or "nobody yet"
            confirm(f"Do you agree, for {names}?", yes=yes)
        url = None if kind == "desktop" else _ask_url(kind)
        configured.add(home.paths, name, channel, url)
        if persons:
            configured.agree(home.db, name, persons)
        if kind in outbox.TOLD_KINDS:
            configured.start(home.db, name, Clock().now())
            _deliver(home)
        (document,) = _documents(home, name)
    text = f"{name} is added; see that it reaches you: footprint alert test {name}"
    emit(Result(document, (text,)), as_json=as_json)


@alert.command("remove")
@click.argument("name")
@yes_option
@json_option
def remove(name: str, *, yes: bool, as_json: bool) -> None:
    """Take a channel out, with its address, its consents and what still waits for it."""
    with open_home() as home:
        configured.require(home.config(), name)
        confirm(f"Remove {name}?", yes=yes)
        dropped = configured.remove(home.db, home.paths, name)
    text = f"{name} is removed; {dropped} waiting message(s) went with it"
    emit(Result({"name": name, "dropped": dropped}, (text,)), as_json=as_json)


@alert.command("agree")
@click.argument("name")
@click.option("--person", "who", metavar="PERSON", help="Only this person.")
@click.option("--withdraw", is_flag=True, help="Name them there no more.")
@yes_option
@json_option
def agree(name: str, who: str | None, *, withdraw: bool, yes: bool, as_json: bool) -> None:
    """Record who agrees to be named on a channel with `detail = "full"`, or withdraw it."""
    with open_home() as home:
        channel = configured.require(home.config(), name)
        persons = enabling.persons_of(home.db, who)
        names = ", ".join(one.name for one in persons) or "nobody"
        if withdraw:
            configured.withdraw(home.db, name, persons)
            text = f"not named on {name} any more: {names}"
        else:
            for line in alert_text.before_adding(name, channel):
                say(line)
            confirm(f"Do you agree, for {names}?", yes=yes)
            configured.agree(home.db, name, persons)
            text = f"may be named on {name}: {names}"
        (document,) = _documents(home, name)
    emit(Result(document, (text,)), as_json=as_json)


@alert.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show the channels: what was sent, what waits, what was given up, when each last spoke."""
    with open_home() as home:
        documents = standing.list_channels(home.db, home.config())
    emit(Result(documents, tuple(alert_text.of_channels(documents))), as_json=as_json)


@alert.command("show")
@json_option
def show(*, as_json: bool) -> None:
    """Show the messages that wait, as they would be said now."""
    with open_home() as home:
        documents = standing.waiting(home.db, home.config())
    emit(Result(documents, tuple(alert_text.of_messages(documents))), as_json=as_json)


@alert.command("test")
@click.argument("name", required=False)
@json_option
def test(name: str | None, *, as_json: bool) -> None:
    """Send a drill through the whole path, also in quiet hours, and record that it came through."""
    from digital_footprint.alerts import delivery

    with open_home() as home:
        names = _chosen(home.config(), name, all_of_them=name is None)
        done = delivery.drill(home.db, home.config(), names, clock=Clock(), run=process.run)
        documents = [one for each in names for one in _documents(home, each)]
    if done.given_up:
        raise FootprintError(
            f"{len(done.given_up)} of {len(names)} did not get through: {'; '.join(done.trouble)}",
            hint="mend the address: footprint secret set alert_NAME; then: footprint alert test",
        )
    text = f"the drill was taken by {', '.join(names)}; {alert_text.TO_LOOK_FOR}"
    emit(Result(documents, (text,)), as_json=as_json)


@alert.command("mute")
@click.argument("name", required=False)
@click.option("--all", "all_of_them", is_flag=True, help="Every channel.")
@click.option("--until", metavar="DATE", required=True, help="The last day without a message.")
@json_option
def mute(name: str | None, until: str, *, all_of_them: bool, as_json: bool) -> None:
    """Hold messages back; they are sent when the day is over. Nothing is lost."""
    day = _day(until)
    with open_home() as home:
        names = _chosen(home.config(), name, all_of_them=all_of_them)
        moment = configured.mute(home.db, names, day, Clock().now())
        documents = [one for each in names for one in _documents(home, each)]
    text = f"muted until {moment}: {', '.join(names)}; sooner: footprint alert unmute"
    emit(Result(documents, (text,)), as_json=as_json)


@alert.command("unmute")
@click.argument("name", required=False)
@click.option("--all", "all_of_them", is_flag=True, help="Every channel.")
@json_option
def unmute(name: str | None, *, all_of_them: bool, as_json: bool) -> None:
    """Let messages leave again, and what was held back with the next delivery."""
    with open_home() as home:
        names = _chosen(home.config(), name, all_of_them=all_of_them)
        configured.unmute(home.db, names, Clock().now())
        documents = [one for each in names for one in _documents(home, each)]
    text = f"not muted: {', '.join(names)}; what was held back: footprint alert deliver"
    emit(Result(documents, (text,)), as_json=as_json)


@alert.command("deliver")
@json_option
def deliver(*, as_json: bool) -> int:
    """Send what is due now; a run does it by itself at its end.

    Exits with 75 when a message is left for a later try, with 78 when somebody has to change
    something first, with 1 when one was given up.
    """
    from digital_footprint.alerts import delivery

    with open_home() as home:
        done = delivery.deliver(home.db, home.config(), clock=Clock(), run=process.run)
    for line in done.trouble:
        say(f"footprint: {line}")
    counts = {
        "sent": len(done.sent),
        "left": len(done.left),
        "given_up": len(done.given_up),
        "trouble": done.trouble,
    }
    text = f"{len(done.sent)} sent, {len(done.left)} left, {len(done.given_up)} given up"
    emit(Result(counts, (text,)), as_json=as_json)
    if done.given_up:
        return FootprintError.exit_code
    if done.misconfigured and done.misconfigured == len(done.left):
        return ConfigurationError.exit_code
    return TemporaryError.exit_code if done.left else 0


def _ask_url(kind: str) -> str:
    """Ask for an address without showing it, and see that it can be used."""
    if sys.stdin.isatty():
        url = str(click.prompt("address (not shown)", hide_input=True, err=True)).strip()
    else:
        url = sys.stdin.readline().strip()
    hint = "nothing was changed; addresses: https://appriseit.com/services/"
    if kind == "ping":
        _require_ping(url)
    elif not url:
        raise UsageError("no address came", hint=hint)
    else:
        from digital_footprint.alerts.channels import require_usable

        require_usable(url, hint=hint)
    return url


def _require_ping(url: str) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    local = parts.scheme == "http" and is_loopback(parts.hostname)
    if not (parts.scheme == "https" or local) or not parts.hostname:
        raise UsageError(
            "a ping needs an address that begins with https://",
            hint="nothing was changed; it stands beside the check at the service",
        )


def _chosen(config: Config, name: str | None, *, all_of_them: bool) -> list[str]:
    """Give the channels meant: one by name, or all that carry messages."""
    if name is not None:
        configured.require_told(config, name)
        return [name]
    names = sorted(outbox.switched_on(config))
    if not all_of_them:
        raise UsageError("which channel is meant?", hint="give its NAME, or --all")
    if not names:
        raise ConfigurationError(
            "there is no channel", hint="footprint alert add NAME --kind apprise"
        )
    return names


def _deliver(home: Home) -> None:
    from digital_footprint.alerts import delivery

    done = delivery.deliver(home.db, home.config(), clock=Clock(), run=process.run)
    for line in done.trouble:
        say(f"footprint: {line}")


def _documents(home: Home, name: str) -> list[dict[str, object]]:
    return [one for one in standing.list_channels(home.db, home.config()) if one["name"] == name]


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError("that is not a date", hint="give it as 2026-12-01") from None
    if day < today():
        raise UsageError("that day is over", hint=f"the first possible is {today()}")
    return day.isoformat()
