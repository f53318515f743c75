"""Fetches one listing's page after the other and judges it beside its broker's front page.

Each request is on the ledger before it is sent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never
from urllib.parse import urlsplit

from digital_footprint import disclosures, people, removals
from digital_footprint.brokers import Broker
from digital_footprint.brokers.pages import (
    Evidence,
    Listed,
    NotListed,
    Page,
    Subject,
    Unsure,
    control_url,
    judge,
    judge_control,
)
from digital_footprint.clock import Clock, to_text
from digital_footprint.config import Config
from digital_footprint.database import Database, Row
from digital_footprint.http import Http, Limits
from digital_footprint.listing_url import origin_and_path
from digital_footprint.looks import controls_failed_in, waits_of
from digital_footprint.model import IdentifierKind, Progress
from digital_footprint.pace import GAP
from digital_footprint.removal_events import (
    ControlledPage,
    FetchedPage,
    Look,
    NotSure,
    PassedOver,
    SeenGone,
    SeenListed,
)
from digital_footprint.tally import Pair
from digital_footprint.text import plain
from digital_footprint.verdicts import Reason, Unanswered

# A wall may go up while a long run is under way.
CONTROL_HOLDS = timedelta(minutes=10)
# A broker that turned away so many pages one after the other is left alone until another day.
PATIENCE = 5
# So long, where it names no time itself: until the next day's run. Whoever was not asked comes
# before those that it refused, who wait an hour longer.
POLITE = timedelta(hours=22)
# A page that did not come is asked for on another day: no broker gets the same request twice.
ONE_TRY = Limits(attempts=1)
WANTED = {"accept": "text/html, application/xhtml+xml"}
# An alias is a name again: it tells nobody from a namesake.
SECOND_IDENTIFIERS = frozenset(
    {
        IdentifierKind.CITY,
        IdentifierKind.STREET,
        IdentifierKind.BIRTH_YEAR,
        IdentifierKind.PHONE,
        IdentifierKind.RELATIVE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What a run brings along when it looks. `taken_up`: the interrupted runs before it."""

    db: Database
    config: Config
    run_id: int
    brokers: Mapping[str, Broker]
    taken_up: Sequence[int]
    clock: Clock
    progress: Progress
    limits: Limits | None = None
    planned: frozenset[Pair] = frozenset()
    carried: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """A look with what is kept of it beside its verdict."""

    look: Look | PassedOver
    note: str = ""
    evidence: Evidence | None = None
    control_failed: str | None = None
    """Why the control did not pass on which the look depended; None for any other look."""

    def more(self) -> dict[str, Any]:
        """Give note and evidence as they are stored."""
        more: dict[str, Any] = {"note": plain(self.note)} if self.note else {}
        if self.control_failed is not None:
            more["control_failed"] = self.control_failed
        if self.evidence is not None:
            more["evidence"] = {
                "final_url": plain(self.evidence.final_url, limit=2000),
                "status": self.evidence.status,
                "marker": plain(self.evidence.marker),
                "text_sha256": self.evidence.text_sha256,
                "rule": plain(self.evidence.rule),
            }
        return more


