"""Decides whom a report is about, and how much of names, titles and data it may show."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from digital_footprint.actions import group_of_class
from digital_footprint.clock import from_text
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.dossier import Dossier
from digital_footprint.finding_documents import hidden_title
from digital_footprint.model import Identifier, IdentifierKind, Person
from digital_footprint.report.facts import Redaction
from digital_footprint.report.marks import Marks
from digital_footprint.verdicts import FindingKind

PRIVATE = "private"
KINDS = {IdentifierKind.EMAIL: "e-mail address", IdentifierKind.BIRTH_YEAR: "year of birth"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One report: where it is read from, on which moment, about whom, and for whose eyes.

    What may be shown is decided while it is built, so that no printer can show more.
    """

    db: Database
    config: Config
    now: datetime
    person: Person | None
    redaction: Redaction
    _marks: list[Marks] = field(default_factory=list, repr=False)

    @property
    def today(self) -> date:
        """The local day of the report."""
        return self.now.astimezone().date()

    @property
    def person_id(self) -> int | None:
        """Whom alone it is about; None: everybody."""
        return self.person.id if self.person else None

    @property
    def is_shareable(self) -> bool:
        """Say whether somebody outside the household may read it."""
        return self.redaction is Redaction.SHAREABLE

    def name(self, person_id: int, name: str) -> str:
        """Give a person's name, or the number that stands for it in every report."""
        return f"person {person_id}" if self.is_shareable else name

    def identifier(self, one: Identifier) -> str:
        """Give an identifier, or its kind and number."""
        return f"{kind_words(one.kind)} {one.id}" if self.is_shareable else one.value

    def hides(self, one: Dossier) -> bool:
        """Say whether even the name of a finding is not to be told here."""
        return one.is_sensitive and (self.is_shareable or self.person is None)

    def title(self, one: Dossier) -> str:
        """Give a finding's name; only that of a breach is nobody's own words."""
        if self.hides(one):
            return hidden_title(one.id)
        if self.is_shareable and one.kind is not FindingKind.BREACH:
            return f"{one.kind} {one.id}"
        return self.outside(one.facts.title) or f"{one.kind} {one.id}"

    def site(self, one: Dossier) -> str | None:
        """Give the domain of a breach, for who may know which it is."""
        details = one.facts.details
        return None if self.is_shareable or self.hides(one) or not details else details.domain

    def classes(self, one: Dossier) -> tuple[str, ...]:
        """Give kinds of data; what could be held against somebody is for whom it may concern."""
        names = one.facts.data_classes
        if not self.is_shareable and not self.hides(one):
            return names
        return tuple(name for name in names if not is_private(name) and self.outside(name))

    def broker(self, slug: str) -> str:
        """Give a broker's name; a household may have called its own one after somebody."""
        return self.outside(slug) or "a broker"

    def outside(self, text: str) -> str | None:
        """Give a text from outside; None where it names somebody whom it must not."""
        if not self.is_shareable:
            return text
        if not self._marks:
            self._marks.append(Marks(self.db))
        return None if self._marks[0].stand_in(text) else text


def kind_words(kind: IdentifierKind) -> str:
    """Give a kind of identifier as people say it."""
    return KINDS.get(kind, str(kind).replace("_", " "))


def is_private(data_class: str) -> bool:
    """Say whether a kind of data is nobody else's business."""
    return group_of_class(data_class).name == PRIVATE


def local_day(moment: str | None) -> str | None:
    """Give the local date of a stored moment."""
    return moment and from_text(moment).astimezone().date().isoformat()


def day_of(moment: str) -> str:
    """Give the local date of a stored moment that is there."""
    return from_text(moment).astimezone().date().isoformat()


def counted(number: int, one: str, many: str = "") -> str:
    """Give a number with its word: 1 check, 2 checks."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def only(scope: Scope, column: str) -> tuple[str, dict[str, Any]]:
    """Give a condition that keeps to the person of a report, and its parameter."""
    return f"(:person IS NULL OR {column} = :person)", {"person": scope.person_id}
