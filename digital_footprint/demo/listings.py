"""The listings of the demo's household: what the brokers show day by day, and what follows.

The story is played on past days, so that a listing can be seen to be gone twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digital_footprint import disclosures, people, removals
from digital_footprint.brokers import Broker, load_brokers
from digital_footprint.clock import Clock, utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.demo.farm import AWAY, CHALLENGE, GONE, BrokerFarm, Reply, listing
from digital_footprint.enabling import basis_of
from digital_footprint.files import write_privately
from digital_footprint.listing_url import checked
from digital_footprint.model import IdentifierKind, JobResult
from digital_footprint.removal_events import (
    Acknowledged,
    DeadEnded,
    DeadEndReason,
    Disowned,
    Escalated,
    Mark,
    OwnEyes,
    SeenGone,
)
from digital_footprint.removal_log import UnknownPace, list_removals
from digital_footprint.removal_states import name_of
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.runner import run_job
from digital_footprint.templating import render

BROKERS = {
    "example-search": "Example Search",
    "example-lookup": "Example Lookup",
    "example-records": "Example Records",
}
CITY, STREET = "Springfield", "12 Elm Street"
# The days of the runs before today's.
RUN_DAYS = (-41, -38, -34, -30)

SHOWN = listing("Jane Doe", "41", STREET, CITY)


@dataclass(frozen=True, slots=True)
class Told:
    """What the person tells of a listing, on a day counted from today."""

    day: int
    mark: Callable[[datetime], Mark]


@dataclass(frozen=True, slots=True)
class Listing:
    """One saved listing: what its page shows from which day on, and where that has to lead."""

    path: str
    broker: str
    expected: str
    saved: int
    asked: int | None
    shows: tuple[tuple[int, Reply], ...]
    tells: tuple[Told, ...] = ()


def _dead_end(at: datetime) -> Mark:
    return DeadEnded(at, DeadEndReason.REQUIRES_ID)


def _not_there(at: datetime) -> Mark:
    return SeenGone(at, OwnEyes())


STILL = ((-45, SHOWN),)
LISTINGS = (
    Listing("/jane-doe/p701", "example-search", "match_found", -4, None, STILL),
    Listing("/jane-doe/p702", "example-search", "removal_requested", -2, -2, STILL),
    Listing(
        "/jane-doe/p703", "example-search", "acknowledged", -2, -2, STILL, (Told(-1, Acknowledged),)
    ),
    Listing("/jane-doe/p704", "example-search", "verification_due", -4, -4, ((0, AWAY),)),
    Listing("/jane-doe/p705", "example-search", "not_seen_once", -4, -4, ((0, GONE),)),
    Listing(
        "/doe-jane/p701", "example-lookup", "removed_verified", -45, -45, (*STILL, (-42, GONE))
    ),
    Listing(
        "/doe-jane/p702", "example-lookup", "recheck_due", -45, -45, ((-42, GONE), (0, CHALLENGE))
    ),
    Listing("/doe-jane/p703", "example-lookup", "resurfaced", -45, -45, ((-42, GONE), (0, SHOWN))),
    Listing("/doe-jane/p704", "example-lookup", "failed", -45, -45, STILL),
    Listing(
        "/doe-jane/p705", "example-lookup", "escalated", -45, -45, STILL, (Told(-10, Escalated),)
    ),
    Listing("/records?id=1", "example-records", "blocked", -45, -45, ((-45, CHALLENGE),)),
    Listing(
        "/records?id=2", "example-records", "dead_end", -20, -20, STILL, (Told(-12, _dead_end),)
    ),
    Listing("/records?id=3", "example-records", "not_me", -20, None, STILL, (Told(-19, Disowned),)),
    Listing(
        "/records?id=4", "example-records", "removed_verified", -20, -20, STILL,
        (Told(-12, _not_there), Told(-6, _not_there)),
    ),
)  # fmt: skip
"""In the order in which they are saved."""


def prepare(db: Database, paths: Paths, farm: BrokerFarm) -> None:
    """Write the brokers' files, and what tells the person from others of her name."""
    for slug, name in BROKERS.items():
        text = render("demo/broker.yaml.j2", broker=name, opt_out_url=farm.url("/opt-out"))
        write_privately(paths.brokers / f"{slug}.yaml", text)
    jane = people.get_person(db, "Jane Doe")
    people.add_identifier(db, jane, IdentifierKind.CITY, CITY)
    people.add_identifier(db, jane, IdentifierKind.STREET, STREET)


def play(db: Database, config: Config, farm: BrokerFarm) -> list[JobResult]:
    """Play everything before today: what was saved and told, and the runs of those days."""
    today, brokers = utc_now(), load_brokers(config.paths.brokers)
    results = []
    for number in range(-45, 1):
        now = today + timedelta(days=number)
        _turn_pages(farm, number)
        _save(db, brokers, farm, number, now)
        if number in RUN_DAYS:
            results.append(run_job(db, config, "verify_removals", options(now)))
        _tell(db, farm, number, now)
    return results


def options(now: datetime | None = None) -> Options:
    """Give a run that waits for nobody: politeness is for brokers that are not this machine."""
    clock = Clock(sleep=_at_once) if now is None else Clock(lambda: now, _at_once, lambda: None)
    return Options(clock=clock)


def judge(db: Database, farm: BrokerFarm) -> list[str]:
    """Compare where every listing stands with where its story leads."""
    states = {one.url: name_of(one.state) for one in list_removals(db)}
    ledger = [
        row for row in disclosures.list_disclosures(db) if row["datum"] == disclosures.LISTING
    ]
    sent = sorted(row["identifier"] for row in ledger)
    seen = sorted(farm.url(path) for path in farm.listings_asked())
    return [
        *(
            f"{one.path} should be {one.expected}, is {states.get(farm.url(one.path))}"
            for one in LISTINGS
            if states.get(farm.url(one.path)) != one.expected
        ),
        *([] if sent == seen else [f"the ledger has {sent}, the brokers saw {seen}"]),
    ]


def _turn_pages(farm: BrokerFarm, number: int) -> None:
    for one in LISTINGS:
        for day, reply in one.shows:
            if day <= number:
                farm.pages[one.path] = reply


def _save(
    db: Database, brokers: Mapping[str, Broker], farm: BrokerFarm, number: int, now: datetime
) -> None:
    jane = people.get_person(db, "Jane Doe")
    for one in LISTINGS:
        if one.saved == number:
            broker = brokers[one.broker]
            removals.add(
                db,
                jane,
                basis_of(jane),
                broker=broker.slug,
                pace=broker,
                url=checked(farm.url(one.path), broker),
                now=now,
                submitted=now if one.asked == number else None,
            )


def _tell(db: Database, farm: BrokerFarm, number: int, now: datetime) -> None:
    ids = {one.url: one.id for one in list_removals(db)}
    for one in LISTINGS:
        for told in one.tells:
            if told.day == number:
                removals.mark(
                    db, ids[farm.url(one.path)], told.mark(now), pace=UnknownPace(3, 30), note=""
                )


def _at_once(_seconds: float) -> None:
    """Wait for nothing."""