@dataclass(slots=True)
class Visit:
    """The pages of one run: when each broker was asked last, its control, its patience."""

    looking: Looking
    _asked: dict[str, datetime] = field(default_factory=dict)
    _passed: dict[str, datetime] = field(default_factory=dict)
    _failed: dict[str, Unanswered] = field(init=False)
    _turned_away: dict[str, int] = field(default_factory=dict)
    _refusals: dict[str, NotSure] = field(init=False)
    _subjects: dict[int, Subject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take up what is known of before: brokers to be left alone, controls that failed.

        Of those what an interrupted run did of this one counts.
        """
        looking = self.looking
        self._refusals = waits_of(looking.db, looking.clock.now())
        self._failed = controls_failed_in(self.looking.db, self.looking.taken_up)

    def look_at(self, one: Row) -> Seen:
        """Fetch one listing's page and judge it."""
        broker = self.looking.brokers.get(one["broker"])
        if broker is None:
            return self.unsure(Reason.NOT_CONFIGURED, "no broker of that name is known any more")
        if not broker.owns(urlsplit(one["url"]).hostname):
            # Who has the address now is not who the person agreed to send it to.
            note = "the address is on none of the broker's domains any more"
            return self.unsure(Reason.NOT_CONFIGURED, note)
        refusal = self._refusals.get(broker.slug)
        if refusal and refusal.retry_at and refusal.retry_at > self.looking.clock.now():
            passed = PassedOver(self.looking.clock.now(), refusal.reason, refusal.retry_at)
            return Seen(passed, "not asked: the broker refused before")
        try:
            seen = self._seen(self._fetch(broker, one), broker, self._subject(one["person_id"]))
        except Unanswered as unanswered:
            if unanswered.verdict.reason is Reason.NO_CONSENT:
                return Seen(PassedOver(self.looking.clock.now(), Reason.NO_CONSENT))
            seen = self._unanswered(unanswered, one["url"], broker)
        return self._minded(broker, seen)

    def unsure(self, reason: Reason, note: str) -> Seen:
        """Give a look that tells nothing."""
        return Seen(self._not_sure(reason), note)

    def _seen(self, page: Page, broker: Broker, subject: Subject) -> Seen:
        now, boot = self.looking.clock.now, self.looking.clock.boot
        look = judge(page, broker, subject)
        match look:
            case Listed(evidence):
                return Seen(SeenListed(now(), FetchedPage(), boot()), evidence=evidence)
            case NotListed(evidence):
                control = self._control(page.url, broker)
                if isinstance(control, Unanswered):
                    verdict = control.verdict
                    note = f"not there, but the front page is no control: {verdict.note}"
                    unsure = self._not_sure(verdict.reason, verdict.retry_at)
                    return Seen(unsure, note, evidence, control_failed=verdict.note)
                gone = SeenGone(now(), ControlledPage(control), boot(), broker.confirm_days)
                return Seen(gone, evidence=evidence)
            case Unsure(reason, note, evidence):
                return Seen(self._not_sure(reason), note, evidence)
            case _:
                assert_never(look)

    def _control(self, url: str, broker: Broker) -> datetime | Unanswered:
        """Give when the control passed in this run, or why it did not.

        One that failed fails for the whole broker; one that passed says nothing of much later.
        """
        if failed := self._failed.get(broker.slug):
            return failed
        control, now = control_url(broker, url), self.looking.clock.now()
        passed = self._passed.get(control)
        if passed is None or not timedelta() <= now - passed <= CONTROL_HOLDS:
            try:
                passed = self._passed[control] = self._pass_control(control, broker)
            except Unanswered as unanswered:
                self._failed[broker.slug] = unanswered
                return unanswered
        return passed

    def _pass_control(self, control: str, broker: Broker) -> datetime:
        if not judge_control(self._get(broker, control, lambda: None), broker):
            raise Unanswered(Reason.SOURCE_CHANGED, "it is not the broker's own page")
        return self.looking.clock.now()

    def _fetch(self, broker: Broker, one: Row) -> Page:
        def before_attempt() -> None:
            looking = self.looking
            with looking.db.transaction():
                if not removals.is_watched(looking.db, one["id"]):
                    raise Unanswered(Reason.NO_CONSENT, "withdrawn")
                disclosures.record_listing(
                    looking.db,
                    person_id=one["person_id"],
                    removal_id=one["id"],
                    run_id=looking.run_id,
                    source=f"broker:{broker.slug}",
                    recipient=origin_and_path(one["url"])[0].partition("://")[2],
                    at=to_text(looking.clock.now()),
                )

        return self._get(broker, one["url"], before_attempt)

    def _get(self, broker: Broker, url: str, before_attempt: Callable[[], None]) -> Page:
        """Fetch one page, not sooner after the broker's last one than is polite."""
        self._pause(broker.slug)
        origin, path = origin_and_path(url)
        limits = self.looking.limits or ONE_TRY
        try:
            with Http(origin, limits=limits, on_wait=self.looking.progress.wait) as http:
                answer = http.get(path, headers=WANTED, before_attempt=before_attempt)
        finally:
            self._asked[broker.slug] = self.looking.clock.now()
        return Page(url, url, answer.status, answer.headers, answer.body)

    def _pause(self, slug: str) -> None:
        if slug not in self._asked:
            return
        wait = (self._asked[slug] + GAP - self.looking.clock.now()).total_seconds()
        if wait > 0:
            self.looking.clock.sleep(wait)

    def _unanswered(self, unanswered: Unanswered, url: str, broker: Broker) -> Seen:
        verdict, status = unanswered.verdict, unanswered.status
        look = self._not_sure(verdict.reason, verdict.retry_at)
        if status is None:
            return Seen(look, verdict.note)
        return Seen(look, verdict.note, Evidence(url, status, verdict.note, "", broker.rule_name))

    def _not_sure(self, reason: Reason, retry_at: datetime | None = None) -> NotSure:
        clock = self.looking.clock
        return NotSure(clock.now(), reason, retry_at, clock.boot())

    def _minded(self, broker: Broker, seen: Seen) -> Seen:
        """Remember a refusal that the broker's next page would meet as well, and until when."""
        look = seen.look
        if not isinstance(look, NotSure):
            self._turned_away[broker.slug] = 0
            return seen
        if look.reason is Reason.BLOCKED:
            self._turned_away[broker.slug] = self._turned_away.get(broker.slug, 0) + 1
        told = look.reason is Reason.RATE_LIMITED or look.retry_at is not None
        if told or self._turned_away.get(broker.slug, 0) >= PATIENCE:
            waiting = replace(look, retry_at=look.retry_at or look.at + POLITE)
            self._refusals[broker.slug] = waiting
            return replace(seen, look=waiting)
        return seen

    def _subject(self, person_id: int) -> Subject:
        if person_id not in self._subjects:
            person = people.get_person(self.looking.db, str(person_id))
            second = [one.value for one in person.identifiers if one.kind in SECOND_IDENTIFIERS]
            self._subjects[person_id] = Subject(person.name, tuple(second))
        return self._subjects[person_id]
