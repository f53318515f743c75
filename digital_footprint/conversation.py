"""Decides whether a source can be asked in this run: block, key, canary, earlier refusals."""

from contextlib import ExitStack
from datetime import timedelta

from digital_footprint import observations
from digital_footprint.asking import Asking
from digital_footprint.budget import Budget
from digital_footprint.clock import from_text
from digital_footprint.model import Identifier
from digital_footprint.secrets import Secrets
from digital_footprint.service_line import ServiceLine, base_url_of, host_of
from digital_footprint.sources import Source, profiles
from digital_footprint.verdicts import Inconclusive, Reason, Skipped, Unanswered, Verdict

LONGEST_BLOCK = timedelta(days=1)


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
