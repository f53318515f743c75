"""What a page rule consists of; a broker without one is judged by the generic rule."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One sign on a page: exactly one of its fields is given.

    `text` is a run of words, whatever their case; `header` the name of a response header.
    """

    css: str | None = None
    text: str | None = None
    header: str | None = None
    status: int | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the fields that are given."""
        return tuple(
            name for name in ("css", "text", "header", "status") if getattr(self, name) is not None
        )

    def __str__(self) -> str:
        """Give the mark as evidence names it: `css #no-results`."""
        return " ".join(f"{name} {getattr(self, name)}" for name in self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positive:
    """A record: the element `card`, whose `name` inside says whose it is.

    `at_least` so many second identifiers of the person stand in the same card.
    """

    card: str
    name: str
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A page of the broker that must show at least one card, or the rule is out of date."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """How far apart the two `not_listed` looks have to be before a listing counts as removed."""

    min_gap_days: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How to read one broker's pages; `source` names who says so.

    `shell`: what every page of the site has. `strip`: what only repeats the question.
    """

    version: int
    source: str
    shell: str
    positive: Positive
    negative: tuple[Mark, ...]
    blocked: tuple[Mark, ...] = ()
    strip: tuple[str, ...] = ()
    control: Control | None = None
    confirm: Confirm = Confirm()
