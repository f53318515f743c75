"""Says in one sentence how the household stands: what to do, what is new, what was not checked."""

from collections.abc import Mapping

from digital_footprint.assessment import Urgency
from digital_footprint.report.facts import Coverage, News
from digital_footprint.report.scope import counted, local_day

NOBODY = "Nobody is registered yet: nothing is watched, and nothing was checked."
NO_SOURCE = "Nothing was checked: no source is on that may be asked about anybody."
OFF_NOW = "Nothing is checked any more: no source is on that may be asked about anybody."
UNANSWERED = "Nothing is known yet: none of {checks} was ever answered."


def verdict(
    *,
    people: int,
    urgencies: Mapping[str, int],
    waiting: int,
    news: News,
    coverage: Coverage,
    ever_answered: bool,
) -> str:
    """Give the sentence; it never says clean, and no score."""
    if not people:
        return NOBODY
    told = f"{_to_do(urgencies)}, {waiting} waiting on others, {_news(news)}."
    if coverage.checks and not ever_answered:
        never = UNANSWERED.format(checks=counted(coverage.checks, "check"))
        return f"{never} {told}"
    if not coverage.checks:
        return f"{OFF_NOW if ever_answered else NO_SOURCE} {told}"
    return f"{told} {_checked(coverage)}"


def _to_do(urgencies: Mapping[str, int]) -> str:
    today = urgencies.get(Urgency.TODAY, 0)
    week = urgencies.get(Urgency.THIS_WEEK, 0)
    some_day = urgencies.get(Urgency.CONVENIENT, 0)
    parts = [
        *([f"{counted(today, 'thing')} to do today"] if today else []),
        *([f"{counted(week, 'thing')} to do this week"] if week else []),
        *([f"{counted(some_day, 'thing')} when convenient"] if some_day else []),
    ]
    return ", ".join(parts) or "Nothing to do"


def _news(news: News) -> str:
    count = len(news.changes) + news.more
    since = local_day(news.since)
    if since is None:
        return f"{counted(count, 'event')} so far"
    return f"{count} new since {since}" if count else f"nothing new since {since}"


def _checked(coverage: Coverage) -> str:
    """Say how many checks have an answer of late, and what became of the others."""
    parts = [
        (coverage.stale, "{n} answered too long ago"),
        (coverage.unanswered, "{n} could not be made"),
        (coverage.never, "{n} not made yet"),
    ]
    others = [text.format(n=number) for number, text in parts if number]
    fresh = f"{coverage.fresh} of {counted(coverage.checks, 'check')} "
    verb = "is fresh" if coverage.fresh == 1 else "are fresh"
    return fresh + "; ".join([verb, *others]) + "."
