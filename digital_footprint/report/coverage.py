"""Decides what the report says of what was asked and what was not: nothing is clean unasked."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import groupby

from digital_footprint.report.cases import Case
from digital_footprint.report.facts import Cell, Coverage, CoverageRow, SourceCoverage
from digital_footprint.report.pairs import Pair, SourceState, states
from digital_footprint.report.scope import Scope
from digital_footprint.report.top import Top

SHOWN = 40


class Asking:
    """Takes one person after the other, and counts how every pair stands."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._counts: Counter[str] = Counter()
        self._verdicts: dict[str, Counter[str]] = defaultdict(Counter)
        self._reasons: dict[str, Counter[str]] = defaultdict(Counter)
        self._answered: dict[str, str] = {}
        self._rows = Top[tuple[tuple[int, int], CoverageRow]](SHOWN)

    def add(self, case: Case) -> None:
        """Take one person into account."""
        for pair in case.pairs:
            self._count(pair)
        for identifier, pairs in groupby(case.pairs, key=lambda pair: pair.identifier):
            mine = list(pairs)
            row = CoverageRow(
                person=case.name,
                identifier=self._scope.identifier(identifier),
                cells=tuple(pair.cell for pair in mine),
            )
            place = (case.id, identifier.id)
            # Where not all have room, those come first of whom the least is known.
            self._rows.add((-_unknown(mine), *place), (place, row))

    @property
    def ever_answered(self) -> bool:
        """Say whether any check was ever answered."""
        return bool(self._answered)

    @property
    def ever_asked(self) -> bool:
        """Say whether any check that is wanted was ever made."""
        return any(self._counts[name] for name in ("fresh", "stale", "unanswered"))

    def coverage(self) -> Coverage:
        """Give it all; the rows in the order of the people."""
        rows = sorted(self._rows.values(), key=lambda one: one[0])
        counts = self._counts
        return Coverage(
            checks=counts["checks"],
            fresh=counts["fresh"],
            stale=counts["stale"],
            unanswered=counts["unanswered"],
            never=counts["never"],
            off=counts["off"],
            sources=tuple(self._source(state) for state in states(self._scope)),
            rows=tuple(row for _, row in rows),
            more=self._rows.more,
        )

    def _count(self, pair: Pair) -> None:
        cell = pair.cell
        self._verdicts[cell.source][cell.verdict or "never"] += 1
        self._verdicts[cell.source]["fresh"] += cell.is_fresh
        if cell.reason:
            self._reasons[cell.source][cell.reason] += 1
        if cell.answered_at:
            newest = max(self._answered.get(cell.source, ""), cell.answered_at)
            self._answered[cell.source] = newest
        self._counts["checks"] += pair.is_wanted
        self._counts[_standing(pair)] += 1

    def _source(self, state: SourceState) -> SourceCoverage:
        name = state.profile.name
        verdicts, reasons = self._verdicts[name], self._reasons[name]
        return SourceCoverage(
            name=name,
            state="on" if state.is_on else "off",
            every_days=state.every.days,
            checks=sum(verdicts.values()) - verdicts["fresh"],
            found=verdicts["found"],
            clean=verdicts["clean"],
            inconclusive=verdicts["inconclusive"],
            skipped=verdicts["skipped"],
            never=verdicts["never"],
            fresh=verdicts["fresh"],
            reasons=tuple(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
            last_answered_at=self._answered.get(name),
            clean_means=state.profile.clean_means,
        )


def _standing(pair: Pair) -> str:
    """Give the one word under which a pair is counted."""
    cell: Cell = pair.cell
    if not pair.is_wanted:
        return "off"
    if cell.is_fresh:
        return "fresh"
    if cell.verdict is None:
        return "never"
    return "stale" if cell.verdict in ("found", "clean") else "unanswered"


def _unknown(pairs: Iterable[Pair]) -> int:
    return sum(pair.is_wanted and not pair.cell.is_fresh for pair in pairs)
