"""When a removal is looked at next, and until when the law gives a broker time."""

import calendar
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from digital_footprint.apart import APART
from digital_footprint.removal_events import (
    Added,
    CameDue,
    Event,
    Law,
    NotSure,
    PassedOver,
    Requested,
    SeenGone,
    SeenListed,
    Unverifiable,
)
from digital_footprint.removal_states import (
    Acknowledged,
    Blocked,
    DeadEnd,
    MatchFound,
    NotMe,
    NotSeenOnce,
    RecheckDue,
    RemovalRequested,
    RemovedVerified,
    State,
    VerificationDue,
    replay,
)
from digital_footprint.verdicts import Reason

# A timer fires some minutes earlier one day than the other: that must not cost a whole day.
JITTER = timedelta(hours=1)
WHILE_LISTED = timedelta(days=7)
LONGEST_BACK_OFF_DAYS = 7
# The network was away, not the broker: the same morning's second try may go better.
SOON = timedelta(minutes=10)
PASSING = frozenset({Reason.NETWORK, Reason.TIMEOUT})
IN_A_ROW = 5

# Regulation (EU) 2016/679 art. 12(3), with the EEA's three and the United Kingdom's own copy.
GDPR_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
        "IS", "LI", "NO", "GB",
    }
)  # fmt: skip
CALIFORNIA = "US-CA"
CCPA_DAYS = 45
# Brokers fetch the list at least every 45 days, and have 45 more to delete; they do so from
# `DROP_BEGINS` on (California Civil Code 1798.99.86), whatever was filed before.
DROP_OPENED = date(2026, 1, 1)
DROP_BEGINS = date(2026, 8, 1)
DROP_DAYS = (45, 90)


class Pace(Protocol):
    """What of a broker decides when it is looked at."""

    @property
    def processing_days(self) -> int:
        """How long it takes for a request, by its own account."""

    @property
    def recheck_days(self) -> int:
        """After how long what was removed is looked for again."""

    @property
    def confirm_days(self) -> int:
        """After how long what was not seen once is looked for a second time."""


@dataclass(frozen=True, slots=True)
class LegalClock:
    """Until when a request is to be fulfilled, and when a law lets that be put off to."""

    law: Law
    due_on: date
    extended_to: date | None

    def overdue(self, today: date) -> bool:
        """Say whether the last day has passed."""
        return today > self.due_on


def next_check_at(history: Sequence[Event], pace: Pace) -> datetime | None:
    """Give when to look next; None for what is looked at no more.

    Fast after a request, slow after it is gone for sure; looks that tell nothing back off.
    """
    state = replay(history)
    normal = _normal(state, history, pace)
    if normal is None:
        return None
    asked_to_wait = [
        event.retry_at for event in history if isinstance(event, PassedOver) and event.retry_at
    ]
    return max([normal, *_wait(state, trailing_unsure(history), pace), *asked_to_wait])


def trailing_unsure(history: Sequence[Event]) -> list[NotSure]:
    """Give the looks since the last one that told something."""
    unsure: list[NotSure] = []
    for event in history:
        match event:
            case NotSure():
                unsure.append(event)
            case SeenListed() | SeenGone():
                unsure.clear()
            case _:
                pass
    return unsure


def report_of(history: Sequence[Event]) -> Unverifiable | None:
    """Give what is to be told when the newest look is the fifth in a row that told nothing."""
    unsure = trailing_unsure(history)
    if not unsure or len(unsure) % IN_A_ROW or history[-1] is not unsure[-1]:
        return None
    return Unverifiable(unsure[-1].at, unsure[0].at, _mostly(unsure[-IN_A_ROW:]))


def request_made(at: datetime, law: Law, pace: Pace) -> Requested:
    """Give a request with its checks and the last day that the law allows."""
    match law:
        case Law.DROP:
            begin = max(at, datetime.combine(DROP_BEGINS, at.timetz()))
            checks = tuple(begin + timedelta(days=days) for days in DROP_DAYS)
            return Requested(at, law, checks, checks[-1].date())
        case Law.GDPR:
            due_on = months_later(at.date(), 1)
        case Law.CCPA:
            due_on = at.date() + timedelta(days=CCPA_DAYS)
        case Law.NONE:
            return Requested(at, law, (at + timedelta(days=pace.processing_days),), None)
    return Requested(at, law, (at + timedelta(days=pace.processing_days),), due_on)


