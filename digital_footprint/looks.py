"""What the looks of one run came to: its counts, from the events themselves, and each look."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from digital_footprint.clock import from_text, to_text
from digital_footprint.database import Database
from digital_footprint.removal_events import NotSure
from digital_footprint.tally import COUNTS, Pair
from digital_footprint.verdicts import Reason, Unanswered

MORE = ("verified", "unverifiable")


def tally_looks(
    db: Database, run_id: int, planned: Collection[Pair] = (), carried: Collection[Pair] = ()
) -> dict[str, Any]:
    """Count a run's looks in the keys of `tally.tally`, whole and by broker.

    `found` is listed, `clean` is not listed, `new` came back after it was gone for sure.
    More than there: `removals_checked`, `verified` (gone for sure now), `unverifiable` (told).
    """
    sources = {source: _of_broker({}) for source in sorted({source for _, source in planned})}
    by_broker = db.query(_by_broker(_OF_RUN), {"run": run_id})
    sources |= {row["source"]: _of_broker(row) for row in by_broker}
    # What was taken over and did not hold was looked at anew.
    still = set(carried) - looked_at_in(db, [run_id])
    for key, pairs in (("planned", planned), ("carried", still)):
        for _, source in pairs:
            sources[source][key] += 1
    for row in db.query(_by_reason(_OF_RUN), {"run": run_id}):
        sources[row["source"]]["reasons"][row["reason"]] = row["looks"]
    total = {key: sum(counts[key] for counts in sources.values()) for key in COUNTS}
    return {
        "persons_checked": len(_answered_of(db, run_id)),
        "identifiers_checked": 0,
        "removals_checked": total["answered"],
        **total,
        **{key: sum(counts[key] for counts in sources.values()) for key in MORE},
        "sources": sources,
    }


class RunningLooks:
    """The counts of a run under way, kept up look by look: what `tally_looks` would count.

    Counting all rows anew after each of many looks would take longer than the looks.
    """

    def __init__(
        self, db: Database, run_id: int, planned: Collection[Pair], carried: Collection[Pair]
    ) -> None:
        self._db, self._run_id = db, run_id
        self._planned, self._carried = planned, carried
        self.recount()

    def recount(self) -> None:
        """Count all rows anew, as looks were taken back."""
        self.details = tally_looks(self._db, self._run_id, self._planned, self._carried)
        self._persons = _answered_of(self._db, self._run_id)

    def add(self, removal_id: int, person_id: int) -> None:
        """Count the look at one listing, which is entered."""
        of_one = {"run": self._run_id, "removal": removal_id}
        for row in self._db.query(_by_broker(_OF_ONE), of_one):
            self._count(row)
            if row["answered"]:
                self._persons.add(person_id)
        for row in self._db.query(_by_reason(_OF_ONE), of_one):
            reasons = self.details["sources"][row["source"]]["reasons"]
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["looks"]
        self.details["removals_checked"] = self.details["answered"]
        self.details["persons_checked"] = len(self._persons)

    def _count(self, row: dict[str, Any]) -> None:
        counts = _of_broker(row)
        mine = self.details["sources"].setdefault(row["source"], _of_broker({}))
        for key in (*COUNTS, *MORE):
            mine[key] += counts[key]
            self.details[key] += counts[key]


def looked_at_in(db: Database, run_ids: list[int]) -> frozenset[Pair]:
    """Give (removal id, broker's source name) of every listing that these runs looked at."""
    pairs: set[Pair] = set()
    for run_id in run_ids:
        rows = db.query(f"SELECT DISTINCT e.removal_id, {_SOURCE} {_LOOKS}", {"run": run_id})
        pairs.update((row["removal_id"], row["source"]) for row in rows)
    return frozenset(pairs)


def gone_in(db: Database, run_ids: Iterable[int], broker: str) -> list[int]:
    """Give the ids of the listings of a broker that these runs did not see any more."""
    ids: list[int] = []
    for run_id in run_ids:
        rows = db.query(_GONE, {"run": run_id, "broker": broker})
        ids += [row["removal_id"] for row in rows]
    return ids


def controls_failed_in(db: Database, run_ids: Iterable[int]) -> dict[str, Unanswered]:
    """Give by broker why a control failed in one of these runs."""
    rows = [row for run_id in run_ids for row in db.query(_CONTROL_FAILED, {"run": run_id})]
    return {row["broker"]: Unanswered(Reason(row["reason"]), row["note"]) for row in rows}


def waits_of(db: Database, now: datetime) -> dict[str, NotSure]:
    """Give by broker the refusal that it is left alone for, until its `retry_at`."""
    rows = db.query(_WAITS, {"now": to_text(now)})
    return {
        row["broker"]: NotSure(from_text(row["at"]), Reason(row["reason"]), from_text(row["until"]))
        for row in rows
    }


def of_run(db: Database, run_id: int) -> list[dict[str, Any]]:
    """Give the looks of one run in the shape of `observations.of_run`, in their order."""
    rows = db.query(
        f"""
        SELECT p.name AS person, r.url AS identifier, {_SOURCE}, e.event AS verdict, e.details,
               e.at AS observed_at
        FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
        JOIN persons AS p ON p.id = r.person_id
        WHERE e.run_id = :run AND {_IS_LOOK} AND {_STANDS} ORDER BY e.id
        """,  # noqa: S608 - parts of this module alone
        {"run": run_id},
    )
    return [_shown(row) for row in rows]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    details = json.loads(row.pop("details"))
    at = row.pop("observed_at")
    return {
        **row,
        "reason": details.get("reason"),
        "note": details.get("note", ""),
        "retry_at": details.get("retry_at"),
        "observed_at": at,
    }


def _answered_of(db: Database, run_id: int) -> set[int]:
    """Give the ids of the persons of whom a look of the run told something."""
    return {row["person_id"] for row in db.query(_PERSONS, {"run": run_id})}


def _of_broker(row: dict[str, Any]) -> dict[str, Any]:
    counts = {key: row.get(key) or 0 for key in (*COUNTS, *MORE)}
    return {**counts, "known": counts["found"] - counts["new"], "reasons": {}}


_SOURCE = "'broker:' || r.broker AS source"
_IS_LOOK = "e.event IN ('listed', 'not_listed', 'inconclusive', 'skipped')"
# A look that a run took back itself, as its control failed later, has another in its place.
_STANDS = """
NOT EXISTS (
    SELECT 1 FROM removal_events AS u
    WHERE u.removal_id = e.removal_id AND u.event = 'undone' AND u.run_id IS NOT NULL
    AND json_extract(u.details, '$.event') = e.id)
"""
_LOOKS = f"""
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE e.run_id = :run AND {_IS_LOOK}
"""

# The plus keeps SQLite to the few events of the listing, of which there are many in the run.
_OF_RUN = "e.run_id = :run"
_OF_ONE = "+e.run_id = :run AND e.removal_id = :removal"


def _by_broker(which: str) -> str:
    return f"""
SELECT {_SOURCE}, sum({_IS_LOOK}) AS checks,
       sum(e.event IN ('listed', 'not_listed')) AS answered, sum(e.event = 'listed') AS found,
       sum(e.event = 'not_listed') AS clean, sum(e.event = 'inconclusive') AS inconclusive,
       sum(e.event = 'skipped') AS skipped, sum(e.event = 'unverifiable') AS unverifiable,
       sum(e.event = 'listed' AND e.to_state = 'resurfaced' AND e.from_state <> 'resurfaced')
           AS new,
       sum(e.event = 'not_listed' AND e.to_state = 'removed_verified'
           AND e.from_state NOT IN ('removed_verified', 'recheck_due')) AS verified
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE {which} AND {_STANDS} GROUP BY r.broker ORDER BY r.broker
"""  # noqa: S608 - parts of this module alone


def _by_reason(which: str) -> str:
    return f"""
SELECT {_SOURCE}, json_extract(e.details, '$.reason') AS reason, count(*) AS looks
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE {which} AND e.event IN ('inconclusive', 'skipped')
GROUP BY r.broker, reason ORDER BY r.broker, reason
"""  # noqa: S608 - parts of this module alone


_PERSONS = f"""
SELECT DISTINCT r.person_id
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE e.run_id = :run AND e.event IN ('listed', 'not_listed') AND {_STANDS}
"""  # noqa: S608 - parts of this module alone

_GONE = """
SELECT DISTINCT e.removal_id FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE e.run_id = :run AND e.event = 'not_listed' AND r.broker = :broker
"""

# SQLite gives the other columns of the row that has the maximum.
_WAITS = """
SELECT r.broker, e.at, json_extract(e.details, '$.reason') AS reason,
       max(json_extract(e.details, '$.retry_at')) AS until
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE e.event = 'inconclusive' AND e.at <= :now
      AND json_extract(e.details, '$.retry_at') > :now
GROUP BY r.broker
"""

_CONTROL_FAILED = """
SELECT r.broker, json_extract(e.details, '$.reason') AS reason,
       json_extract(e.details, '$.control_failed') AS note
FROM removal_events AS e JOIN removals AS r ON r.id = e.removal_id
WHERE e.run_id = :run AND json_extract(e.details, '$.control_failed') IS NOT NULL
"""
