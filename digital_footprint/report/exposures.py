"""Decides what the report lists as exposures: by kind, what cannot and what can be undone."""

from collections import Counter
from collections.abc import Mapping

from digital_footprint.actions import is_readable
from digital_footprint.removal_log import Removal
from digital_footprint.removal_states import Blocked, NotMe, RecheckDue, RemovedVerified, State
from digital_footprint.removal_states import name_of as state_name
from digital_footprint.report.cases import Assessed, Case
from digital_footprint.report.facts import Exposures, Item, Subject
from digital_footprint.report.scope import Scope, day_of
from digital_footprint.report.top import Top
from digital_footprint.verdicts import FindingKind

SHOWN = 10
# After all findings; nobody assesses a listing, its state says what to do.
LISTING_RANK = 1
LASTING: Mapping[FindingKind, str] = {
    FindingKind.STEALER: "Stealer logs",
    FindingKind.BREACH: "Breaches",
    FindingKind.PASTE: "Pastes",
    FindingKind.MENTION: "Mentions on hidden services",
}
REMOVABLE: Mapping[FindingKind, str] = {
    FindingKind.LISTING: "Listings at data brokers",
    FindingKind.ACCOUNT: "Accounts",
}


class Gathering:
    """Takes one person after the other, and keeps of each kind the most urgent open ones."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._items = {kind: Top[tuple[Case, Assessed | Removal]](SHOWN) for kind in FindingKind}
        self._closed: Counter[FindingKind] = Counter()
        self._hidden: Counter[FindingKind] = Counter()

    def add(self, case: Case) -> None:
        """Take one person into account."""
        self._closed.update(one.kind for one in case.closed)
        for one in case.found:
            self._add_finding(case, one)
        for removal in case.removals:
            if is_gone(removal.state):
                self._closed[FindingKind.LISTING] += 1
            else:
                key = (LISTING_RANK, 0, 0, 0, removal.id)
                self._items[FindingKind.LISTING].add(key, (case, removal))

    def lasting(self) -> tuple[Exposures, ...]:
        """Give what nobody can take back."""
        return self._of(LASTING)

    def removable(self) -> tuple[Exposures, ...]:
        """Give what can be made to go."""
        return self._of(REMOVABLE)

    def _add_finding(self, case: Case, one: Assessed) -> None:
        if self._scope.is_shareable and one.dossier.is_sensitive:
            self._hidden[one.dossier.kind] += 1
        else:
            self._items[one.dossier.kind].add(rank(one), (case, one))

    def _of(self, titles: Mapping[FindingKind, str]) -> tuple[Exposures, ...]:
        return tuple(
            self._exposures(kind, title)
            for kind, title in titles.items()
            if self._items[kind].total or self._closed[kind] or self._hidden[kind]
        )

    def _exposures(self, kind: FindingKind, title: str) -> Exposures:
        top = self._items[kind]
        return Exposures(
            kind=kind,
            title=title,
            open=top.total + self._hidden[kind],
            closed=self._closed[kind],
            items=tuple(item_of(self._scope, case, one) for case, one in top.values()),
            more=top.more + self._hidden[kind],
        )


def rank(one: Assessed) -> tuple[int, int, bool, int, int]:
    """Give what lists of open findings are sorted by: the most urgent first, told apart by id."""
    details = one.dossier.facts.details
    readable = is_readable(details.description) if details else False
    return (0, -one.assessment.product, not readable, one.dossier.tier, one.dossier.id)


def item_of(scope: Scope, case: Case, one: Assessed | Removal) -> Item:
    """Give one exposure as it is shown."""
    return (
        _of_removal(scope, case, one) if isinstance(one, Removal) else _of_finding(scope, case, one)
    )


def subject_of(scope: Scope, case: Case, one: Assessed) -> Subject:
    """Give what is to be told of a finding where something is about it."""
    return Subject(
        kind="finding",
        id=one.dossier.id,
        title=scope.title(one.dossier),
        identifier=scope.identifier(case.identifier(one.dossier.identifier)),
        site=scope.site(one.dossier),
    )


def is_gone(state: State) -> bool:
    """Say whether a listing counts as closed: seen to be gone twice, or somebody else's."""
    match state:
        case Blocked(before):
            return is_gone(before)
        case RemovedVerified() | RecheckDue() | NotMe():
            return True
        case _:
            return False


def _of_finding(scope: Scope, case: Case, one: Assessed) -> Item:
    known, hidden = one.dossier, scope.hides(one.dossier)
    details = known.facts.details
    return Item(
        subject=subject_of(scope, case, one),
        person=case.name,
        tier=known.tier,
        urgency=str(one.assessment.urgency),
        state=str(one.exposure.state),
        # Its days would tell which one it is.
        occurred_on=None if hidden else known.facts.occurred_on,
        known_on=details.added_on[:10] if details and details.added_on and not hidden else None,
        first_seen_on=day_of(known.first_seen_at),
        data_classes=scope.classes(known),
        sources=tuple(sorted(known.words)),
        claimed=one.assessment.confidence.word == "claimed",
    )


def _of_removal(scope: Scope, case: Case, one: Removal) -> Item:
    return Item(
        subject=removal_subject(scope, one),
        person=case.name,
        tier=None,
        urgency=None,
        state=state_name(one.state),
        occurred_on=None,
        known_on=None,
        first_seen_on=day_of(one.added_at),
        data_classes=(),
        sources=(scope.broker(one.broker),),
        claimed=False,
    )


def removal_subject(scope: Scope, one: Removal) -> Subject:
    """Give what is to be told of a listing: its address stays out of every report."""
    title = scope.broker(one.broker)
    return Subject(kind="removal", id=one.id, title=title, identifier=None, site=None)
