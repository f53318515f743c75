"""Five households with a fixed past, from which the golden reports are made."""

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from digital_footprint import consents, decisions, findings, observations, people, removals, secrets
from digital_footprint.clock import Clock, to_text
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.decisions import Because, Means
from digital_footprint.enabling import profile_of
from digital_footprint.findings import Context
from digital_footprint.legal_clock import law_of
from digital_footprint.life import Accept, Deed, Disown, Resolve, Snooze
from digital_footprint.model import ConsentBasis, Identifier, IdentifierKind, Person, Relation
from digital_footprint.removal_dates import request_made
from digital_footprint.removal_events import (
    Acknowledged,
    DeadEnded,
    DeadEndReason,
    Escalated,
    FetchedPage,
    Look,
    Mark,
    NotSure,
    OwnEyes,
    SeenGone,
    SeenListed,
)
from digital_footprint.removal_log import UnknownPace
from digital_footprint.settings import (
    AlertsSettings,
    ChannelSettings,
    Settings,
    SourceSettings,
    SourcesSettings,
)
from digital_footprint.verdicts import (
    BreachDetails,
    Clean,
    FindingCounts,
    FindingKind,
    Found,
    Inconclusive,
    Reason,
    Sighting,
    Verdict,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""A Sunday, at an hour at which it is the same day almost everywhere."""
ADDED = NOW - timedelta(days=400)
OPENED = NOW - timedelta(days=10)
KEY = "0123456789abcdef0123456789abcdef"
HOSTILE = "](javascript:alert(1))<script>"
ON = SourceSettings(enabled=True)
KEYED = ("hibp_breaches", "hibp_pastes")


@dataclass(frozen=True)
class Household:
    """One home, as a run, a command or a report sees it."""

    db: Database
    config: Config

    @contextmanager
    def run(self, job: str, days_ago: float, status: str = "success") -> Iterator[int]:
        """One run of a job so many days ago."""
        begin = NOW - timedelta(days=days_ago)
        run_id = self.db.insert_scheduled_run(job, to_text(begin))
        self.db.update_scheduled_run(run_id, trigger="timer", version="0")
        yield run_id
        end = to_text(begin + timedelta(minutes=2))
        self.db.update_scheduled_run(run_id, completed_at=end, status=status)

    def agree(self, person: Person, *sources: str) -> None:
        for name in sources:
            consents.give(self.db, person.id, profile_of(name), ConsentBasis.GIVEN)

    def answer(
        self, run_id: int, identifier: Identifier, source: str, verdict: Verdict, days_ago: float
    ) -> None:
        """Enter one check with all that it changes, as a run does."""
        at = to_text(NOW - timedelta(days=days_ago))
        first = observations.is_first_answer(self.db, identifier, source)
        context = Context(run_id, source, at, baseline=first)
        seen = verdict.sightings if isinstance(verdict, Found) else ()
        new = sum(findings.record(self.db, identifier, one, context) for one in seen)
        if isinstance(verdict, Found | Clean):
            findings.note_absent(self.db, identifier, verdict, context)
        counts = FindingCounts(found=len(seen), new=new, baseline=new if first else 0)
        observations.record(
            self.db,
            identifier,
            run_id=run_id,
            source=source,
            verdict=verdict,
            counts=counts,
            at=at,
        )

    def decide(self, finding: int, deed: Deed, days_ago: float) -> None:
        clock = Clock(now=lambda: NOW - timedelta(days=days_ago))
        decisions.decide(self.db, finding, deed, Because(Means.OTHER), clock)

    def save(self, person: Person, broker: str, number: int, days_ago: float) -> int:
        return removals.add(
            self.db,
            person,
            ConsentBasis.GIVEN,
            broker=broker,
            pace=UnknownPace(),
            url=f"https://{broker}.example/record/{number}",
            now=NOW - timedelta(days=days_ago),
        )

    def request(self, removal: int, person: Person, days_ago: float) -> None:
        at = NOW - timedelta(days=days_ago)
        law = law_of(person.region)
        self.mark(removal, request_made(at, law, UnknownPace()))

    def mark(self, removal: int, told: Mark) -> None:
        removals.mark(self.db, removal, told, pace=UnknownPace(), note="")

    def look(self, run_id: int, removal: int, look: Look) -> None:
        removals.record_look(
            self.db, removal, look, pace=UnknownPace(), run_id=run_id, more={"note": ""}
        )

    def opened(self, at: datetime = OPENED) -> None:
        self.db.insert("report_openings", {"person_id": None, "opened_at": to_text(at)})


def empty(home: Path) -> Household:
    """Nobody is registered, nothing ever ran."""
    return _household(home, Settings())


def all_clean(home: Path) -> Household:
    """Two addresses, two sources, every check answered clean two days ago."""
    house = _keyed(home, SourcesSettings(xposedornot=ON))
    jane = _person(house, "Jane Doe", "jane@example.com", "jane.doe@work.example", region="DE")
    house.agree(jane, "xposedornot")
    _ask(house, jane, {name: Clean() for name in ("hibp_breaches", "xposedornot")}, 2)
    _ask(house, jane, {"hibp_pastes": Clean()}, 1, job="dark_web_monitor")
    _rest(house)
    house.opened()
    return house


def one_breach(home: Path) -> Household:
    """One person, one breach with passwords, found three days ago."""
    house = _keyed(home, SourcesSettings(xposedornot=ON))
    jane = _person(house, "Jane Doe", "jane@example.com", region="DE")
    house.agree(jane, "xposedornot")
    _ask(house, jane, {name: Clean() for name in ("hibp_breaches", "xposedornot")}, 10)
    _ask(house, jane, {"hibp_breaches": Found((SHOP,)), "xposedornot": Clean()}, 3)
    _ask(house, jane, {"hibp_pastes": Clean()}, 1, job="dark_web_monitor")
    _rest(house)
    house.opened()
    return house


def stealer(home: Path) -> Household:
    """A stealer log, and not one other check that has an answer; never opened."""
    house = _keyed(home, SourcesSettings(xposedornot=ON, hudsonrock=ON, ahmia=ON))
    john = _person(house, "John Doe", "john@example.com", region="US-CA")
    house.agree(john, "xposedornot", "hudsonrock", "ahmia")
    silent: dict[str, Verdict] = {
        "hibp_breaches": Inconclusive(Reason.UNAUTHORISED),
        "xposedornot": Inconclusive(Reason.SOURCE_CHANGED),
    }
    _ask(house, john, silent, 2, status="failed")
    log: dict[str, Verdict] = {
        "hibp_pastes": Inconclusive(Reason.UNAUTHORISED),
        "hudsonrock": Found((STEALER,)),
        "ahmia": Inconclusive(Reason.RATE_LIMITED),
    }
    _ask(house, john, log, 1, job="dark_web_monitor", status="partial")
    _rest(house)
    return house


def large(home: Path, persons: int = 300) -> Household:
    """Many people, every kind and state of finding and removal, hostile and sensitive names."""
    channels = {"desk": ChannelSettings("desktop"), "mail": ChannelSettings("apprise")}
    sources = SourcesSettings(xposedornot=ON, hudsonrock=ON, ahmia=ON)
    house = _keyed(home, sources, AlertsSettings(channels=channels))
    everybody = [_member(house, number) for number in range(persons)]
    for weeks in range(30, 0, -1):
        _week(house, everybody, weeks)
    for person in everybody[:40]:
        _listings(house, person)
    _decide(house)
    _alerts(house)
    _rest(house)
    house.opened()
    return house


HOUSEHOLDS: Mapping[str, Callable[[Path], Household]] = {
    "empty": empty,
    "all_clean": all_clean,
    "one_breach": one_breach,
    "stealer": stealer,
    "large": large,
}


def breach(
    name: str,
    day: str,
    *classes: str,
    flags: tuple[str, ...] = (),
    domain: str = "site.example",
    description: str = "",
) -> Sighting:
    """Give a breach as HIBP tells it."""
    return Sighting(
        kind=FindingKind.BREACH,
        key="".join(filter(str.isalnum, name.lower())),
        title=name,
        source_key=name,
        occurred_on=day,
        data_classes=("Email addresses", *classes),
        details=BreachDetails(
            domain=domain,
            added_on=day,
            accounts=1_234_567,
            description=description,
            flags=frozenset({"verified", *flags}),
        ),
    )


SHOP = breach(
    "Example Shop",
    "2026-10-09",
    "Passwords",
    "Names",
    domain="shop.example",
    description="In October 2026 a web shop lost its customers' passwords, hashed with MD5.",
)
STEALER = Sighting(
    kind=FindingKind.STEALER,
    key="2026-11-02t000000",
    title="infostealer log: RedLine",
    source_key="2026-11-02",
    occurred_on="2026-11-02",
)
BREACHES = (
    SHOP,
    breach("Example Forum", "2019-11-02", "Usernames", "IP addresses"),
    breach("Example Hotel", "2026-08-30", "Dates of birth", "Travel plans", "Physical addresses"),
    breach("Example Dating", "2025-02-14", "Sexual orientations", flags=("sensitive",)),
    breach("Example Bank", "2026-01-20", "Credit cards", "Names"),
    breach(
        HOSTILE, "2024-05-01", "Phone numbers", flags=("fabricated",), domain="www.evil.example"
    ),
)
PASTE = Sighting(
    kind=FindingKind.PASTE,
    key="pastebin:example1",
    title="combo | http://evil.example *list*",
    source_key="Pastebin ExAmPlE1",
    occurred_on="2026-05-01",
)
MENTION = Sighting(
    kind=FindingKind.MENTION,
    key="onion",
    title="Fresh combo list <b>of</b> www.evil.example",
    source_key="onion",
)


def _keyed(home: Path, sources: SourcesSettings, alerts: AlertsSettings | None = None) -> Household:
    house = _household(home, Settings(sources=sources, alerts=alerts or AlertsSettings()))
    secrets.set_secret(house.config.paths, "hibp_api_key", KEY)
    return house


def _household(home: Path, settings: Settings) -> Household:
    paths = Paths(home, home, home)
    db = Database.open(paths.database)
    # Nothing of a test's is lost with the power.
    db.execute("PRAGMA synchronous = OFF")
    house = Household(db, Config(paths, settings))
    # Whoever drops a household leaves no connection open.
    weakref.finalize(house, db.close)
    return house


def _person(house: Household, name: str, *emails: str, region: str | None = None) -> Person:
    person = people.add_person(
        house.db,
        name,
        emails=emails,
        relation=Relation.SELF,
        consent=ConsentBasis.SELF,
        region=region,
    )
    for table in ("persons", "identifiers"):
        house.db.execute(f"UPDATE {table} SET added_at = :at", {"at": to_text(ADDED)})
    return people.get_person(house.db, str(person.id))


def _ask(
    house: Household,
    person: Person,
    verdicts: Mapping[str, Verdict],
    days_ago: float,
    *,
    job: str = "breach_recheck",
    status: str = "success",
) -> None:
    """Run a job that asks about every address of one person, with one verdict per source."""
    with house.run(job, days_ago, status) as run_id:
        for one in person.identifiers:
            for source, verdict in verdicts.items():
                house.answer(run_id, one, source, verdict, days_ago)


def _rest(house: Household) -> None:
    """Run what has nothing to ask: the look at the listings, and the report of last week."""
    with house.run("verify_removals", 0.3, "skipped") as run_id:
        house.db.update_scheduled_run(run_id, details={"reason": "nothing_due"})
    with house.run("generate_report", 6.9):
        pass


def _member(house: Household, number: int) -> Person:
    region = ("DE", "US-CA", "US-NY", None)[number % 4]
    emails = [f"person{number:03}@example.com"] + [f"p{number:03}@work.example"] * (number % 5 == 0)
    person = _person(house, f"Person {number:03} Example", *emails, region=region)
    if number % 7 == 0:
        people.add_identifier(house.db, person, IdentifierKind.PHONE, f"+1555010{number:04}")
    house.agree(person, "xposedornot", "hudsonrock", "ahmia")
    return people.get_person(house.db, str(person.id))


def _week(house: Household, everybody: list[Person], weeks: int) -> None:
    """One week's two runs; every person is asked about in one week of ten, all in the last."""
    ago = weeks * 7 - 4.5
    status = "partial" if weeks % 4 == 0 else "success"
    asked = [one for one in everybody if weeks == 1 or one.id % 10 == weeks % 10]
    emails = [
        (person, one)
        for person in asked
        for one in person.identifiers
        if one.kind is IdentifierKind.EMAIL
    ]
    with house.run("breach_recheck", ago, status) as run_id:
        for person, one in emails:
            house.answer(run_id, one, "hibp_breaches", _breaches(person, weeks), ago)
            house.answer(run_id, one, "xposedornot", _xposed(person), ago)
    with house.run("dark_web_monitor", ago - 1, status) as run_id:
        for person, one in emails:
            house.answer(run_id, one, "hibp_pastes", _found(PASTE, person.id % 9 == 0), ago - 1)
            house.answer(run_id, one, "hudsonrock", _found(STEALER, person.id == 7), ago - 1)
            house.answer(run_id, one, "ahmia", _mention(person), ago - 1)


def _breaches(person: Person, weeks: int) -> Verdict:
    if person.id % 11 == 5:
        return Inconclusive(Reason.RATE_LIMITED)
    known = [one for at, one in enumerate(BREACHES) if (person.id + at) % 6 == 0]
    fresh = [BREACHES[person.id % 6]] if weeks == 1 and person.id % 5 == 0 else []
    return Found((*known, *fresh)) if known or fresh else Clean()


def _xposed(person: Person) -> Verdict:
    return Found((SHOP,)) if person.id % 12 == 0 else Clean()


def _mention(person: Person) -> Verdict:
    if person.id % 13 == 0:
        return Inconclusive(Reason.TIMEOUT)
    return _found(MENTION, person.id % 17 == 0)


def _found(one: Sighting, there: bool) -> Verdict:
    return Found((one,)) if there else Clean()


def _listings(house: Household, person: Person) -> None:
    """Save one listing, or two; what became of it goes by the person's number."""
    removal = house.save(person, ("spokeo", "radaris", "whitepages")[person.id % 3], person.id, 90)
    turn = person.id % 10
    if turn == 0:
        return
    house.request(removal, person, 60 if turn > 2 else 20)
    if turn == 1:
        house.mark(removal, Acknowledged(NOW - timedelta(days=15)))
    elif turn == 3:
        house.mark(removal, DeadEnded(NOW - timedelta(days=12), DeadEndReason.REQUIRES_ID))
    elif turn == 4:
        house.mark(removal, Escalated(NOW - timedelta(days=9)))
    elif turn > 4:
        with house.run("verify_removals", 50 - person.id / 10) as run_id:
            for look in _looks(turn):
                house.look(run_id, removal, look)


def _looks(turn: int) -> list[Look]:
    def ago(days: int) -> datetime:
        return NOW - timedelta(days=days)

    gone = [SeenGone(ago(days), OwnEyes()) for days in (50, 45)]
    match turn:
        case 5:
            return [NotSure(ago(day), Reason.BLOCKED) for day in (50, 45, 40, 35, 30)]
        case 6:
            return [gone[0]]
        case 7 | 8:
            return [*gone]
        case _:
            return [*gone, SeenListed(ago(4), FetchedPage())]


def _decide(house: Household) -> None:
    """Close a good part of what was found, in each way there is."""
    ids = [row["id"] for row in house.db.query("SELECT id FROM findings ORDER BY id")]
    until = date(2027, 1, 31)
    deeds = (Resolve(), Accept(), Snooze(until), Disown(), Accept(until))
    for number, finding in enumerate(ids):
        if number % 3 == 0:
            house.decide(finding, deeds[number // 3 % 5], 3 + number % 100)


def _alerts(house: Household) -> None:
    db, at = house.db, to_text(NOW - timedelta(days=4))
    for name in ("desk", "mail"):
        db.insert("channels", {"name": name, "known_since": to_text(NOW - timedelta(days=90))})
    for number, (name, state) in enumerate(
        (("desk", "sent"), ("desk", "sent"), ("mail", "uncertain"), ("mail", "pending"))
    ):
        row = {"channel": name, "state": state, "created_at": at, "not_before": at}
        sent = {"sent_at": at} if state == "sent" else {"error": "connection refused"}
        message = db.insert("messages", {**row, **sent})
        told = {"channel": name, "event": "drill" if number == 1 else "new"}
        db.insert(
            "outbox",
            {**told, "subject": f"subject:{number}", "created_at": at, "message": message},
        )
    db.insert(
        "notices",
        {
            "event": "blind",
            "subject": "ahmia",
            "episode": at,
            "raised_at": to_text(NOW - timedelta(days=2)),
        },
    )
