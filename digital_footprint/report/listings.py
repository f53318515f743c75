"""Decides what the report says of removals: the way out of the listings, and who is waited for."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from statistics import median

from digital_footprint.clock import to_text
from digital_footprint.legal_clock import LegalClock, legal_clock
from digital_footprint.removal_events import Acknowledged as Confirmed
from digital_footprint.removal_events import Law, Requested
from digital_footprint.removal_log import Removal
from digital_footprint.removal_states import (
    Acknowledged,
    Blocked,
    DeadEnd,
    Escalated,
    Failed,
    MatchFound,
    NotMe,
    NotSeenOnce,
    RecheckDue,
    RemovalRequested,
    RemovedVerified,
    Resurfaced,
    VerificationDue,
    name_of,
    request_of,
)
from digital_footprint.report.cases import Case
from digital_footprint.report.facts import Funnel, Stage, Waiting, WaitingList
from digital_footprint.report.scope import Scope, local_day
from digital_footprint.report.top import Top

SHOWN = 15
NEVER = 10**6
STAGES: Mapping[str, str] = {
    "found": "found",
    "requested": "removal requested",
    "acknowledged": "confirmed by the broker",
    "not_seen_once": "not seen at one look",
    "removed": "gone at two looks",
}
BESIDE: Mapping[type, str] = {
    Resurfaced: "listed again",
    Failed: "still there after its time",
    Escalated: "reported to an authority",
    Blocked: "look yourself: the page turns us away",
    DeadEnd: "asking leads nowhere",
    NotMe: "somebody else",
}


class Tracking:
    """Takes one person after the other, and follows each of their saved listings."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._reached: Counter[str] = Counter()
        self._beside: Counter[type] = Counter()
        self._came_back: Counter[str] = Counter()
        self._waiting = Top[Waiting](SHOWN)
        self._total = 0
        self._days: list[float] = []
        self.removed = 0
        self.resurfaced = 0

    def add(self, case: Case) -> None:
        """Take one person into account."""
        for one in case.removals:
            self._total += 1
            self._place(one)
            self._look_back(one)
            self._wait(case, one)

    @property
    def waiting_count(self) -> int:
        """How many requests are not fulfilled yet."""
        return self._waiting.total

    @property
    def median_days(self) -> float | None:
        """From the first request to the second look that did not show it."""
        return median(self._days) if self._days else None

    def funnel(self) -> Funnel:
        """Give where the listings stand."""
        return Funnel(
            total=self._total,
            stages=tuple(
                Stage(
                    name=name,
                    title=STAGES[name],
                    count=self._reached[name],
                )
                for name in STAGES
            ),
            beside=tuple(
                Stage(name=name_of_type(kind), title=title, count=self._beside[kind])
                for kind, title in BESIDE.items()
                if self._beside[kind]
            ),
            resurfaced=tuple(sorted(self._came_back.items(), key=lambda one: (-one[1], one[0]))),
        )

    def waiting(self) -> WaitingList:
        """Give who is waited for, the most overdue first."""
        return WaitingList(requests=tuple(self._waiting.values()), more=self._waiting.more)

    def _place(self, one: Removal) -> None:
        steps = _steps(one)
        if steps:
            self._reached.update(steps)
        else:
            self._beside[type(one.state)] += 1

    def _look_back(self, one: Removal) -> None:
        moves = [each for each in one.recorded if not each.undone]
        gone = [each for each in moves if each.to_state == "removed_verified"]
        back = any(each.to_state == "resurfaced" != each.from_state for each in moves)
        self.removed += bool(gone)
        self.resurfaced += back
        self._came_back[self._scope.broker(one.broker)] += back
        self._came_back += Counter()  # drops what is zero
        asked = [each.event.at for each in moves if isinstance(each.event, Requested)]
        if gone and asked and (took := gone[0].event.at - asked[0]).total_seconds() >= 0:
            self._days.append(round(took.total_seconds() / 86400, 1))

    def _wait(self, case: Case, one: Removal) -> None:
        asked = None if isinstance(one.state, DeadEnd) else request_of(one.state)
        if asked is not None:
            waiting = _waiting(self._scope, case, one, asked)
            left = NEVER if waiting.days_left is None else waiting.days_left
            self._waiting.add((left, waiting.requested_on or "", one.id), waiting)


def name_of_type(kind: type) -> str:
    """Give a state as it is stored."""
    from digital_footprint.removal_states import NAMES

    return NAMES[kind]


def _steps(one: Removal) -> set[str]:
    """Give the steps that a listing has taken on the way out; none for one that left the way.

    What vanished unasked was never requested, and few brokers confirm.
    """
    match one.state:
        case MatchFound() | RemovalRequested() | VerificationDue() | Acknowledged():
            seen_gone = set[str]()
        case NotSeenOnce():
            seen_gone = {"not_seen_once"}
        case RemovedVerified() | RecheckDue():
            seen_gone = {"not_seen_once", "removed"}
        case _:
            return set()
    kinds = {type(event) for event in one.history}
    asked = {"requested"} if Requested in kinds else set[str]()
    confirmed = {"acknowledged"} if Confirmed in kinds else set[str]()
    return {"found", *asked, *confirmed, *seen_gone}


def _waiting(scope: Scope, case: Case, one: Removal, asked: Requested) -> Waiting:
    clock = legal_clock(asked)
    confirmed = [event.at for event in one.history if isinstance(event, Confirmed)]
    return Waiting(
        removal=one.id,
        broker=scope.broker(one.broker),
        person=case.name,
        state=name_of(one.state),
        requested_on=_day(asked.at),
        acknowledged_on=_day(confirmed[-1]) if confirmed and confirmed[-1] >= asked.at else None,
        law=None if asked.law is Law.NONE else str(asked.law),
        due_on=clock.due_on.isoformat() if clock else None,
        days_left=_days_left(scope, clock),
        overdue=bool(clock and clock.overdue(scope.today)),
        next_check_on=_day(one.next_check_at) if one.next_check_at else None,
    )


def _days_left(scope: Scope, clock: LegalClock | None) -> int | None:
    return None if clock is None else (clock.due_on - scope.today).days


def _day(moment: datetime) -> str | None:
    return local_day(to_text(moment))
