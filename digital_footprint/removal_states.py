"""Where a removal stands: which events move it where, and which moves do not exist.

A state carries what it was reached by: `RemovedVerified` its two looks, three days apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from digital_footprint import removal_events as events
from digital_footprint.apart import days_apart, far_apart
from digital_footprint.removal_events import DeadEndReason, Event, Requested, SeenGone
from digital_footprint.verdicts import Reason


@dataclass(frozen=True, slots=True)
class MatchFound:
    """The listing is known; nobody was asked to remove it."""


@dataclass(frozen=True, slots=True)
class RemovalRequested:
    """The broker was asked."""

    request: Requested


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker confirmed the request."""

    request: Requested


@dataclass(frozen=True, slots=True)
class VerificationDue:
    """By now it should be gone; nobody has seen yet whether it is."""

    waiting: RemovalRequested | Acknowledged


@dataclass(frozen=True, slots=True)
class Failed:
    """It was seen after the time in which it should have gone."""

    request: Requested


@dataclass(frozen=True, slots=True)
class Escalated:
    """An authority was told."""

    request: Requested | None


@dataclass(frozen=True, slots=True)
class Resurfaced:
    """It was gone for sure, and stands there again since `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """Asking leads nowhere; it is looked at no more."""

    reason: DeadEndReason
    request: Requested | None = None


@dataclass(frozen=True, slots=True)
class NotMe:
    """Somebody else's; it is looked at no more."""


Moving = (
    MatchFound | RemovalRequested | Acknowledged | VerificationDue | Failed | Escalated | Resurfaced
)
Listed = Moving | DeadEnd
"""Taken to stand there."""


@dataclass(frozen=True, slots=True)
class NotSeenOnce:
    """One look did not show it; seen again, it stands where it stood `before`."""

    before: Listed
    first: SeenGone


@dataclass(frozen=True, slots=True)
class RemovedVerified:
    """Two looks, far enough apart, did not show it."""

    first: SeenGone
    second: SeenGone

    def __post_init__(self) -> None:
        """Refuse two looks that are as good as one."""
        if not far_apart(self.first, self.second):
            raise ValueError("two looks not far enough apart")


@dataclass(frozen=True, slots=True)
class RecheckDue:
    """It was gone; it is time to see whether it still is."""

    removed: RemovedVerified


# At a dead end no program looks any more: one that was under way then is not turned away from it.
Looked = Moving | NotSeenOnce | RemovedVerified | RecheckDue
Watched = Looked | DeadEnd


@dataclass(frozen=True, slots=True)
class Blocked:
    """Look after look was turned away; a person has to look. It stands where it stood `before`."""

    before: Looked


State = Watched | Blocked | NotMe

# What a request, a confirmation and a complaint can follow; a dead end all that is `Listed`.
Requestable = Listed | NotSeenOnce
Asked = RemovalRequested | Acknowledged | VerificationDue | Failed | Escalated
Disappointing = Asked | Resurfaced | DeadEnd

NAMES: Mapping[type, str] = {
    MatchFound: "match_found",
    RemovalRequested: "removal_requested",
    Acknowledged: "acknowledged",
    VerificationDue: "verification_due",
    NotSeenOnce: "not_seen_once",
    RemovedVerified: "removed_verified",
    RecheckDue: "recheck_due",
    Resurfaced: "resurfaced",
    Blocked: "blocked",
    Failed: "failed",
    DeadEnd: "dead_end",
    Escalated: "escalated",
    NotMe: "not_me",
}


