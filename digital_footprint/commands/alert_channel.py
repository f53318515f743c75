"""`footprint alert add`, `remove` and `agree`: which channels there are, and whom they may name."""

import sys

import click

from digital_footprint import enabling
from digital_footprint.alerts import configured, newcomers, outbox, ping, standing
from digital_footprint.clock import Clock
from digital_footprint.command_line import Home, confirm, json_option, open_home, yes_option
from digital_footprint.commands import alert_text
from digital_footprint.errors import ConfigurationError, UsageError
from digital_footprint.output import Result, emit, say
from digital_footprint.settings import CHANNEL_WORDS, ChannelSettings

PINGED = "footprint-job run breach_recheck"


@click.command("add")
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
        # One of that name, taken out by hand, may have gone to somebody else.
        newcomers.leave(home.db, home.config())
        configured.add(home.paths, name, channel, url)
        if persons:
            configured.agree(home.db, name, persons)
        if kind in outbox.TOLD_KINDS:
            configured.start(home.db, name, Clock().now())
            _tell_what_is_open(home)
        document = standing.of_channel(home.db, home.config(), name)
    next_step = f"footprint alert test {name}" if kind in outbox.TOLD_KINDS else PINGED
    text = f"{name} is added; see that it reaches you: {next_step}"
    emit(Result(document, (text,)), as_json=as_json)


@click.command("remove")
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


@click.command("agree")
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
        document = standing.of_channel(home.db, home.config(), name)
    emit(Result(document, (text,)), as_json=as_json)


def _ask_url(kind: str) -> str:
    """Ask for an address without showing it, and see that it can be used."""
    if sys.stdin.isatty():
        asked = "address (not shown; Enter: none)"
        url = click.prompt(asked, default="", show_default=False, hide_input=True, err=True).strip()
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
    try:
        ping.split(url, "ping")
    except ConfigurationError:
        raise UsageError(
            "a ping needs an address as in https://HOST/PATH",
            hint="nothing was changed; it stands beside the check at the service",
        ) from None


def _tell_what_is_open(home: Home) -> None:
    from digital_footprint.alerts.dispatch import dispatch

    # What goes wrong is said on stderr, and is tried again: the channel is added all the same.
    dispatch(home.db, home.config())
