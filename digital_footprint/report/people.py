"""Decides how a person stands: the worst that is open, and what was answered; never a sum."""

from collections import Counter

from digital_footprint.assessment import Urgency
from digital_footprint.report.cases import Assessed, Case
from digital_footprint.report.exposures import item_of, rank
from digital_footprint.report.facts import IdentifierCard, People, PersonCard
from digital_footprint.report.scope import Scope, day_of
from digital_footprint.report.top import Top

SHOWN = 20
IDENTIFIERS_SHOWN = 10
NOBODY = (1,)


class Household:
    """Takes one person after the other, and keeps those with the most urgent findings."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._people = Top[Case](SHOWN)

    def add(self, case: Case) -> None:
        """Take one person into account."""
        worst = min((rank(one) for one in _pressing(case)), default=NOBODY)
        self._people.add((*worst, case.id), case)

    @property
    def count(self) -> int:
        """How many people there are."""
        return self._people.total

    def people(self) -> People:
        """Give the cards, whoever has the most urgent finding first."""
        cards = tuple(_card(self._scope, case) for case in self._people.values())
        return People(cards=cards, more=self._people.more)


def _pressing(case: Case) -> list[Assessed]:
    """Give what asks for something: what is put off does not."""
    return [one for one in case.found if one.exposure.is_open]


def _card(scope: Scope, case: Case) -> PersonCard:
    unresolved = case.found
    pressing = [one for one in _pressing(case) if not _is_hidden(scope, one)]
    urgencies = Counter(one.assessment.urgency for one in unresolved)
    worst = min(pressing, key=rank, default=None)
    watched = case.watched
    return PersonCard(
        person=case.name,
        relation=case.relation,
        worst=item_of(scope, case, worst) if worst else None,
        open=len(unresolved),
        closed=len(case.closed),
        by_urgency=tuple((str(one), urgencies[one]) for one in Urgency if urgencies[one]),
        oldest_open_on=min((day_of(one.dossier.first_seen_at) for one in unresolved), default=None),
        answered=sum(pair.cell.answered_at is not None for pair in case.pairs),
        checks=len(case.pairs),
        identifiers=tuple(_identifiers(scope, case)[:IDENTIFIERS_SHOWN]),
        more=max(len(watched) - IDENTIFIERS_SHOWN, 0),
    )


def _is_hidden(scope: Scope, one: Assessed) -> bool:
    return scope.is_shareable and one.dossier.is_sensitive


def _identifiers(scope: Scope, case: Case) -> list[IdentifierCard]:
    open_ones = Counter(one.dossier.identifier for one in case.found)
    closed_ones = Counter(one.identifier for one in case.closed)
    cards = []
    for one in case.watched:
        mine = [pair for pair in case.pairs if pair.identifier.id == one.id]
        cards.append(
            IdentifierCard(
                kind=str(one.kind),
                value=scope.identifier(one),
                open=open_ones[one.value],
                closed=closed_ones[one.value],
                answered=sum(pair.cell.answered_at is not None for pair in mine),
                checks=len(mine),
            )
        )
    return cards
