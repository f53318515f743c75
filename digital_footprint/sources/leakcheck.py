"""LeakCheck's public search: names of leaks, asked by a part of the address's hash.

Wire format: its official wrapper, leakcheck 2.0.0, and its wiki. The wording of "not found" is not
documented: only these two words by themselves are taken for it.
"""

import hashlib
import re
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from digital_footprint.clock import day_of
from digital_footprint.model import Identifier
from digital_footprint.sources import NOBODY_FOUND, Line, Profile, nobody
from digital_footprint.text import plain
from digital_footprint.verdicts import (
    Clean,
    FindingKind,
    Found,
    Reason,
    Sighting,
    Unanswered,
    breach_key,
)

# The address of the service's own examples, nobody's; that it stands in leaks is not promised.
CANARY = "example@example.com"
DIGITS = 24
NOT_FOUND = re.compile(r"not found[.!]?", re.IGNORECASE)


class Leak(Struct):
    """One element of `sources`."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    date: Any = None


class Reply(Struct):
    """The fields of an answer that are used; which of them are there depends on `success`."""

    success: bool
    found: int = 0
    sources: list[Leak] | None = None
    fields: Any = None
    error: Any = None
    message: Any = None


class LeakCheck:
    """Asks for the names of the leaks in which an address stands."""

    profile: ClassVar[Profile] = Profile(
        name="leakcheck",
        section="leakcheck",
        service="leakcheck",
        job="breach_recheck",
        default_base_url="https://leakcheck.io/api",
        sends=f"the first {DIGITS} hex digits of every e-mail address's SHA-256, which only that "
        "address has: whoever knows the address can tell that it was asked about",
        recipient="LeakCheck (leakcheck.io)",
        price="free, without a key",
        terms="https://leakcheck.io/terms",
        clean_means="in none of the leaks that LeakCheck's public search knows",
        attribution="Powered by LeakCheck, https://leakcheck.io",
        consent_version=1,
        # Undocumented; the least that its other clients keep to.
        limits=((1, timedelta(seconds=1)),),
        overhead=2,
    )

    def __init__(self, line: Line) -> None:
        self._line = line

    def canary(self) -> None:
        """Ask about an address in many leaks, and about one that nobody can have."""
        if not self._leaks_of(CANARY, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, "an address in many leaks was not found")
        if self._leaks_of(nobody(), about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, NOBODY_FOUND)

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one address."""
        leaks = self._leaks_of(identifier.value, about=identifier)
        return Found(tuple(map(_sighting, leaks))) if leaks else Clean()

    def _leaks_of(self, address: str, *, about: Identifier | None) -> tuple[Leak, ...]:
        digest = hashlib.sha256(address.strip().lower().encode()).hexdigest()[:DIGITS]
        datum = f"the first {DIGITS} hex digits of its SHA-256"
        answer = self._line.get(f"/public?check={digest}", about=about, datum=datum)
        reply = answer.decode(Reply)
        if reply.success and not reply.error and reply.found > 0 and reply.sources:
            named = {breach_key(one.name): one for one in reply.sources}
            if "" not in named:
                return tuple(named.values())
        if _says_not_found(reply):
            return ()
        raise Unanswered(Reason.SOURCE_CHANGED, "neither leaks nor the words for none")


def _says_not_found(reply: Reply) -> bool:
    words = [one for one in (reply.error, reply.message) if one is not None]
    said = all(isinstance(one, str) and NOT_FOUND.fullmatch(one.strip()) for one in words)
    contradicted = reply.success or reply.found or reply.sources or reply.fields
    return bool(words) and said and not contradicted


def _sighting(leak: Leak) -> Sighting:
    """Put together what is told of a leak. What it held is told of all of them together only."""
    month = plain(leak.date, limit=20) if isinstance(leak.date, str) else ""
    return Sighting(
        kind=FindingKind.BREACH,
        key=breach_key(leak.name),
        source_key=plain(leak.name),
        title=plain(leak.name) + (f" ({month})" if month else ""),
        occurred_on=day_of(leak.date),
    )
