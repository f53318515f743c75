"""Decides what is to be done about a finding: steps, minutes, when it is done, when it decays."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from digital_footprint.severity import slug, tier_of_class
from digital_footprint.verdicts import FindingKind

ACTIONS = Path(__file__).parent / "actions.toml"

STEALER_LOG = "stealer_log"
PASSWORDS = "passwords"
ASK_FOR_A_PASSWORD = frozenset({PASSWORDS, "unknown"})

# As descriptions of breaches put it. A salted or slow hash is not meant.
READABLE = re.compile(
    r"plain[\s-]?text|clear[\s-]?text|\bmd5\b|\bunhashed\b|\bunsalted\b", re.IGNORECASE
)
FASTER = (
    "The description speaks of plain text or of a hash that is broken in minutes: do this before "
    "any other password."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Data that ask for the same action.

    `fresh_months`: so long they count in full, then by `aged` percent; None: they never age.
    """

    name: str
    title: str
    about: str
    minutes: int
    steps: tuple[str, ...]
    done_when: str
    decays_when: str
    classes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    steps_us: tuple[str, ...] = ()
    steps_elsewhere: tuple[str, ...] = ()
    fresh_months: int | None = None
    aged: int = 100
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do about one finding, in the order of its steps."""

    group: str
    title: str
    about: str
    steps: tuple[str, ...]
    minutes: int
    done_when: str
    decays_when: str


def actions_for(
    kind: FindingKind,
    data_classes: Collection[str],
    *,
    flags: Collection[str] = (),
    description: str = "",
    region: str | None = None,
) -> tuple[Action, ...]:
    """Give what is to be done about these data, the most urgent first.

    A stealer log has its own order, and its action stands above all. A spam list is an address
    book of somebody's: it asks for no new password.
    """
    wanted = _groups_of(kind, data_classes)
    if STEALER_LOG in flags:
        wanted = [groups()[STEALER_LOG], *(one for one in wanted if one.name != STEALER_LOG)]
    if "spam_list" in flags:
        wanted = [one for one in wanted if one.name not in ASK_FOR_A_PASSWORD]
    return tuple(_action(group, description, region) for group in wanted)


def is_readable(description: str) -> bool:
    """Say whether what a source tells of a breach means passwords that anybody can read."""
    return READABLE.search(description) is not None


def group_of_class(data_class: str) -> Group:
    """Give the group of a class of data; the one for unknown data where it is in none."""
    return _by_class().get(slug(data_class)) or _unknown()


def group_of_kind(kind: FindingKind) -> Group:
    """Give the group of a finding whose classes of data are not told."""
    return next((one for one in groups().values() if kind in one.kinds), _unknown())


@cache
def groups() -> dict[str, Group]:
    """Give every group by its name, in the order of the file."""
    import tomllib

    content = tomllib.loads(ACTIONS.read_text(encoding="utf-8"))
    return {name: Group(name=name, **_frozen(table)) for name, table in content["groups"].items()}


def _groups_of(kind: FindingKind, data_classes: Collection[str]) -> list[Group]:
    """Give each group once; the one with the most urgent class first."""
    urgent: dict[str, int] = {}
    for name in data_classes:
        group = group_of_class(name).name
        urgent[group] = min(tier_of_class(name), urgent.get(group, 9))
    order = list(groups())
    ranked = sorted(urgent, key=lambda name: (urgent[name], order.index(name)))
    if kind is FindingKind.BREACH and ranked:
        return [groups()[name] for name in ranked]
    # What was found asks for its own action too; a breach is but the data it held.
    return [group_of_kind(kind), *(groups()[name] for name in ranked)]


def _action(group: Group, description: str, region: str | None) -> Action:
    hurry = (FASTER,) if group.name == PASSWORDS and is_readable(description) else ()
    return Action(
        group=group.name,
        title=group.title,
        about=group.about,
        steps=(*hurry, *group.steps, *_regional(group, region)),
        minutes=group.minutes,
        done_when=group.done_when,
        decays_when=group.decays_when,
    )


def _regional(group: Group, region: str | None) -> Iterable[str]:
    match (region or "").partition("-")[0]:
        case "US":
            return group.steps_us
        case "":
            return (
                *(f"In the United States: {step}" for step in group.steps_us),
                *(f"Elsewhere: {step}" for step in group.steps_elsewhere),
            )
        case _:
            return group.steps_elsewhere


@cache
def _by_class() -> dict[str, Group]:
    return {slug(name): group for group in groups().values() for name in group.classes}


@cache
def _unknown() -> Group:
    return next(group for group in groups().values() if group.unknown)


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
