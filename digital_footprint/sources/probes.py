"""Decides from what optional programs hear at many sites where an address has an account.

A site that denies an address cannot be told from one that is broken: blocked or changed, many say
"not registered" to everything, some "registered". So every site is asked about an invented address
first, and hears of the person's only after it has denied that one; and only what it says twice,
of two rounds with another invention each, is believed. Nothing here is ever `Clean`.
"""

import json
import secrets
import string
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import DecodeError, Meta, Struct
from msgspec import json as wire

from digital_footprint.model import Identifier
from digital_footprint.probes import environments
from digital_footprint.process import NOT_FOUND, TIMED_OUT
from digital_footprint.sources import Line, Profile
from digital_footprint.text import plain
from digital_footprint.verdicts import (
    BreachDetails,
    FindingKind,
    Found,
    Reason,
    Sighting,
    Unanswered,
)

if TYPE_CHECKING:
    from digital_footprint.process import Completed

CONCURRENCY = 12
SITE_SECONDS = 20
SECONDS = 300
# Beyond its own end a program may take to start and to stop.
PATIENCE = SECONDS + 60

# Every site takes an address there for one that could have an account.
CANARY_DOMAIN = "gmail.com"


class Row(Struct):
    """What one site answered."""

    site: Annotated[str, Meta(min_length=1, max_length=100)]
    domain: Annotated[str, Meta(min_length=1, max_length=253)]
    answer: Literal["registered", "not_registered", "unknown"]


class Told(Struct):
    """What a program writes (see probes/asking.py)."""

    responses: Annotated[int, Meta(ge=0)]
    sites: Annotated[list[Row], Meta(max_length=2000)]


class Probe:
    """Asks the sites of one optional program. What it is called is its profile's name."""

    profile: ClassVar[Profile]

    def __init__(self, line: Line) -> None:
        self._line = line
        self._asked = 0
        self._honest: frozenset[str] = frozenset()

    def canary(self) -> None:
        """Ask every site about an invented address; those that deny it may be asked further."""
        if not environments.is_ready(self.profile.name, self._line.tools):
            raise Unanswered(
                Reason.NOT_CONFIGURED,
                f"not installed; footprint source enable {self.profile.name} does it",
            )
        told = self._ask(invented(CANARY_DOMAIN), None)
        self._asked = len(told)
        self._honest = denying(told)
        if not self._honest:
            raise Unanswered(
                Reason.SOURCE_CHANGED, f"no site of {self._asked} denies an invented address"
            )

    def check(self, identifier: Identifier) -> Found:
        """Ask about one address, of every site twice at most."""
        first = self._round(identifier, self._honest)
        second = self._round(identifier, first.keys())
        confirmed = [second[site] for site in first if site in second]
        if not confirmed:
            raise Unanswered(
                Reason.SOURCE_CHANGED,
                f"no site of {self._asked} says registered; "
                "a denial and a fault look the same here",
            )
        sightings = tuple(map(_sighting, confirmed))
        # A site that says nothing today takes back nothing that it said before.
        return Found(sightings, speaks_for=frozenset(one.key for one in sightings))

    def _round(self, identifier: Identifier, sites: Iterable[str]) -> Mapping[str, Row]:
        """Give the sites that know the address and did not know an invented one beside it."""
        domain = identifier.value.rpartition("@")[2]
        if not (sites := frozenset(sites)):
            return {}
        # A domain of one's own tells who asks: it is as much theirs as the address.
        self._enter(identifier, sites, datum="its domain, in an invented address")
        control = self._ask(invented(domain), sites)
        if not (honest := denying(control)):
            return {}
        self._enter(identifier, honest)
        return accounts(control, self._ask(identifier.value, honest))

    def _enter(
        self, identifier: Identifier, sites: frozenset[str], *, datum: str | None = None
    ) -> None:
        recipient = f"by {self.profile.name} to: {', '.join(sorted(sites))}"
        self._line.enter(identifier, recipient=recipient, datum=datum)

    def _ask(self, address: str, sites: Iterable[str] | None) -> Mapping[str, Row]:
        question = {
            "address": address,
            "sites": None if sites is None else sorted(sites),
            "concurrency": CONCURRENCY,
            "site_seconds": SITE_SECONDS,
            "seconds": SECONDS,
        }
        argv = environments.command(self.profile.name, self._line.tools)
        told = _decoded(self._line.run(argv, stdin=json.dumps(question), seconds=PATIENCE))
        if told.responses == 0:
            raise Unanswered(Reason.NETWORK, f"not one of {len(told.sites)} sites could be reached")
        return by_site(told.sites)


def invented(domain: str) -> str:
    """Give an address at that domain which nobody has registered anywhere."""
    letters = string.ascii_lowercase
    return "".join(secrets.choice(letters) for _ in range(16)) + f"@{domain}"


def by_site(rows: Iterable[Row]) -> Mapping[str, Row]:
    """Give the rows by site; a site that has two says nothing."""
    listed = list(rows)
    names = [row.site for row in listed]
    return {row.site: row for row in listed if names.count(row.site) == 1}


def denying(rows: Mapping[str, Row]) -> frozenset[str]:
    """Give the sites that say "not registered"."""
    return frozenset(site for site, row in rows.items() if row.answer == "not_registered")


def accounts(control: Mapping[str, Row], told: Mapping[str, Row]) -> Mapping[str, Row]:
    """Give the rows of the sites that know the address, and denied the invented one."""
    honest = denying(control)
    return {
        site: row for site, row in told.items() if row.answer == "registered" and site in honest
    }


def _decoded(done: "Completed") -> Told:
    """Read what a program wrote; its stderr may hold anything and goes nowhere."""
    match done.code:
        case 0:
            pass
        case code if code == TIMED_OUT:
            raise Unanswered(Reason.TIMEOUT, "the program did not end in time")
        case code if code == NOT_FOUND:
            raise Unanswered(Reason.NOT_CONFIGURED, "the program is not there any more")
        case code:
            raise Unanswered(Reason.SOURCE_CHANGED, f"the program ended with {code}")
    try:
        return wire.decode(done.stdout.encode(), type=Told)
    except DecodeError:
        raise Unanswered(
            Reason.SOURCE_CHANGED, "the program wrote something else than answers"
        ) from None


def _sighting(row: Row) -> Sighting:
    domain = plain(row.domain)
    return Sighting(
        kind=FindingKind.ACCOUNT,
        key=domain.casefold(),
        source_key=plain(row.site),
        title=domain,
        data_classes=("Email addresses",),
        details=BreachDetails(domain=domain),
    )
