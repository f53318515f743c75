"""`footprint`: the household, what is asked of whom, and what was found."""

import click

from digital_footprint.command_line import EXIT_CODES, LazyGroup, main_of, version_option

# Where each command is. Only the one that was called is loaded: a key pressed for completion waits
# for the start of the program as well.
COMMANDS = {
    "person": "person",
    "identifier": "person",
    "secret": "secret",
    "source": "source",
    "findings": "finding",
    "finding": "finding",
    "coverage": "finding",
    "disclosures": "finding",
    "broker": "broker",
    "removal": "removal",
    "report": "report",
    "alert": "alert",
    "setup": "setup",
    "demo": "demo",
    "mcp-config": "mcp_config",
    "skill": "skill",
    "completion": "completion",
}


@click.group(
    cls=LazyGroup,
    modules={name: f"digital_footprint.commands.{one}" for name, one in COMMANDS.items()},
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@version_option
def footprint() -> None:
    """Watch a household's online exposure, from your own machine.

    Begin with: footprint demo
    """


def main() -> None:
    """Run `footprint` as a process."""
    main_of(footprint, "footprint")