class IllegalMoveError(Exception):
    """An event that makes no sense where the removal stands."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{name_of(state)} cannot be followed by {events.NAMES[type(event)]}")
        self.state = state
        self.event = event


def replay(history: Sequence[Event]) -> State:
    """Give the state that a history, in order of time, amounts to.

    Raises IllegalMoveError for a mark that makes no sense where it stands; a look never does.
    """
    state: State = MatchFound()
    for event in history:
        state = step(state, event)
    return state


def step(state: State, event: Event) -> State:
    """Give the state after one more event. Raises IllegalMoveError."""
    match event:
        case events.SeenListed(at):
            return seen(state, at)
        case SeenGone():
            return not_seen(state, event)
        case events.CameDue():
            return came_due(state)
        case events.Unverifiable(_, _, Reason.BLOCKED) if isinstance(state, Looked):
            return Blocked(state)
        case Requested() if isinstance(standing := _unblocked(state), Requestable):
            return request(standing, event)
        case events.Acknowledged() if (asked := _asked(state)) is not None:
            return acknowledge(state, asked)
        case events.DeadEnded(_, reason) if isinstance(_unblocked(state), Listed):
            return DeadEnd(reason, request_of(state))
        case events.Escalated() if isinstance(_uncovered(state), Disappointing):
            return Escalated(request_of(state))
        case events.Disowned():
            return NotMe()
        case events.Added() | events.NotSure() | events.Unverifiable() | events.PassedOver():
            return state
        case Requested() | events.Acknowledged() | events.DeadEnded() | events.Escalated():
            raise IllegalMoveError(state, event)
        case _:
            assert_never(event)


def seen(state: State, at: datetime) -> State:
    """Give the state once it stands there: back again, or still after its time was over."""
    match state:
        case Blocked(before):
            return seen(before, at)
        case NotSeenOnce(before, _):
            return seen(before, at)
        case RemovedVerified() | RecheckDue():
            return Resurfaced(at)
        case RemovalRequested(asked) | Acknowledged(asked) if at >= asked.checks[-1]:
            return Failed(asked)
        case VerificationDue(waiting):
            return seen(waiting, at)
        case _:
            return state


def not_seen(state: State, look: SeenGone) -> State:
    """Give the state once it does not stand there: not seen once, or twice far enough apart."""
    match state:
        case Blocked(before):
            return not_seen(before, look)
        case NotSeenOnce(_, first) if far_apart(first, look):
            return RemovedVerified(first, look)
        case NotSeenOnce(before, first) if days_apart(first, look):
            # The clock on the wall was set in between: from now on the days count from here.
            return NotSeenOnce(before, look)
        case RecheckDue(removed):
            return not_seen(removed, look)
        case RemovedVerified(_, second):
            return RemovedVerified(second, look) if far_apart(second, look) else state
        case NotSeenOnce() | NotMe():
            return state
        case _:
            return NotSeenOnce(state, look)


def came_due(state: State) -> State:
    """Give the state once a look is due; of most states nothing else is to be said."""
    match state:
        case RemovalRequested() | Acknowledged():
            return VerificationDue(state)
        case RemovedVerified():
            return RecheckDue(state)
        case _:
            return state


def request(state: Requestable, asked: Requested) -> RemovalRequested | NotSeenOnce:
    """Give the state once the broker is asked, for the first time or again."""
    match state:
        case NotSeenOnce(_, first):
            return NotSeenOnce(RemovalRequested(asked), first)
        case _:
            return RemovalRequested(asked)


def acknowledge(state: State, asked: Requested) -> Acknowledged | NotSeenOnce:
    """Give the state once the broker has confirmed what it was asked."""
    match state:
        case NotSeenOnce(_, first) | Blocked(NotSeenOnce(_, first)):
            return NotSeenOnce(Acknowledged(asked), first)
        case _:
            return Acknowledged(asked)


def request_of(state: State) -> Requested | None:
    """Give the request that is still to be fulfilled, or None."""
    match _uncovered(state):
        case RemovalRequested(asked) | Acknowledged(asked) | Failed(asked):
            return asked
        case VerificationDue(waiting):
            return waiting.request
        case Escalated(asked) | DeadEnd(_, asked):
            return asked
        case _:
            return None


def name_of(state: State) -> str:
    """Give a state as it is stored and printed."""
    return NAMES[type(state)]


def _unblocked(state: State) -> Watched | NotMe:
    """Look under a block: it opens no move that it covers."""
    return state.before if isinstance(state, Blocked) else state


def _uncovered(state: State) -> State:
    """Look under what hides where the request stands."""
    match state:
        case Blocked(before) | NotSeenOnce(before, _):
            return _uncovered(before)
        case _:
            return state


def _asked(state: State) -> Requested | None:
    return request_of(state) if isinstance(_uncovered(state), Asked) else None
