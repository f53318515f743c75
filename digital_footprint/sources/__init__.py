"""What an outside service is to the rest of the program, and which ones there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Protocol

from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.verdicts import Clean, Found

if TYPE_CHECKING:
    from digital_footprint.http import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What people are told of a source before anything of theirs goes there.

    `service` is its section in config.toml; `secret` the key it cannot do without;
    `consent_version` grows with every change of `sends` or `recipient`.
    """

    name: str
    service: str
    job: str
    kinds: frozenset[IdentifierKind]
    default_base_url: str
    secret: str | None
    key_from: str
    sends: str
    recipient: str
    price: str
    terms: str
    clean_means: str
    attribution: str
    consent_version: int


class Line(Protocol):
    """A source's way to its service: within budget, every datum entered on the ledger first."""

    @property
    def secret(self) -> str:
        """The source's key."""

    def get(
        self,
        path: str,
        *,
        about: Identifier | None,
        headers: Mapping[str, str] | None = None,
        body_limit: int | None = None,
    ) -> "Answer":
        """GET base_url + path. `about` names whose datum the request carries, None for nobody's.

        Raises Unanswered.
        """

    def limit(self, count: int, period: timedelta) -> None:
        """From now on at most `count` requests in any `period`."""


class Source(Protocol):
    """One outside service. Both methods raise Unanswered when there is no answer to build on."""

    profile: ClassVar[Profile]

    def __init__(self, line: Line) -> None:
        """Take the way to the service; nothing is asked yet."""

    def canary(self) -> None:
        """Ask about what the answer is known of; raise Unanswered when it is not that."""

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one identifier. Clean only for the very answer that means it."""


def all_sources() -> Mapping[str, type[Source]]:
    """Give every source by its name, in the order in which they are shown."""
    from digital_footprint.sources.hibp import HibpBreaches

    return {source.profile.name: source for source in (HibpBreaches,)}


def profiles() -> tuple[Profile, ...]:
    """Give what is told of every source."""
    return tuple(source.profile for source in all_sources().values())
