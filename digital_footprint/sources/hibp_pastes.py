"""Have I Been Pwned: in which public pastes an address stands.

Wire format: https://haveibeenpwned.com/API/v3#PastesForAccount.
"""

from typing import Annotated, ClassVar
from urllib.parse import quote

from msgspec import Meta, Struct

from digital_footprint.clock import day_of
from digital_footprint.model import Identifier
from digital_footprint.sources import Line, Profile, hibp
from digital_footprint.text import plain
from digital_footprint.verdicts import (
    BreachDetails,
    Clean,
    FindingKind,
    Found,
    Reason,
    Sighting,
    Unanswered,
    count_of,
)

Word = Annotated[str, Meta(min_length=1, max_length=2000)]


class Paste(Struct):
    """One element of /pasteaccount. Source, Id and Title are whatever the paste's author wrote."""

    Source: Word
    Id: Word
    Title: str | None = None
    Date: str | None = None
    EmailCount: int | None = None


class HibpPastes:
    """Asks for the pastes of an account; there is no search by a part of the hash."""

    profile: ClassVar[Profile] = Profile(
        name="hibp_pastes",
        section="hibp_pastes",
        service="hibp",
        job="dark_web_monitor",
        default_base_url=hibp.BASE_URL,
        secret=hibp.SECRET,
        key_from=hibp.KEY_FROM,
        sends="every e-mail address in full, tied to your API key",
        recipient=hibp.RECIPIENT,
        price=hibp.PRICE,
        terms=hibp.TERMS,
        clean_means="in none of the pastes that Have I Been Pwned has collected",
        attribution=hibp.ATTRIBUTION,
        consent_version=1,
        limits=hibp.SMALLEST_PLAN,
        overhead=3,
    )

    def __init__(self, line: Line) -> None:
        self._line = line

    def canary(self) -> None:
        """Learn the plan, then ask about two of HIBP's own test accounts."""
        if hibp.subscribe(self._line).IncludesKAnon and not self._line.chosen:
            # Who has a plan on which no address need be sent is asked for this one by itself.
            raise Unanswered(
                Reason.NO_CONSENT,
                "your plan has k-anonymity, pastes would get the full address: "
                "footprint source enable hibp_pastes",
            )
        if not self._pastes_of(hibp.CANARY, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, "the service's test account was not found")
        if self._pastes_of(hibp.NEGATIVE_CANARY, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, hibp.NEGATIVE_FOUND)

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one address."""
        pastes = self._pastes_of(identifier.value, about=identifier)
        return Found(tuple(map(_sighting, pastes))) if pastes else Clean()

    def _pastes_of(self, address: str, *, about: Identifier | None) -> tuple[Paste, ...]:
        """Give an account's pastes; none only for HIBP's own empty 404."""
        path = f"/pasteaccount/{quote(address, safe='')}"
        answer = hibp.ask(self._line, path, about=about)
        if hibp.means_none(answer):
            return ()
        pastes = {_key(one): one for one in answer.decode(list[Paste])}
        if not pastes:
            raise Unanswered(Reason.SOURCE_CHANGED, "a list without a paste")
        return tuple(pastes.values())


def _sighting(paste: Paste) -> Sighting:
    key = _key(paste)
    return Sighting(
        kind=FindingKind.PASTE,
        key=key,
        source_key=key,
        title=plain(paste.Title or "") or key,
        occurred_on=day_of(paste.Date),
        details=BreachDetails(accounts=count_of(paste.EmailCount)),
    )


def _key(paste: Paste) -> str:
    """Give a paste's identity: where it stood and its id there, which may be an address."""
    where, name = plain(paste.Source), plain(paste.Id, limit=500)
    if not where or not name:
        raise Unanswered(Reason.SOURCE_CHANGED, "a paste without a usable id")
    return f"{where.casefold()}/{name}"
