# ruff: noqa: ARG002 - a double of a protocol takes all that the protocol gives
"""No bytes make a source say found or clean, but its own true answers; nor raise anything else.

What a true answer is, is written down once more here, by other means than the sources use.
"""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_footprint.http import Answer
from digital_footprint.model import Identifier, IdentifierKind
from digital_footprint.process import Completed
from digital_footprint.refusals import accepted
from digital_footprint.sources import Source, all_sources
from digital_footprint.text import plain
from digital_footprint.verdicts import Clean, Found, Redirected, Unanswered, verdict_name
from tests.services import (
    AHMIA,
    JANE,
    JSON,
    NOWHERE,
    SERVICES,
    SUFFIX,
    Service,
    dumped,
)

IDENTIFIER = Identifier(
    id=1, person_id=1, person="Jane Doe", kind=IdentifierKind.EMAIL, value=JANE, added_at=""
)
MANY = settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


class ScriptedLine:
    """A way out that ends here: what asks about `role` gets `answer`, all else the usual."""

    secret = "0" * 32
    chosen = True
    tools = Path("/nowhere")

    def __init__(self, service: Service, answer: Answer, role: str) -> None:
        self._service = service
        self._role = role
        self._answer = answer

    def get(
        self,
        path: str,
        *,
        about: Identifier | None,
        datum: str | None = None,
        headers: Mapping[str, str] | None = None,
        body_limit: int | None = None,
    ) -> Answer:
        role = self._service.about(path)
        answer = self._answer if role == self._role else usual(self._service, role)
        if 300 <= answer.status < 400:
            raise Redirected(answer.status)
        return accepted(answer)

    def limit(self, count: int, period: object) -> None:
        pass

    def enter(self, about: Identifier, *, recipient: str, datum: str | None = None) -> None:
        raise AssertionError

    def run(self, argv: Sequence[str], *, stdin: str, seconds: float) -> Completed:
        raise AssertionError


def usual(service: Service, role: str) -> Answer:
    reply = service.replies.get(role, NOWHERE)
    assert isinstance(reply, bytes)
    return parsed(reply)


def parsed(response: bytes) -> Answer:
    head, _, body = response.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    return Answer(int(first.split()[1]), headers, body, len(body))


def opened(service: Service, answer: Answer, *, role: str = "person") -> Source:
    source = all_sources()[service.source](ScriptedLine(service, answer, role))
    source.canary()
    return source


def said(service: Service, answer: Answer) -> str | None:
    """Give `found` or `clean`, or None where there is no answer; anything else is raised."""
    source = opened(service, answer)
    try:
        verdict = source.check(IDENTIFIER)
    except Unanswered:
        return None
    assert isinstance(verdict, Found | Clean)
    if isinstance(verdict, Found):
        require_plain(verdict)
    return verdict_name(verdict)


def require_plain(found: Found) -> None:
    """Refuse a sighting with anything invisible in it, whoever looks at it again later."""
    for one in found.sightings:
        told = [one.details.domain or "", one.details.description] if one.details else []
        for text in (one.key, one.title, one.source_key, *one.data_classes, *told):
            assert text == plain(text, limit=len(text) + 1)


# --- what a true answer is ------------------------------------------------------------------


def truth(service: Service, answer: Answer) -> str | None:
    """Give what an answer truly means, read by the letter of the wire format."""
    if "cf-mitigated" in answer.headers:
        return None
    media_type = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    if service.column in ("hibp_breaches", "hibp_pastes") and answer.status == 404:
        ended = answer.headers.get("content-length") == "0" or "transfer-encoding" in answer.headers
        own = "content-encoding" not in answer.headers and "html" not in media_type
        return "clean" if ended and own and answer.body == b"" else None
    if answer.status != 200 or media_type != service.media_type:
        return None
    text = answer.body.decode("utf-8", "replace")
    if service is AHMIA:
        return onion_truth(text)[0]
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return TRUTHS[service.column](document)


def is_name(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"[a-z0-9]", value.casefold()) is not None


def is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def has(document: Any, field: str, test: Callable[[Any], bool]) -> bool:
    return isinstance(document, dict) and field in document and test(document[field])


def breaches_truth(document: Any) -> str | None:
    named = isinstance(document, list) and all(has(one, "Name", is_name) for one in document)
    return "found" if named and document else None


def range_truth(document: Any) -> str | None:
    def is_suffix(value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch(r"[0-9A-Fa-f]{34}", value) is not None

    def is_list(value: Any) -> bool:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)

    if not isinstance(document, list) or not document:
        return None
    if not all(has(o, "hashSuffix", is_suffix) and has(o, "websites", is_list) for o in document):
        return None
    mine = [one["websites"] for one in document if one["hashSuffix"].upper() == SUFFIX]
    if not mine:
        return "clean"
    websites = [name for one in mine for name in one]
    return "found" if websites and all(map(is_name, websites)) else None


