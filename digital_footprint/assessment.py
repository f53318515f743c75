"""Decides how urgent a finding is: level x freshness x confidence x control, each with its words.

The product only orders and is never shown: people read an `Urgency` and the four reasons.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

from digital_footprint.actions import STEALER_LOG as STEALER_GROUP
from digital_footprint.actions import Group, group_of_class, group_of_kind, groups
from digital_footprint.life import OPEN_STATES, State
from digital_footprint.severity import (
    STEALER_LOG,
    Combination,
    combinations,
    slug,
    tier_of_class,
    tier_without_classes,
)
from digital_footprint.verdicts import FindingKind

# What a tier weighs against another. A claimed tier 1 stands above a confirmed tier 2; old
# passwords stand above fresh contact data; a stealer log asks for today even when it is a claim.
WEIGHTS = {0: 100, 1: 60, 2: 25, 3: 8, 4: 2}
FULL = 100
SCALE = FULL**3
SHOWN = 5
TODAY, THIS_WEEK = 40 * SCALE, 16 * SCALE


class Urgency(StrEnum):
    """When something should be done, as it is printed."""

    TODAY = "act today"
    THIS_WEEK = "this week"
    CONVENIENT = "when convenient"
    NOTHING = "nothing to do"


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason for an urgency: a word, and why. `weight` only orders and is not shown."""

    word: str
    why: str
    weight: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """How urgent a finding is, and what that is made of."""

    level: Factor
    freshness: Factor
    confidence: Factor
    control: Factor

    @property
    def product(self) -> int:
        """What lists are sorted by."""
        factors = (self.level, self.freshness, self.confidence, self.control)
        product = 1
        for factor in factors:
            product *= factor.weight
        return product

    @property
    def urgency(self) -> Urgency:
        """The one word for it."""
        if self.product >= TODAY:
            return Urgency.TODAY
        if self.product >= THIS_WEEK:
            return Urgency.THIS_WEEK
        return Urgency.CONVENIENT if self.product else Urgency.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Of one finding, what its assessment depends on; `data_classes` as spelt, `done` as slugs.

    Equal ones are assessed alike, whichever finding they are of.
    """

    id: int = field(compare=False)
    kind: FindingKind
    state: State
    until: date | None = None
    data_classes: tuple[str, ...] = ()
    done: frozenset[str] = frozenset()
    occurred_on: str | None = None
    detailed: bool = False
    flags: frozenset[str] = frozenset()
    witnesses: int = 1

    @property
    def is_open(self) -> bool:
        """Say whether it asks for anything."""
        return self.state in OPEN_STATES

    @property
    def is_stealer_log(self) -> bool:
        """Say whether malware read the person's own device."""
        return self.kind is FindingKind.STEALER or "stealer_log" in self.flags

    @property
    def left(self) -> tuple[str, ...]:
        """The classes that are not dealt with; all, if it came back or the device comes first."""
        if not self.done or self.state is State.RESURFACED or self.is_stealer_log:
            return self.data_classes
        return tuple(name for name in self.data_classes if slug(name) not in self.done)


@dataclass(frozen=True, slots=True)
class Lead:
    """One class of data that is left, and how much it weighs by itself."""

    group: str
    level: Factor
    freshness: Factor

    @property
    def rank(self) -> tuple[int, int, str]:
        """The heaviest comes first, whatever order the classes are told in."""
        weight = self.level.weight * self.freshness.weight
        return (-weight, -self.level.weight, self.level.why)


ByGroup = Mapping[str, Assessment]
"""By the name of a group of data, the most urgent first."""
Held = Mapping[str, tuple[int, ...]]
"""Of one person, by the slug of a class: the first open findings that hold it."""


def held_by(of_the_person: Iterable[Exposure]) -> Held:
    """Give what all open findings of one person hold between them."""
    ids: dict[str, list[int]] = defaultdict(list)
    for one in of_the_person:
        if one.is_open:
            for name in one.left:
                insort(ids[slug(name)], one.id)
                # Enough to say why; who has thousands of findings does not wait for their lists.
                del ids[slug(name)][SHOWN + 1 :]
    return {name: tuple(some) for name, some in ids.items()}


def assess(one: Exposure, held: Held, today: date) -> Assessment:
    """Assess one finding beside what the open findings of its person hold."""
    return next(iter(assess_by_group(one, held, today).values()))


def assess_by_group(one: Exposure, held: Held, today: date) -> ByGroup:
    """Assess each group of a finding's data by itself, the most urgent first.

    The first is what the finding as a whole comes to: a nickname beside a password can wait.
    """
    together = combinations_of(one, held)
    # Nothing beside it matters: whoever has the same thing in the same state is told the same.
    return _by_group(one, together, held, today) if together else _alone(one, today)


def combinations_of(one: Exposure, held: Held) -> list[Combination]:
    """Give the combinations that the person's open findings make up and this one adds to."""
    mine = frozenset(map(slug, one.left))
    # Itself counts as open: else what is put off would be assessed otherwise than when it wakes.
    return [
        each
        for each in combinations()
        if not mine.isdisjoint(each.raising)
        and all(name in mine or name in held for name in each.slugs)
    ]


