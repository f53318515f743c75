"""Decides how each pair of identifier and source stands: asked, answered, how long ago."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digital_footprint import consents
from digital_footprint.clock import from_text
from digital_footprint.coverage import every
from digital_footprint.database import Row
from digital_footprint.model import Identifier
from digital_footprint.report.facts import Cell
from digital_footprint.report.scope import Scope
from digital_footprint.scheduler.due import GRACE
from digital_footprint.sources import Profile, profiles
from digital_footprint.switches import Off, On, switch
from digital_footprint.verdicts import Reason

ANSWERS = ("found", "clean")


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source: whether it is on, who agreed to it, and for how long an answer stays fresh."""

    profile: Profile
    switch: On | Off
    consenting: frozenset[int]
    every: timedelta

    @property
    def is_on(self) -> bool:
        """Say whether it is asked about those who agreed."""
        return isinstance(self.switch, On)

    @property
    def fresh_for(self) -> timedelta:
        """Its interval, and the grace that a job has too."""
        return self.every + max(GRACE, self.every / 10)

    def skipped(self, person_id: int) -> Reason | None:
        """Give why a person's identifiers would not be asked about now, or None."""
        if isinstance(self.switch, Off):
            return self.switch.reason
        return None if person_id in self.consenting else Reason.NO_CONSENT


@dataclass(frozen=True, slots=True)
class Pair:
    """One identifier with one source; `is_wanted`: the source is on and the person agreed."""

    identifier: Identifier
    cell: Cell
    is_wanted: bool


class Pairs:
    """Reads how pairs stand, in the order of the sources."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._states = states(scope)

    def of(
        self, first: int, last: int, identifiers: Mapping[int, Sequence[Identifier]]
    ) -> dict[int, list[Pair]]:
        """Give the pairs of the persons from one id to another, by person."""
        newest, answered = self._newest(first, last), self._answered(first, last)
        pairs: dict[int, list[Pair]] = defaultdict(list)
        for person_id, theirs in identifiers.items():
            for one in theirs:
                if one.removed_at is None:
                    pairs[person_id] += self._of(one, newest, answered)
        return pairs

    def _of(self, one: Identifier, newest: "_Rows", answered: "_Times") -> list[Pair]:
        pairs = []
        for state in self._states:
            if one.kind in state.profile.kinds:
                key = (one.id, state.profile.name)
                skipped = state.skipped(one.person_id)
                cell = self._cell(state, skipped, newest.get(key), answered.get(key))
                pairs.append(Pair(one, cell, skipped is None))
        return pairs

    def _cell(
        self, state: SourceState, skipped: Reason | None, newest: Row | None, at: str | None
    ) -> Cell:
        age = None if at is None else self._scope.now - from_text(at)
        fresh = age is not None and timedelta() <= age <= state.fresh_for
        if skipped is not None:
            newest = {"verdict": "skipped", "reason": str(skipped)}
        return Cell(
            source=state.profile.name,
            verdict=newest["verdict"] if newest else None,
            reason=newest["reason"] if newest else None,
            answered_at=at,
            age_days=None if age is None else age.days,
            is_fresh=fresh and skipped is None,
        )

    def _newest(self, first: int, last: int) -> "_Rows":
        """Give the newest check of each pair; one that was skipped without a word is none."""
        rows = self._scope.db.query(
            f"""
            SELECT max(id) AS id, identifier_id, source, verdict, reason FROM observations
            WHERE identifier_id IN ({_WATCHED}) AND (verdict <> 'skipped' OR note <> '')
            GROUP BY identifier_id, source
            """,  # noqa: S608 - a query of ours
            {"first": first, "last": last},
        )
        return {(row["identifier_id"], row["source"]): row for row in rows}

    def _answered(self, first: int, last: int) -> "_Times":
        rows = self._scope.db.query(
            f"""
            SELECT identifier_id, source, max(observed_at) AS at FROM observations
            WHERE identifier_id IN ({_WATCHED}) AND verdict IN ('found', 'clean')
            GROUP BY identifier_id, source
            """,  # noqa: S608 - a query of ours
            {"first": first, "last": last},
        )
        return {(row["identifier_id"], row["source"]): row["at"] for row in rows}


def states(scope: Scope) -> tuple[SourceState, ...]:
    """Give every source, in the order in which they are shown."""
    return tuple(
        SourceState(
            profile,
            switch(scope.db, scope.config, profile),
            consents.consenting(scope.db, profile),
            every(scope.config, profile),
        )
        for profile in profiles()
    )


_Rows = Mapping[tuple[int, str], Row]
_Times = Mapping[tuple[int, str], Any]
_WATCHED = """
SELECT id FROM identifiers WHERE person_id BETWEEN :first AND :last AND removed_at IS NULL
"""
