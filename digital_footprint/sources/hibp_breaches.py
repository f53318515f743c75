"""Have I Been Pwned: in which publicly searchable breaches an address stands.

Wire format and limits: https://haveibeenpwned.com/API/v3.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from msgspec import Meta, Struct

from digital_footprint.clock import day_of
from digital_footprint.model import Identifier
from digital_footprint.sources import Line, Profile, hibp
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
    count_of,
)

Record = Mapping[str, Any]
"""One element of /breaches, as it came. Only `Name` is promised for ever."""

# The account of HIBP's own example of a range search; it is in three breaches.
RANGE_CANARY = "multiple-breaches@hibp-integration-tests.com"

# About 950 breaches of 1.3 kB each; room for many years of growth.
CATALOGUE_LIMIT = 16 * 1024 * 1024
CLASSES_LIMIT = 200
PREFIX = 6
PREFIX_DATUM = f"the first {PREFIX} hex digits of its SHA-1"

# Not `Name`: Python 3.14 looks an annotation up among the fields of its class first.
Label = Annotated[str, Meta(min_length=1, max_length=200)]


class BreachName(Struct):
    """One element of a truncated /breachedaccount answer."""

    Name: Label


class RangeEntry(Struct):
    """One element of a /breachedaccount/range answer: the rest of a SHA-1, and its breaches."""

    hashSuffix: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{34}$", max_length=34)]  # noqa: N815 - its name there
    websites: list[Label]


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
        section="hibp",
        service="hibp",
        job="breach_recheck",
        default_base_url=hibp.BASE_URL,
        secret=hibp.SECRET,
        key_from=hibp.KEY_FROM,
        sends="every e-mail address in full, tied to your API key (only the first 6 hex digits of "
        "its SHA-1 where your plan includes k-anonymity)",
        recipient=hibp.RECIPIENT,
        price=hibp.PRICE,
        terms=hibp.TERMS,
        clean_means="not in any publicly searchable breach of Have I Been Pwned",
        attribution=hibp.ATTRIBUTION,
        consent_version=1,
        limits=hibp.SMALLEST_PLAN,
        overhead=4,
    )

    def __init__(self, line: Line) -> None:
        self._line = line
        self._by_range = False
        self._canarys_range: tuple[str, frozenset[str]] | None = None
        self._catalogue: dict[str, Record] | None = None

    def canary(self) -> None:
        """Learn the plan, then ask about HIBP's own test accounts, as people are.

        Of a range none is asked for that must not be found: the canary's shows foreign entries.
        """
        self._by_range = hibp.subscribe(self._line).IncludesKAnon
        canary = RANGE_CANARY if self._by_range else hibp.CANARY
        if not self._breaches_of(canary, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, "the service's test account was not found")
        if not self._by_range and self._breaches_of(hibp.NEGATIVE_CANARY, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, hibp.NEGATIVE_FOUND)

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one address."""
        names = self._breaches_of(identifier.value, about=identifier)
        if not names:
            return Clean()
        return Found(tuple(self._sighting(name) for name in names))

    def _breaches_of(self, address: str, *, about: Identifier | None) -> tuple[str, ...]:
        """Give the names of an account's breaches; none only where HIBP says so."""
        found = self._in_range(address, about) if self._by_range else self._direct(address, about)
        if found is None:
            return ()
        names = {breach_key(one): one for one in found}
        if not names or "" in names:
            raise Unanswered(Reason.SOURCE_CHANGED, "a list without a usable name")
        return tuple(names.values())

    def _direct(self, address: str, about: Identifier | None) -> list[str] | None:
        path = f"/breachedaccount/{quote(address, safe='')}?truncateResponse=true"
        answer = hibp.ask(self._line, path, about=about)
        if hibp.means_none(answer):
            return None
        return [one.Name for one in answer.decode(list[BreachName])]

    def _in_range(self, address: str, about: Identifier | None) -> list[str] | None:
        """Ask for all accounts whose SHA-1 begins alike; the others are dropped at once."""
        digest = hashlib.sha1(address.strip().lower().encode(), usedforsecurity=False).hexdigest()
        prefix, suffix = digest[:PREFIX].upper(), digest[PREFIX:].upper()
        path = f"/breachedaccount/range/{prefix}"
        answer = hibp.ask(self._line, path, about=about, datum=PREFIX_DATUM)
        entries = answer.decode(list[RangeEntry])
        if not entries:
            # Some 400 accounts share a prefix: a range without any is none of HIBP's.
            raise Unanswered(Reason.SOURCE_CHANGED, "a range without an entry")
        self._require_own_range(prefix, frozenset(one.hashSuffix.upper() for one in entries))
        mine = [one.websites for one in entries if one.hashSuffix.upper() == suffix]
        return [name for websites in mine for name in websites] if mine else None

    def _require_own_range(self, prefix: str, suffixes: frozenset[str]) -> None:
        """Refuse the canary's range where another was asked for: it would look clean to anybody."""
        known, shown = self._canarys_range = self._canarys_range or (prefix, suffixes)
        if suffixes == shown and prefix != known:
            raise Unanswered(Reason.SOURCE_CHANGED, "another prefix's range")

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
        occurred_on=day_of(record.get("BreachDate")),
        data_classes=classes[:CLASSES_LIMIT],
        details=_details(record) if classes or record.get("IsStealerLog") is True else None,
    )


def _details(record: Record) -> BreachDetails:
    modified_at = plain(_text(record, "ModifiedDate"), limit=40) or None
    return BreachDetails(
        domain=plain(_text(record, "Domain")) or None,
        added_on=day_of(record.get("AddedDate")),
        # An edit takes back what it does not tell; what cannot be read tells nothing.
        modified_at=modified_at if _is_readable(record) else None,
        accounts=count_of(record.get("PwnCount")),
        description=from_html(_text(record, "Description")),
        flags=frozenset(flag for field, flag in FLAGS.items() if record.get(field) is True),
    )


def _is_readable(record: Record) -> bool:
    """Say whether every class of data and every flag of a record could be read."""
    classes = record.get("DataClasses")
    flags = (record[field] for field in FLAGS if field in record)
    return (
        isinstance(classes, list)
        and all(isinstance(one, str) and plain(one) for one in classes)
        and all(isinstance(flag, bool) for flag in flags)
    )


def _text(record: Record, field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""


def _list(record: Record, field: str) -> list[Any]:
    value = record.get(field)
    return value if isinstance(value, list) else []
