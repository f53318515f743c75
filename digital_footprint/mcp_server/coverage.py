"""Decides what an assistant is told of who was asked about what, and what came of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from digital_footprint import coverage, people
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.answers import Checks, CoverageAnswer, Pair
from digital_footprint.mcp_server.arguments import Verdict
from digital_footprint.mcp_server.checks import checks_of
from digital_footprint.sources import profiles

# What is not known comes first: it is what a glance must not miss.
ORDER: tuple[Verdict, ...] = ("inconclusive", "never_asked", "skipped", "found", "clean")


def show_coverage(
    home: Home, person_id: int | None, verdict: Verdict | None, limit: int
) -> CoverageAnswer:
    """Give the coverage. Raises UsageError where there is no such person."""
    if person_id is not None:
        people.get_person(home.db, str(person_id))
    rows = coverage.list_coverage(home.db, home.config, person_id=person_id)
    rows.sort(key=lambda row: ORDER.index(_verdict(row)))
    chosen = [row for row in rows if verdict in (None, _verdict(row))]
    checks = checks_of(home, person_id)
    by_verdict: dict[str, int] = dict(sorted(Counter(map(_verdict, rows)).items()))
    clean = {row["source"] for row in chosen[:limit] if row["verdict"] == "clean"}
    return CoverageAnswer(
        summary=_words(checks, by_verdict),
        checks=checks,
        by_verdict=by_verdict,
        matching=len(chosen),
        clean_means={one.name: one.clean_means for one in profiles() if one.name in clean},
        pairs=[_pair(home, row) for row in chosen[:limit]],
    )


def _verdict(row: Mapping[str, Any]) -> Verdict:
    verdict: Verdict = row["verdict"] or "never_asked"
    return verdict


def _pair(home: Home, row: Mapping[str, Any]) -> Pair:
    return Pair(
        person=home.words.cleaned(row["person"]),
        identifier=home.words.identifier(row["identifier"]),
        source=row["source"],
        verdict=_verdict(row),
        reason=row["reason"],
        note=home.words.outside(row["note"], row["source"]),
        observed_at=row["observed_at"],
        last_answered_at=row["last_answered_at"],
    )


def _words(checks: Checks, by_verdict: Mapping[str, int]) -> str:
    counted = ", ".join(f"{verdict} {count}" for verdict, count in by_verdict.items())
    return f"{checks.sentence}.\n{counted}" if counted else f"{checks.sentence}."
