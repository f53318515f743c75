"""Decides in which form words that are not ours reach an assistant: named, cleaned, capped, masked.

No filter can tell an instruction from a title. What keeps them apart is the place: such words
stand in the `value` of an Outside, and nowhere else.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from digital_footprint.text import TITLE_LIMIT, plain

HIDDEN = "•••"
# Invisible characters may fill most of a text: so much more of it is looked at than is kept.
LOOKED_AT = 20
ADDRESS = re.compile(r"[^\s@<>\"'(),;:/\\=&?]{1,200}(?:@|%40)(?=[^\s@]{2})", re.IGNORECASE)
LINK = re.compile(r"\](?=[(\[:])")
TAG = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
SOURCE = re.compile(r"[a-z0-9][a-z0-9_:.-]{0,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Words of somebody else's: data, whatever they say. `source`: who told them."""

    value: str
    untrusted: Literal[True] = True
    source: str


@dataclass(frozen=True, slots=True)
class Words:
    """Prepares what is shown; `shows_addresses`: whether the person wants whole addresses shown."""

    shows_addresses: bool = False

    def outside(self, text: object, *source: str, limit: int = TITLE_LIMIT) -> Outside | None:
        """Give outside words as their own field; None where nothing is left of them."""
        value = self.cleaned(text, limit)
        told_by = ", ".join(map(name_of, source)) or "unknown"
        return Outside(value=value, source=told_by) if value else None

    def cleaned(self, text: object, limit: int = TITLE_LIMIT) -> str:
        """Give words on one line that show nothing hidden and make up no link and no tag."""
        line = plain(str(text or "")[: limit * LOOKED_AT], limit=limit * LOOKED_AT)
        harmless = TAG.sub("< ", LINK.sub("] ", line))
        return plain(harmless if self.shows_addresses else masked(harmless), limit=limit)

    def identifier(self, value: str) -> str:
        """Give an identifier of the household's own."""
        return plain(value) if self.shows_addresses else _masked_identifier(value)

    def address_of_page(self, url: str, *source: str) -> Outside | None:
        """Give a page's address; the path of a listing is mostly somebody's name."""
        if self.shows_addresses:
            return self.outside(url, *source, limit=500)
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            host = ""
        return self.outside(f"https://{host}/{HIDDEN}", *source)


def masked(text: str) -> str:
    """Hide whose address any e-mail address in a text is: j•••@example.com."""
    if "@" not in text and "%40" not in text:
        return text
    return ADDRESS.sub(lambda found: f"{found[0][0]}{HIDDEN}@", text)


def name_of(source: str) -> str:
    """Give the name of a source of ours; what is no such name is told as unknown."""
    return source if SOURCE.fullmatch(source) else "unknown"


def _masked_identifier(value: str) -> str:
    if "@" in value:
        return masked(plain(value))
    if value.lstrip("+").isdecimal():
        return f"{HIDDEN}{value[-2:]}"
    return f"{plain(value)[:1]}{HIDDEN}"
