"""The one renderer: what a command found out, as text for people or as one JSON document."""

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from digital_footprint.layout import Layout, lay_out

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

UNBOUNDED = 1000
# Of a private plane: no text from outside has it, and nothing takes it for a space.
NO_BREAK = "\ue000"
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\dZ)")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `empty` is the sentence that stands there instead of no rows."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
    empty: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a command has to show: a document with stable keys, and the same for people."""

    document: Any
    text: tuple[str | Table, ...]


def emit(result: Result, *, as_json: bool) -> None:
    """Print a result on stdout, in one of its two forms."""
    if as_json:
        click.echo(json.dumps(result.document, indent=2))
        return
    for part in result.text:
        match part:
            case str():
                click.echo(part)
            case Table(_, (), empty):
                click.echo(empty)
            case Table():
                _print_table(part)


def when(moment: str | None) -> str | None:
    """Give a stored moment as a person reads it in a table: 2026-11-22 03:17Z."""
    return moment and f"{moment[:10]} {moment[11:16]}Z"


def say(message: str) -> None:
    """Tell the person at the terminal something that is not the result."""
    click.echo(message, err=True)


def heading(text: str, *, err: bool = False) -> None:
    """Print a heading; bold where the terminal can be, and nobody minds."""
    plain = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    click.echo(text if plain else click.style(text, bold=True), err=err)


def _print_table(table: Table) -> None:
    from rich.console import Console

    # In a pipe nobody's window is narrow: every row is one line there.
    console = Console(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False)
    rows = [["" if cell is None else _unbroken(str(cell)) for cell in row] for row in table.rows]
    layout = lay_out(table.headings, rows, console.width)
    if not layout.below:
        _print(console, _drawn(table.headings, rows, layout))
        return
    for number, row in enumerate(rows):
        _print(console, _drawn(table.headings, [row], layout, with_head=number == 0))
        for column in layout.below:
            if row[column]:
                click.echo(f"    {table.headings[column]}: {row[column]}".replace(NO_BREAK, " "))


def _unbroken(cell: str) -> str:
    """Keep a day and its hour on one line: to a table they are one word."""
    return MOMENT.sub(rf"\1{NO_BREAK}\2", cell)


def _print(console: "Console", drawn: "RichTable") -> None:
    with console.capture() as captured:
        console.print(drawn)
    click.echo(captured.get().replace(NO_BREAK, " "), nl=False)


def _drawn(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    layout: Layout,
    *,
    with_head: bool = True,
) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        show_header=with_head,
    )
    for column, width in layout.widths.items():
        drawn.add_column(headings[column], overflow="fold", width=width)
    for row in rows:
        # Text, not str: what came from outside is never read as markup.
        drawn.add_row(*(Text(row[column]) for column in layout.widths))
    return drawn
