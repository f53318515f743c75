"""Time and peak memory of building and writing the report, for households of growing size.

The real `footprint report`, in a process of its own, in each of its formats. Prints one JSON
document; exits with 1 when a target is missed.

    python bench/report.py [--persons 1000 3000 10000] [--findings 20]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import startup

TARGET_SECONDS = 20
TARGET_PEAK_MIB = 300
# What one person costs in the largest household, against that in the smallest.
TARGET_GROWTH = 1.2
TARGET_HOUSEHOLD_SECONDS = 0.5
HOUSEHOLD = 4
FORMATS = ("md", "html", "json")

CLASSES = (
    ["Email addresses", "Passwords"],
    ["Email addresses", "Names", "Phone numbers", "Physical addresses"],
    ["Email addresses", "Usernames", "IP addresses"],
    ["Email addresses", "Dates of birth", "Names"],
    ["Email addresses"],
)
BREACHES = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--persons", type=int, nargs="+", default=[1000, 3000, 10000])
    parser.add_argument("--findings", type=int, default=20, help="of each person")
    parser.add_argument("--make", metavar="HOME", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        make(Path(given.make), given.persons[0], given.findings)
        return
    small = measure(HOUSEHOLD, given.findings, FORMATS)
    many = [measure(persons, given.findings, FORMATS) for persons in given.persons]
    print(json.dumps(document := judged(small, many), indent=2))
    sys.exit(not document["met"])


def judged(small: dict[str, Any], many: list[dict[str, Any]]) -> dict[str, Any]:
    """Give what was measured beside what was wanted."""
    peak = max(one["peak_mib"] for one in many)
    seconds = max(one["seconds"] for one in many)
    growth = many[-1]["processor_ms_each"] / many[0]["processor_ms_each"]
    return {
        "household": small,
        "households": many,
        "seconds": seconds,
        "peak_mib": peak,
        "growth": round(growth, 2),
        "target_seconds": TARGET_SECONDS,
        "target_peak_mib": TARGET_PEAK_MIB,
        "target_growth": TARGET_GROWTH,
        "target_household_seconds": TARGET_HOUSEHOLD_SECONDS,
        "met": seconds <= TARGET_SECONDS
        and peak <= TARGET_PEAK_MIB
        and growth <= TARGET_GROWTH
        and small["seconds"] <= TARGET_HOUSEHOLD_SECONDS,
    }


def measure(persons: int, findings: int, formats: tuple[str, ...]) -> dict[str, Any]:
    """Print the report in every format; give the worst of them."""
    program = str(Path(sys.executable).with_name("footprint"))
    with tempfile.TemporaryDirectory() as home:
        # In a process of its own: the kernel counts this one's pages towards the run.
        make_it = [sys.executable, __file__, "--persons", str(persons), "--findings", str(findings)]
        subprocess.run([*make_it, "--make", home], check=True)
        environment = {**os.environ, "FOOTPRINT_HOME": home}
        begin = os.times()
        runs = {
            form: startup.measure([program, "report", "--format", form], environment)
            for form in formats
        }
        end = os.times()
    used = end.children_user + end.children_system - begin.children_user - begin.children_system
    return {
        "persons": persons,
        "findings": persons * findings,
        "seconds_by_format": {form: round(seconds, 2) for form, (seconds, _) in runs.items()},
        "seconds": round(max(seconds for seconds, _ in runs.values()), 2),
        "processor_ms_each": round(1000 * used / persons / len(formats), 3),
        "peak_mib": round(max(peak for _, peak in runs.values()), 1),
    }


def make(home: Path, persons: int, findings: int) -> None:
    """Make a household by SQL alone: what it holds was not found by anybody."""
    from digital_footprint.database import Database

    with Database.open(home / "footprint.db") as db, db.transaction():
        run = db.insert_scheduled_run("breach_recheck", "2026-11-20T04:00:00Z")
        db.update_scheduled_run(run, status="success", completed_at="2026-11-20T04:10:00Z")
        for table, row in rows(persons, findings, run):
            db.insert(table, row)
    (home / "config.toml").write_text("[sources.hibp]\nenabled = true\n", encoding="utf-8")


def rows(persons: int, findings: int, run: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every row: two addresses each, a third of the findings closed, a listing for some."""
    at = "2026-01-01T00:00:00Z"
    for person in range(1, persons + 1):
        row = {"id": person, "name": f"Person {person}", "relation": "other", "added_at": at}
        yield "persons", {**row, "consent": "given", "region": "DE" if person % 2 else "US-CA"}
        consent = {"person_id": person, "source": "hibp_breaches", "version": 1}
        yield "consents", {**consent, "basis": "given", "given_at": at}
        for number in (2 * person - 1, 2 * person):
            value = {"kind": "email", "value": f"p{number}@example.com", "added_at": at}
            yield "identifiers", {"id": number, "person_id": person, **value}
            yield "observations", _observation(run, number)
        if person % 10 == 0:
            yield from _listing(person)
        for number in range(findings):
            yield from _finding((person - 1) * findings + number + 1, person, number)


def _observation(run: int, identifier: int) -> dict[str, Any]:
    return {
        "run_id": run,
        "identifier_id": identifier,
        "source": "hibp_breaches",
        "verdict": "found",
        "found": 1,
        "observed_at": "2026-11-20T04:05:00Z",
    }


def _listing(person: int) -> Iterator[tuple[str, dict[str, Any]]]:
    at, state = "2026-10-01T12:00:00Z", "match_found"
    row = {"person_id": person, "broker": "spokeo", "url": f"https://spokeo.com/{person}"}
    yield (
        "removals",
        {"id": person, **row, "state": state, "added_at": at, "next_check_at": at},
    )
    moved = {"from_state": state, "to_state": state}
    yield "removal_events", {"removal_id": person, "at": at, "event": state, **moved}


def _finding(finding: int, person: int, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    breach = (person * 7 + number * 13) % BREACHES
    day = f"{2012 + breach % 15}-0{breach % 9 + 1}-11"
    seen = f"2026-{finding % 10 + 1:02}-{finding % 28 + 1:02}T04:05:00Z"
    content = {"domain": f"site{breach}.example", "added_on": day, "modified_at": None}
    told = {
        "title": f"Breach {breach}",
        "data_classes": json.dumps(CLASSES[breach % len(CLASSES)]),
        "occurred_on": day,
        "details": json.dumps(
            {**content, "accounts": breach, "description": "A site.", "flags": ["verified"]}
        ),
    }
    closed = finding % 3 == 0
    identifier = 2 * person - number % 2
    row = {
        "id": finding,
        "identifier_id": identifier,
        "kind": "breach",
        "key": f"{number}-{breach}",
    }
    times = {"first_seen_at": seen, "last_seen_at": seen}
    state = {"state": "resolved" if closed else "open", "tier": 1 + breach % 3}
    yield "findings", {**row, **told, **times, **state}
    witness = {"finding": finding, "source": "hibp_breaches", "source_key": f"Breach{breach}"}
    yield "witnesses", {**witness, **told, "first_seen": seen, "last_seen": seen}
    event = {"finding": finding, "at": seen, "event": "first_seen"}
    yield "finding_events", {**event, "details": '{"state": "open"}'}
    if closed:
        decided = {"at": "2026-11-10T10:00:00Z", "event": "resolved"}
        yield "finding_events", {**event, **decided, "details": '{"state": "resolved"}'}


if __name__ == "__main__":
    main()
