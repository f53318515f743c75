"""Time: what o'clock it is, how to wait, and the one form in which moments are stored."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def utc_now() -> datetime:
    """Now, aware, in whole seconds: what is stored has no more."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """Give the day by the calendar on the wall: what a person means by a date they type."""
    return local_day(utc_now())


def local_day(moment: datetime) -> date:
    """Give the day of a moment by the calendar on the wall."""
    return moment.astimezone().date()


def exact_now() -> datetime:
    """Now, aware, as finely as the machine tells it, where whole seconds are too coarse."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Give the one form in which times are stored and printed: 2026-11-22T03:17:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_text(text: str) -> datetime:
    """Read back what `to_text` wrote."""
    return datetime.fromisoformat(text)


def local_time(moment: str | None) -> str:
    """Give a moment for people: in their own time."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


@dataclass(frozen=True, slots=True)
class BootTime:
    """How long a boot has lasted, sleep included: no setting of the clock on the wall moves it."""

    boot_id: str
    seconds: float


def boot_time() -> BootTime | None:
    """Give the time since this boot; None where the machine does not tell it, as macOS."""
    boot = boot_id()
    if boot is None or sys.platform != "linux":
        return None
    return BootTime(boot, round(time.clock_gettime(time.CLOCK_BOOTTIME), 1))


def boot_id() -> str | None:
    """Give the kernel's id of this boot; macOS has none."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return None


EARLIEST = 2000
AHEAD = timedelta(days=1)
"""So much may another clock be ahead of this one."""


@dataclass(frozen=True)
class Clock:
    """The machine's own time; a test passes one whose `sleep` moves its `now`."""

    now: Callable[[], datetime] = exact_now
    sleep: Callable[[float], None] = time.sleep
    boot: Callable[[], BootTime | None] = boot_time


def day_of(text: object) -> str | None:
    """Give the day of an ISO 8601 date or time that came from outside; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return None


def past_moment(text: str | None, now: datetime) -> str | None:
    """Give an ISO 8601 moment that came from outside, as it is stored.

    None for what is none, is older than such records, or has not come yet.
    """
    moment = moment_of(text or "")
    if moment is None or moment.year < EARLIEST or moment > now + AHEAD:
        return None
    return to_text(moment)


def moment_of(text: str) -> datetime | None:
    """Give the moment of an ISO 8601 time that came from outside, in UTC where it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
