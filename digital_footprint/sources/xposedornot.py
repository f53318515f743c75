"""XposedOrNot: a second opinion on breaches, free and without a key.

Wire format: its server's source, XposedOrNot-API at 07a267e (2026-08-21), /v1/breach-analytics.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from msgspec import Meta, Struct

from digital_footprint.model import Identifier
from digital_footprint.sources import NOBODY_FOUND, Line, Profile, nobody
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

# The address of the service's own examples, nobody's; that it stands in breaches is not promised.
CANARY = "test@example.com"
CLASSES_LIMIT = 200


class Breach(Struct):
    """One element of `breaches_details`; only the name is needed."""

    breach: Annotated[str, Meta(min_length=1, max_length=200)]
    domain: Any = None
    details: Any = None
    xposed_data: Any = None
    xposed_records: Any = None
    verified: Any = None


class Exposed(Struct):
    """`ExposedBreaches` of an address that is known."""

    breaches_details: list[Breach]


class Summary(Struct):
    """`BreachesSummary`; all of it is the empty text where there is no breach."""

    site: str
    domain: Any = ""
    tmpstmp: Any = ""

    @property
    def names_none(self) -> bool:
        """Whether it names no breach."""
        return [self.site, self.domain, self.tmpstmp] == ["", "", ""]

    @property
    def keys(self) -> frozenset[str]:
        """What it names: the names of all breaches, divided by semicolons."""
        return frozenset(breach_key(name) for name in self.site.split(";") if name.strip())


class Analytics(Struct):
    """The fields of a /v1/breach-analytics answer that are used."""

    ExposedBreaches: Exposed | None
    BreachesSummary: Summary
    BreachMetrics: Any = None
    Error: Any = None
    status: Any = None

    @property
    def says_none(self) -> bool:
        """Whether nothing in it speaks of a breach, nor of an error."""
        silent = not self.BreachMetrics and self.Error is None
        fine = self.status in (None, "success")
        return self.ExposedBreaches is None and self.BreachesSummary.names_none and silent and fine


class XposedOrNot:
    """Asks for the breaches of an address, with what each held."""

    profile: ClassVar[Profile] = Profile(
        name="xposedornot",
        section="xposedornot",
        service="xposedornot",
        job="breach_recheck",
        default_base_url="https://api.xposedornot.com",
        sends="every e-mail address in full",
        recipient="XposedOrNot (xposedornot.com; behind Cloudflare)",
        price="free, without a key; 25 look-ups an hour, 100 a day from one internet address",
        terms="https://xposedornot.com/terms",
        clean_means="in none of the breaches that XposedOrNot shows",
        attribution="Breach data: XposedOrNot, https://xposedornot.com",
        before_consent="When its server meets an error, it mails the address that was asked about "
        "to its operator.",
        consent_version=1,
        limits=((2, timedelta(seconds=1)), (25, timedelta(hours=1)), (100, timedelta(days=1))),
        overhead=2,
    )

    def __init__(self, line: Line) -> None:
        self._line = line

    def canary(self) -> None:
        """Ask about an address in many breaches, and about one that nobody can have."""
        if not self._breaches_of(CANARY, about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, "an address in many breaches was not found")
        if self._breaches_of(nobody(), about=None):
            raise Unanswered(Reason.SOURCE_CHANGED, NOBODY_FOUND)

    def check(self, identifier: Identifier) -> Found | Clean:
        """Ask about one address."""
        breaches = self._breaches_of(identifier.value, about=identifier)
        return Found(tuple(map(_sighting, breaches))) if breaches else Clean()

    def _breaches_of(self, address: str, *, about: Identifier | None) -> tuple[Breach, ...]:
        """Give an address's breaches.

        None only for null beside an empty summary. A 404 is never none: an error of the server's
        own and a shielded address get it too.
        """
        path = f"/v1/breach-analytics?email={quote(address, safe='')}"
        answer = self._line.get(path, about=about).decode(Analytics)
        if answer.says_none:
            return ()
        listed = answer.ExposedBreaches.breaches_details if answer.ExposedBreaches else []
        named = {breach_key(one.breach): one for one in listed}
        if named and "" not in named and named.keys() == answer.BreachesSummary.keys:
            return tuple(named.values())
        raise Unanswered(Reason.SOURCE_CHANGED, "breaches and their summary contradict each other")


def _sighting(breach: Breach) -> Sighting:
    """Put together what is told of a breach; its date is no more than a year, and left out."""
    told = _text(breach.xposed_data).split(";")[:CLASSES_LIMIT]
    classes = tuple(filter(None, map(plain, told)))
    return Sighting(
        kind=FindingKind.BREACH,
        key=breach_key(breach.breach),
        source_key=plain(breach.breach),
        title=plain(breach.breach),
        data_classes=classes,
        details=_details(breach) if classes else None,
    )


def _details(breach: Breach) -> BreachDetails:
    return BreachDetails(
        domain=plain(_text(breach.domain)) or None,
        accounts=count_of(breach.xposed_records),
        description=from_html(_text(breach.details)),
        flags=frozenset({"verified"} if breach.verified == "Yes" else ()),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
