"""The values that cross module borders: people, verdicts, sightings, results of runs."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol


class Relation(StrEnum):
    """What the watched person is to the one who runs this program."""

    SELF = "self"
    PARTNER = "partner"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    RELATIVE = "relative"
    FRIEND = "friend"
    OTHER = "other"


class ConsentBasis(StrEnum):
    """Why a person's addresses may be sent to a source."""

    SELF = "self"
    GIVEN = "given"
    GUARDIAN = "guardian"
    CONFIGURATION = "configuration"


class IdentifierKind(StrEnum):
    """What an identifier of a person is; only `email` is sent to breach sources."""

    EMAIL = "email"
    PHONE = "phone"
    CITY = "city"
    STREET = "street"
    BIRTH_YEAR = "birth_year"
    RELATIVE = "relative"
    ALIAS = "alias"


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


class RunStatus(StrEnum):
    """How a row of `scheduled_runs` stands."""

    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class SkipReason(StrEnum):
    """Why a run had no check to make; `details.reason` of a skipped run."""

    NOTHING_DUE = "nothing_due"
    NO_PERSONS = "no_persons"
    NOTHING_CONFIGURED = "nothing_configured"


class FindingKind(StrEnum):
    """What was found."""

    BREACH = "breach"
    PASTE = "paste"
    MENTION = "mention"
    STEALER = "stealer"
    ACCOUNT = "account"
    LISTING = "listing"


class FindingState(StrEnum):
    """Where a finding is in its life."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    ACCEPTED = "accepted"
    NOT_ME = "not_me"
    WITHDRAWN = "withdrawn"
    RESURFACED = "resurfaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One datum that names a person, as it is stored: normalised."""

    id: int
    person_id: int
    person: str
    kind: IdentifierKind
    value: str
    added_at: str
    removed_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One watched person with the identifiers that are watched now."""

    id: int
    name: str
    relation: Relation
    consent: ConsentBasis | None
    region: str | None
    added_at: str
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachDetails:
    """What is publicly known of one breach (HIBP breach model; absent = not told)."""

    domain: str | None = None
    added_on: str | None = None
    modified_at: str | None = None
    accounts: int | None = None
    description: str = ""
    flags: frozenset[str] = frozenset()
    """Of the names in `digital_footprint.sources.hibp.FLAGS`."""


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
    """The source answered, and knows the identifier."""

    sightings: tuple[Sighting, ...]

    def __post_init__(self) -> None:
        """Refuse an empty find: it would be a clean that nobody recognised."""
        if not self.sightings:
            msg = "a find without a sighting"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Clean:
    """The source answered with the very answer that it gives for an unknown identifier."""


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
    """Nobody was asked."""

    reason: Reason


Verdict = Found | Clean | Inconclusive | Skipped


def verdict_name(verdict: Verdict) -> str:
    """`found`, `clean`, `inconclusive` or `skipped`, as stored and printed."""
    return type(verdict).__name__.lower()


class Unanswered(Exception):  # noqa: N818 - it is a verdict on its way up, not an error of ours
    """A source could not be brought to answer; becomes `Inconclusive` in one place.

    `note` is for people: it names status and shape, never an identifier or a key.
    """

    def __init__(self, reason: Reason, note: str = "", *, retry_at: datetime | None = None) -> None:
        super().__init__(f"{reason}: {note}" if note else str(reason))
        self.verdict = Inconclusive(reason, note, retry_at)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What one run of one job came to; the same facts as its row."""

    job_name: str
    started_at: str
    completed_at: str
    status: str
    details: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    run_id: int = 0
    trigger: str = "manual"
    exit_code: int = 0
    signal: int | None = None
    """The signal that broke the run off; the process is to end by it."""


class Progress(Protocol):
    """Whoever watches a long job; a terminal draws it, a timer does not."""

    def start(self, total: int) -> None:
        """`total` checks are to be made."""

    def step(self, label: str) -> None:
        """One check is done; `label` says which source."""

    def wait(self, seconds: float, why: str) -> None:
        """Nothing moves for that long, and why."""


class NoProgress:
    """Nobody watches."""

    def start(self, total: int) -> None:
        """Say nothing."""

    def step(self, label: str) -> None:
        """Say nothing."""

    def wait(self, seconds: float, why: str) -> None:
        """Say nothing."""


def utc_now() -> datetime:
    """Now, aware, in whole seconds: what is stored has no more."""
    return datetime.now(UTC).replace(microsecond=0)


def to_text(moment: datetime) -> str:
    """Give the one form in which times are stored and printed: 2026-11-22T03:17:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(text: str) -> datetime:
    """Read back what `to_text` wrote."""
    return datetime.fromisoformat(text)


def breach_key(name: str) -> str:
    """Give a breach's identity across sources: its name casefolded to [a-z0-9]."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())
