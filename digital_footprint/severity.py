"""Decides how soon a finding asks for action: its tier, from what the breach held.

0 a stealer log (malware read the person's own device), 1 act today, 2 sensitive,
3 contact, device or habit, 4 profile.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

STEALER_LOG = 0
UNKNOWN = 2
DATA_CLASSES = Path(__file__).parent / "data_classes.toml"

# Data that are worse together than each alone: all of them present give the tier.
COMBINATIONS: tuple[tuple[frozenset[str], int], ...] = (
    # Enough to open accounts in the person's name.
    (frozenset({"names", "dates-of-birth", "physical-addresses"}), 1),
    # Enough to have the number moved to another SIM.
    (frozenset({"phone-numbers", "telecommunications-carriers"}), 2),
)


def tier(data_classes: Iterable[str], *, stealer_log: bool = False) -> int:
    """Give the tier of a finding; the most urgent class or combination decides.

    A class that is not known, and a finding of which nothing is known, is tier 2.
    """
    if stealer_log:
        return STEALER_LOG
    slugs = frozenset(map(slug, data_classes))
    known = tiers()
    single = min((known.get(name, UNKNOWN) for name in slugs), default=UNKNOWN)
    combined = (level for together, level in COMBINATIONS if together <= slugs)
    return min(single, *combined, 4)


def slug(data_class: str) -> str:
    """Give a class's name without what differs between spellings: apostrophes, case, spaces."""
    return re.sub(r"[^a-z0-9]+", "-", data_class.casefold()).strip("-")


@cache
def tiers() -> dict[str, int]:
    """Give the tier of every known class, by slug."""
    import tomllib

    content = tomllib.loads(DATA_CLASSES.read_text(encoding="utf-8"))
    return {slug(name): int(key[-1]) for key, names in content.items() for name in names}
