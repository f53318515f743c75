"""Decides when a message may be sent: quiet hours, the end of a digest's day, the next try."""

from datetime import UTC, datetime, time, timedelta

FIRST_PAUSE = timedelta(minutes=15)
# Shorter than a day by more than a timer's jitter: the run of each day tries.
LONGEST_PAUSE = timedelta(hours=12)


def next_try(attempts: int, now: datetime) -> datetime:
    """Give when a message that failed so often is tried again: ever later, every day at least."""
    # The factor stops growing where the pause does.
    factor = 1 << 2 * min(attempts - 1, 8)
    return now + min(FIRST_PAUSE * factor, LONGEST_PAUSE)


def quiet_until(span: str | None, now: datetime) -> datetime | None:
    """Give when the quiet hours end that `now` lies in, by the clock on the wall, or None.

    `span`: as in 22:00-07:00; one that ends when it begins has no hours.
    """
    if span is None:
        return None
    start, end = map(time.fromisoformat, span.split("-"))
    local = now.astimezone()
    clock = local.time()
    over_midnight = start > end
    inside = clock >= start or clock < end if over_midnight else start <= clock < end
    if not inside:
        return None
    day = local.date() + timedelta(days=over_midnight and clock >= start)
    ends = datetime.combine(day, end)
    # On two days of the year that time comes twice, or is leapt over.
    both = sorted(ends.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return next((one for one in both if one > now and one.astimezone().time() >= end), both[-1])


def period_begin(digest: str, now: datetime) -> datetime:
    """Give when the present day or week began: what was noted before it is told together."""
    day = now.astimezone().date()
    if digest == "weekly":
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, time()).astimezone(UTC)


def day_over(day: str) -> datetime:
    """Give when a day, by the calendar on the wall, is over."""
    following = datetime.fromisoformat(day).date() + timedelta(days=1)
    return datetime.combine(following, time()).astimezone(UTC)
