"""What is known of each data broker, and what one of its pages may be taken to say.

The facts lie in `data/SLUG.yaml`; a person's own files in `CONFIG/brokers` override or add.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from digital_footprint.brokers.rules import Confirm, Rule
from digital_footprint.removal_events import DeadEndReason
from digital_footprint.settings import is_loopback

__all__ = ["Broker", "Demand", "Method", "OptOut", "load_brokers"]


class Method(StrEnum):
    """How a request reaches a broker."""

    WEB = "web"
    EMAIL = "email"
    ON_PAGE = "on_page"
    """A link on the listing itself."""
    NONE = "none"


class Demand(StrEnum):
    """What a broker wants before it acts."""

    NAME = "name"
    EMAIL = "email"
    EMAIL_LINK = "email_link"
    LISTING_URL = "listing_url"
    CAPTCHA = "captcha"
    PHONE_CALL = "phone_call"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    ID_DOCUMENT = "id_document"


WARNINGS: Mapping[DeadEndReason, str] = {
    DeadEndReason.REQUIRES_ID: "it acts on a request only with an identity document",
    DeadEndReason.EXEMPT: "it says that the law does not bind it",
    DeadEndReason.DEVICE_ID_ONLY: "it acts on the identifier of a device, and on no name",
    DeadEndReason.DEFUNCT: "it is said to be out of service",
    DeadEndReason.REFUSED: "it is known to refuse requests",
    DeadEndReason.OTHER: "asking it is known to lead nowhere",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Where a request goes; `email` is the broker's address for requests, where one is known."""

    url: str
    method: Method = Method.WEB
    demands: tuple[Demand, ...] = ()
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The facts of one broker, and where they are from.

    `slug` is the file's name. `parent`: the broker whose opt-out covers this one too.
    `processing_days`: None where no source tells. `recheck_days` is a default of ours there.
    `search_urls`: addresses put together from a name, as in https://example.com/{first}-{last};
    a 404 on such a one says nothing. `last_verified`: the date of what the source says.
    """

    name: str
    domains: tuple[str, ...]
    opt_out: OptOut
    last_verified: str
    source: str
    slug: str = ""
    parent: str | None = None
    processing_days: int | None = None
    recheck_days: int = 30
    dead_ends: tuple[DeadEndReason, ...] = ()
    search_urls: tuple[str, ...] = ()
    notes: str = ""
    rule: Rule | None = None

    @property
    def confirm_days(self) -> int:
        """After how long what was not seen once is looked for a second time."""
        return (self.rule.confirm if self.rule else Confirm()).min_gap_days

    @property
    def rule_name(self) -> str:
        """The rule that its pages are judged by, with its version."""
        return f"{self.slug}/{self.rule.version}" if self.rule else "generic/1"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is known of why a request may lead nowhere, in words for people."""
        return tuple(WARNINGS[reason] for reason in self.dead_ends)

    def owns(self, host: str | None) -> bool:
        """Say whether a host is one of the broker's: a domain of theirs, or below one."""
        if host is None:
            return False
        domains = tuple(own.lower() for own in self.domains)
        below = tuple(f".{own}" for own in domains)
        return host in domains or (host.endswith(below) and not is_loopback(host))


def load_brokers(own: Path) -> Mapping[str, Broker]:
    """Give every broker by its slug: the shipped ones, overridden or added to by those in `own`.

    Raises ConfigurationError for the first problem, with file and key path.
    """
    from digital_footprint.brokers.loading import load

    return load(own)
