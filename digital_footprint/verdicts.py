"""What a check can come to, and what a source can say of an identifier."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digital_footprint.text import plain


class Reason(StrEnum):
    """Why a check has no answer."""

    UNAUTHORISED = "unauthorised"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate_limited"
    TIMEOUT = "timeout"
    NETWORK = "network"
    SOURCE_CHANGED = "source_changed"
    SERVER_ERROR = "server_error"
    TOO_LARGE = "too_large"
    NOT_CONFIGURED = "not_configured"
    NO_CONSENT = "no_consent"
    BUDGET = "budget"
    INTERRUPTED = "interrupted"


TEMPORARY_REASONS = frozenset(
    {Reason.NETWORK, Reason.TIMEOUT, Reason.RATE_LIMITED, Reason.SERVER_ERROR, Reason.BUDGET}
)
CONFIGURATION_REASONS = frozenset({Reason.UNAUTHORISED, Reason.NOT_CONFIGURED})
ENDS_THE_ASKING = frozenset(
    {Reason.UNAUTHORISED, Reason.BLOCKED, Reason.RATE_LIMITED, Reason.BUDGET}
)


class FindingKind(StrEnum):
    """What was found."""

    BREACH = "breach"
    PASTE = "paste"
    MENTION = "mention"
    STEALER = "stealer"
    ACCOUNT = "account"
    LISTING = "listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachDetails:
    """What is publicly known of one breach (HIBP breach model; absent = not told)."""

    domain: str | None = None
    added_on: str | None = None
    modified_at: str | None = None
    accounts: int | None = None
    description: str = ""
    flags: frozenset[str] = frozenset()
    """Of the names in `digital_footprint.sources.hibp_breaches.FLAGS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One thing that a source says about one identifier.

    `key` is the identity: equal keys of one kind are one finding. `details` is
    None when the source told that it exists but not what it holds.
    """

    kind: FindingKind
    key: str
    title: str
    source_key: str
    occurred_on: str | None = None
    data_classes: tuple[str, ...] = ()
    details: BreachDetails | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The source answered, and knows the identifier.

    `speaks_for`: the keys that the answer is about; None where it is about all that the source
    could know of the identifier, so that what it does not name is not there.
    """

    sightings: tuple[Sighting, ...]
    speaks_for: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Refuse an empty find: it would be a clean that nobody recognised."""
        if not self.sightings:
            msg = "a find without a sighting"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Clean:
    """The source answered with the very answer that it gives for an unknown identifier.

    `speaks_for` as in Found.
    """

    speaks_for: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How many findings one check saw; `baseline` is that part of `new` seen by a first answer."""

    found: int = 0
    new: int = 0
    baseline: int = 0
    undetailed: int = 0


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """No answer. `retry_at`: not before then, where the source said so."""

    reason: Reason
    note: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nobody was asked. `note`: what the person can do about it, where that is not plain."""

    reason: Reason
    note: str = ""


Verdict = Found | Clean | Inconclusive | Skipped


def verdict_name(verdict: Verdict) -> str:
    """`found`, `clean`, `inconclusive` or `skipped`, as stored and printed."""
    return type(verdict).__name__.lower()


class Unanswered(Exception):  # noqa: N818 - it is a verdict on its way up, not an error of ours
    """A source could not be brought to answer; becomes `Inconclusive` in one place.

    `note` is for people: it names status and shape, never an identifier or a key. `status`: of the
    answer, where one came.
    """

    def __init__(
        self,
        reason: Reason,
        note: str = "",
        *,
        retry_at: datetime | None = None,
        status: int | None = None,
    ) -> None:
        # Some notes quote the service: what it says is data here as everywhere.
        shown = plain(note)
        super().__init__(f"{reason}: {shown}" if shown else str(reason))
        self.verdict = Inconclusive(reason, shown, retry_at)
        self.status = status

    @property
    def ends_the_asking(self) -> bool:
        """Say whether the next request of the same run would fare no better, or is unwelcome."""
        return self.verdict.reason in ENDS_THE_ASKING or self.verdict.retry_at is not None


class Redirected(Unanswered):
    """The service pointed elsewhere instead of answering."""

    def __init__(self, status: int) -> None:
        super().__init__(Reason.SOURCE_CHANGED, f"status {status}, redirected", status=status)


def count_of(value: object) -> int | None:
    """Give how many accounts somebody outside says there are; None for what is no such number."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 10**12 else None


def breach_key(name: str) -> str:
    """Give a breach's identity across sources: its name casefolded to [a-z0-9].

    A name in another alphabet keeps its own letters: without them it would have no identity, or
    share one with every other name of the same year.
    """
    folded = unicodedata.normalize("NFC", name.casefold())
    if any(character.isalpha() and not character.isascii() for character in folded):
        return unicodedata.normalize("NFC", re.sub(r"[\W_]", "", folded))
    return re.sub(r"[^a-z0-9]", "", folded)
