"""Decides what there is to tell of a finding that was seen again: what changed, as events."""

from dataclasses import dataclass
from typing import Any

from digital_footprint import severity
from digital_footprint.history import Event
from digital_footprint.life import Life, NotMe
from digital_footprint.testimony import Facts, edited, to_columns


@dataclass(frozen=True, slots=True)
class Change:
    """What a sighting changed of a finding; `edit`: when its source says that it edited it."""

    before: Facts
    now: Facts
    raised: bool
    edit: str | None

    @property
    def added(self) -> list[str]:
        """The classes of data that were not known before."""
        return [one for one in self.now.data_classes if severity.slug(one) not in self.before.slugs]

    @property
    def removed(self) -> list[str]:
        """The classes of data that are not told any more."""
        return [one for one in self.before.data_classes if severity.slug(one) not in self.now.slugs]

    @property
    def is_graver(self) -> bool:
        """Say whether what was decided of the finding was decided of less."""
        return self.raised or bool(self.added)

    @property
    def columns(self) -> list[str]:
        """The names of what is shown otherwise now."""
        before, now = to_columns(self.before), to_columns(self.now)
        return sorted(name for name in now if before[name] != now[name])


def news(life: Life, change: Change, *, first_word: bool) -> list[tuple[Event, dict[str, Any]]]:
    """Give what there is to tell of a further sighting: of somebody else's, never anything."""
    if isinstance(life.decision, NotMe):
        return []
    more = {"added": change.added, "raised": change.raised}
    back: list[tuple[Event, dict[str, Any]]] = [(Event.RESURFACED, {})] if life.gone else []
    if first_word:
        return [(Event.WITNESSED, more), *back]
    if change.added or change.raised or change.edit:
        edit = {"modified_at": change.edit} if change.edit else {}
        return [(Event.UPGRADED, {**more, "removed": change.removed, **edit}), *back]
    if change.columns:
        return [(Event.DETAILS_CHANGED, {"changed": change.columns}), *back]
    return back


def edit_of(before: Facts | None, word: Facts) -> str | None:
    """Give when a source says that it edited its entry since it last spoke, or None."""
    if before is None or word.details is None or not edited(before, word):
        return None
    return word.details.modified_at
