"""What the checks of one run came to, in counts: the `details` of its row, and its status."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, FootprintError, TemporaryError
from digital_footprint.model import Identifier, RunStatus
from digital_footprint.verdicts import (
    Clean,
    FindingCounts,
    Found,
    Inconclusive,
    Skipped,
    Verdict,
    verdict_name,
)

Pair = tuple[int, str]
"""An identifier's id and a source's name: what one check is about."""

COUNTS = (
    "planned", "checks", "answered", "carried", "found", "new", "known", "baseline", "undetailed",
    "clean", "inconclusive", "skipped",
)  # fmt: skip


def tally(
    db: Database,
    run_id: int,
    planned: Collection[Pair] = (),
    carried: Collection[Pair] = (),
) -> dict[str, Any]:
    """Count a run's observations, whole and by source, with the reasons where there is no answer.

    `planned`: all pairs the run is about; `carried`: those taken over from an interrupted one.
    Once a run is over, checks + carried = planned. Who is `checked` has an answer.
    """
    sources = {source: _of_source({}) for source in sorted({source for _, source in planned})}
    sources |= {row["source"]: _of_source(row) for row in db.query(_BY_SOURCE, {"run": run_id})}
    for key, pairs in (("planned", planned), ("carried", carried)):
        for _, source in pairs:
            sources[source][key] += 1
    for row in db.query(_BY_REASON, {"run": run_id}):
        sources[row["source"]]["reasons"][row["reason"]] = row["checks"]
    total = {key: sum(counts[key] for counts in sources.values()) for key in COUNTS}
    return {**_reach(*_reached(db, run_id, carried)), **total, "sources": sources}


class RunningTally:
    """The counts of a run under way, kept up check by check: what `tally` would count.

    Counting the rows anew after each of many checks would take longer than the checks.
    """

    def __init__(
        self,
        db: Database,
        run_id: int,
        planned: Collection[Pair] = (),
        carried: Collection[Pair] = (),
    ) -> None:
        self.details = tally(db, run_id, planned, carried)
        self._identifiers, self._persons = _reached(db, run_id, carried)

    def add(
        self, source: str, identifier: Identifier, verdict: Verdict, counts: FindingCounts
    ) -> None:
        """Count one check more."""
        mine = self.details["sources"].setdefault(source, _of_source({}))
        for key, count in _counts_of(verdict, counts).items():
            mine[key] += count
            self.details[key] += count
        match verdict:
            case Inconclusive(reason) | Skipped(reason):
                reasons = mine["reasons"]
                reasons[str(reason)] = reasons.get(str(reason), 0) + 1
            case Found() | Clean():
                self._identifiers.add(identifier.id)
                self._persons.add(identifier.person_id)
                self.details |= _reach(self._identifiers, self._persons)


def status_of(details: dict[str, Any]) -> RunStatus:
    """Give the status that a run's counts amount to."""
    answered = details["answered"] + details["carried"]
    if not answered:
        return RunStatus.FAILED if details["inconclusive"] else RunStatus.SKIPPED
    return RunStatus.PARTIAL if details["inconclusive"] else RunStatus.SUCCESS


def exit_code_of(details: dict[str, Any]) -> int:
    """Give the exit code of a run without one answer: 75 temporary, 78 configuration, else 1."""
    from digital_footprint.verdicts import CONFIGURATION_REASONS, TEMPORARY_REASONS

    reasons = set(inconclusive_reasons(details))
    if reasons <= TEMPORARY_REASONS:
        return TemporaryError.exit_code
    return (ConfigurationError if reasons <= CONFIGURATION_REASONS else FootprintError).exit_code


def inconclusive_reasons(details: dict[str, Any]) -> Counter[str]:
    """Count why checks have no answer, over all sources; leaving out who was not asked."""
    reasons: Counter[str] = Counter()
    for counts in details["sources"].values():
        reasons.update(counts["reasons"])
    del reasons["no_consent"]
    return reasons


def _counts_of(verdict: Verdict, counts: FindingCounts) -> dict[str, int]:
    """Give what one check adds to the counts of its source and of the run."""
    answered = isinstance(verdict, Found | Clean)
    own = {} if isinstance(verdict, Found) else {verdict_name(verdict): 1}
    return {
        "checks": 1,
        "answered": int(answered),
        "found": counts.found,
        "new": counts.new,
        "known": counts.found - counts.new,
        "baseline": counts.baseline,
        "undetailed": counts.undetailed,
        **own,
    }


def _reached(db: Database, run_id: int, carried: Collection[Pair]) -> tuple[set[int], set[int]]:
    """Give the ids of the identifiers with an answer, and of their persons."""
    answered = {row["identifier_id"] for row in db.query(_ANSWERED, {"run": run_id})}
    answered |= {identifier for identifier, _ in carried}
    rows = db.query("SELECT id, person_id FROM identifiers") if answered else []
    return answered, {row["person_id"] for row in rows if row["id"] in answered}


def _reach(identifiers: Collection[int], persons: Collection[int]) -> dict[str, int]:
    return {"persons_checked": len(persons), "identifiers_checked": len(identifiers)}


def _of_source(row: dict[str, Any]) -> dict[str, Any]:
    counts = {key: row.get(key) or 0 for key in COUNTS}
    return {**counts, "known": counts["found"] - counts["new"], "reasons": {}}


_BY_SOURCE = """
SELECT source, count(*) AS checks, sum(verdict IN ('found', 'clean')) AS answered,
       sum(found) AS found, sum(new) AS new, sum(baseline) AS baseline,
       sum(undetailed) AS undetailed, sum(verdict = 'clean') AS clean,
       sum(verdict = 'inconclusive') AS inconclusive, sum(verdict = 'skipped') AS skipped
FROM observations WHERE run_id = :run GROUP BY source ORDER BY source
"""

_BY_REASON = """
SELECT source, reason, count(*) AS checks FROM observations
WHERE run_id = :run AND reason IS NOT NULL GROUP BY source, reason ORDER BY source, reason
"""

_ANSWERED = """
SELECT identifier_id FROM observations WHERE run_id = :run AND verdict IN ('found', 'clean')
"""
