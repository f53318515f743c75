"""`footprint demo`: everything that exists, at work on a fictitious household."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digital_footprint import runs
from digital_footprint.command_line import json_option, open_home
from digital_footprint.commands import finding, removal, source
from digital_footprint.output import Result, emit, heading

if TYPE_CHECKING:
    from digital_footprint.demo.show import Shown


@click.command()
@json_option
@click.pass_context
def demo(context: click.Context, *, as_json: bool) -> int:
    """Show it at work: a fictitious household, stand-in services on this machine.

    No key and no network are needed. Its home is kept, for you to look around in.
    Exits with 0 only if all that should be found was found.
    """
    from digital_footprint.demo.show import run_demo

    shown = run_demo()
    os.environ["FOOTPRINT_HOME"] = str(shown.home)
    if as_json:
        emit(Result(_document(shown), ()), as_json=True)
    else:
        _tell(context, shown)
    return 1 if shown.mismatches else 0


def _document(shown: "Shown") -> dict[str, Any]:
    return {
        "home": str(shown.home),
        "runs": [runs.document_of(result) for result in shown.results],
        "findings": list(shown.findings),
        "coverage": list(shown.coverage),
        "removals": list(shown.removals),
        "mismatches": list(shown.mismatches),
    }


def _tell(context: click.Context, shown: "Shown") -> None:
    """Print what the commands themselves print, each under its own name."""
    home = shlex.quote(str(shown.home))
    _headline("Four fictitious people, five addresses; one of the four has not agreed to anything")
    _headline("They agreed to Have I Been Pwned and some others; Ahmia may be asked by Jane alone")
    _headline("footprint source list")
    context.invoke(source.list_)
    asked_before = False
    for result in shown.results:
        if result.job_name == "breach_recheck":
            if asked_before:
                _headline("Later: one more breach became public, and XposedOrNot answers nonsense")
            asked_before = True
        _headline(f"footprint-job run {result.job_name}, on {result.started_at[:10]}")
        emit(runs.of_result(result), as_json=False)
    _headline("footprint-job history")
    with open_home() as opened:
        emit(runs.of_history(opened.db.get_run_history()), as_json=False)
    for command in (finding.findings, finding.coverage):
        _headline(f"footprint {command.name}")
        context.invoke(command)
    twice = next(one["id"] for one in shown.findings if len(one["witnesses"]) > 1)
    _headline(f"footprint finding show {twice}, which two services know of")
    context.invoke(finding.finding_show, finding_id=twice)
    _headline("footprint removal list")
    context.invoke(removal.list_)
    for state in ("resurfaced", "blocked"):
        shown_id = next(one["id"] for one in shown.removals if one["state"] == state)
        _headline(f"footprint removal show {shown_id}")
        context.invoke(removal.show, removal_id=shown_id)
    _headline("footprint disclosures --limit 12")
    context.invoke(finding.disclosures, limit=12)
    _headline("footprint report, what stands first in it")
    click.echo(_first_part(shown.home))
    _headline("Look around")
    click.echo(f"  export FOOTPRINT_HOME={home}")
    click.echo(f"  {_program('footprint')} report --open")
    click.echo(f"  {_program('footprint')} finding show 1")
    unasked = next(one["id"] for one in shown.removals if one["next"])
    click.echo(f"  {_program('footprint')} removal draft {unasked}")
    click.echo(f"  {_program('footprint')} source plan --all")
    click.echo(f"  {_program('footprint-job')} show {shown.results[-1].run_id}")
    click.echo(
        "  unset FOOTPRINT_HOME    # before anything of your own: it would land in the demo's home"
    )
    click.echo(f"To remove it: rm -r {home}")
    click.echo()
    click.echo("\n".join(shown.mismatches) or "All that should be found was found.")


def _first_part(home: Path) -> str:
    """Give the verdict and what to do of the report that the last run has kept."""
    kept = (home / "reports" / "latest.md").read_text(encoding="utf-8")
    return kept.partition("## New and changed")[0].rstrip()


def _program(name: str) -> str:
    """Give what to type: the name alone where the shell would find this very program by it."""
    mine = Path(sys.argv[0]).with_name(name)
    found = shutil.which(name)
    return name if found and Path(found).resolve() == mine.resolve() else shlex.quote(str(mine))


def _headline(text: str) -> None:
    click.echo()
    heading(text)
