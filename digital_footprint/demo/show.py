"""Runs the demo in a home of its own, and judges whether all was found that should be."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digital_footprint import coverage, disclosures, findings, people, secrets
from digital_footprint.clock import utc_now
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.demo import household, listings
from digital_footprint.demo.farm import BrokerFarm
from digital_footprint.demo.hibp import HibpStandIn
from digital_footprint.files import write_privately
from digital_footprint.model import JobResult
from digital_footprint.removal_log import list_removals
from digital_footprint.removal_view import document
from digital_footprint.scheduler.interruptions import die_by
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.scheduler.runner import run_job
from digital_footprint.templating import render

LOOKS = "verify_removals"
SHOWN = "hibp_breaches"


@dataclass(frozen=True, slots=True)
class Shown:
    """The demo's home, its runs, and everything that is not as it should be."""

    home: Path
    results: tuple[JobResult, ...]
    findings: tuple[dict[str, Any], ...]
    coverage: tuple[dict[str, Any], ...]
    removals: tuple[dict[str, Any], ...]
    mismatches: tuple[str, ...]


def run_demo() -> Shown:
    """Register the household, play its listings' past, run every job twice.

    The second time one more breach is known.
    """
    home = Path(tempfile.mkdtemp(prefix="footprint-demo-"))
    paths = Paths(home, home, home)
    with (
        _own_environment(home),
        _stand_in() as hibp,
        BrokerFarm() as farm,
        Database.open(paths.database) as db,
    ):
        write_privately(
            paths.config_file, render("demo/config.toml.j2", hibp_base_url=hibp.base_url)
        )
        secrets.set_secret(paths, "hibp_api_key", household.KEY)
        _register(db)
        listings.prepare(db, paths, farm)
        before = listings.play(db, load_config(paths), farm)
        first = _run_all(db, paths)
        mismatches = _judge(db, paths, first, household.FIRST_FINDINGS, new=3)
        account, breach = household.NEW_BREACH
        hibp.accounts[account] = [*hibp.accounts[account], breach]
        second = _run_all(db, paths)
        mismatches += _judge(db, paths, second, household.SECOND_FINDINGS, new=1)
        mismatches += _judge_ledger(db, hibp) + listings.judge(db, farm)
        return Shown(
            home,
            (*before, *first, *second),
            tuple(findings.list_findings(db)),
            tuple(coverage.list_coverage(db, load_config(paths))),
            tuple(document(one, utc_now()) for one in list_removals(db)),
            tuple(mismatches),
        )


@contextmanager
def _own_environment(home: Path) -> Iterator[None]:
    """Keep the person's own home and keys out of the demo."""
    mine = {"FOOTPRINT_HOME": str(home)}
    theirs = ("HIBP_API_KEY", "FOOTPRINT_HIBP_API_KEY", "CREDENTIALS_DIRECTORY")
    before = dict(os.environ)
    try:
        for name in theirs:
            os.environ.pop(name, None)
        os.environ.update(mine)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _stand_in() -> HibpStandIn:
    accounts = {account: list(names) for account, names in household.ACCOUNTS.items()}
    return HibpStandIn(accounts, household.catalogue(), household.BROKEN)


def _register(db: Database) -> None:
    for member in household.HOUSEHOLD:
        people.add_person(
            db,
            member.name,
            emails=member.emails,
            relation=member.relation,
            consent=member.consent,
            region=member.region,
        )


def _run_all(db: Database, paths: Paths) -> list[JobResult]:
    config = load_config(paths)
    results = []
    for name in JOBS:
        result = run_job(db, config, name, listings.options() if name == LOOKS else None)
        if result.signal is not None:
            die_by(result.signal)
        results.append(result)
    return results


def _judge(
    db: Database,
    paths: Paths,
    results: list[JobResult],
    expected: set[tuple[str, str, int]],
    *,
    new: int,
) -> list[str]:
    """Compare what stands in the database with what the stand-in knows."""
    listed = findings.list_findings(db)
    found = {(one["identifier"], one["key"], one["tier"]) for one in listed}
    rows = coverage.list_coverage(db, load_config(paths))
    verdicts = {row["identifier"]: row["verdict"] for row in rows if row["source"] == SHOWN}
    told = sum(result.details["new"] for result in results if result.job_name != LOOKS)
    return [
        *(f"should have been found: {one}" for one in sorted(expected - found)),
        *(f"should not have been found: {one}" for one in sorted(found - expected)),
        *(
            f"{address} should be {verdict}, is {verdicts.get(address)}"
            for address, verdict in household.VERDICTS.items()
            if verdicts.get(address) != verdict
        ),
        *([f"{told} are told as new instead of {new}"] if told != new else []),
    ]


def _judge_ledger(db: Database, hibp: HibpStandIn) -> list[str]:
    """Compare what the ledger says was sent with what the service saw."""
    rows = disclosures.list_disclosures(db)
    entered = sorted(row["identifier"] for row in rows if row["datum"] != disclosures.LISTING)
    seen = sorted(hibp.accounts_asked())
    return [] if entered == seen else [f"the ledger has {entered}, the service saw {seen}"]
