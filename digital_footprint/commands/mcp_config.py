"""`footprint mcp-config`: what an assistant's program is told so that it starts our MCP server."""

import sys
from dataclasses import asdict
from typing import Any

import click

from digital_footprint import program
from digital_footprint.command_line import json_option
from digital_footprint.config import resolve_paths
from digital_footprint.mcp_hosts import CLIENTS, Client, HostConfig, host_config
from digital_footprint.output import Result, emit

SERVER = "footprint-mcp"


@click.command("mcp-config")
@click.option("--client", type=click.Choice(CLIENTS), help="Only of this one; all, if not given.")
@json_option
def mcp_config(client: Client | None, *, as_json: bool) -> None:
    """Print what an assistant's program needs to start footprint-mcp, and where to put it.

    Nothing is written: the file may hold other servers of yours.
    """
    path = program.find(resolve_paths(), SERVER, sys.argv[0])
    found = [host_config(one, path) for one in ([client] if client else CLIENTS)]
    text = tuple(line for one in found for line in _text(one))
    emit(Result([_document(one) for one in found], text), as_json=as_json)


def _document(one: HostConfig) -> dict[str, Any]:
    return asdict(one)


def _text(one: HostConfig) -> list[str]:
    places = [f"  {place.path} (for {place.holds_for})" for place in one.places]
    ways = [f"{one.name}: run", f"  {one.command}", "or put this into"]
    head = ways if one.command else [f"{one.name}: put this into"]
    note = "  (beside the servers that stand there already; then start the program anew)"
    return [*head, *places, note, "", one.text, ""]
