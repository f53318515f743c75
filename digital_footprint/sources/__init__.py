"""What an outside service is to the rest of the program, and which ones there are."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.verdicts import Clean, Found

if TYPE_CHECKING:
    from digital_footprint.http import Answer
    from digital_footprint.process import Completed

NOBODY_FOUND = "an address that does not exist was found"

Limit = tuple[int, timedelta]
"""At most so many requests in any such period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What people are told of a source before anything of theirs goes there.

    `section`: its own part of config.toml. `service`: whose address, key and budget it uses,
    which several sources may share. `secret`: the key it cannot do without.
    `consent_version` grows with every change of `sends` or `recipient`. `before_consent`: what
    else somebody has to know. `limits`: the service's, where it has none that we know a polite one.
    `overhead`: requests of one run that are about nobody. `every`: the least time between two
    checks of one identifier, where that is longer than the job's interval. `says_clean`: whether
    it can answer without a finding.
    """

    name: str
    section: str
    service: str
    job: str
    default_base_url: str
    sends: str
    recipient: str
    price: str
    terms: str
    clean_means: str
    attribution: str
    consent_version: int
    limits: tuple[Limit, ...]
    overhead: int
    secret: str | None = None
    key_from: str = ""
    before_consent: str = ""
    every: timedelta | None = None
    kinds: frozenset[IdentifierKind] = frozenset({IdentifierKind.EMAIL})
    says_clean: bool = True


class Line(Protocol):
    """A source's way out: within budget, every datum entered on the ledger first."""

    @property
    def secret(self) -> str:
        """The source's key."""

    @property
    def chosen(self) -> bool:
        """Whether the source was turned on by its own name, not only by its service's key."""

    @property
    def tools(self) -> Path:
        """The directory under which each optional program has an environment of its own."""

    def get(
        self,
        path: str,
        *,
        about: Identifier | None,
        datum: str | None = None,
        headers: Mapping[str, str] | None = None,
        body_limit: int | None = None,
    ) -> "Answer":
        """GET base_url + path.

        `about` names whose datum the request carries, None for nobody's; `datum` what of it is
        sent, where that is not the whole. Raises Unanswered.
        """

    def limit(self, count: int, period: timedelta) -> None:
        """From now on at most `count` requests in any `period`."""

    def enter(self, about: Identifier, *, recipient: str, datum: str | None = None) -> None:
        """Enter a datum that a program is about to send.

        Raises Unanswered(no_consent) when that is not allowed any more.
        """

    def run(self, argv: Sequence[str], *, stdin: str, seconds: float) -> "Completed":
        """Run a program to its end, or until its time is over."""


class Source(Protocol):
    """One outside service. Both methods raise Unanswered when there is no answer to build on."""

    profile: ClassVar[Profile]

    def __init__(self, line: Line) -> None:
        """Take the way to the service; nothing is asked yet."""

    def canary(self) -> None:
        """Ask about what the answer is known of; raise Unanswered when it is not that."""

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one identifier. Clean only for the very answer that means it."""


def nobody() -> str:
    """Give an address that nobody can have: a service that finds it finds everybody."""
    return f"{secrets.token_hex(12)}@example.com"


def all_sources() -> Mapping[str, type[Source]]:
    """Give every source by its name, in the order in which they are shown and asked."""
    from digital_footprint.sources.ahmia import Ahmia
    from digital_footprint.sources.hibp_breaches import HibpBreaches
    from digital_footprint.sources.hibp_pastes import HibpPastes
    from digital_footprint.sources.holehe import Holehe
    from digital_footprint.sources.hudsonrock import HudsonRock
    from digital_footprint.sources.leakcheck import LeakCheck
    from digital_footprint.sources.user_scanner import UserScanner
    from digital_footprint.sources.xposedornot import XposedOrNot

    sources: tuple[type[Source], ...] = (
        HibpBreaches,
        HibpPastes,
        XposedOrNot,
        LeakCheck,
        HudsonRock,
        Ahmia,
        Holehe,
        UserScanner,
    )
    return {source.profile.name: source for source in sources}


def profiles() -> tuple[Profile, ...]:
    """Give what is told of every source."""
    return tuple(source.profile for source in all_sources().values())
