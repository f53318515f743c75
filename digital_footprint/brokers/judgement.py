"""What is handed in for a look at a page, and what it can come to."""

from collections.abc import Mapping
from dataclasses import dataclass

from digital_footprint.verdicts import Reason


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a broker: the URL asked, the one it came from; header names in lower case."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a look rests on; `rule` is the rule's name and version. The page itself is not kept.

    `text_sha256`: of the page's words with single spaces; empty where they were not read.
    """

    final_url: str
    status: int
    marker: str
    text_sha256: str
    rule: str


@dataclass(frozen=True, slots=True)
class Listed:
    """The page shows a record of the person."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class NotListed:
    """The broker itself says that there is none; worth something only with a passing control."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nothing to build on; `note` is for people and names nobody."""

    reason: Reason
    note: str
    evidence: Evidence | None


Judgement = Listed | NotListed | Unsure
