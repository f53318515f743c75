"""What is sent, how sending can end, and what a channel is."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said: a title of one line, and a text."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """The channel took it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel did not take it, for certain."""

    error: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """It may have arrived: nobody heard how it ended."""

    error: str


Sending = Arrived | Refused | Unseen


class Channel(Protocol):
    """One way to a person. `recipient`: which third party carries it; None: it stays here."""

    @property
    def recipient(self) -> str | None:
        """Who stands on the ledger of disclosures."""

    def send(self, letter: Letter) -> Sending:
        """Send once; never raises for how it ended."""
