"""`footprint-job`: runs one job as the timers do, and shows what the runs came to."""

import click

from digital_footprint.command_line import EXIT_CODES, LazyGroup, main_of, version_option

# Where each command is. Only the one that was called is loaded: a probe asks for one in each unit.
COMMANDS = {
    "run": "job_run",
    "run-overdue": "job_run",
    "list": "job_history:list_",
    "history": "job_history",
    "show": "job_history",
    "logs": "job_history",
    "reap": "job_unit",
    "deliver": "job_unit",
    "selftest": "job_unit",
    "probe": "job_unit",
}


@click.group(
    cls=LazyGroup,
    modules={name: f"footprint_timers.commands.{one}" for name, one in COMMANDS.items()},
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@version_option
def footprint_job() -> None:
    """Run the jobs, and see what their runs came to.

    Timers call `footprint-job run NAME`; so can you.
    """


def main() -> None:
    """Run `footprint-job` as a process."""
    main_of(footprint_job, "footprint-job")
