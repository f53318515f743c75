"""`footprint secret`: the keys of the outside services."""

import sys

import click

from digital_footprint import secrets
from digital_footprint.command_line import Group, json_option
from digital_footprint.config import resolve_paths
from digital_footprint.output import Result, Table, emit


@click.group(cls=Group)
def secret() -> None:
    """Set the keys of outside services; their values are never shown."""


@secret.command("set")
@click.argument("name")
@json_option
def set_(name: str, *, as_json: bool) -> None:
    """Ask for a key without showing it, and keep it in secrets.toml (mode 0600).

    In a pipe it is read from standard input, never from the command line:

    \b
    footprint secret set hibp_api_key
    """
    paths = resolve_paths()
    secrets.require_known(paths, name)
    if sys.stdin.isatty():
        value = click.prompt(f"{name} (not shown)", hide_input=True, err=True)
    else:
        value = sys.stdin.readline()
    path = secrets.set_secret(paths, name, value.strip())
    emit(
        Result({"name": name, "place": str(path)}, (f"{name} is set, in {path}",)), as_json=as_json
    )


@secret.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """Show which keys there are and where each is found."""
    known = secrets.list_secrets(resolve_paths())
    documents = [
        {
            "name": one.name,
            "purpose": one.purpose,
            "set": one.place is not None,
            "place": one.place,
        }
        for one in known
    ]
    rows = [
        (one.name, one.place or f"not set: footprint secret set {one.name}", one.purpose)
        for one in known
    ]
    emit(Result(documents, (Table(("name", "found in", "for"), rows, ""),)), as_json=as_json)
