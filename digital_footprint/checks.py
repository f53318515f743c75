"""Asks every source that is switched on about every identifier it may be asked about.

One check is one (identifier, source) pair; each ends in a verdict that is committed before the
next one begins.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digital_footprint import consents, disclosures, findings, observations, people
from digital_footprint.budget import Budget
from digital_footprint.clock import Clock, from_text, to_text
from digital_footprint.config import Config, load_config
from digital_footprint.database import Database
from digital_footprint.model import Identifier, Progress
from digital_footprint.process import Completed, FeedingRunner
from digital_footprint.secrets import Secrets
from digital_footprint.sources import Profile, Source, profiles
from digital_footprint.switches import On, switch
from digital_footprint.tally import Pair, RunningTally, tally
from digital_footprint.verdicts import (
    Clean,
    FindingCounts,
    Found,
    Inconclusive,
    Reason,
    Skipped,
    Unanswered,
    Verdict,
)

if TYPE_CHECKING:
    from digital_footprint.http import Answer, Http, Limits

LONGEST_BLOCK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a run brings along when it asks."""

    db: Database
    config: Config
    run_id: int
    carried: frozenset[Pair]
    all_due: bool = False
    clock: Clock
    progress: Progress
    run: FeedingRunner
    limits: "Limits | None" = None


def check_all(
    asking: Asking, sources: Sequence[type[Source]], identifiers: Sequence[Identifier]
) -> dict[str, Any]:
    """Make every check of these sources that is due; give the run's counts."""
    wanted = {source.profile.name: _due(asking, source.profile, identifiers) for source in sources}
    pairs = {(one.id, name) for name, due in wanted.items() for one in due}
    asking = replace(asking, carried=asking.carried & pairs)
    job = sources[0].profile.job if sources else ""
    asking.progress.start(job, len(pairs) - len(asking.carried))
    counted = RunningTally(asking.db, asking.run_id, pairs, asking.carried)
    _write(asking, counted.details)
    rest = [(source, _not_carried(asking, source, wanted)) for source in sources]
    try:
        for source, identifiers_of_source in rest:
            _check_source(asking, source, identifiers_of_source, counted)
    except BaseException:
        asking.db.rollback()
        asking.db.hurry()
        with asking.db.transaction():
            _enter_the_rest(asking, rest)
            _write(asking, tally(asking.db, asking.run_id, pairs, asking.carried))
        raise
    return tally(asking.db, asking.run_id, pairs, asking.carried)


def switched_on(
    db: Database, config: Config, sources: Sequence[type[Source]]
) -> list[type[Source]]:
    """Give those of the sources that are on."""
    return [source for source in sources if isinstance(switch(db, config, source.profile), On)]


def _due(asking: Asking, profile: Profile, identifiers: Sequence[Identifier]) -> list[Identifier]:
    """Give the identifiers to ask a source about: who waits longest for an answer comes first.

    Where a service's limit does not reach for everybody, the next run goes on where this one ended.
    """
    mine = [identifier for identifier in identifiers if identifier.kind in profile.kinds]
    times = observations.last_times(asking.db, profile.name)
    if profile.every is not None and not asking.all_due:
        latest = to_text(asking.clock.now() - profile.every)
        mine = [one for one in mine if times.asked.get(one.id, "") <= latest]
    return sorted(mine, key=lambda one: times.answered.get(one.id, ""))


def _not_carried(
    asking: Asking, source: type[Source], wanted: Mapping[str, list[Identifier]]
) -> list[Identifier]:
    name = source.profile.name
    return [one for one in wanted[name] if (one.id, name) not in asking.carried]


def _check_source(
    asking: Asking, source: type[Source], identifiers: Sequence[Identifier], counted: RunningTally
) -> None:
    """Make the checks of one source."""
    name = source.profile.name
    consenting = consents.consenting(asking.db, source.profile)
    with ExitStack() as stack:
        conversation = Conversation(asking, source, stack)
        for identifier in identifiers:
            may_ask = identifier.person_id in consenting
            verdict = conversation.ask(identifier) if may_ask else Skipped(Reason.NO_CONSENT)
            with asking.db.transaction():
                counts = _enter(asking, name, identifier, verdict)
                counted.add(name, identifier, verdict, counts)
                _write(asking, counted.details)
            asking.progress.step(name)


