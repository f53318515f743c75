"""Decides how soon a finding asks for action: its tier, from what the breach held.

0 a stealer log (malware read the person's own device), 1 act today, 2 sensitive,
3 contact, device or habit, 4 profile.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from digital_footprint.verdicts import FindingKind

STEALER_LOG = 0
UNKNOWN = 2
PROFILE = 4
DATA_CLASSES = Path(__file__).parent / "data_classes.toml"
SEVERITY = Path(__file__).parent / "severity.toml"


@dataclass(frozen=True, slots=True)
class Combination:
    """Data that are worse together than each alone: all of them present give the tier."""

    name: str
    classes: tuple[str, ...]
    tier: int
    why: str
    slugs: frozenset[str]
    """Its classes, spelt alike."""
    raising: frozenset[str]
    """Those of its classes that raise a finding: names or an address alone raise nothing."""


def tier(data_classes: Iterable[str], *, stealer_log: bool = False, untold: int = UNKNOWN) -> int:
    """Give the tier of a finding; the most urgent class or combination decides.

    A class that is not known is tier 2; a finding of which nothing is known is tier `untold`.
    """
    if stealer_log:
        return STEALER_LOG
    slugs = frozenset(map(slug, data_classes))
    single = min((tier_of_class(name) for name in slugs), default=untold)
    combined = (one.tier for one in combinations() if one.slugs <= slugs)
    return min(single, *combined, PROFILE)


def tier_of_class(data_class: str) -> int:
    """Give the tier of one class of data; one that is not known counts as tier 2."""
    return tiers().get(slug(data_class), UNKNOWN)


def tier_without_classes(kind: FindingKind) -> int:
    """Give the tier of a finding whose classes of data are not told, by what was found."""
    return int(_content(SEVERITY)["without_classes"][kind])


@lru_cache(maxsize=1024)
def slug(data_class: str) -> str:
    """Give a class's name without what differs between spellings: apostrophes, case, spaces."""
    words = re.sub(r"[^a-z0-9]+", "-", data_class.casefold()).strip("-")
    return words or " ".join(data_class.casefold().split())


@cache
def combinations() -> tuple[Combination, ...]:
    """Give what is worse together."""
    return tuple(
        Combination(
            name=one["name"],
            classes=tuple(one["classes"]),
            tier=one["tier"],
            why=one["why"],
            slugs=frozenset(map(slug, one["classes"])),
            raising=frozenset(
                slug(each) for each in one["classes"] if tier_of_class(each) < PROFILE
            ),
        )
        for one in _content(SEVERITY)["combinations"]
    )


@cache
def tiers() -> dict[str, int]:
    """Give the tier of every known class, by slug."""
    content = _content(DATA_CLASSES)
    return {slug(name): int(key[-1]) for key, names in content.items() for name in names}


@cache
def _content(path: Path) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(path.read_text(encoding="utf-8"))
