"""What can happen to a listing that is to be removed: a closed set of events, and their rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, assert_never

from digital_footprint.clock import BootTime, from_text, to_text
from digital_footprint.verdicts import Reason


class Law(StrEnum):
    """What sets the clock of a request."""

    GDPR = "gdpr"
    CCPA = "ccpa"
    CCPA_OPT_OUT = "ccpa_opt_out"
    DROP = "drop"
    NONE = "none"


class DeadEndReason(StrEnum):
    """Why asking this broker leads nowhere."""

    REQUIRES_ID = "requires_id"
    EXEMPT = "exempt"
    DEVICE_ID_ONLY = "device_id_only"
    DEFUNCT = "defunct"
    REFUSED = "refused"
    OTHER = "other"


LEAST_GAP_DAYS = 3


@dataclass(frozen=True, slots=True)
class OwnEyes:
    """The person opened the page; what they saw needs no control."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A run fetched the page."""


@dataclass(frozen=True, slots=True)
class ControlledPage:
    """A run fetched the page, and the broker's front page passed as its control."""

    control_at: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """The listing's address was saved."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Requested:
    """The person asked for removal. `checks`: when to look, the last one when it has to be gone.

    `due_on`: the last day that the law allows, where one does.
    """

    at: datetime
    law: Law
    checks: tuple[datetime, ...]
    due_on: date | None

    def __post_init__(self) -> None:
        """Refuse a request that nobody would ever look after."""
        if not self.checks:
            msg = "a request without a check"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker confirmed that it has the request."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CameDue:
    """The day of the next look has come, and the look begins."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SeenListed:
    """The listing stands there. `boot`: the boot's clock at the look, where a run made it."""

    at: datetime
    by: FetchedPage | OwnEyes
    boot: BootTime | None = None


@dataclass(frozen=True, slots=True)
class SeenGone:
    """The listing does not stand there; a page says so only beside a passing control.

    `gap_days`: how far from an earlier such look it has to be, for the two to count.
    """

    at: datetime
    by: ControlledPage | OwnEyes
    boot: BootTime | None = None
    gap_days: int = LEAST_GAP_DAYS


@dataclass(frozen=True, slots=True)
class NotSure:
    """A look that told nothing. `retry_at`: not before then, where the broker said so."""

    at: datetime
    reason: Reason
    retry_at: datetime | None = None
    boot: BootTime | None = None


@dataclass(frozen=True, slots=True)
class Unverifiable:
    """Too many looks in a row told nothing, the first of them at `since`; told to the person."""

    at: datetime
    since: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class DeadEnded:
    """Asking leads nowhere."""

    at: datetime
    reason: DeadEndReason


@dataclass(frozen=True, slots=True)
class Escalated:
    """The person complained to an authority."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Disowned:
    """The listing is about somebody else of that name."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Nobody looked: the consent was withdrawn meanwhile, or the broker refused another page.

    It leaves the date as it is. `retry_at`: not before then, where the broker said so.
    """

    at: datetime
    reason: Reason
    retry_at: datetime | None = None


Look = SeenListed | SeenGone | NotSure
Mark = Requested | Acknowledged | SeenListed | SeenGone | DeadEnded | Escalated | Disowned
"""What a person can tell."""
Event = Added | CameDue | Unverifiable | PassedOver | Look | Mark

NAMES: Mapping[type, str] = {
    Added: "match_found",
    Requested: "requested",
    Acknowledged: "acknowledged",
    CameDue: "came_due",
    SeenListed: "listed",
    SeenGone: "not_listed",
    NotSure: "inconclusive",
    Unverifiable: "unverifiable",
    DeadEnded: "dead_end",
    Escalated: "escalated",
    Disowned: "not_me",
    PassedOver: "skipped",
}


def details_of(event: Event) -> dict[str, Any]:
    """Give what is stored of an event beside its name and time."""
    match event:
        case Requested(_, law, checks, due_on):
            day = None if due_on is None else due_on.isoformat()
            return {"law": law, "checks": [to_text(check) for check in checks], "due_on": day}
        case SeenListed(_, by, boot):
            return _witness(by) | _boot(boot)
        case SeenGone(_, by, boot, days):
            gap = {} if days == LEAST_GAP_DAYS else {"gap_days": days}
            return _witness(by) | _boot(boot) | gap
        case NotSure(_, reason, retry_at, boot):
            return _silence(reason, retry_at) | _boot(boot)
        case PassedOver(_, reason, retry_at):
            return _silence(reason, retry_at)
        case Unverifiable(_, since, reason):
            return {"since": to_text(since), "reason": reason}
        case DeadEnded(_, reason):
            return {"reason": reason}
        case Added() | Acknowledged() | CameDue() | Escalated() | Disowned():
            return {}
        case _:
            assert_never(event)


def event_of(name: str, at: datetime, details: Mapping[str, Any]) -> Event:
    """Read back what `NAMES` and `details_of` gave."""
    match name:
        case "requested":
            return _requested(at, details)
        case "listed":
            by = OwnEyes() if details["by"] == "person" else FetchedPage()
            return SeenListed(at, by, _boot_of(details))
        case "not_listed":
            mine = details["by"] == "person"
            witness = OwnEyes() if mine else ControlledPage(from_text(details["control_at"]))
            gap_days = details.get("gap_days", LEAST_GAP_DAYS)
            return SeenGone(at, witness, _boot_of(details), gap_days)
        case "inconclusive":
            reason = Reason(details["reason"])
            return NotSure(at, reason, _retry_at(details), _boot_of(details))
        case "skipped":
            return PassedOver(at, Reason(details["reason"]), _retry_at(details))
        case "unverifiable":
            return Unverifiable(at, from_text(details["since"]), Reason(details["reason"]))
        case "dead_end":
            return DeadEnded(at, DeadEndReason(details["reason"]))
        case _:
            return _PLAIN[name](at)


def _requested(at: datetime, details: Mapping[str, Any]) -> Requested:
    due_on = details["due_on"]
    return Requested(
        at,
        Law(details["law"]),
        tuple(from_text(check) for check in details["checks"]),
        None if due_on is None else date.fromisoformat(due_on),
    )


def _retry_at(details: Mapping[str, Any]) -> datetime | None:
    retry_at = details["retry_at"]
    return None if retry_at is None else from_text(retry_at)


def _boot_of(details: Mapping[str, Any]) -> BootTime | None:
    """Give the boot's clock of a look; those on record from before it was kept have none."""
    boot = details.get("boot")
    return None if boot is None else BootTime(boot["id"], boot["seconds"])


def _boot(boot: BootTime | None) -> dict[str, Any]:
    return {} if boot is None else {"boot": {"id": boot.boot_id, "seconds": boot.seconds}}


def _silence(reason: Reason, retry_at: datetime | None) -> dict[str, Any]:
    return {"reason": reason, "retry_at": None if retry_at is None else to_text(retry_at)}


def _witness(by: FetchedPage | ControlledPage | OwnEyes) -> dict[str, Any]:
    match by:
        case OwnEyes():
            return {"by": "person"}
        case FetchedPage():
            return {"by": "page"}
        case ControlledPage(control_at):
            return {"by": "page", "control_at": to_text(control_at)}


_PLAIN: Mapping[str, type[Added | Acknowledged | CameDue | Escalated | Disowned]] = {
    "match_found": Added,
    "acknowledged": Acknowledged,
    "came_due": CameDue,
    "escalated": Escalated,
    "not_me": Disowned,
}