def _enter_the_rest(asking: Asking, rest: Sequence[tuple[type[Source], list[Identifier]]]) -> None:
    """Enter every check that a run broken off has not made, at once: whoever stops it waits."""
    for source, identifiers in rest:
        name = source.profile.name
        consenting = consents.consenting(asking.db, source.profile)
        entered = observations.entered(asking.db, asking.run_id, name)
        for identifier in identifiers:
            if identifier.id in entered:
                continue
            if identifier.person_id in consenting:
                _enter(asking, name, identifier, Inconclusive(Reason.INTERRUPTED))
            else:
                _enter(asking, name, identifier, Skipped(Reason.NO_CONSENT))


def _enter(asking: Asking, source: str, identifier: Identifier, verdict: Verdict) -> FindingCounts:
    """Enter a verdict with everything that follows from it, within the caller's transaction."""
    at = to_text(asking.clock.now())
    counts = _record_findings(asking, source, identifier, verdict, at)
    observations.record(
        asking.db,
        identifier,
        run_id=asking.run_id,
        source=source,
        verdict=verdict,
        counts=counts,
        at=at,
    )
    return counts


def _write(asking: Asking, details: dict[str, Any]) -> None:
    asking.db.update_scheduled_run(asking.run_id, details=details)


def _record_findings(
    asking: Asking, source: str, identifier: Identifier, verdict: Verdict, at: str
) -> FindingCounts:
    if not isinstance(verdict, Found | Clean):
        return FindingCounts()
    sightings = verdict.sightings if isinstance(verdict, Found) else ()
    first_answer = observations.is_first_answer(asking.db, identifier, source)
    context = findings.Context(asking.run_id, source, at, first_answer)
    new = sum(findings.record(asking.db, identifier, sighting, context) for sighting in sightings)
    findings.note_absent(asking.db, identifier, verdict, context)
    return FindingCounts(
        found=len(sightings),
        new=new,
        baseline=new if first_answer else 0,
        undetailed=sum(sighting.details is None for sighting in sightings),
    )


class Conversation:
    """One source asked within one run: first the canary, then the persons' identifiers.

    Once the source cannot be asked, every further identifier gets the reason unasked.
    """

    def __init__(self, asking: Asking, source: type[Source], stack: ExitStack) -> None:
        self._asking = asking
        self._source = source
        self._stack = stack
        self._opened: Source | None = None
        self._refusal: Inconclusive | Skipped | None = None

    def ask(self, identifier: Identifier) -> Verdict:
        """Give the verdict on one identifier."""
        if self._refusal is not None:
            return self._refusal
        try:
            if self._opened is None:
                self._opened = self._open()
        except Unanswered as unanswered:
            self._refusal = _verdict(unanswered)
            return self._refusal
        try:
            return self._opened.check(identifier)
        except Unanswered as unanswered:
            verdict = _verdict(unanswered)
            if unanswered.ends_the_asking:
                self._refusal = verdict
            return verdict

    def _open(self) -> Source:
        """Make the way to the service and try it on the canary."""
        self._respect_earlier_block()
        source = self._source(self._line())
        source.canary()
        return source

    def _respect_earlier_block(self) -> None:
        until = self._blocked_until()
        now = self._asking.clock.now()
        # A clock that once ran ahead must not silence a source for longer than a block can last.
        if until and now < from_text(until) <= now + LONGEST_BLOCK:
            raise Unanswered(
                Reason.RATE_LIMITED,
                "the service asked not to be asked before then",
                retry_at=from_text(until),
            )

    def _blocked_until(self) -> str | None:
        """Give the latest word: who uses up a key's limit uses it up for all that share it."""
        states, mine = observations.source_states(self._asking.db), self._source.profile
        ends = [
            state["blocked_until"]
            for one in profiles()
            if one.service == mine.service and (state := states.get(one.name))
            if one.name == mine.name or state["last_reason"] == Reason.RATE_LIMITED
        ]
        return max(filter(None, ends), default=None)

    def _line(self) -> "ServiceLine":
        from digital_footprint.http import Http

        asking, profile = self._asking, self._source.profile
        secret = None
        if profile.secret is not None:
            secret = Secrets(asking.config.paths).get(profile.secret)
            if secret is None:
                raise Unanswered(Reason.NOT_CONFIGURED, f"no {profile.secret}")
        base_url = base_url_of(asking.config, profile)
        http = Http(base_url, limits=asking.limits, on_wait=asking.progress.wait)
        self._stack.enter_context(http)
        budget = Budget(asking.db, profile.service, secret, asking.clock, asking.progress)
        for count, period in profile.limits:
            budget.limit(count, period)
        return ServiceLine(asking, profile, http, budget, secret or "", host_of(base_url))


