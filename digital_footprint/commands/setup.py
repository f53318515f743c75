"""`footprint setup`: the first answers, each kept by the command that keeps it ever after.

There is no state of its own: what stands already is not asked for again, so leaving is no loss.
"""

import sys
from pathlib import Path

import click

from digital_footprint.command_line import open_home
from digital_footprint.commands import setup_steps
from digital_footprint.commands.setup_talk import Given, Talk
from digital_footprint.enabling import profile_of
from digital_footprint.errors import UsageError
from digital_footprint.output import say

LEFT = "What was answered is kept. Go on with: footprint setup"


@click.command()
@click.option("--name", help="Who is watched first: your own name.")
@click.option("--email", "emails", multiple=True, help="An address of yours; may be given again.")
@click.option("--region", help="Country or country-state, for letters to brokers: DE, US-CA.")
@click.option(
    "--consent",
    is_flag=True,
    default=None,
    help="You agree that your addresses go to Have I Been Pwned, once it has a key.",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME",
    help="You agree, for everybody, to this source; may be given again: footprint source list",
)
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="A file whose first line is the key of Have I Been Pwned; - is standard input.",
)
@click.option("--alert", type=click.Choice(["desktop", "none"]), help="How you are told.")
@click.option("--timers/--no-timers", default=None, help="Hand the jobs to the operating system.")
@click.option("--run/--no-run", default=None, help="Check now, and show the report.")
@click.option("--no-input", is_flag=True, help="Ask nothing: only what the options say is done.")
@click.pass_context
def setup(
    context: click.Context,
    *,
    name: str | None,
    emails: tuple[str, ...],
    region: str | None,
    consent: bool | None,
    sources: tuple[str, ...],
    key_file: Path | None,
    alert: str | None,
    timers: bool | None,
    run: bool | None,
    no_input: bool,
) -> int:
    """Ask what a beginning needs: who, addresses, consent, key, sources, alerts, timers.

    Every answer is kept at once, so it can be left with Ctrl-C and called again: what stands is
    not asked for anew, and Enter passes a question by. Each answer is also an option.

    \b
    footprint setup
    footprint setup --no-input --name "Jane Doe" --email jane@example.com --timers
    """
    asks = not no_input and sys.stdin.isatty()
    given = Given(
        name, emails, region, consent, tuple(map(profile_of, sources)), key_file, alert, timers, run
    )
    if not asks and given == Given():
        raise UsageError(
            "there is no terminal to ask on, and no option was given",
            hint="footprint setup --help has an option for each answer",
        )
    try:
        with open_home() as home:
            talk = Talk(context, home, given, asks=asks)
            for step in setup_steps.STEPS:
                step(talk)
            return setup_steps.close(talk)
    except (click.Abort, KeyboardInterrupt):
        say(f"\n{LEFT}")
        raise KeyboardInterrupt from None
