"""Hudson Rock's Cavalier: whether malware took an address from an infected computer.

Wire format: steampipe-plugin-hudsonrock at 86cb8dc and user-scanner 1.5.2.3, which both read it.
"""

from datetime import timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote

from msgspec import Meta, Struct

from digital_footprint.clock import day_of, moment_of, to_text
from digital_footprint.model import Identifier
from digital_footprint.sources import NOBODY_FOUND, Line, Profile, nobody
from digital_footprint.text import plain
from digital_footprint.verdicts import (
    BreachDetails,
    Clean,
    FindingKind,
    Found,
    Reason,
    Sighting,
    Unanswered,
)

# Whole sentences: of domains, user names and keys it speaks in the same words.
FOUND = "email address is associated with a computer that was infected by an info-stealer"
NOT_FOUND = "email address is not associated with a computer infected by an info-stealer"

Total = Annotated[int, Meta(ge=0)]


class Stealer(Struct):
    """One infected computer. What it was called and the samples of its passwords stay unread."""

    date_compromised: Annotated[str, Meta(min_length=10, max_length=60)]
    stealer_family: str | None = None


class Reply(Struct):
    """The fields of an answer that are used; all of them are in every one."""

    message: str
    stealers: list[Stealer]
    total_corporate_services: Total
    total_user_services: Total


class HudsonRock:
    """Asks for the infections in which an address was taken."""

    profile: ClassVar[Profile] = Profile(
        name="hudsonrock",
        section="hudsonrock",
        service="hudsonrock",
        job="dark_web_monitor",
        default_base_url="https://cavalier.hudsonrock.com/api/json/v2/osint-tools",
        sends="every e-mail address in full",
        recipient="Hudson Rock (hudsonrock.com, Israel), a vendor of threat intelligence",
        price="free, without a key",
        terms="https://www.hudsonrock.com/terms-of-service",
        clean_means="on no infected computer that Hudson Rock knows of",
        attribution="Infostealer data: Hudson Rock, https://www.hudsonrock.com",
        before_consent="It sells what it knows of infected computers to companies.",
        consent_version=1,
        # Undocumented: what a person could do by hand.
        limits=((20, timedelta(minutes=1)),),
        overhead=1,
    )

    def __init__(self, line: Line) -> None:
        self._line = line

    def canary(self) -> None:
        """Ask about an address that nobody can have: whoever finds it finds everybody."""
        if self._stealers_of(nobody(), about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, NOBODY_FOUND)

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one address."""
        stealers = self._stealers_of(identifier.value, about=identifier)
        return Found(tuple(map(_sighting, stealers))) if stealers else Clean()

    def _stealers_of(self, address: str, *, about: Identifier | None) -> tuple[Stealer, ...]:
        """Give the infections; the message, the list and the totals have to say the same."""
        path = f"/search-by-email?email={quote(address, safe='')}"
        reply = self._line.get(path, about=about).decode(Reply)
        services = reply.total_corporate_services + reply.total_user_services
        match FOUND in reply.message, NOT_FOUND in reply.message:
            case True, False if reply.stealers:
                named_last = sorted(reply.stealers, key=lambda one: one.stealer_family or "")
                return tuple({_key(one): one for one in named_last}.values())
            case False, True if not reply.stealers and services == 0:
                return ()
        raise Unanswered(Reason.SOURCE_CHANGED, "message, list and totals contradict each other")


def _sighting(stealer: Stealer) -> Sighting:
    family = plain(stealer.stealer_family or "", limit=60)
    key = _key(stealer)
    return Sighting(
        kind=FindingKind.STEALER,
        key=key,
        source_key=key,
        title=f"infostealer log{': ' + family if family else ''}",
        occurred_on=day_of(key),
        data_classes=("Passwords",),
        details=BreachDetails(flags=frozenset({"stealer_log"})),
    )


def _key(stealer: Stealer) -> str:
    """Give an infection's identity: the second at which it happened, however it is spelt.

    Its family is left out: it may be told at one time and not at another.
    """
    moment = moment_of(plain(stealer.date_compromised, limit=60))
    if moment is None:
        raise Unanswered(Reason.SOURCE_CHANGED, "an infection without a date")
    return to_text(moment)
