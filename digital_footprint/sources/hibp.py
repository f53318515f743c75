"""Have I Been Pwned, API v3: in which publicly searchable breaches an address stands.

Wire format and limits: https://haveibeenpwned.com/API/v3.
"""

import contextlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, ClassVar
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.sources import Line, Profile
from digital_footprint.text import from_html, plain
from digital_footprint.verdicts import (
    BreachDetails,
    Clean,
    FindingKind,
    Found,
    Reason,
    Sighting,
    Unanswered,
    breach_key,
)

# HIBP keeps this account for tests: it is always in one breach, whatever the key.
CANARY = "account-exists@hibp-integration-tests.com"

# The smallest plan's limit, used until /subscription/status has told the account's own.
SMALLEST_PLAN_RPM = 10
MINUTE = timedelta(minutes=1)

# About 950 breaches of 1.3 kB each; room for many years of growth.
CATALOGUE_LIMIT = 16 * 1024 * 1024
CLASSES_LIMIT = 200


class Subscription(Struct):
    """The field of /subscription/status that is used."""

    Rpm: Annotated[int, Meta(ge=1)]


class BreachName(Struct):
    """One element of a truncated /breachedaccount answer."""

    Name: Annotated[str, Meta(min_length=1)]


class Breach(Struct):
    """One element of /breaches; only `Name` is promised for ever."""

    Name: Annotated[str, Meta(min_length=1)]
    Title: str = ""
    Domain: str = ""
    BreachDate: str | None = None
    AddedDate: str | None = None
    ModifiedDate: str | None = None
    PwnCount: int | None = None
    Description: str = ""
    DataClasses: list[str] = []
    IsVerified: bool = False
    IsFabricated: bool = False
    IsSensitive: bool = False
    IsRetired: bool = False
    IsSpamList: bool = False
    IsMalware: bool = False
    IsSubscriptionFree: bool = False
    IsStealerLog: bool = False


FLAGS: Mapping[str, str] = {
    "IsVerified": "verified",
    "IsFabricated": "fabricated",
    "IsSensitive": "sensitive",
    "IsRetired": "retired",
    "IsSpamList": "spam_list",
    "IsMalware": "malware",
    "IsSubscriptionFree": "subscription_free",
    "IsStealerLog": "stealer_log",
}


class HibpBreaches:
    """Asks for the names of an account's breaches, and looks their details up in the catalogue."""

    profile: ClassVar[Profile] = Profile(
        name="hibp_breaches",
        service="hibp",
        job="breach_recheck",
        kinds=frozenset({IdentifierKind.EMAIL}),
        default_base_url="https://haveibeenpwned.com/api/v3",
        secret="hibp_api_key",  # noqa: S106 - the name of a secret, not one
        sends="every e-mail address in full, tied to your API key",
        recipient="Have I Been Pwned (haveibeenpwned.com, Australia; behind Cloudflare)",
        price="needs a key; the smallest plan cost $4.39 a month in 2026",
        terms="https://haveibeenpwned.com/API/v3#AcceptableUse",
        clean_means="not in any publicly searchable breach of Have I Been Pwned",
        attribution="Breach data: Have I Been Pwned, CC BY 4.0, https://haveibeenpwned.com",
        consent_version=1,
    )

    def __init__(self, line: Line) -> None:
        self._line = line
        self._catalogue: dict[str, Breach] | None = None

    def canary(self) -> None:
        """Learn the account's limit, then ask about HIBP's own test account."""
        self._learn_limit()
        if not self._breaches_of(CANARY, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, "the service's test account was not found")

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one address."""
        names = self._breaches_of(identifier.value, about=identifier)
        if not names:
            return Clean()
        return Found(tuple(self._sighting(name) for name in names))

    def _learn_limit(self) -> None:
        try:
            answer = self._line.get("/subscription/status", about=None, headers=self._key())
            rpm = answer.decode(Subscription).Rpm
        except Unanswered as unanswered:
            # A refused key refuses every address; without the limit the smallest one will do.
            if unanswered.verdict.reason is Reason.UNAUTHORISED:
                raise
            rpm = SMALLEST_PLAN_RPM
        self._line.limit(rpm, MINUTE)

    def _breaches_of(self, address: str, *, about: Identifier | None) -> tuple[str, ...]:
        """Give the names of an account's breaches; none only for HIBP's own empty 404."""
        path = f"/breachedaccount/{quote(address, safe='')}?truncateResponse=true"
        answer = self._line.get(path, about=about, headers=self._key())
        if answer.redirected:
            # HIBP never does; what stands elsewhere may be about something else.
            raise Unanswered(Reason.SOURCE_CHANGED, "redirected")
        match answer.status:
            case 200:
                names = [breach.Name for breach in answer.decode(list[BreachName])]
                if not names or not all(map(breach_key, names)):
                    raise Unanswered(Reason.SOURCE_CHANGED, "a list without a usable name")
                return tuple(dict.fromkeys(names))
            case 404 if not answer.body:
                return ()
            case 403:
                # Without Cloudflare's mark it is HIBP itself: user agent, plan or domain.
                raise Unanswered(Reason.UNAUTHORISED, "status 403")
            case _:
                raise answer.unexpected()

    def _sighting(self, name: str) -> Sighting:
        breach = self._details_of(name)
        identity = {"kind": FindingKind.BREACH, "key": breach_key(name), "source_key": plain(name)}
        if breach is None:
            return Sighting(**identity, title=plain(name))  # type: ignore[arg-type]
        return Sighting(
            **identity,  # type: ignore[arg-type]
            title=plain(breach.Title) or plain(name),
            occurred_on=_day(breach.BreachDate),
            data_classes=tuple(plain(name) for name in breach.DataClasses[:CLASSES_LIMIT]),
            details=_details(breach),
        )

    def _details_of(self, name: str) -> Breach | None:
        if self._catalogue is None:
            self._catalogue = self._fetch_catalogue()
        return self._catalogue.get(name)

    def _fetch_catalogue(self) -> dict[str, Breach]:
        """Give the public catalogue by name; empty when it cannot be had.

        An address stands in a breach whether or not the catalogue answers: such a finding is
        kept without details, counted as `undetailed`, and completed by a later run.
        """
        try:
            answer = self._line.get("/breaches", about=None, body_limit=CATALOGUE_LIMIT)
            records = answer.decode(list[msgspec.Raw])
        except Unanswered:
            return {}
        breaches = {}
        for record in records:
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                breach = msgspec.json.decode(record, type=Breach)
                breaches[breach.Name] = breach
        return breaches

    def _key(self) -> Mapping[str, str]:
        return {"hibp-api-key": self._line.secret}


def _details(breach: Breach) -> BreachDetails:
    return BreachDetails(
        domain=plain(breach.Domain) or None,
        added_on=_day(breach.AddedDate),
        modified_at=plain(breach.ModifiedDate or "", limit=40) or None,
        accounts=breach.PwnCount,
        description=from_html(breach.Description),
        flags=frozenset(flag for field, flag in FLAGS.items() if getattr(breach, field)),
    )


def _day(text: str | None) -> str | None:
    """Give the day of an ISO date or time, or None for anything else."""
    try:
        return date.fromisoformat((text or "")[:10]).isoformat()
    except ValueError:
        return None
