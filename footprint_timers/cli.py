"""`footprint-timers`: hands the jobs to the operating system, and shows how they stand there."""

import click

from digital_footprint.command_line import EXIT_CODES, LazyGroup, main_of, version_option

# Where each command is. Only the one that was called is loaded.
COMMANDS = {
    "install": "install",
    "uninstall": "uninstall",
    "plan": "plan",
    "status": "status",
    "audit": "audit",
    "catch-up": "catch_up",
    "explain": "explain",
    "doctor": "doctor",
    "render": "render",
}


@click.group(
    cls=LazyGroup,
    modules={name: f"footprint_timers.commands.{one}" for name, one in COMMANDS.items()},
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@version_option
def footprint_timers() -> None:
    """Hand the jobs to the operating system, and see how they stand there.

    On Linux they are systemd user timers: systemctl --user list-timers 'footprint-*'

    On macOS they are launchd agents: launchctl print gui/$(id -u)/footprint-timers.JOB
    """


def main() -> None:
    """Run `footprint-timers` as a process."""
    main_of(footprint_timers, "footprint-timers")
