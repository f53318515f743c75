"""Composes the programs that show the schedule: gives them the eyes to see it."""

from functools import partial


def mcp() -> None:
    """Run `footprint-mcp`: the MCP server on standard input and output."""
    from digital_footprint import process
    from digital_footprint.server import build_server
    from footprint_timers.schedule import read_schedule

    build_server(partial(read_schedule, run=process.run)).run()