def legal_clock(request: Requested | None) -> LegalClock | None:
    """Give the clock that runs on a request, or None where no law sets one."""
    if request is None or request.due_on is None:
        return None
    return LegalClock(request.law, request.due_on, _extended_to(request))


def _extended_to(request: Requested) -> date | None:
    match request.law:
        case Law.GDPR:
            return months_later(request.at.date(), 3)
        case Law.CCPA:
            return request.at.date() + timedelta(days=2 * CCPA_DAYS)
        case Law.DROP | Law.NONE:
            return None


def law_of(region: str | None) -> Law:
    """Give the law that a person of a region can call upon."""
    country = (region or "").partition("-")[0]
    if region == CALIFORNIA:
        return Law.CCPA
    return Law.GDPR if country in GDPR_COUNTRIES else Law.NONE


def months_later(day: date, months: int) -> date:
    """Give the same day some months on, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def moment_of(day: date, now: datetime) -> datetime:
    """Give the moment of what is known by its day alone: noon, and never after now."""
    return min(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), now)


def _normal(state: State, history: Sequence[Event], pace: Pace) -> datetime | None:
    """Give the day that the state alone asks for."""
    match state:
        case NotMe() | DeadEnd():
            return None
        case Blocked(before):
            return _normal(before, history, pace)
        case RemovalRequested(asked) | Acknowledged(asked):
            return _next_of(asked, history)
        case VerificationDue(waiting):
            return _next_of(waiting.request, history)
        case NotSeenOnce(_, first):
            return first.at + max(APART, _days(pace.confirm_days))
        case RemovedVerified() | RecheckDue():
            return _last_look(history) + _days(pace.recheck_days)
        case MatchFound():
            looks = _looks(history)
            return looks[-1] + _days(pace.recheck_days) if looks else history[0].at
        case _:
            return _last_turn(history) + WHILE_LISTED - JITTER


def _wait(state: State, unsure: Sequence[NotSure], pace: Pace) -> list[datetime]:
    """Give how long looks that told nothing put off the next one."""
    if not unsure:
        return []
    if isinstance(state, Blocked):
        return [unsure[-1].at + _days(pace.recheck_days)]
    return [_backed_off(unsure)]


def _mostly(unsure: Sequence[NotSure]) -> Reason:
    """Give the commonest reason; blocked only where most were, for then a person has to look."""
    reasons = Counter(one.reason for one in unsure)
    if reasons[Reason.BLOCKED] * 2 <= len(unsure):
        del reasons[Reason.BLOCKED]
    return reasons.most_common(1)[0][0]


def _next_of(asked: Requested, history: Sequence[Event]) -> datetime:
    """Give the first of a request's checks that no look has answered."""
    looked = _last_look(history)
    return next((check for check in asked.checks if check > looked), asked.checks[-1])


def _last_look(history: Sequence[Event]) -> datetime:
    """Give when a look last told something; the listing's first day where none did."""
    return [history[0].at, *_looks(history)][-1]


def _looks(history: Sequence[Event]) -> list[datetime]:
    return [event.at for event in history if isinstance(event, SeenListed | SeenGone)]


def _last_turn(history: Sequence[Event]) -> datetime:
    silent = NotSure | CameDue | Unverifiable | PassedOver | Added
    turns = [event.at for event in history if not isinstance(event, silent)]
    return turns[-1] if turns else history[0].at


def _backed_off(unsure: Sequence[NotSure]) -> datetime:
    last = unsure[-1]
    if len(unsure) == 1 and last.reason in PASSING:
        wait = SOON
    else:
        wait = _days(min(2 ** max(len(unsure) - 2, 0), LONGEST_BACK_OFF_DAYS))
    return max(last.at + wait, last.retry_at or last.at)


def _days(days: int) -> timedelta:
    return timedelta(days=days) - JITTER