def _verdict(unanswered: Unanswered) -> Inconclusive | Skipped:
    """Give what an unanswered check comes to: without leave nobody was asked."""
    verdict = unanswered.verdict
    if verdict.reason is Reason.NO_CONSENT:
        return Skipped(Reason.NO_CONSENT, verdict.note)
    return verdict


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """The `Line` of a running job: counts every request, and enters every datum that leaves."""

    asking: Asking
    profile: Profile
    http: "Http"
    budget: Budget
    secret: str
    recipient: str

    @property
    def chosen(self) -> bool:
        """Whether config.toml turns it on by its own name."""
        return self.asking.config.source(self.profile.section).enabled is True

    @property
    def tools(self) -> Path:
        """Where the optional programs are."""
        return self.asking.config.paths.probes

    def limit(self, count: int, period: timedelta) -> None:
        """From now on at most `count` requests in any `period`."""
        self.budget.learn(count, period)

    def get(
        self,
        path: str,
        *,
        about: Identifier | None,
        datum: str | None = None,
        headers: Mapping[str, str] | None = None,
        body_limit: int | None = None,
    ) -> "Answer":
        """GET base_url + path; every attempt takes from the budget and stands on the ledger."""

        def before_attempt() -> None:
            self.budget.take()
            if about is None:
                at = to_text(self.asking.clock.now())
                observations.note_asked(self.asking.db, self.profile.name, at)
            else:
                self.enter(about, recipient=self.recipient, datum=datum)

        limits = {} if body_limit is None else {"body_limit": body_limit}
        return self.http.get(path, headers=headers, before_attempt=before_attempt, **limits)

    def enter(self, about: Identifier, *, recipient: str, datum: str | None = None) -> None:
        """Enter a datum on the ledger, before it leaves."""
        at = to_text(self.asking.clock.now())
        with self.asking.db.transaction():
            self._require_consent(about)
            observations.note_asked(self.asking.db, self.profile.name, at)
            disclosures.record(
                self.asking.db,
                about,
                run_id=self.asking.run_id,
                source=self.profile.name,
                recipient=recipient,
                datum=datum,
                at=at,
            )

    def run(self, argv: Sequence[str], *, stdin: str, seconds: float) -> Completed:
        """Run a program to its end, or until its time is over."""
        return self.asking.run(argv, stdin=stdin, seconds=seconds)

    def _require_consent(self, about: Identifier) -> None:
        """Look again at the moment of sending: a long run outlives a withdrawal."""
        db, config = self.asking.db, load_config(self.asking.config.paths)
        allowed = (
            isinstance(switch(db, config, self.profile), On)
            and consents.stands(db, about.person_id, self.profile)
            and people.is_watched(db, about)
        )
        if not allowed:
            raise Unanswered(Reason.NO_CONSENT, "withdrawn")


def base_url_of(config: Config, profile: Profile) -> str:
    """Where a source is asked, without a slash at the end."""
    mine, shared = config.source(profile.section), config.source(profile.service)
    return (mine.base_url or shared.base_url or profile.default_base_url).rstrip("/")


def host_of(url: str) -> str:
    """Give the host, with its port, that a URL reaches."""
    from urllib.parse import urlsplit

    return urlsplit(url).netloc
