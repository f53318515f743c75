"""Decides what may leave: every request within budget, by consent, on the ledger before it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint import consents, disclosures, observations, people
from digital_footprint.asking import Asking
from digital_footprint.budget import Budget
from digital_footprint.clock import to_text
from digital_footprint.config import Config, load_config
from digital_footprint.model import Identifier
from digital_footprint.process import Completed
from digital_footprint.sources import Profile
from digital_footprint.switches import On, switch
from digital_footprint.verdicts import Reason, Unanswered

if TYPE_CHECKING:
    from digital_footprint.http import Answer, Http


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
