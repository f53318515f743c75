"""Decides whether a text names somebody of the household: whole, in part, or by their domain."""

import re
import unicodedata

from digital_footprint.database import Database

APART = re.compile(r"[\W_]+")
# Initials and particles stand in half of all texts, and name nobody.
SHORTEST = 3


class Marks:
    """All names and identifiers, also those watched no more."""

    def __init__(self, db: Database) -> None:
        names = [row["name"] for row in db.query("SELECT name FROM persons")]
        values = [row["value"] for row in db.query("SELECT value FROM identifiers")]
        self._whole = {one.casefold() for one in (*names, *values)}
        parts = [part for name in names for part in _words(name).split()]
        # Of an address, what stands before and after its @ by itself.
        parts += [part for value in values if "@" in value for part in value.rsplit("@", 1)]
        self._parts = {_words(part) for part in parts if len(part) >= SHORTEST}

    def stand_in(self, text: str) -> bool:
        """Say whether one of them stands in a text, whatever stands between its words."""
        folded, words = text.casefold(), _words(text)
        return any(one in folded for one in self._whole) or any(one in words for one in self._parts)


def _words(text: str) -> str:
    """Give the words of a text alone, each between two spaces."""
    return f" {APART.sub(' ', unicodedata.normalize('NFKC', text).casefold()).strip()} "
