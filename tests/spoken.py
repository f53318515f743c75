"""Sources that say what a test tells them to, asked by the real checks."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from digital_footprint import checks, consents, findings, people, process
from digital_footprint.asking import Asking
from digital_footprint.checks import check_all
from digital_footprint.clock import Clock
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import ConsentBasis, Identifier, NoProgress
from digital_footprint.sources import Line, Profile, Source, all_sources
from digital_footprint.verdicts import (
    BreachDetails,
    Clean,
    FindingKind,
    Found,
    Inconclusive,
    Reason,
    Sighting,
    Skipped,
    Unanswered,
    Verdict,
)

Answer = Found | Clean | Reason
# One moment for all: what is shown must not depend on when a test was run.
MOMENT = datetime(2026, 11, 22, 3, 17, tzinfo=UTC)
HIBP_PROFILE = all_sources()["hibp_breaches"].profile
JANE = "jane@example.com"


def breach(
    name: str = "Adobe",
    *classes: str,
    day: str | None = "2026-10-01",
    flags: tuple[str, ...] = ("verified",),
    modified: str | None = "2026-10-02T00:00:00Z",
    title: str = "",
    description: str = "",
    detailed: bool = True,
) -> Sighting:
    details = BreachDetails(modified_at=modified, flags=frozenset(flags), description=description)
    return Sighting(
        kind=FindingKind.BREACH,
        key=name.casefold(),
        title=title or name,
        source_key=name,
        occurred_on=day,
        data_classes=classes,
        details=details if detailed else None,
    )


def found(*sightings: Sighting, speaks_for: frozenset[str] | None = None) -> Found:
    return Found(sightings, speaks_for=speaks_for)


HIBP, XON = "hibp_breaches", "xposedornot"
ADOBE = breach("Adobe", "Passwords", "Email addresses", "Names")
SHOP = breach("Shop", "Dates of birth")
CLEAN = Clean()


def one(db: Database, finding_id: int = 1) -> dict[str, Any]:
    return findings.show_finding(db, finding_id)


def story(db: Database, finding_id: int = 1) -> list[str]:
    return [event["event"] for event in one(db, finding_id)["events"]]


def everything(db: Database) -> str:
    tables = ("findings", "witnesses", "resolutions", "finding_events")
    return json.dumps([db.query(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables])


def ask(
    db: Database, config: Config, answers: Mapping[str, Mapping[str, Answer]]
) -> dict[str, Any]:
    """Run once: each source, by name, gives each address its answer; clean where none is told."""
    asking = _asking(db, config)
    sources = [_source(name, told) for name, told in answers.items()]
    for person in people.list_persons(db):
        for source in sources:
            consents.give(db, person.id, source.profile, ConsentBasis.SELF)
    return check_all(asking, sources, people.list_identifiers(db))


def enter(db: Database, config: Config, answers: Mapping[str, Mapping[str, Answer]]) -> None:
    """Do as `ask`, but hand the verdicts to the place where all of them are entered.

    Opening an HTTP client that nothing is sent through costs most of a check.
    """
    asking = _asking(db, config)
    for source, told in answers.items():
        for identifier in people.list_identifiers(db):
            answer = told.get(identifier.value, Clean())
            with db.transaction():
                checks._enter(asking, source, identifier, _verdict(answer))


def _verdict(answer: Answer) -> Verdict:
    match answer:
        case Reason.NO_CONSENT:
            return Skipped(answer)
        case Reason():
            return Inconclusive(answer)
        case _:
            return answer


def tell(db: Database, config: Config, source: str, *answers: Answer) -> None:
    """One source gives its answers about Jane's address, one run after the other."""
    for answer in answers:
        enter(db, config, {source: {JANE: answer}})


def _asking(db: Database, config: Config) -> Asking:
    run_id = db.insert_scheduled_run("breach_recheck", "2026-11-22T03:17:00Z")
    return Asking(
        db=db,
        config=config,
        run_id=run_id,
        carried=frozenset(),
        clock=Clock(now=lambda: MOMENT),
        progress=NoProgress(),
        run=process.run,
    )


def _source(name: str, told: Mapping[str, Answer]) -> type[Source]:
    class Spoken:
        profile: ClassVar[Profile] = replace(HIBP_PROFILE, name=name, secret=None)

        def __init__(self, line: Line) -> None:
            pass

        def canary(self) -> None:
            pass

        def check(self, identifier: Identifier) -> Found | Clean:
            answer = told.get(identifier.value, Clean())
            if isinstance(answer, Reason):
                raise Unanswered(answer, "as told")
            return answer

    return Spoken