def pastes_truth(document: Any) -> str | None:
    def is_word(value: Any) -> bool:
        return isinstance(value, str) and value.strip() != ""

    good = isinstance(document, list) and all(
        has(one, "Source", is_word) and has(one, "Id", is_word) for one in document
    )
    return "found" if good and document else None


def analytics_truth(document: Any) -> str | None:
    if not has(document, "BreachesSummary", lambda summary: has(summary, "site", is_text)):
        return None
    exposed = document.get("ExposedBreaches", "missing")
    if exposed is None:
        summary = document["BreachesSummary"]
        empty = all(summary.get(field, "") == "" for field in ("site", "domain", "tmpstmp"))
        wrong = document.get("Error") or document.get("BreachMetrics")
        return "clean" if empty and not wrong else None
    listed = has(exposed, "breaches_details", lambda value: isinstance(value, list) and value != [])
    if not listed:
        return None
    every = all(has(one, "breach", is_name) for one in exposed["breaches_details"])
    named = {bare(one) for one in document["BreachesSummary"]["site"].split(";")} - {""}
    agree = every and named == {bare(one["breach"]) for one in exposed["breaches_details"]}
    return "found" if agree else None


def bare(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def leakcheck_truth(document: Any) -> str | None:
    if not has(document, "success", lambda value: isinstance(value, bool)):
        return None
    sources = document.get("sources")
    if document["success"]:
        counted = has(document, "found", lambda value: is_count(value) and value > 0)
        named = isinstance(sources, list) and all(has(one, "name", is_name) for one in sources)
        return "found" if counted and named and sources and not document.get("error") else None
    words = [document.get("error"), document.get("message")]
    spoken = [one for one in words if one is not None]
    plainly = all(is_text(one) and one.strip(" .!\t\n\r").lower() == "not found" for one in spoken)
    return "clean" if spoken and plainly and not sources and not document.get("found") else None


def cavalier_truth(document: Any) -> str | None:
    if not has(document, "message", is_text) or not has(document, "stealers", is_list):
        return None
    totals = [document.get(f"total_{kind}_services") for kind in ("corporate", "user")]
    if not all(is_count(total) and total >= 0 for total in totals):
        return None
    infected = "email address is associated with a computer" in document["message"]
    healthy = "email address is not associated with a computer" in document["message"]
    stealers = document["stealers"]
    if infected and not healthy and stealers:
        return "found" if all(has(one, "date_compromised", is_date) for one in stealers) else None
    return "clean" if healthy and not infected and not stealers and not any(totals) else None


def is_list(value: Any) -> bool:
    return isinstance(value, list)


def is_date(value: Any) -> bool:
    return is_text(value) and re.match(r"\s*\d{4}-?(\d\d|W\d)", value) is not None


def permitted(service: Service, answer: Answer) -> tuple[str | None, ...]:
    """Give what may be made of an answer: its truth, or nothing.

    Of a page damaged at random that is told from its words alone: who shows them is not read here.
    """
    true = truth(service, answer)
    if service is AHMIA and true is not None:
        return (None, *onion_truth(answer.body.decode()))
    return (None, true)


def onion_truth(page: str) -> tuple[str | None, ...]:
    """Give all that a page could mean, the most likely first, by its words without its markup."""
    titled = re.search(r"<title[^>]*>\s*search\s+results\s+for", page, re.IGNORECASE)
    if "\ufffd" in page or titled is None or not page.rstrip().lower().endswith("</html>"):
        return (None,)
    shown = html.unescape(re.sub(r"<[^>]*>", "\n", page)).casefold()
    listed = "searchResults" in page and ".onion" in shown and f"search_term={JANE}" in page
    if listed:
        return ("found", "clean") if JANE in shown else ("clean",)
    return ("clean",) if "noResults" in page and JANE in shown else (None,)


TRUTHS: Mapping[str, Callable[[Any], str | None]] = {
    "hibp_breaches": breaches_truth,
    "hibp_range": range_truth,
    "hibp_pastes": pastes_truth,
    "xposedornot": analytics_truth,
    "leakcheck": leakcheck_truth,
    "hudsonrock": cavalier_truth,
}

# --- what is answered -----------------------------------------------------------------------

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["Not found", "", JANE, SUFFIX, "Adobe", "2023-05-01T10:11:12Z"]),
    lambda below: st.lists(below, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["Name", "websites", "hashSuffix", "Source", "Id", "ExposedBreaches", "site", "error",
             "BreachesSummary", "breaches_details", "breach", "success", "found", "sources", "name",
             "message", "stealers", "total_user_services", "total_corporate_services"]
        ),
        below,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip
