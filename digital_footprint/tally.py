"""What the checks of one run came to, in counts: the `details` of its row, and its status."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from digital_footprint.database import Database
from digital_footprint.model import RunStatus

COUNTS = (
    "checks", "answered", "carried", "found", "new", "known", "baseline", "undetailed",
    "clean", "inconclusive", "skipped",
)  # fmt: skip

FAILED, TEMPORARY, CONFIGURATION = 1, 75, 78


def tally(db: Database, run_id: int, carried: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """Count a run's observations, whole and by source, with the reasons where there is no answer.

    `carried`: the (identifier id, source) pairs taken over from an interrupted run.
    """
    sources = {row["source"]: _of_source(row) for row in db.query(_BY_SOURCE, {"run": run_id})}
    for _, source in carried:
        sources.setdefault(source, _of_source({}))["carried"] += 1
    for row in db.query(_BY_REASON, {"run": run_id}):
        sources[row["source"]]["reasons"][row["reason"]] = row["checks"]
    total = {key: sum(counts[key] for counts in sources.values()) for key in COUNTS}
    return {**(db.first(_REACH, {"run": run_id}) or {}), **total, "sources": sources}


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
        return TEMPORARY
    return CONFIGURATION if reasons <= CONFIGURATION_REASONS else FAILED


def inconclusive_reasons(details: dict[str, Any]) -> Counter[str]:
    """Count why checks have no answer, over all sources; leaving out who was not asked."""
    reasons: Counter[str] = Counter()
    for counts in details["sources"].values():
        reasons.update(counts["reasons"])
    del reasons["no_consent"]
    return reasons


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

_REACH = """
SELECT count(DISTINCT i.person_id) AS persons_checked,
       count(DISTINCT o.identifier_id) AS identifiers_checked
FROM observations AS o JOIN identifiers AS i ON i.id = o.identifier_id
WHERE o.run_id = :run AND o.verdict <> 'skipped'
"""
