"""How long requests take at a service's limits, and how many of them one run can make."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

Limits = Mapping[timedelta, int]
"""By period: at most so many requests in any of that length."""

# Between two pages of one broker: politeness, as no broker names a limit.
GAP = timedelta(seconds=5)


def departures(requests: int, limits: Limits) -> list[timedelta]:
    """Give when each of so many requests may go out at the earliest, the first of them at zero."""
    times: list[timedelta] = []
    for number in range(requests):
        windows = (
            times[number - count] + period for period, count in limits.items() if number >= count
        )
        times.append(max(windows, default=timedelta()))
    return times


def going_out(times: Sequence[timedelta], *, patience: timedelta, until: timedelta) -> int:
    """How many of the departures one run makes.

    It ends before a wait longer than its `patience`, and in any case at `until`.
    """
    halts = (
        number
        for number, (one, following) in enumerate(pairwise(times))
        if following - one > patience
    )
    return min(next(halts, len(times)) + 1, len(times), bisect_right(times, until))


def least_rate(requests: int, period: timedelta, until: timedelta) -> int:
    """Give the smallest count a `period` at which so many requests go out by `until`."""
    return -(-requests // (until // period + 1))
