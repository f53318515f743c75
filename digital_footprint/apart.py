"""When two looks that did not show a listing are as good as two."""

from datetime import timedelta

from digital_footprint.removal_events import LEAST_GAP_DAYS, SeenGone

APART = timedelta(days=LEAST_GAP_DAYS)


def far_apart(first: SeenGone, second: SeenGone) -> bool:
    """Say whether enough days lie between: by the wall, and by the clock of their boot."""
    return days_apart(first, second) and not _clock_was_set(first, second)


def days_apart(first: SeenGone, second: SeenGone) -> bool:
    """Say whether enough days lie between by the wall: three, or more where the broker's rule says.

    The second look says how many it wants; none can want fewer than three.
    """
    return second.at - first.at >= _wanted(second)


def _wanted(look: SeenGone) -> timedelta:
    return max(APART, timedelta(days=look.gap_days))


def _clock_was_set(first: SeenGone, second: SeenGone) -> bool:
    """Say whether one boot's own clock, which nobody sets, knows of fewer days."""
    one, other = first.boot, second.boot
    if one is None or other is None or one.boot_id != other.boot_id:
        return False
    return other.seconds - one.seconds < _wanted(second).total_seconds()
