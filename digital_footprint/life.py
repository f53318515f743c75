"""Decides the state of a finding: from what its person said of it, and from what sources see."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import assert_never

GONE_AFTER = 2
"""So many successive answers of a source have to lack a thing before the source counts as mute."""


class State(StrEnum):
    """How a finding stands; stored and printed."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    ACCEPTED = "accepted"
    NOT_ME = "not_me"
    WITHDRAWN = "withdrawn"
    RESURFACED = "resurfaced"


OPEN_STATES = frozenset({State.OPEN, State.IN_PROGRESS, State.RESURFACED})
CLOSED_STATES = frozenset({State.RESOLVED, State.ACCEPTED, State.NOT_ME, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Undecided:
    """The person has not closed it; `back`: it was gone once, and was seen again since."""

    back: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """The person has dealt with the whole of it."""


@dataclass(frozen=True, slots=True)
class Snoozed:
    """The person wants to hear of it again once the day `until` is over."""

    until: date


@dataclass(frozen=True, slots=True)
class Accepted:
    """The person lives with it: for good, or until that day is over."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class NotMe:
    """It is somebody else: never to be heard of again."""


Decision = Undecided | Resolved | Snoozed | Accepted | NotMe


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Everything that the state depends on; classes of data are slugs.

    `done` are those the person dealt with; `gone`: every witness lacks it in successive answers.
    """

    decision: Decision = Undecided()
    classes: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Resolve:
    """The person dealt with some classes of data; None: with all of it."""

    classes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """The person puts it off."""

    until: date


@dataclass(frozen=True, slots=True)
class Accept:
    """The person decides to live with it."""

    until: date | None = None


@dataclass(frozen=True, slots=True)
class Disown:
    """The person says that it is somebody else."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """The person takes back what they decided, every resolved class included."""


Deed = Resolve | Snooze | Accept | Disown | Reopen


@dataclass(frozen=True, slots=True)
class Sighted:
    """A source sees it. `graver`: what is known of it grew by a class, or its tier is more urgent.

    `classes` are all that are known now.
    """

    classes: frozenset[str]
    graver: bool = False


@dataclass(frozen=True, slots=True)
class Lacking:
    """The last witness that still saw it has lacked it often enough."""


News = Sighted | Lacking


def state(life: Life, today: date) -> State:
    """Give the state that holds on a day: a snooze or an acceptance ends by itself."""
    match life.decision:
        case NotMe():
            return State.NOT_ME
        case Resolved():
            return State.RESOLVED
        case Snoozed(until) if today <= until:
            return State.SNOOZED
        case Accepted(until) if until is None or today <= until:
            return State.ACCEPTED
        case Undecided(back=True) if not life.gone:
            return State.RESURFACED
        case Undecided() | Snoozed() | Accepted():
            return _undecided(life)
    assert_never(life.decision)


def after(life: Life, what: Deed | News) -> Life:
    """Give what becomes of a life by a deed of the person or by news from the sources."""
    match what:
        case Resolve(classes):
            return _resolve(life, classes)
        case Snooze(until):
            return replace(life, decision=Snoozed(until))
        case Accept(until):
            return replace(life, decision=Accepted(until))
        case Disown():
            return replace(life, decision=NotMe())
        case Reopen():
            return replace(life, decision=Undecided(), done=frozenset())
        case Sighted(classes, graver):
            return _sighted(life, classes, graver=graver)
        case Lacking():
            return replace(life, gone=True)
    assert_never(what)


def _undecided(life: Life) -> State:
    if life.gone:
        return State.WITHDRAWN
    return State.IN_PROGRESS if life.done else State.OPEN


def _resolve(life: Life, classes: frozenset[str] | None) -> Life:
    done = life.done | (life.classes if classes is None else classes)
    whole = classes is None or (bool(life.classes) and life.classes <= done)
    decision = Resolved() if whole else life.decision
    # Part of it done: it is no longer merely "seen again". What was put off or accepted stays so.
    if isinstance(decision, Undecided):
        decision = Undecided()
    return replace(life, decision=decision, done=done)


def _sighted(life: Life, classes: frozenset[str], *, graver: bool) -> Life:
    """Drop a decision that was about less than is known now, or about what had gone.

    What had gone was dealt with as it stood then: what is back may hold a newer password.
    """
    done = frozenset[str]() if life.gone else life.done
    seen = replace(life, classes=classes, done=done, gone=False)
    match life.decision:
        case NotMe():
            return seen
        case _ if life.gone:
            return replace(seen, decision=Undecided(back=True))
        case Resolved() | Snoozed() | Accepted() if graver:
            return replace(seen, decision=Undecided())
        case _:
            return seen
