"""`footprint alert`: who is told what is found, and whether it reaches them."""

from datetime import date

import click

from digital_footprint import process
from digital_footprint.alerts import configured, outbox, standing
from digital_footprint.clock import Clock, today
from digital_footprint.command_line import Group, json_option, open_home
from digital_footprint.commands import alert_channel, alert_text
from digital_footprint.config import Config
from digital_footprint.errors import (
    ConfigurationError,
    FootprintError,
    UsageError,
)
from digital_footprint.output import Result, emit

LAST_DAY = date(2999, 12, 31)


@click.group(cls=Group)
def alert() -> None:
    """Tell people what is new, each thing once.

    A message holds numbers and the command to run. With `--detail full` it also names persons who
    agreed and what was found of them; never an address, and nothing that is marked sensitive.
    """


for command in (alert_channel.add, alert_channel.remove, alert_channel.agree):
    alert.add_command(command)


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
        config = home.config()
        names = _chosen(config, name, all_of_them=name is None)
        done = {
            each: delivery.drill(home.db, config, [each], clock=Clock(), run=process.run)
            for each in names
        }
        documents = [standing.of_channel(home.db, config, each) for each in names]
    if failed := [each for each in names if done[each].given_up]:
        trouble = "; ".join(line for each in failed for line in done[each].trouble)
        raise FootprintError(
            f"{len(failed)} of {len(names)} did not get through: {trouble}",
            hint=f"{_mending(config, failed[0])}; then: footprint alert test {failed[0]}",
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
        documents = [standing.of_channel(home.db, home.config(), each) for each in names]
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
        documents = [standing.of_channel(home.db, home.config(), each) for each in names]
    text = f"not muted: {', '.join(names)}; what was held back: footprint alert deliver"
    emit(Result(documents, (text,)), as_json=as_json)


@alert.command("deliver")
@json_option
def deliver(*, as_json: bool) -> int:
    """Send what is due now; a run does it by itself at its end.

    Exits with 75 when a message is left for a later try, with 78 when somebody has to change
    something first, with 1 when one was given up.
    """
    from digital_footprint.alerts.dispatch import dispatch

    with open_home() as home:
        result, code = dispatch(home.db, home.config())
    emit(result, as_json=as_json)
    return code


def _mending(config: Config, name: str) -> str:
    """Say what mends a channel whose drill did not come through."""
    if config.settings.alerts.channels[name].kind == "desktop":
        return "its program has to be installed, and you logged in at the desktop"
    return f"mend the address: footprint secret set alert_{name}"


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


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageError("that is not a date", hint="give it as 2026-12-01") from None
    if day < today():
        raise UsageError("that day is over", hint=f"the first possible is {today()}")
    if day > LAST_DAY:
        raise UsageError("that is for ever", hint="footprint alert remove NAME")
    return day.isoformat()
