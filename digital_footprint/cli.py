"""`footprint`: the household, what is asked of whom, and what was found."""

import click

from digital_footprint.command_line import EXIT_CODES, Group, main_of, version_option
from digital_footprint.commands.alert import alert
from digital_footprint.commands.broker import broker
from digital_footprint.commands.completion import completion
from digital_footprint.commands.demo import demo
from digital_footprint.commands.finding import coverage, disclosures, finding, findings
from digital_footprint.commands.mcp_config import mcp_config
from digital_footprint.commands.person import identifier, person
from digital_footprint.commands.removal import removal
from digital_footprint.commands.report import report
from digital_footprint.commands.secret import secret
from digital_footprint.commands.setup import setup
from digital_footprint.commands.skill import skill
from digital_footprint.commands.source import source


@click.group(cls=Group, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
def footprint() -> None:
    """Watch a household's online exposure, from your own machine.

    Begin with: footprint demo
    """


for command in (
    person,
    identifier,
    secret,
    source,
    findings,
    finding,
    coverage,
    disclosures,
    broker,
    removal,
    report,
    alert,
    setup,
    demo,
    mcp_config,
    skill,
    completion,
):
    footprint.add_command(command)


def main() -> None:
    """Run `footprint` as a process."""
    main_of(footprint, "footprint")
