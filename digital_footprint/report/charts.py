"""Decides the geometry of the report's charts: which shape a word has, and where each point lies.

Templates draw them as inline SVG, so that one mechanism escapes every text. A library for charts
would bring more code than these few lines and bars, and ids and clocks that change its output.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from digital_footprint.assessment import Urgency
from digital_footprint.clock import from_text
from digital_footprint.report.facts import Cell, Coverage, Item, JobCard, Week

RUNS_SHOWN = 30
RUN_WIDTH = 12
LAGS_SHOWN = 12
# How near two labels may stand at the end of their lines, in percent of the chart's height.
LABEL_HEIGHT = 14

URGENCY_MARKS: Mapping[str, str] = {
    Urgency.TODAY: "today",
    Urgency.THIS_WEEK: "week",
    Urgency.CONVENIENT: "convenient",
    Urgency.NOTHING: "none",
}
JOB_MARKS: Mapping[str, str] = {
    "ok": "clean",
    "late": "late",
    "failing": "failed",
    "never": "never",
    "running": "running",
    "disabled": "none",
}
# In the order in which runs are told in words.
RUN_MARKS = ("success", "partial", "skipped", "failed", "interrupted", "running", "other")


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in one cell of the coverage table: a shape, a word, and what stands beside it."""

    mark: str
    word: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One job's last runs: shape and left edge of each, the whole width, and all of it in words."""

    bars: tuple[tuple[str, int], ...]
    width: int
    words: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Open and closed over time in a square of 100 by 100; labels in percent from the top."""

    top: int
    open: str
    area: str
    closed: str
    open_label: float
    closed_label: float


@dataclass(frozen=True, slots=True)
class Lag:
    """One exposure's way from happening to being known, in percent of the axis, and its days."""

    title: str
    occurred_on: str
    known_on: str
    start: float
    end: float
    days: int


@dataclass(frozen=True, slots=True)
class Lags:
    """The longest silences, and where their common axis begins."""

    since: str
    lags: tuple[Lag, ...]


def shown(cell: Cell) -> Shown:
    """Say how a check stands; without a dated answer nothing is called clean."""
    match cell.verdict:
        case "found" if cell.answered_at is not None:
            return Shown("found", "found")
        case "clean" if cell.answered_at is not None:
            return Shown("clean", "clean")
        case "skipped":
            return Shown("none", "not asked")
        case None:
            return Shown("never", "never asked")
        case _:
            return Shown("unknown", "no answer")


def strip(job: JobCard) -> Strip:
    """Lay out the last runs of a job, the oldest at the left."""
    runs = job.runs[-RUNS_SHOWN:]
    bars = tuple((run_mark(run.status), RUN_WIDTH * place) for place, run in enumerate(runs))
    counts = Counter(mark for mark, _ in bars)
    words = ", ".join(f"{counts[mark]} {mark}" for mark in RUN_MARKS if mark in counts)
    return Strip(bars, RUN_WIDTH * len(bars), words)


def run_mark(status: str) -> str:
    """Give the shape of a run's status."""
    return status if status in RUN_MARKS else "other"


def lines(weeks: Sequence[Week]) -> Lines | None:
    """Lay out the weeks; one week makes no line."""
    if len(weeks) < 2:
        return None
    top = max(1, *(max(week.open, week.closed) for week in weeks))
    opened = [_percent(top - week.open, top) for week in weeks]
    closed = [_percent(top - week.closed, top) for week in weeks]
    labels = _apart(opened[-1], closed[-1])
    if weeks[-1].open < weeks[-1].closed:
        labels = _apart(closed[-1], opened[-1])[::-1]
    return Lines(
        top=top,
        open=_points(opened),
        area=f"0,100 {_points(opened)} 100,100",
        closed=_points(closed),
        open_label=labels[0],
        closed_label=labels[1],
    )


def share(count: int, total: int) -> float:
    """Give a bar's length in percent; nothing of nothing is no bar."""
    return _percent(count, total) if total > 0 else 0.0


def stack(coverage: Coverage) -> tuple[tuple[str, float, float], ...]:
    """Lay out the parts of all checks in one bar: name, left edge and length in percent."""
    parts = (
        ("fresh", coverage.fresh),
        ("stale", coverage.stale),
        ("unanswered", coverage.unanswered),
        ("never", coverage.never),
    )
    ends = [share(sum(n for _, n in parts[:place]), coverage.checks) for place in range(5)]
    return tuple(
        (name, start, round(end - start, 1))
        for (name, _), (start, end) in zip(parts, pairwise(ends), strict=True)
    )


def lags(items: Sequence[Item], today: date) -> Lags | None:
    """Lay out the exposures that were known latest after they happened, the longest first."""
    dated = [(item, span) for item in items if (span := _span(item)) is not None]
    dated.sort(key=lambda pair: pair[1][0] - pair[1][1])
    if not dated:
        return None
    first = min(start for _, (start, _) in dated[:LAGS_SHOWN])
    return Lags(
        since=first.isoformat(),
        lags=tuple(_lag(item, span, first, today) for item, span in dated[:LAGS_SHOWN]),
    )


def day_of(text: str | None) -> date | None:
    """Read a date, or the local day of a time, as they are stored; anything else is none."""
    if text is None or len(text) not in {10, 20} or text[4:5] != "-":
        return None
    try:
        day = date.fromisoformat(text[:10])
        return day if len(text) == len("2026-11-22") else from_text(text).astimezone().date()
    except (ValueError, OverflowError):
        return None


def _lag(item: Item, span: tuple[date, date], first: date, today: date) -> Lag:
    start, end = span
    whole = max(1, (today - first).days, (end - first).days)
    return Lag(
        title=item.subject.title,
        occurred_on=start.isoformat(),
        known_on=end.isoformat(),
        start=_percent((start - first).days, whole),
        end=_percent((end - first).days, whole),
        days=(end - start).days,
    )


def _span(item: Item) -> tuple[date, date] | None:
    start, end = day_of(item.occurred_on), day_of(item.known_on)
    return (start, end) if start is not None and end is not None and start < end else None


def _points(heights: Sequence[float]) -> str:
    last = len(heights) - 1
    return " ".join(f"{_percent(place, last)},{height}" for place, height in enumerate(heights))


def _percent(part: int, whole: int) -> float:
    return min(100.0, max(0.0, round(100 * part / whole, 1)))


def _apart(upper: float, lower: float) -> tuple[float, float]:
    """Move two labels apart until both can be read, within the chart."""
    missing = LABEL_HEIGHT - (lower - upper)
    if missing <= 0:
        return upper, lower
    place = round(min(max(0.0, upper - missing / 2), 100.0 - LABEL_HEIGHT), 1)
    return place, place + LABEL_HEIGHT
