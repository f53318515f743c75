"""Decides what the report says of the course of things: open and closed by week, and medians."""

from datetime import date, timedelta

from digital_footprint.life import CLOSED_STATES
from digital_footprint.report.facts import Trends, Week
from digital_footprint.report.listings import Tracking
from digital_footprint.report.scope import Scope, only

WEEKS = 52
CLOSED = ", ".join(f"'{one}'" for one in sorted(CLOSED_STATES))


def trends(scope: Scope, tracking: Tracking) -> Trends:
    """Give the course from the events of findings, and what the listings' histories amount to."""
    return Trends(
        weeks=_weeks(scope),
        median_days_to_close=_median_to_close(scope),
        median_days_to_removal=tracking.median_days,
        removed=tracking.removed,
        resurfaced=tracking.resurfaced,
    )


def _weeks(scope: Scope) -> tuple[Week, ...]:
    """Add up what each week changed, from the first one with a finding until today's."""
    condition, person = only(scope, "i.person_id")
    rows = scope.db.query(
        _CHANGES.format(closed=CLOSED, condition=condition),
        {**person, "today": scope.today.isoformat()},
    )
    changes = {row["week"]: (row["opened"], row["closed"]) for row in rows}
    if not changes:
        return ()
    last = scope.today - timedelta(days=scope.today.weekday())
    week, is_open, closed, weeks = date.fromisoformat(min(changes)), 0, 0, []
    while week <= last:
        opened, ended = changes.get(week.isoformat(), (0, 0))
        is_open, closed = is_open + opened, closed + ended
        weeks.append(Week(starts_on=week.isoformat(), open=is_open, closed=closed))
        week += timedelta(days=7)
    return tuple(weeks[-WEEKS:])


def _median_to_close(scope: Scope) -> float | None:
    """From the day a finding was first seen until its person closed it, of those closed now."""
    condition, person = only(scope, "i.person_id")
    closed = _TAKEN.format(condition=condition)
    count = (
        scope.db.first(
            f"SELECT count(*) AS n FROM ({closed})",  # noqa: S608 - a query of ours
            person,
        )
        or {"n": 0}
    )["n"]
    if not count:
        return None
    middle = scope.db.query(
        closed + " ORDER BY days LIMIT :size OFFSET :skip",
        {**person, "size": 2 - count % 2, "skip": (count - 1) // 2},
    )
    days: list[float] = [row["days"] for row in middle]
    return round(sum(days) / len(days), 1)


# One row per move between open and closed. What was accepted for a time opens again by itself.
_CHANGES = """
WITH told AS (
    SELECT e.finding, e.id, e.at, json_extract(e.details, '$.until') AS until,
           coalesce(json_extract(e.details, '$.state'),
                    CASE e.event WHEN 'first_seen' THEN 'open' END) AS state
    FROM finding_events AS e
    JOIN findings AS f ON f.id = e.finding
    JOIN identifiers AS i ON i.id = f.identifier_id
    WHERE {condition}
), followed AS (
    SELECT *, lead(date(at, 'localtime')) OVER (PARTITION BY finding ORDER BY id) AS next_day
    FROM told WHERE state IS NOT NULL
), moves AS (
    SELECT finding, id, date(at, 'localtime') AS day, state IN ({closed}) AS closed FROM followed
    UNION ALL
    SELECT finding, id + 0.5, date(until, '+1 day'), 0 FROM followed
    WHERE state = 'accepted' AND until < :today AND (next_day IS NULL OR next_day > until)
), steps AS (
    SELECT date(day, 'weekday 0', '-6 days') AS week, closed,
           lag(closed) OVER (PARTITION BY finding ORDER BY id) AS was
    FROM moves WHERE day <= :today
)
SELECT week, sum(NOT closed) - sum(coalesce(NOT was, 0)) AS opened,
       sum(closed) - sum(coalesce(was, 0)) AS closed
FROM steps GROUP BY week
"""
_TAKEN = """
SELECT julianday(max(e.at)) - julianday(f.first_seen_at) AS days
FROM findings AS f
JOIN identifiers AS i ON i.id = f.identifier_id
JOIN finding_events AS e ON e.finding = f.id AND e.event IN ('resolved', 'accepted', 'not_me')
WHERE f.state IN ('resolved', 'accepted', 'not_me') AND {condition}
GROUP BY f.id
"""
