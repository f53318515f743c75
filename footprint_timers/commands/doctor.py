"""`footprint-timers doctor`."""

from collections.abc import Sequence
from functools import partial

import click

from digital_footprint import process
from digital_footprint.command_line import json_option, open_home
from digital_footprint.output import Result, emit
from footprint_timers import doctor as doctor_of
from footprint_timers.examination import Finding
from footprint_timers.options import site_options
from footprint_timers.site import Asked, settled


@click.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, then look again.")
@site_options
@json_option
def doctor(asked: Asked, *, fix: bool, as_json: bool) -> int:
    """Start what a timed run depends on, and say what is wrong and what mends it.

    The exit code is 1 when anything is wrong.
    """
    with settled(asked) as site:
        site.refuse_to_start("doctor --fix" if fix else "doctor")
        with open_home(site.paths) as home:
            examine = partial(doctor_of.examine, home.db, home.config(), process.run, site)
            findings = examine()
            tried = doctor_of.mend(findings) if fix else ()
            if tried:
                findings = examine()
        emit(_shown(findings, doctor_of.mended(tried, findings)), as_json=as_json)
    return 0 if all(one.ok for one in findings) else 1


def _shown(findings: Sequence[Finding], mended: Sequence[str]) -> Result:
    """Show every check, what mends those that failed, and what was mended just now."""
    document = {
        "ok": all(one.ok for one in findings),
        "mended": list(mended),
        "checks": [
            {"name": one.name, "ok": one.ok, "found": one.found, "fix": "" if one.ok else one.fix}
            for one in findings
        ],
    }
    lines = [
        f"{'ok  ' if one.ok else 'FAIL'} {one.name}: {one.found}"
        + (f"\n     fix: {one.fix}" if one.fix and not one.ok else "")
        for one in findings
    ]
    told = [f"mended: {name}" for name in mended]
    wrong = sum(not one.ok for one in findings)
    last = f"{wrong} of {len(findings)} checks failed" if wrong else "all is well"
    return Result(document, (*told, *lines, last))
