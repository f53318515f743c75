"""Decides when the next request to a service may go out, over all jobs and restarts."""

import hashlib
from datetime import datetime, timedelta

from digital_footprint.clock import Clock, from_text, to_text
from digital_footprint.database import Database
from digital_footprint.model import Progress
from digital_footprint.verdicts import Reason, Unanswered

LONGEST_WAIT = timedelta(seconds=120)
KEPT = timedelta(days=2)


class Budget:
    """The requests of one service and key, counted in the database."""

    def __init__(
        self, db: Database, service: str, key: str | None, clock: Clock, progress: Progress
    ) -> None:
        self._db = db
        # The digest tells keys apart; the key itself stays in its file.
        digest = hashlib.sha256((key or "").encode()).hexdigest()[:16]
        self._row = {"service": service, "key_id": digest}
        self._clock = clock
        self._progress = progress
        self._limits: dict[timedelta, int] = {}

    def limit(self, count: int, period: timedelta) -> None:
        """At most `count` requests in any `period`; replaces an earlier limit for that period."""
        self._limits[period] = count

    def take(self) -> None:
        """Count one request, waiting until it may go out.

        Raises Unanswered(budget) when that is more than two minutes away.
        """
        while wait := self._try():
            if wait > LONGEST_WAIT:
                raise Unanswered(
                    Reason.BUDGET,
                    "the service's limit is used up",
                    retry_at=self._clock.now() + wait,
                )
            seconds = wait.total_seconds()
            self._progress.wait(seconds, "the service's limit of requests")
            self._clock.sleep(seconds)

    def _try(self) -> timedelta | None:
        """Count the request and give None, or give how long to wait."""
        with self._db.transaction():
            now = self._clock.now()
            self._db.execute(
                "DELETE FROM budgets WHERE requested_at < :past", {"past": to_text(now - KEPT)}
            )
            waits = [self._wait(count, period, now) for period, count in self._limits.items()]
            wait = max(waits, default=timedelta())
            if wait > timedelta():
                return wait
            self._db.insert("budgets", {**self._row, "requested_at": to_text(now)})
        return None

    def _wait(self, count: int, period: timedelta, now: datetime) -> timedelta:
        """How long until fewer than `count` requests lie in the last `period`.

        Stored times are whole seconds, cut: the window is taken a second wider, to be surely over.
        Times to come were written by a clock that ran ahead; they count for nothing.
        """
        oldest = self._db.first(
            """
            SELECT requested_at FROM budgets
            WHERE service = :service AND key_id = :key_id
              AND requested_at >= :start AND requested_at <= :now
            ORDER BY requested_at DESC LIMIT 1 OFFSET :index
            """,
            {**self._row, "start": to_text(now - period), "now": to_text(now), "index": count - 1},
        )
        if oldest is None:
            return timedelta()
        return from_text(oldest["requested_at"]) + period + timedelta(seconds=1) - now
