"""Decides what one source's word on a finding is now, and what a finding shows of all words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache

from digital_footprint.clock import day_of, past_moment
from digital_footprint.severity import slug
from digital_footprint.text import DESCRIPTION_LIMIT, plain
from digital_footprint.verdicts import BreachDetails, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is told of a finding: by one witness, or by all of them together."""

    title: str
    data_classes: tuple[str, ...] = ()
    occurred_on: str | None = None
    details: BreachDetails | None = None

    @property
    def slugs(self) -> frozenset[str]:
        """The classes of data, spelt alike whoever tells of them."""
        return frozenset(map(slug, self.data_classes))

    @property
    def flags(self) -> frozenset[str]:
        """What a source marks a breach as; none where no details are known."""
        return self.details.flags if self.details else frozenset()


def told(sighting: Sighting, now: datetime) -> Facts:
    """Give what a sighting tells, in words that are safe to keep whoever wrote the source."""
    return Facts(
        title=plain(sighting.title) or plain(sighting.key),
        data_classes=_union((tuple(map(plain, sighting.data_classes)),)),
        occurred_on=day_of(sighting.occurred_on),
        details=sighting.details and _plain_details(sighting.details, now),
    )


def heard(before: Facts | None, now: Facts) -> Facts:
    """Give a witness's word after it spoke again.

    What it says that it edited is taken over. Without that nothing is lost: a source that
    tells less than before, or in a changed format, lowers nothing.
    """
    if before is None or edited(before, now):
        return now
    undetailed = now.details is None and before.details is not None
    return Facts(
        title=before.title if undetailed else now.title,
        data_classes=_union((now.data_classes, before.data_classes)),
        occurred_on=now.occurred_on or before.occurred_on,
        details=_kept(before.details, now.details),
    )


def edited(before: Facts, now: Facts) -> bool:
    """Say whether the source itself says that it has changed its entry since."""
    if before.details is None or now.details is None:
        return False
    was, is_now = before.details.modified_at, now.details.modified_at
    # An older date is an older copy, not an edit.
    return was is not None and is_now is not None and was < is_now


def merged(words: Mapping[str, Facts], order: Sequence[str]) -> Facts:
    """Give what a finding shows of its witnesses' words, by source, whoever spoke first.

    All classes, the earliest day, every mark; title and details of the first source in `order`
    that has details.
    """
    ranked = [words[source] for source in sorted(words, key=lambda one: _rank(one, order))]
    detailed = [facts for facts in ranked if facts.details is not None]
    leading = (detailed or ranked)[0]
    flags = frozenset[str]().union(*(facts.flags for facts in ranked))
    return Facts(
        title=leading.title,
        data_classes=_union(facts.data_classes for facts in ranked),
        occurred_on=min((facts.occurred_on for facts in ranked if facts.occurred_on), default=None),
        details=leading.details and replace(leading.details, flags=flags),
    )


def to_columns(facts: Facts) -> dict[str, str | None]:
    """Give the columns that facts are stored in."""
    details = None
    if facts.details is not None:
        content = {**asdict(facts.details), "flags": sorted(facts.flags)}
        details = json.dumps(content, sort_keys=True)
    return {
        "title": facts.title,
        "data_classes": json.dumps(facts.data_classes),
        "occurred_on": facts.occurred_on,
        "details": details,
    }


def from_columns(row: Mapping[str, str | None]) -> Facts:
    """Read back what `to_columns` gave."""
    return _read(row["title"], row["data_classes"], row["occurred_on"], row["details"])


# The same few hundred breaches stand with everybody.
@lru_cache(maxsize=2048)
def _read(
    title: str | None, data_classes: str | None, occurred_on: str | None, details: str | None
) -> Facts:
    told = json.loads(details or "null")
    return Facts(
        title=title or "",
        data_classes=tuple(json.loads(data_classes or "[]")),
        occurred_on=occurred_on,
        details=told and BreachDetails(**{**told, "flags": frozenset(told["flags"])}),
    )


def _rank(source: str, order: Sequence[str]) -> tuple[int, str]:
    return (order.index(source) if source in order else len(order), source)


def _union(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Put lists of classes together; of two spellings of one class the first stays."""
    spelt: dict[str, str] = {}
    for names in lists:
        for name in names:
            spelt.setdefault(slug(name), name)
    spelt.pop("", None)
    return tuple(spelt.values())


def _kept(before: BreachDetails | None, now: BreachDetails | None) -> BreachDetails | None:
    if before is None or now is None:
        return now or before
    return BreachDetails(
        domain=now.domain or before.domain,
        added_on=now.added_on or before.added_on,
        modified_at=max(filter(None, (now.modified_at, before.modified_at)), default=None),
        accounts=before.accounts if now.accounts is None else now.accounts,
        description=now.description or before.description,
        flags=now.flags | before.flags,
    )


def _plain_details(details: BreachDetails, now: datetime) -> BreachDetails:
    return replace(
        details,
        domain=details.domain and plain(details.domain),
        added_on=details.added_on and plain(details.added_on),
        # Words that are no date would pass for the newest edit, and hide every later one.
        modified_at=past_moment(details.modified_at, now),
        description=plain(details.description, limit=DESCRIPTION_LIMIT),
        flags=frozenset(map(plain, details.flags)),
    )
