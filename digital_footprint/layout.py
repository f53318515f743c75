"""How wide each column of a table is on a terminal: no word is cut, what has no room goes below."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GAP = 2
# A word that takes up more than a third of the room leaves too little to the other columns.
VERY_LONG = 3


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns by their number: those that stand side by side, with their widths, and the rest."""

    widths: dict[int, int]
    below: tuple[int, ...]


def lay_out(headings: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> Layout:
    """Give every column its width, wrapping at spaces as few of them as fit into the room.

    Where not even that fits, addresses and the like go below, and then the last; never the first.
    """
    columns = [[heading, *cells] for heading, *cells in zip(headings, *rows, strict=True)]
    beside, below = list(range(len(columns))), list[int]()
    while True:
        whole = [_width(columns[number]) for number in beside]
        least = [_width(_words(columns[number])) for number in beside]
        cells = [_width(columns[number][1:]) for number in beside]
        floors = (list(map(max, cells, least)), least)
        fitted = _fitted(whole, floors, room - GAP * (len(beside) - 1))
        if fitted is not None or len(beside) == 1:
            widths = dict(zip(beside, fitted or whole, strict=True))
            return Layout(widths, tuple(sorted(below)))
        below.append(beside.pop(_going_below(least, room)))


def _going_below(least: Sequence[int], room: int) -> int:
    """Give the column to leave out: the one with the longest word, where that is very long."""
    longest = max(range(1, len(least)), key=lambda column: least[column])
    return longest if least[longest] * VERY_LONG > room else len(least) - 1


def _fitted(whole: Sequence[int], floors: Sequence[Sequence[int]], room: int) -> list[int] | None:
    """Narrow whichever column has most to give, one after the other: the headings before the cells.

    None where all of them are too wide.
    """
    widths = list(whole)
    for least in floors:
        while (excess := sum(widths) - room) > 0:
            slack, column = max((width - least[n], n) for n, width in enumerate(widths))
            if slack <= 0:
                break
            widths[column] -= min(slack, excess)
    return widths if sum(widths) <= room else None


def _words(cells: Iterable[str]) -> list[str]:
    return [word for cell in cells for word in cell.split()]


def _width(cells: Iterable[str]) -> int:
    from rich.cells import cell_len

    lines = (line for cell in cells for line in cell.splitlines())
    return max(map(cell_len, lines), default=0)
