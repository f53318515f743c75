"""`footprint-timers render`."""

from pathlib import Path

import click

from digital_footprint.command_line import json_option
from digital_footprint.files import make_directory, write_privately
from digital_footprint.output import Result, emit
from footprint_timers import unasked
from footprint_timers.options import sandbox_option, site_options
from footprint_timers.site import Asked, settled


@click.command()
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True)
@site_options
@sandbox_option
@json_option
def render(output: Path, asked: Asked, *, sandbox: str | None, as_json: bool) -> None:
    """Write the files of a scheduler into a directory, without asking any scheduler."""
    with settled(asked) as site:
        files = unasked.files(site, sandbox)
        make_directory(output.absolute())
        for file in files:
            write_privately(output / file.path, file.text)
        names = [str(output / file.path) for file in files]
        emit(Result({"files": names}, tuple(names)), as_json=as_json)
