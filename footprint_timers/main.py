"""Composes the programs that show the schedule: gives them eyes to see it, and a hand to start."""

from functools import partial


def mcp() -> None:
    """Run `footprint-mcp`: the MCP server on standard input and output."""
    from digital_footprint import process
    from digital_footprint.mcp_server.access import existing_home
    from digital_footprint.mcp_server.server import build_server
    from digital_footprint.schedule import Schedule
    from footprint_timers.schedule import read_schedule
    from footprint_timers.starting import start_job

    schedule = Schedule(
        read=partial(read_schedule, run=process.run),
        # What has not ended by then is at work: so quick an end is told, and nobody waits longer.
        start=partial(start_job, run=process.run, launch=partial(process.launch, seconds=1)),
    )
    build_server(existing_home, schedule).run()
