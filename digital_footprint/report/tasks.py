"""Decides what to do first: one task for each person and action, at most five of them shown."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from digital_footprint.actions import STEALER_LOG, actions_for, group_of_class, groups
from digital_footprint.assessment import Assessment, Exposure, Urgency, assess
from digital_footprint.decisions import Means
from digital_footprint.report import chores
from digital_footprint.report.cases import Assessed, Case
from digital_footprint.report.exposures import subject_of
from digital_footprint.report.facts import Task
from digital_footprint.report.scope import PRIVATE, Scope
from digital_footprint.report.top import Top
from digital_footprint.severity import slug
from digital_footprint.verdicts import FindingKind

SHOWN = 5
SUBJECTS = 5
COMMANDS_FOR = 3
ORDER = {str(urgency): number for number, urgency in enumerate(Urgency)}
# What is out stays out: these are read once and kept in mind, and stop nothing any more.
ONLY_WATCHED = frozenset({"private", "messages", "fraud_watch", "contacts", "profile", "mention"})
# Done on each site by itself; everything else is done once for the person.
EACH = frozenset({"passwords", "tokens", "cards", "unknown", "account", "documents"})
MEANS: Mapping[str, Means] = {
    STEALER_LOG: Means.DEVICE_CLEANED,
    "passwords": Means.PASSWORD_CHANGED,
    "tokens": Means.SESSIONS_ENDED,
    "security_answers": Means.ANSWERS_CHANGED,
    "cards": Means.CARD_REPLACED,
    "national_id": Means.FROZEN,
    "documents": Means.DOCUMENT_REPLACED,
    "account": Means.ACCOUNT_DELETED,
}
FOR_ITS_PERSON = "sensitive; what it is stands in its person's own report: --person"
# A listing is no finding's data: it weighs as what is sensitive, and the watcher before it.
WATCHER_WEIGHT, LISTING_WEIGHT = 60, 25


@dataclass(frozen=True, slots=True)
class Part:
    """What one finding asks for by one of its groups of data, and how urgent that is."""

    one: Assessed
    classes: tuple[str, ...]
    assessment: Assessment

    @property
    def rank(self) -> tuple[int, int]:
        """The most urgent comes first."""
        return (-self.assessment.product, self.one.dossier.id)


@dataclass(frozen=True, slots=True)
class Draft:
    """A task that is put into words once it is sure to be shown."""

    case: Case
    group: str
    parts: Sequence[Part]


class Worklist:
    """Takes one person after the other, and keeps the first few tasks of all."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._tasks = Top[Draft | Task](SHOWN)
        self.urgencies: Counter[str] = Counter()
        self._places = {name: number for number, name in enumerate(groups())}

    def add(self, case: Case) -> None:
        """Take one person into account."""
        for group, parts in _grouped(case).items():
            draft = Draft(case, group, parts)
            best = min(parts, key=lambda part: part.rank).assessment
            stopped = group in ONLY_WATCHED
            if all(_is_concealed(self._scope, group, part) for part in parts):
                self.urgencies[str(best.urgency)] += 1
                continue
            place = (stopped, case.id, self._places[group])
            self._add(str(best.urgency), best.level.weight, place, draft)
        for number, task in enumerate(chores.of_listings(self._scope, case)):
            self._add(task.urgency, LISTING_WEIGHT, (False, case.id, len(ORDER) + number), task)

    def add_chores(self, tasks: Iterable[Task]) -> None:
        """Take what the watcher itself needs into account."""
        for number, task in enumerate(tasks):
            self._add(task.urgency, WATCHER_WEIGHT, (False, 0, number), task)

    def tasks(self) -> tuple[Task, ...]:
        """Give what is to be done first."""
        return tuple(
            one if isinstance(one, Task) else _written(self._scope, one)
            for one in self._tasks.values()
        )

    @property
    def more(self) -> int:
        """How many more things there are to do."""
        return self.urgencies.total() - min(self._tasks.total, SHOWN)

    def _add(
        self, urgency: str, weight: int, place: tuple[bool, int, int], one: Draft | Task
    ) -> None:
        self.urgencies[urgency] += 1
        self._tasks.add((ORDER[urgency], -weight, *place), one)


def _is_concealed(scope: Scope, group: str, part: Part) -> bool:
    """Say whether a task would tell of somebody what the readers of this report are not to know."""
    known = part.one.dossier
    if scope.is_shareable:
        return group == PRIVATE or known.is_sensitive
    return group == PRIVATE and scope.hides(known)


