"""Decides why a firing left no row, as far as this machine's own records tell.

A cause is only given where it is proved; everything else is `unknown`. The journal of the system
is read where this user may (as a member of adm or systemd-journal); nothing else is assumed of it.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from digital_footprint.clock import from_text
from digital_footprint.process import Runner
from digital_footprint.schedule import Failure
from footprint_timers.model import TimerStatus

# So long a timer may need, once the machine is on: its random delay, and the jobs before it.
TIME_TO_CATCH_UP = timedelta(minutes=20)
# systemd.journal-fields(7), catalogued messages of the manager: a unit has started, has stopped.
STARTED = "39f53479d3a045ac8e11786248231fbf"
STOPPED = "9d1aaa27d60140bd96365438aad20286"
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class Cause(StrEnum):
    """Why nothing was recorded."""

    OFF = "off"
    ASLEEP = "asleep"
    LOGGED_OUT = "logged_out"
    DISABLED = "disabled"
    COULD_NOT_START = "could_not_start"
    UNKNOWN = "unknown"


WORDS = {
    Cause.OFF: "the machine was off",
    Cause.ASLEEP: "the machine was asleep",
    Cause.LOGGED_OUT: "you were logged out, and linger was off",
    Cause.DISABLED: "its timer does not run: footprint-timers install",
    Cause.COULD_NOT_START: "it could not start: footprint-timers doctor",
    Cause.UNKNOWN: "nothing here tells why",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; `end` None: it goes on."""

    start: datetime
    end: datetime | None = None

    def within(self, start: datetime, end: datetime) -> timedelta:
        """Give how much of [start, end) it covers."""
        return max(min(self.end or end, end) - max(self.start, start), timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What is known of this machine's past.

    `on`: when it was on, `asleep`: when it slept, `manager`: when the user's manager was up; each
    empty where nothing is known. `idle`: jobs whose timer does not run now. `failures`: notices.
    """

    on: tuple[Span, ...] = ()
    asleep: tuple[Span, ...] = ()
    manager: tuple[Span, ...] = ()
    idle: frozenset[str] = frozenset()
    failures: tuple[Failure, ...] = ()


class Explainer:
    """Gives causes from records that are read when the first is asked for: mostly none is."""

    def __init__(self, read: Callable[[], Records]) -> None:
        self._read = read
        self._records: Records | None = None

    def __call__(
        self, job_name: str, firing: datetime, following: datetime, *, is_last: bool
    ) -> Cause:
        """Give why a firing left no row up to the following one."""
        if self._records is None:
            self._records = self._read()
        return cause_of(job_name, firing, following, self._records, is_last=is_last)


def explainer(
    run: Runner,
    failures: tuple[Failure, ...],
    timers: Mapping[str, TimerStatus] | None,
    *,
    needs_login: bool = True,
) -> Explainer:
    """Give who explains from the journal, the notices and how the timers stand (None: unknown).

    `needs_login`: it is the user's own manager that has the timers.
    """
    idle = frozenset(
        name for name, one in (timers or {}).items() if not (one.enabled and one.loaded)
    )

    def read() -> Records:
        found = replace(read_journal(run, os.getuid()), idle=idle, failures=failures)
        return found if needs_login else replace(found, manager=())

    return Explainer(read)


def cause_of(
    job_name: str, firing: datetime, following: datetime, records: Records, *, is_last: bool
) -> Cause:
    """Give why nothing was recorded from a firing up to the next one.

    A timer makes up for what it missed once the machine is on long enough: so the machine was
    off, asleep, or without this user's manager for as good as all of that time. `is_last`: no
    later firing left a row, so that what holds now has held since.
    """
    for failure in records.failures:
        if failure.job == job_name and failure.at and firing <= from_text(failure.at) < following:
            return Cause.COULD_NOT_START
    if _was_missing(records.on, firing, following):
        return Cause.OFF
    awake = _covered(records.on, firing, following) - _covered(records.asleep, firing, following)
    if records.on and records.asleep and awake < TIME_TO_CATCH_UP:
        return Cause.ASLEEP
    if _was_missing(records.manager, firing, following):
        return Cause.LOGGED_OUT
    if is_last and job_name in records.idle:
        return Cause.DISABLED
    return Cause.UNKNOWN


def read_journal(run: Runner, user_id: int) -> Records:
    """Read when the machine was on, slept, and had this user's manager, as far as one may."""
    if not run(["journalctl", "--quiet", "--system", "--lines=1", "_PID=1"]).stdout.strip():
        return Records()
    boots = run(["journalctl", "--quiet", "--system", "--list-boots", "--utc"]).stdout
    on = tuple(_boots(boots.splitlines()))
    kernel = ["_TRANSPORT=kernel", "--grep=PM: suspend (entry|exit)"]
    manager = ["_PID=1", f"UNIT=user@{user_id}.service"]
    return Records(
        on=on,
        asleep=tuple(_pairs(_marks(_entries(run, kernel), "suspend entry", "suspend exit"))),
        manager=_manager(_entries(run, manager), on),
    )


def _was_missing(spans: Sequence[Span], firing: datetime, following: datetime) -> bool:
    """Say whether something known since before the firing was not there; unknown is not missing."""
    known = bool(spans) and min(span.start for span in spans) <= firing
    return known and _covered(spans, firing, following) < TIME_TO_CATCH_UP


def _covered(spans: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    return sum((span.within(start, end) for span in spans), timedelta())


def _boots(lines: Sequence[str]) -> Iterator[Span]:
    """Read one boot a line: its number, its id, its first and its last entry. The last goes on."""
    found = [_moments(line) for line in lines]
    spans = [Span(moments[0], moments[1]) for moments in found if len(moments) == 2]
    yield from spans[:-1]
    if spans:
        yield Span(spans[-1].start)


def _moments(line: str) -> list[datetime]:
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in MOMENT.findall(line)]


def _entries(run: Runner, words: Sequence[str]) -> list[dict[str, str]]:
    said = run(["journalctl", "--quiet", "--system", "--output=json", *words]).stdout
    return [json.loads(line) for line in said.splitlines() if line.endswith("}")]


def _marks(
    entries: Iterable[dict[str, str]], start: str, end: str
) -> Iterator[tuple[datetime, bool]]:
    """Give when something began (True) and ended, by a word of the message or its catalogue id."""
    for entry in entries:
        said = (str(entry.get("MESSAGE", "")), entry.get("MESSAGE_ID"))
        at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) // 1_000_000, UTC)
        if start in said[0] or start == said[1]:
            yield at, True
        elif end in said[0] or end == said[1]:
            yield at, False


def _pairs(marks: Iterable[tuple[datetime, bool]]) -> Iterator[Span]:
    began: datetime | None = None
    for at, is_start in marks:
        if is_start:
            began = began or at
        elif began is not None:
            yield Span(began, at)
            began = None
    if began is not None:
        yield Span(began)


def _manager(entries: Iterable[dict[str, str]], on: Sequence[Span]) -> tuple[Span, ...]:
    """Give when the user's manager was up: what nobody stopped ended with the machine."""
    return tuple(
        Span(span.start, _earliest(span.end, _end_of_boot(span.start, on)))
        for span in _pairs_of_boots(_marks(entries, STARTED, STOPPED), on)
    )


def _pairs_of_boots(marks: Iterable[tuple[datetime, bool]], on: Sequence[Span]) -> Iterator[Span]:
    found = list(marks)
    for boot in on:
        end = boot.end or datetime.max.replace(tzinfo=UTC)
        yield from _pairs(mark for mark in found if boot.start <= mark[0] <= end)


def _end_of_boot(moment: datetime, on: Sequence[Span]) -> datetime | None:
    return next(
        (one.end for one in on if one.start <= moment and (not one.end or moment <= one.end)), None
    )


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known) if known else None
