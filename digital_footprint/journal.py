"""Progress where nobody draws a bar: one line a minute, for the journal."""

from collections.abc import Callable
from datetime import datetime, timedelta

from digital_footprint.clock import Clock

EVERY = timedelta(minutes=1)


class JournalProgress:
    """Says how far a job is, at most once a minute; one that is done before says nothing."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self._job = ""
        self._source = ""
        self._done = 0
        self._total = 0
        self._due: datetime | None = None

    def start(self, job: str, total: int) -> None:
        """`total` checks are to be made by that job."""
        self._job, self._total, self._done, self._source = job, total, 0, ""
        self._due = self._clock.now() + EVERY

    def step(self, label: str) -> None:
        """One check is done; `label` says which source."""
        self._done += 1
        self._source = label
        self._tell(timedelta(), "")

    def wait(self, seconds: float, why: str) -> None:
        """Nothing moves for that long, and why; told when the next line would fall into it."""
        self._tell(timedelta(seconds=seconds), f"; waiting {seconds:.0f} s: {why}")

    def _tell(self, ahead: timedelta, more: str) -> None:
        now = self._clock.now()
        if self._due is None or now + ahead < self._due:
            return
        where = f", {self._source}" if self._source else ""
        self._say(f"{self._job}: {self._done} of {self._total} checks{where}{more}")
        self._due = max(now, self._due) + EVERY
