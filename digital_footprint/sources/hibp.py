"""Have I Been Pwned, API v3: in which publicly searchable breaches an address stands.

Wire format and limits: https://haveibeenpwned.com/API/v3.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from urllib.parse import quote

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

if TYPE_CHECKING:
    from digital_footprint.http import Answer

Record = Mapping[str, Any]
"""One element of /breaches, as it came. Only `Name` is promised for ever."""

# HIBP keeps this account for tests: it is always in one breach, whatever the key.
CANARY = "account-exists@hibp-integration-tests.com"

# The smallest plan's limit, used until /subscription/status has told the account's own.
SMALLEST_PLAN_RPM = 10
MINUTE = timedelta(minutes=1)

# About 950 breaches of 1.3 kB each; room for many years of growth.
CATALOGUE_LIMIT = 16 * 1024 * 1024
CLASSES_LIMIT = 200


Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Subscription(Struct):
    """The field of /subscription/status that is used."""

    Rpm: Annotated[int, Meta(ge=1, le=100_000)]


class BreachName(Struct):
    """One element of a truncated /breachedaccount answer."""

    Name: Name


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
        key_from="https://haveibeenpwned.com/API/Key",
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
        self._catalogue: dict[str, Record] | None = None

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
            rpm = self._ask("/subscription/status", about=None).decode(Subscription).Rpm
        except Unanswered as unanswered:
            # A refused key refuses every address. A status that cannot be read costs no check:
            # the smallest plan's limit will do.
            if unanswered.ends_the_asking:
                raise
            rpm = SMALLEST_PLAN_RPM
        self._line.limit(rpm, MINUTE)

    def _breaches_of(self, address: str, *, about: Identifier | None) -> tuple[str, ...]:
        """Give the names of an account's breaches; none only for HIBP's own empty 404."""
        path = f"/breachedaccount/{quote(address, safe='')}?truncateResponse=true"
        answer = self._ask(path, about=about)
        match answer.status:
            case 200:
                names = {breach_key(one.Name): one.Name for one in answer.decode(list[BreachName])}
                if not names or "" in names:
                    raise Unanswered(Reason.SOURCE_CHANGED, "a list without a usable name")
                return tuple(names.values())
            case 404 if _is_hibps_own(answer):
                return ()
            case _:
                raise answer.unexpected()

    def _sighting(self, name: str) -> Sighting:
        if self._catalogue is None:
            self._catalogue = self._fetch_catalogue()
        return _sighting(name, self._catalogue.get(name, {}))

    def _fetch_catalogue(self) -> dict[str, Record]:
        """Give the public catalogue by name; empty when it cannot be had.

        An address stands in a breach whether or not the catalogue answers: such a finding is
        kept without details, counted as `undetailed`, and completed by a later run.
        """
        try:
            answer = self._line.get("/breaches", about=None, body_limit=CATALOGUE_LIMIT)
            records = answer.decode(list[Any])
        except Unanswered:
            return {}
        return {
            record["Name"]: record
            for record in records
            if isinstance(record, dict) and isinstance(record.get("Name"), str)
        }

    def _ask(self, path: str, *, about: Identifier | None) -> "Answer":
        answer = self._line.get(path, about=about, headers={"hibp-api-key": self._line.secret})
        if answer.status == 403:
            # Without Cloudflare's mark it is HIBP itself: user agent, plan or domain.
            raise Unanswered(Reason.UNAUTHORISED, "status 403")
        return answer


def _is_hibps_own(answer: "Answer") -> bool:
    """Recognise the empty 404 that means "in no breach".

    Nothing came over the wire, and the head says that nothing was to come: not a page that was
    cut off, not one that unpacks to nothing, not a web server's own.
    """
    headers = answer.headers
    announced = headers.get("content-length") == "0" or "transfer-encoding" in headers
    foreign = "content-encoding" in headers or "html" in headers.get("content-type", "").lower()
    return answer.sent == 0 and announced and not foreign


def _sighting(name: str, record: Record) -> Sighting:
    """Put together what is told of a breach. One odd field costs that field alone.

    Without data classes the tier would be a guess, but for a stealer log: such a breach counts as
    one without details.
    """
    classes = tuple(plain(one) for one in _list(record, "DataClasses") if isinstance(one, str))
    return Sighting(
        kind=FindingKind.BREACH,
        key=breach_key(name),
        source_key=plain(name),
        title=plain(_text(record, "Title")) or plain(name),
        occurred_on=_day(record, "BreachDate"),
        data_classes=classes[:CLASSES_LIMIT],
        details=_details(record) if classes or record.get("IsStealerLog") is True else None,
    )


def _details(record: Record) -> BreachDetails:
    accounts = record.get("PwnCount")
    return BreachDetails(
        domain=plain(_text(record, "Domain")) or None,
        added_on=_day(record, "AddedDate"),
        modified_at=plain(_text(record, "ModifiedDate"), limit=40) or None,
        accounts=accounts if isinstance(accounts, int) else None,
        description=from_html(_text(record, "Description")),
        flags=frozenset(flag for field, flag in FLAGS.items() if record.get(field) is True),
    )


def _text(record: Record, field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""


def _list(record: Record, field: str) -> list[Any]:
    value = record.get(field)
    return value if isinstance(value, list) else []


def _day(record: Record, field: str) -> str | None:
    """Give the day of an ISO date or time, or None for anything else."""
    try:
        return date.fromisoformat(_text(record, field)[:10]).isoformat()
    except ValueError:
        return None
