"""The values that cross module borders: people, and what runs came to."""

from dataclasses import dataclass, field
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
    hint: str = ""
    warning: str = ""


class Progress(Protocol):
    """Whoever watches a long job; a terminal draws it, a timer does not."""

    def start(self, job: str, total: int) -> None:
        """`total` checks are to be made by that job."""

    def step(self, label: str) -> None:
        """One check is done; `label` says which source."""

    def wait(self, seconds: float, why: str) -> None:
        """Nothing moves for that long, and why."""


class NoProgress:
    """Nobody watches."""

    def start(self, job: str, total: int) -> None:
        """Say nothing."""

    def step(self, label: str) -> None:
        """Say nothing."""

    def wait(self, seconds: float, why: str) -> None:
        """Say nothing."""
