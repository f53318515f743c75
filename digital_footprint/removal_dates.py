"""When a removal is looked at next."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from digital_footprint.apart import APART
from digital_footprint.clock import local_day
from digital_footprint.legal_clock import drop_days, term_of
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
FIRST_LOOK = timedelta(days=3)
# So long a broker has that names no time of its own, where no law names one either.
PATIENCE = timedelta(days=30)
LONGEST_BACK_OFF_DAYS = 7
# The network was away, not the broker: the same morning's second try may go better.
SOON = timedelta(minutes=10)
PASSING = frozenset({Reason.NETWORK, Reason.TIMEOUT})
IN_A_ROW = 5


class Pace(Protocol):
    """What of a broker decides when it is looked at."""

    @property
    def processing_days(self) -> int | None:
        """How long it takes for a request, by its own account; None where it gives none."""

    @property
    def recheck_days(self) -> int:
        """After how long what was removed is looked for again."""

    @property
    def confirm_days(self) -> int:
        """After how long what was not seen once is looked for a second time."""


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
    if law is Law.DROP:
        days = drop_days(local_day(at))
        return Requested(at, law, tuple(_at(day, at) for day in days), days[-1])
    term = term_of(law)
    due_on = term.last_day(local_day(at)) if term else None
    if pace.processing_days is not None:
        return Requested(at, law, (at + timedelta(days=pace.processing_days),), due_on)
    return Requested(at, law, _until(at, due_on or local_day(at) + PATIENCE), due_on)


def _until(at: datetime, last: date) -> tuple[datetime, ...]:
    """Give looks soon and then weekly; it has failed only once the last day is over."""
    over = _at(last + timedelta(days=1), at)
    early = (at + FIRST_LOOK + WHILE_LISTED * week for week in range((over - at).days // 7 + 1))
    return (*(check for check in early if check < over), over)


def _at(day: date, at: datetime) -> datetime:
    """Give the hour of `at` on another day of the calendar on the wall."""
    return datetime.combine(day, at.astimezone().time()).astimezone(UTC)


def moment_of(day: date, now: datetime) -> datetime:
    """Give the moment of what is known by its day alone: noon there, and never after now."""
    return min(datetime.combine(day, time(12)).astimezone(UTC), now)


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
            return first.at + max(APART, timedelta(days=pace.confirm_days))
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
