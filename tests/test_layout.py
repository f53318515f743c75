"""Tables on a terminal: a word is never cut, and what is shown fits."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.cli import COMMANDS
from digital_footprint.cli import footprint as program
from digital_footprint.layout import GAP, lay_out
from tests.conftest import CommandLine
from tests.test_removal_commands import URL, add, footprint

__all__ = ["footprint"]

CELLS = st.text(alphabet="ab ", max_size=40)
TABLES = st.integers(1, 6).flatmap(
    lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=2, max_size=4)
)


@given(TABLES, st.integers(10, 100))
def test_no_word_is_wider_than_its_column_and_the_columns_fit_beside_each_other(
    table: list[list[str]], room: int
) -> None:
    headings, *rows = table
    layout = lay_out(headings, rows, room)

    assert sorted([*layout.widths, *layout.below]) == list(range(len(headings)))
    for column, width in layout.widths.items():
        assert all(len(word) <= width for row in table for word in row[column].split())
    if len(layout.widths) > 1:
        assert sum(layout.widths.values()) + GAP * (len(layout.widths) - 1) <= room


def test_where_there_is_room_nothing_is_wrapped() -> None:
    assert {0: 2, 1: 11} == lay_out(["id", "name"], [["1", "Jane Q. Doe"]], 80).widths


def test_a_heading_is_wrapped_before_what_stands_under_it() -> None:
    layout = lay_out(["again in days", "who"], [["30", "Jane Q. Doe"]], 20)

    assert {0: 7, 1: 11} == layout.widths


def test_an_address_goes_below_and_then_the_last_column() -> None:
    headings = ["id", "broker", "state", "url", "next", "clock"]
    row = ["1", "example-lookup", "removed_verified", URL, "2026-11-23", "2026-12-23"]

    assert (3,) == lay_out(headings, [row], 60).below
    assert (3, 5) == lay_out(headings, [row], 58).below


def on_a_terminal(run: CommandLine, *argv: str) -> str:
    """What a command prints where 80 columns are seen."""
    mine, its = pty.openpty()
    environment = {**run.environment(), "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
    program = str(Path(sys.executable).with_name(argv[0]))
    with subprocess.Popen([program, *argv[1:]], env=environment, stdout=its) as process:
        os.close(its)
        shown = b""
        try:
            while part := os.read(mine, 65536):
                shown += part
        except OSError:
            pass  # Linux says so of a terminal that nobody has open any more
        assert 0 == process.wait(60)
    os.close(mine)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("removal list", [URL, "match_found", "not looked at yet"]),
        ("broker list", ["advancedbackgroundchecks", "https://advancedbackgroundchecks.com/opt-out",
                         "peopleconnect", "footprint broker show SLUG"]),
        ("source list", ["dark_web_monitor", "verify_removals", "broker:one", "(no_consent)"]),
        ("person show 1", ["hibp_breaches"]),
    ],
)  # fmt: skip
def test_eighty_columns_cut_no_word(footprint: CommandLine, command: str, words: list[str]) -> None:
    add(footprint)

    shown = on_a_terminal(footprint, "footprint", *command.split())

    assert all(word in shown for word in words)
    tables = [line for line in shown.splitlines() if "://" not in line and "─" not in line]
    assert max(map(len, tables)) <= 80


def test_a_day_and_its_hour_are_never_on_two_lines(footprint: CommandLine) -> None:
    add(footprint)
    footprint("footprint", "removal", "mark", "1", "listed", "--note", "seen with my own eyes")

    for command in ("list", "show 1"):
        shown = on_a_terminal(footprint, "footprint", "removal", *command.split())

        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\dZ", shown)
        assert not re.search(r"\d{4}-\d\d-\d\d *$", shown, re.MULTILINE)
        assert "\ue000" not in shown


def test_each_broker_has_two_lines_at_most(footprint: CommandLine) -> None:
    shown = on_a_terminal(footprint, "footprint", "broker", "list")

    known = footprint("footprint", "broker", "list", "--json").json
    assert len(shown.splitlines()) <= 2 * len(known) + 3


@pytest.mark.parametrize(
    "argv",
    [
        ("footprint-timers",),
        ("footprint-job",),
        ("footprint",),
        *(
            ("footprint", name)
            for name in COMMANDS
            if isinstance(program.get_command(click.Context(program), name), click.Group)
        ),
    ],
    ids=" ".join,
)
def test_a_summary_of_a_command_is_a_whole_sentence(
    run: CommandLine, argv: tuple[str, ...]
) -> None:
    commands = run(*argv, "--help").out.partition("Commands:\n")[2].partition("\n\n")[0]

    told = re.split(r"\n  (?=\S)", commands.rstrip())
    assert len(told) > 1
    assert [] == [one for one in told if not one.endswith(".") or one.endswith("...")]