def _grouped(case: Case) -> dict[str, list[Part]]:
    parts: dict[str, list[Part]] = defaultdict(list)
    for one in case.found:
        for group, part in _parts(case, one):
            parts[group].append(part)
    return parts


def _parts(case: Case, one: Assessed) -> Iterator[tuple[str, Part]]:
    """Give what a finding asks for; of what is not open, nothing."""
    exposure = one.exposure
    left = _left(exposure)
    if not exposure.is_open or (exposure.data_classes and not left):
        return
    for group, classes in _asked(one.dossier.kind, left, exposure.flags):
        yield group, Part(one, classes, _assessment(case, one, group, classes))


def _left(exposure: Exposure) -> tuple[str, ...]:
    """Give what is not dealt with: of a stealer log too, whose urgency stays until the device's."""
    return tuple(name for name in exposure.left if slug(name) not in exposure.done)


@lru_cache(maxsize=4096)
def _asked(
    kind: FindingKind, left: tuple[str, ...], flags: frozenset[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Give each group of data with its own part of them; what takes no time is no task."""
    return tuple(
        (action.group, tuple(name for name in left if group_of_class(name).name == action.group))
        for action in actions_for(kind, left, flags=flags)
        if action.minutes
    )


def _assessment(case: Case, one: Assessed, group: str, classes: tuple[str, ...]) -> Assessment:
    """Give the urgency of one group; of what stands beside a stealer log, as if it stood alone."""
    if group in one.by_group:
        return one.by_group[group]
    whole = one.exposure
    kind = FindingKind.BREACH if whole.kind is FindingKind.STEALER else whole.kind
    flags = whole.flags - {"stealer_log"}
    alone = replace(whole, kind=kind, flags=flags, data_classes=classes)
    return assess(alone, case.held, case.today)


def _written(scope: Scope, draft: Draft) -> Task:
    """Put a task into words."""
    parts = sorted(draft.parts, key=lambda part: part.rank)
    shown = [part for part in parts if not _is_concealed(scope, draft.group, part)]
    first = parts[0]
    (action,) = (
        each
        for each in actions_for(
            first.one.dossier.kind,
            first.one.exposure.left,
            flags=first.one.exposure.flags,
            description=" ".join(_description(part) for part in parts[:SUBJECTS]),
            region=draft.case.region,
        )
        if each.group == draft.group
    )
    return Task(
        urgency=str(first.assessment.urgency),
        title=action.title,
        person=draft.case.name,
        about=action.about,
        why=tuple(filter(None, (_why(scope, part) for part in shown[:SUBJECTS]))),
        subjects=tuple(subject_of(scope, draft.case, part.one) for part in shown[:SUBJECTS]),
        more=len(parts) - len(shown[:SUBJECTS]),
        steps=action.steps,
        minutes=action.minutes * (len(parts) if draft.group in EACH else 1),
        done_when=action.done_when,
        commands=tuple(
            _command(draft.group, part)
            for part in [one for one in shown if not _would_end(draft.group, one)][:COMMANDS_FOR]
        ),
    )


def _description(part: Part) -> str:
    details = part.one.dossier.facts.details
    return details.description if details else ""


def _why(scope: Scope, part: Part) -> str | None:
    if scope.hides(part.one.dossier):
        return f"finding {part.one.dossier.id}: {FOR_ITS_PERSON}"
    level, freshness = part.assessment.level, part.assessment.freshness
    return scope.outside(f"finding {part.one.dossier.id}: {level.why}; {freshness.why}")


def _would_end(group: str, part: Part) -> bool:
    """Say whether marking it as done would close a stealer log whose device was not cleaned."""
    known = part.one.exposure
    if not known.is_stealer_log or group == STEALER_LOG:
        return False
    return set(_left(known)) <= set(part.classes)


def _command(group: str, part: Part) -> str:
    """Give the command that marks it as done, for these kinds of data alone."""
    known = part.one.exposure
    words = ["footprint", "finding", "resolve", str(part.one.dossier.id)]
    words += ["--reason", str(MEANS.get(group, Means.NOTED))]
    if part.classes and len(part.classes) < len(known.data_classes):
        for name in part.classes:
            words += ["--class", slug(name)]
    return shlex.join(words)