@lru_cache(maxsize=4096)
def _alone(one: Exposure, today: date) -> ByGroup:
    return _by_group(one, (), {}, today)


def _by_group(one: Exposure, together: Collection[Combination], held: Held, today: date) -> ByGroup:
    confidence, control = _confidence(one), _control(one)
    found: dict[str, Assessment] = {}
    for lead in sorted(_leads(one, together, held, today), key=lambda each: each.rank):
        if lead.group not in found:
            found[lead.group] = Assessment(lead.level, lead.freshness, confidence, control)
    return found


def _leads(one: Exposure, together: Collection[Combination], held: Held, today: date) -> list[Lead]:
    if one.is_stealer_log:
        level = _level(STEALER_LOG, "malware read the person's own device")
        return [_lead(groups()[STEALER_GROUP], level, one, today)]
    if not one.data_classes:
        level = _level(tier_without_classes(one.kind), "what data it holds is not known")
        return [_lead(group_of_kind(one.kind), level, one, today)]
    return [
        _lead(group_of_class(name), _raised(name, one, together, held), one, today)
        # Where all is dealt with, control says so; the level is that of what there was.
        for name in one.left or one.data_classes
    ]


def _lead(group: Group, level: Factor, one: Exposure, today: date) -> Lead:
    return Lead(group.name, level, _freshness(group.name, one.occurred_on, today))


@lru_cache(maxsize=2048)
def _level(tier: int, why: str) -> Factor:
    return Factor(f"tier {tier}", why, WEIGHTS[tier])


def _raised(name: str, one: Exposure, together: Collection[Combination], held: Held) -> Factor:
    """Give the level of a class, raised by the most urgent combination that it adds to."""
    own = tier_of_class(name)
    raising = [each for each in together if slug(name) in each.raising and each.tier < own]
    if not raising:
        return _level(own, name)
    worst = min(raising, key=lambda each: (each.tier, each.name))
    ids = sorted({each for name in worst.slugs for each in held.get(name, ())} - {one.id})
    some = ", ".join(map(str, ids[:SHOWN])) + (" and others" if len(ids) > SHOWN else "")
    beside = f" (with finding {some})" if ids else ""
    return _level(
        worst.tier,
        f"{name}, raised from tier {own}: {worst.name}, "
        f"{', '.join(worst.classes)} together{beside}, {worst.why}",
    )


@lru_cache(maxsize=2048)
def _freshness(group_name: str, occurred_on: str | None, today: date) -> Factor:
    group = groups()[group_name]
    if group.fresh_months is None:
        return Factor("fresh", "does not age by itself", FULL)
    if occurred_on is None:
        return Factor("fresh", "nobody tells when it happened", FULL)
    day = date.fromisoformat(occurred_on)
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    if months < group.fresh_months:
        return Factor(
            "fresh", f"happened on {day}, less than {group.fresh_months} months ago", FULL
        )
    return Factor("old", f"happened on {day}, {group.fresh_months} months ago or more", group.aged)


def _confidence(one: Exposure) -> Factor:
    if "fabricated" in one.flags:
        return Factor("claimed", "a source says that it is fabricated", 50)
    if one.kind is FindingKind.MENTION:
        return Factor("claimed", "a page mentions it; nobody has verified what is there", 50)
    if one.witnesses > 1:
        return Factor("confirmed", f"{one.witnesses} sources see it", FULL)
    if "verified" in one.flags:
        return Factor("confirmed", "a source has verified it", FULL)
    if one.detailed and one.kind is FindingKind.BREACH:
        return Factor("claimed", "its source has not verified it", 50)
    return Factor("likely", "one source sees it", 80)


def _control(one: Exposure) -> Factor:
    match one.state:
        case State.RESOLVED:
            return Factor("done", "you have dealt with it", 0)
        case State.NOT_ME:
            return Factor("done", "you said that it is somebody else", 0)
        case State.ACCEPTED:
            end = f" until {one.until}" if one.until else ""
            return Factor("accepted", f"you accepted it{end}", 0)
        case State.SNOOZED:
            return Factor("put off", f"you put it off until {one.until}", 0)
        case State.WITHDRAWN:
            return Factor("gone", "no source lists it any more", 0)
        case State.RESURFACED:
            return Factor("none", "it was gone and is back: nothing counts as dealt with", FULL)
        case State.OPEN | State.IN_PROGRESS:
            return _share(one)


def _share(one: Exposure) -> Factor:
    count, left = len(one.data_classes), len(one.left)
    if not count or left == count:
        why = "the device comes first" if one.is_stealer_log and one.done else "nothing is done yet"
        return Factor("none", why, FULL)
    if not left:
        return Factor("done", f"all {count} kinds of data are dealt with", 0)
    return Factor("partly", f"{count - left} of {count} kinds of data are dealt with", FULL)