MEDIA_TYPES = st.sampled_from([JSON, "text/html", "text/plain", f"{JSON}; charset=utf-8", ""])
HEADERS = st.dictionaries(
    st.sampled_from(
        ["cf-mitigated", "cf-ray", "content-encoding", "retry-after", "transfer-encoding"]
    ),
    st.text(st.characters(codec="latin-1"), max_size=40)
    | st.sampled_from(["5", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +2359"]),
    max_size=2,
)


def anything(service: Service) -> st.SearchStrategy[Answer]:
    """Give any status, head and body; some of each are the service's own."""
    bodies = (
        st.binary(max_size=200)
        | st.text(max_size=100).map(str.encode)
        | VALUES.map(dumped)
        | st.sampled_from([service.body, parsed(service.clean).body, b""])
    )
    return st.builds(
        answer_of,
        st.just(200) | st.just(404) | st.integers(200, 599),
        st.just(service.media_type) | MEDIA_TYPES,
        st.just({}) | HEADERS,
        bodies,
    )


def answer_of(status: int, media_type: str, headers: Mapping[str, str], body: bytes) -> Answer:
    length = {"content-length": str(len(body))}
    typed = {"content-type": media_type} if media_type else {}
    return Answer(status, {**length, **typed, **headers}, body, len(body))


def altered(service: Service) -> st.SearchStrategy[Answer]:
    """Give true answers with fields dropped, replaced and moved, cut, or run into each other."""
    bodies = [service.body, parsed(service.clean).body]
    bytewise = st.builds(spliced, st.sampled_from(bodies), st.sampled_from(bodies), st.data())
    return (bytewise | of_documents(service)).map(
        lambda body: answer_of(200, service.media_type, {}, body)
    )


def spliced(one: bytes, other: bytes, data: Any) -> bytes:
    """Put a piece of another answer, or any bytes, in the place of some of this one."""
    begin = data.draw(st.integers(0, len(one)))
    end = data.draw(st.integers(begin, len(one)))
    first = data.draw(st.integers(0, len(other)))
    last = data.draw(st.integers(first, len(other)))
    piece = data.draw(st.just(other[first:last]) | st.binary(max_size=3))
    return bytes(one[:begin] + piece + one[end:])


def of_documents(service: Service) -> st.SearchStrategy[bytes]:
    if service.media_type != JSON:
        return st.nothing()
    documents = [json.loads(service.body)]
    if parsed(service.clean).body:
        documents.append(json.loads(parsed(service.clean).body))
    changes = st.lists(st.tuples(st.integers(0, 200), st.just("drop") | VALUES), max_size=4)
    return st.builds(changed, st.sampled_from(documents), changes).map(dumped)


def changed(document: Any, changes: Sequence[tuple[int, Any]]) -> Any:
    """Drop or replace what stands in some places of a document."""
    altering = deepcopy(document)
    for number, value in changes:
        places = list(places_of(altering))
        if not places:
            break
        parent, key = places[number % len(places)]
        if value == "drop":
            del parent[key]
        else:
            parent[key] = deepcopy(value)
    return altering


def places_of(document: Any) -> Any:
    keys: Any = []
    if isinstance(document, dict):
        keys = list(document)
    elif isinstance(document, list):
        keys = range(len(document))
    for key in keys:
        yield document, key
        yield from places_of(document[key])


# --- the properties -------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.column)
def test_its_own_true_answers_are_what_they_are(service: Service) -> None:
    for reply, verdict in ((service.found, "found"), (service.clean, "clean")):
        assert verdict == truth(service, parsed(reply))
        assert verdict == said(service, parsed(reply))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.column)
def test_no_answer_but_a_true_one_is_found_or_clean(service: Service) -> None:
    @MANY
    @given(anything(service))
    def holds(answer: Answer) -> None:
        assert said(service, answer) in permitted(service, answer)

    holds()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.column)
def test_no_altered_answer_is_found_or_clean_unless_it_still_is(service: Service) -> None:
    @MANY
    @given(altered(service))
    def holds(answer: Answer) -> None:
        assert said(service, answer) in permitted(service, answer)

    holds()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.column)
def test_an_altered_canary_lets_nobody_be_asked_about(service: Service) -> None:
    """Whatever the canary is answered: either it is the truth, or there is nobody to ask."""

    @MANY
    @given(anything(service) | altered(service))
    def holds(answer: Answer) -> None:
        if truth(service, answer) != service.canary_says:
            with pytest.raises(Unanswered):
                opened(service, answer, role="canary")

    holds()
