"""When two looks that did not show a listing are as good as two."""

from datetime import timedelta

from digital_footprint.removal_events import SeenGone

APART = timedelta(days=3)


def far_apart(first: SeenGone, second: SeenGone) -> bool:
    """Say whether three days lie between: by the wall, and by the clock of their boot."""
    return second.at - first.at >= APART and not _clock_was_set(first, second)


def _clock_was_set(first: SeenGone, second: SeenGone) -> bool:
    """Say whether one boot's own clock, which nobody sets, knows of fewer days."""
    one, other = first.boot, second.boot
    if one is None or other is None or one.boot_id != other.boot_id:
        return False
    return other.seconds - one.seconds < APART.total_seconds()
