"""Runs the demo in a home of its own, and judges whether all was found that should be."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from digital_footprint import coverage, disclosures, enabling, findings, people, secrets
from digital_footprint.clock import Clock, exact_now, utc_now
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.demo import household, listings
from digital_footprint.demo.farm import BrokerFarm
from digital_footprint.demo.services import Services, services
from digital_footprint.files import write_privately
from digital_footprint.model import JobResult
from digital_footprint.removal_log import list_removals
from digital_footprint.removal_view import document
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.due import NAMES
from digital_footprint.scheduler.interruptions import die_by
from digital_footprint.scheduler.runner import run_job
from digital_footprint.templating import render

LOOKS = "verify_removals"


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

    The second time one more breach is known, and one service answers nonsense.
    """
    home = Path(tempfile.mkdtemp(prefix="footprint-demo-"))
    paths = Paths(home, home, home)
    with (
        _own_environment(home),
        services() as asked,
        BrokerFarm() as farm,
        Database.open(paths.database) as db,
    ):
        settings = render("demo/config.toml.j2", services=asked.base_urls())
        write_privately(paths.config_file, settings)
        secrets.set_secret(paths, "hibp_api_key", household.KEY)
        _register(db)
        _agree(db, paths)
        listings.prepare(db, paths, farm)
        before = listings.play(db, load_config(paths), farm)
        clock = Hurried().clock()
        first = _run_all(db, paths, clock)
        mismatches = _judge_findings(db, first, household.FIRST_FINDINGS)
        mismatches += _judge_verdicts(db, paths, household.FIRST_VERDICTS)
        account, breach = household.NEW_BREACH
        asked.hibp.accounts[account] = [*asked.hibp.accounts[account], breach]
        asked.xposedornot.down = True
        second = _run_all(db, paths, clock)
        new = household.SECOND_FINDINGS - household.FIRST_FINDINGS
        mismatches += _judge_findings(db, second, household.SECOND_FINDINGS, new=len(new))
        mismatches += _judge_verdicts(db, paths, household.SECOND_VERDICTS)
        mismatches += _judge_ledger(db, asked) + listings.judge(db, farm)
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


def _agree(db: Database, paths: Paths) -> None:
    """Turn sources on, each for those who agreed to it."""
    for name, who in household.AGREED.items():
        persons = [people.get_person(db, one) for one in who]
        enabling.enable(db, load_config(paths), enabling.profile_of(name), persons)


def _run_all(db: Database, paths: Paths, clock: Clock) -> list[JobResult]:
    config = load_config(paths)
    results = []
    for name in NAMES:
        options = listings.options() if name == LOOKS else Options(clock=clock)
        result = run_job(db, config, name, options)
        if result.signal is not None:
            die_by(result.signal)
        results.append(result)
    return results


@dataclass(slots=True)
class Hurried:
    """A clock that a wait puts forward: the services' limits are kept, and nobody waits.

    It begins in the past: what is shown at the end is not to have been asked tomorrow.
    """

    ahead: timedelta = timedelta(minutes=-10)

    def clock(self) -> Clock:
        """Give it as a run takes it."""
        return Clock(lambda: exact_now() + self.ahead, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def _judge_findings(
    db: Database,
    results: list[JobResult],
    expected: set[household.Expected],
    *,
    new: int | None = None,
) -> list[str]:
    """Compare what stands in the database with what the stand-ins know."""
    found = {
        (one["identifier"], one["title"], one["tier"], tuple(sorted(one["witnesses"])))
        for one in findings.list_findings(db)
    }
    wanted = len(expected) if new is None else new
    told = sum(result.details.get("new", 0) for result in results if result.job_name != LOOKS)
    return [
        *(f"should have been found: {one}" for one in sorted(expected - found)),
        *(f"should not have been found: {one}" for one in sorted(found - expected)),
        *([f"{told} are told as new instead of {wanted}"] if told != wanted else []),
    ]


def _judge_verdicts(
    db: Database, paths: Paths, expected: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Compare what every source said of every address with what it had to say."""
    verdicts = {
        (row["source"], row["identifier"]): row["verdict"]
        for row in coverage.list_coverage(db, load_config(paths))
    }
    return [
        f"{source}: {address} should be {verdict}, is {verdicts.get((source, address))}"
        for source, by_address in expected.items()
        for address, verdict in by_address.items()
        if verdicts.get((source, address)) != verdict
    ]


def _judge_ledger(db: Database, asked: Services) -> list[str]:
    """Compare what the ledger says was sent with what each service saw."""
    entered: dict[str, list[str]] = {name: [] for name in asked.base_urls()}
    for row in disclosures.list_disclosures(db):
        if row["datum"] != disclosures.LISTING:
            service = enabling.profile_of(row["source"]).service
            entered[service].append(row["identifier"])
    return [
        f"{name}: the ledger has {sorted(entered[name])}, the service saw {seen}"
        for name, seen in asked.accounts_asked().items()
        if sorted(entered[name]) != seen
    ]
