"""Decides when the next request to a service may go out, over all jobs and restarts."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from digital_footprint.clock import Clock, to_text
from digital_footprint.database import Database
from digital_footprint.model import Progress
from digital_footprint.verdicts import Reason, Unanswered

LONGEST_WAIT = timedelta(seconds=120)
MILLISECOND = timedelta(milliseconds=1)
LARGEST_MARGIN = timedelta(seconds=1)
# No request is under way for longer: the client gives it up before.
LONGEST_UNDER_WAY = timedelta(seconds=30)

Limits = Mapping[timedelta, int]
"""By period: at most so many requests in any of that length."""


class Budget:
    """The requests of one service and key, counted in the database."""

    def __init__(
        self, db: Database, service: str, key: str | None, clock: Clock, progress: Progress
    ) -> None:
        self._db = db
        self._row = {"service": service, "key_id": key_id(key)}
        self._clock = clock
        self._progress = progress
        self._limits: dict[timedelta, int] = {}
        self._under_way: int | None = None

    def limit(self, count: int, period: timedelta) -> None:
        """Assume at most `count` requests in any `period`, unless the service said otherwise."""
        self._limits[period] = count

    def learn(self, count: int, period: timedelta) -> None:
        """Take the service's own word for a limit: from now on, in every job, until it differs."""
        self._db.execute(
            """
            INSERT INTO learned_limits (service, key_id, period_ms, requests, learned_at)
            VALUES (:service, :key_id, :period_ms, :requests, :learned_at)
            ON CONFLICT (service, key_id, period_ms)
            DO UPDATE SET requests = :requests, learned_at = :learned_at
            """,
            {
                **self._row,
                "period_ms": period // MILLISECOND,
                "requests": count,
                "learned_at": to_text(self._clock.now()),
            },
        )

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
            now = _milliseconds(self._clock.now())
            limits = {**self._limits, **learned(self._db, **self._row)}
            self._end_the_last(now)
            self._bring_back(now)
            self._drop_old(now, limits)
            rows = self._at_most()
            waits = (
                self._wait(period, count, now) for period, count in limits.items() if count <= rows
            )
            wait = max(waits, default=0)
            if wait > 0:
                return wait * MILLISECOND
            self._under_way = self._db.insert("budgets", {**self._row, "requested_ms": now})
        return None

    def _end_the_last(self, now: int) -> None:
        """Date our last request anew: the service counted it at some time before its answer."""
        if self._under_way is not None:
            self._db.execute(
                """
                UPDATE budgets SET requested_ms = min(requested_ms + :longest, :now)
                WHERE id = :id
                """,
                {
                    "id": self._under_way,
                    "now": now,
                    "longest": LONGEST_UNDER_WAY // MILLISECOND,
                },
            )
            self._under_way = None

    def _bring_back(self, now: int) -> None:
        """Date to now what a clock that ran ahead has written: it was made, nobody knows when."""
        self._db.execute(
            """
            UPDATE budgets SET requested_ms = :now
            WHERE service = :service AND key_id = :key_id AND requested_ms > :now
            """,
            {**self._row, "now": now},
        )

    def _drop_old(self, now: int, limits: Limits) -> None:
        """Forget what no window reaches any more, so that no look-up grows with the run."""
        longest = max(limits, default=timedelta()) + LARGEST_MARGIN
        self._db.execute(
            """
            DELETE FROM budgets
            WHERE service = :service AND key_id = :key_id AND requested_ms < :past
            """,
            {**self._row, "past": now - longest // MILLISECOND},
        )

    def _at_most(self) -> int:
        """Give a number that no count of rows exceeds; to count them all takes longer and longer.

        Where a plan allows thousands a minute, most requests need no closer look.
        """
        ends = self._db.first(
            "SELECT (SELECT max(id) FROM budgets) - (SELECT min(id) FROM budgets) + 1 AS rows"
        )
        return (ends and ends["rows"]) or 0

    def _wait(self, period: timedelta, count: int, now: int) -> int:
        """How many milliseconds until fewer than `count` requests lie in the last `period`.

        The window is taken a little wider: not every request is equally long on its way.
        """
        window = (period + min(period / 100, LARGEST_MARGIN)) // MILLISECOND
        oldest = self._db.first(
            """
            SELECT requested_ms FROM budgets
            WHERE service = :service AND key_id = :key_id AND requested_ms > :start
            ORDER BY requested_ms DESC LIMIT 1 OFFSET :index
            """,
            {**self._row, "start": now - window, "index": count - 1},
        )
        return 0 if oldest is None else oldest["requested_ms"] + window - now


def key_id(key: str | None) -> str:
    """Tell keys apart by a digest; the key itself stays in its file."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:16]


def learned(db: Database, *, service: str, key_id: str) -> dict[timedelta, int]:
    """Give the limits that a service told of a key."""
    rows = db.query(
        """
        SELECT period_ms, requests FROM learned_limits
        WHERE service = :service AND key_id = :key_id
        """,
        {"service": service, "key_id": key_id},
    )
    return {row["period_ms"] * MILLISECOND: row["requests"] for row in rows}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
