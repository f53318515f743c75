"""Writes the letter for one listing, of what the listing shows already and nothing more."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from digital_footprint.clock import local_day
from digital_footprint.errors import UsageError
from digital_footprint.legal_clock import law_of, legal_clock, term_of
from digital_footprint.removal_events import Law, Requested
from digital_footprint.removal_log import Removal
from digital_footprint.removal_states import NotMe, RecheckDue, RemovedVerified, name_of, request_of
from digital_footprint.templating import render
from digital_footprint.text import plain

WIDTH = 78
KEPT = (" ", "-", "Name shown", "Also shown")


class Kind(StrEnum):
    """Which letter; each is a template of its name."""

    CCPA_DELETE = "ccpa-delete"
    CCPA_OPT_OUT = "ccpa-opt-out"
    GDPR = "gdpr"
    GENERAL = "general"
    FOLLOW_UP = "follow-up"


LAWS: Mapping[Kind, Law] = {
    Kind.CCPA_DELETE: Law.CCPA,
    Kind.CCPA_OPT_OUT: Law.CCPA_OPT_OUT,
    Kind.GDPR: Law.GDPR,
    Kind.GENERAL: Law.NONE,
}
"""The law that a request by such a letter calls upon; a follow-up is no request."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, ready to be pasted. `sends`: every datum of the person that stands in it."""

    kind: Kind
    subject: str
    text: str
    sends: tuple[str, ...]


def kind_for(region: str | None) -> Kind:
    """Give the letter that calls upon the law of a region."""
    match law_of(region):
        case Law.CCPA | Law.CCPA_OPT_OUT | Law.DROP:
            return Kind.CCPA_DELETE
        case Law.GDPR:
            return Kind.GDPR
        case Law.NONE:
            return Kind.GENERAL


def write(removal: Removal, broker: str, kind: Kind, *, shown: tuple[str, ...]) -> Letter:
    """Write a letter of name, listing address and `shown`, which is what the person passes.

    Raises UsageError where there is nothing to ask for, and for a follow-up where no request to
    this broker is open.
    """
    if isinstance(removal.state, NotMe | RemovedVerified | RecheckDue):
        raise UsageError(
            f"removal {removal.id} is {name_of(removal.state)}: there is nothing to ask for",
            hint=f"footprint removal show {removal.id}",
        )
    request = _open_request(removal) if kind is Kind.FOLLOW_UP else None
    clock = legal_clock(request)
    term = term_of(LAWS[kind]) if kind in LAWS else None
    more = tuple(plain(one) for one in shown)
    if not all(more):
        raise UsageError(
            "--shown is empty", hint="name what else the listing shows, or leave it out"
        )
    text = render(
        f"letters/{kind}.txt.j2",
        person=removal.person,
        url=removal.url,
        broker=broker,
        shown=more,
        asked_on=local_day(request.at) if request else None,
        within=term.words if term else None,
        due_on=clock.due_on if clock else None,
    )
    subject, _, body = text.partition("\n")
    return Letter(
        kind,
        subject.removeprefix("Subject: "),
        _wrapped(body.lstrip("\n")),
        (removal.person, removal.url, *more),
    )


def _wrapped(body: str) -> str:
    """Break lines as mail does; an address stays whole."""
    return "\n\n".join(map(_filled, body.split("\n\n")))


def _filled(paragraph: str) -> str:
    """Fill a paragraph anew; a list and what is set apart keep their lines."""
    if any(line.startswith(KEPT) for line in paragraph.splitlines()):
        return paragraph
    end = "\n" if paragraph.endswith("\n") else ""
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False) + end


def _open_request(removal: Removal) -> Requested:
    request = request_of(removal.state)
    if request is None:
        raise UsageError(
            f"no request is open for removal {removal.id}: there is nothing to follow up",
            hint=f"footprint removal show {removal.id}",
        )
    if request.law is Law.DROP:
        raise UsageError(
            "the request went through DROP, not to the broker: a follow-up would be about none",
            hint=f"footprint removal draft {removal.id} --kind {Kind.CCPA_DELETE}",
        )
    return request
