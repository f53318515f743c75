"""Decides how counts, days and states read in a report, in whatever form it is printed."""

from digital_footprint.report.facts import Cell, Item, SourceCoverage, Waiting
from digital_footprint.report.scope import counted, day_of

__all__ = [
    "cell", "counted", "dates", "day", "moment", "size", "source_counts", "state", "strip",
    "urgency", "what_left",
]  # fmt: skip

STRIP = {
    "success": "●",
    "partial": "◐",
    "skipped": "○",
    "failed": "✗",
    "interrupted": "✗",
    "running": "…",
}
STRIP_LEGEND = "● done, ◐ partly, ○ nothing was due, ✗ failed or broken off, … running; newest last"


def moment(at: str | None) -> str:
    """Give a stored moment as people read it: 2026-11-22 03:17 UTC."""
    return f"{at[:10]} {at[11:16]} UTC" if at else "never"


def day(at: str) -> str:
    """Give the local day of a stored moment, as all days of a report are."""
    return day_of(at)


def state(name: str) -> str:
    """Give a state as people say it."""
    return name.replace("_", " ")


def size(count: int) -> str:
    """Give how large a file is, in whole MiB."""
    mebibytes = round(count / 1024**2)
    return f"{mebibytes} MiB" if mebibytes else "less than 1 MiB"


def strip(statuses: list[str]) -> str:
    """Give runs as one sign each."""
    return "".join(STRIP.get(one, "?") for one in statuses)


def cell(one: Cell) -> str:
    """Say how one pair stands; an answer never without its date."""
    match one.verdict:
        case None:
            return "not checked yet"
        case "found" | "clean" if one.answered_at:
            old = "" if one.is_fresh else ", too long ago"
            return f"{one.verdict} on {day(one.answered_at)}{old}"
        case _:
            return f"{one.verdict} ({state(one.reason or '')}){_before(one)}"


def source_counts(one: SourceCoverage) -> str:
    """Say how a source's checks stand, leaving out what there is none of."""
    counts = (
        (one.found, "found"),
        (one.clean, "clean"),
        (one.inconclusive, "inconclusive"),
        (one.skipped, "skipped"),
        (one.never, "not checked yet"),
    )
    told = ", ".join(f"{number} {word}" for number, word in counts if number)
    return told or "no address to ask about"


def what_left(one: Waiting) -> str:
    """Say how a request's legal clock stands."""
    if one.due_on is None or one.days_left is None:
        return "no legal clock"
    law = state(one.law or "").upper()
    if one.overdue:
        return f"OVERDUE by {counted(-one.days_left, 'day')} ({law}, until {one.due_on})"
    return f"{counted(one.days_left, 'day')} left ({law}, until {one.due_on})"


def dates(one: Item) -> str:
    """Say when something happened, when its source learnt of it, when it was seen here."""
    told = [
        f"happened on {one.occurred_on}" if one.occurred_on else "",
        f"known to its source since {one.known_on}" if one.known_on else "",
        f"seen here since {one.first_seen_on}",
    ]
    return ", ".join(filter(None, told))


def urgency(one: Item) -> str:
    """Say how urgent an exposure is, where anybody judges that."""
    return f"{one.urgency}, tier {one.tier}; " if one.urgency else ""


def _before(one: Cell) -> str:
    return f", last answered on {day(one.answered_at)}" if one.answered_at else ", never answered"
