"""Ahmia: whether an index of onion sites shows an address in a page's title or summary.

Wire format: ahmia-site at c5b64fc (2026-08-21). It has no search for a phrase, and its links repeat
the question: most of what it lists only shares a word with what was asked.
"""

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote, unquote

from digital_footprint.model import Identifier
from digital_footprint.sources import Line, Profile
from digital_footprint.text import plain
from digital_footprint.verdicts import (
    BreachDetails,
    Clean,
    FindingKind,
    Found,
    Reason,
    Redirected,
    Sighting,
    Unanswered,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

CANARY = "wikipedia"
LONGEST_SEARCH = 100
TITLE = "search results for"
TOKEN = re.compile(r"[0-9a-f]{6}")
# Neither part of a result's link is encoded: each ends where the next one begins.
TERM, TARGET = "search_term=", "&redirect_url="
# A page's summary is cut to this length: what stands at its end may go on.
SUMMARY_LENGTH = 300
PAGE_LIMIT = 16 * 1024 * 1024
# What makes of an address a part of a longer one. All else around it is a dump's punctuation: in
# doubt it is the address.
LONGER_BEFORE = r"(?<![^\W_]|\+)(?<!(?:[^\W_]|\+)[._-])"
LONGER_BEHIND = r"(?![^\W_]|…|\.(?:[^\W_]|\.)|-(?:[^\W_]|-)*\.[^\W_])"
SITE = re.compile(r"(?:https?://)?([^/]+\.onion)(?::\d+)?(?:/.*)?", re.IGNORECASE)

Token = tuple[str, str]
"""Name and value of the form's hidden field; both change every minute."""


class Ahmia:
    """Searches for an address, and keeps only pages that show it."""

    profile: ClassVar[Profile] = Profile(
        name="ahmia",
        section="ahmia",
        service="ahmia",
        job="dark_web_monitor",
        default_base_url="https://ahmia.fi",
        sends="every e-mail address in full, as the text of a search, which its log keeps",
        recipient="Ahmia (ahmia.fi, Finland)",
        price="free, without a key",
        terms="https://ahmia.fi/legal/",
        clean_means="no onion page that Ahmia lists shows it in its title or summary",
        attribution="Onion index: Ahmia, https://ahmia.fi",
        before_consent="Its privacy policy (2025-05-25) asks not to search for personal data, its "
        "terms (2025-08-22) forbid automated use without permission, and its robots.txt keeps "
        "programs out of the search. Ask its operators first.",
        consent_version=1,
        # Its own limit counts all who call themselves alike together.
        limits=((1, timedelta(seconds=5)),),
        overhead=2,
    )

    def __init__(self, line: Line) -> None:
        self._line = line
        self._token: Token | None = None

    def canary(self) -> None:
        """Search for a word that many onion pages have."""
        if not list(_results(self._search(CANARY, about=None))):
            raise Unanswered(Reason.SOURCE_CHANGED, f"nothing was found for {CANARY}")

    def check(self, identifier: Identifier) -> Found | Clean:
        """Search for one address; a page counts if its title or summary has the whole of it."""
        if len(identifier.value) > LONGEST_SEARCH:
            raise Unanswered(Reason.TOO_LARGE, f"it searches for {LONGEST_SEARCH} characters")
        page = self._search(identifier.value, about=identifier)
        sightings = {
            sighting.key: sighting
            for result in _results(page)
            if (sighting := _sighting(result, identifier.value)) is not None
        }
        return Found(tuple(sightings.values())) if sightings else Clean()

    def _search(self, words: str, *, about: Identifier | None) -> "LexborHTMLParser":
        """Give the page of results; a token that has grown old is replaced once."""
        try:
            return self._ask(words, self._token or self._fetch_token(), about)
        except Redirected:
            return self._ask(words, self._fetch_token(), about)

    def _ask(self, words: str, token: Token, about: Identifier | None) -> "LexborHTMLParser":
        name, value = token
        answer = self._line.get(
            f"/search/?q={quote(words, safe='')}&{name}={value}",
            about=about,
            body_limit=PAGE_LIMIT,
        )
        page = _parsed(answer.html())
        _require_results(page, words)
        self._token = _token_of(page) or token
        return page

    def _fetch_token(self) -> Token:
        token = _token_of(_parsed(self._line.get("/", about=None).html()))
        if token is None:
            raise Unanswered(Reason.SOURCE_CHANGED, "a front page without the search's token")
        return token


def _parsed(html: str) -> "LexborHTMLParser":
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(html)


def _token_of(page: "LexborHTMLParser") -> Token | None:
    for field in page.css('form[action="/search/"] input[type="hidden"]'):
        name, value = field.attributes.get("name") or "", field.attributes.get("value") or ""
        if TOKEN.fullmatch(name) and TOKEN.fullmatch(value):
            return name, value
    return None


def _require_results(page: "LexborHTMLParser", words: str) -> None:
    """Refuse every page but one of results, or one that says that there are none for these words.

    The help that is shown instead for words of abuse has results' looks, but not their title.
    """
    title = page.css_first("title")
    lists, nothing = page.css("ol.searchResults"), page.css("#noResults")
    if title is None or not _folded(title.text()).startswith(TITLE):
        raise Unanswered(Reason.SOURCE_CHANGED, "not a page of search results")
    if len(lists) + len(nothing) != 1:
        raise Unanswered(Reason.SOURCE_CHANGED, "neither results nor the words for none")
    if nothing and words.casefold() not in [_folded(one.text()) for one in nothing[0].css("code")]:
        raise Unanswered(Reason.SOURCE_CHANGED, "no results for something else")
    if lists:
        _require_known_items(page)
        _require_links(list(_results(page)), words)


def _require_known_items(page: "LexborHTMLParser") -> None:
    """Refuse a list with an item that cannot be read: it might be the one that shows the address.

    What is styled is advice and advertisement.
    """
    for item in page.css("ol.searchResults > li:not([style])"):
        known = item.css_matches(".result") and item.css_first("cite") and item.css_first("h4 a")
        if not known:
            raise Unanswered(Reason.SOURCE_CHANGED, "a result of another kind")


def _require_links(results: "list[LexborNode]", words: str) -> None:
    """Refuse a list that is empty, or of other words' results: every link repeats its search."""
    if not results:
        raise Unanswered(Reason.SOURCE_CHANGED, "a list of results without one")
    for result in results:
        term = _link(result).partition(TERM)[2].partition(TARGET)[0]
        if words.casefold() not in (term.casefold(), unquote(term).casefold()):
            raise Unanswered(Reason.SOURCE_CHANGED, "results for something else")


def _results(page: "LexborHTMLParser") -> "Iterator[LexborNode]":
    """Give the results proper: advice and advertisements are styled or lead elsewhere."""
    for result in page.css("ol.searchResults > li.result:not([style])"):
        if _site(result):
            yield result


def _site(result: "LexborNode") -> str:
    """Give the onion site that a result names, with or without a page of it; empty for another."""
    cite = result.css_first("cite")
    named = SITE.fullmatch(plain(cite.text(), limit=2000)) if cite is not None else None
    return plain(named[1]) if named else ""


def _sighting(result: "LexborNode", address: str) -> Sighting | None:
    """Give the sighting of a page that shows the address; its link, which repeats it, is not read.

    Found only as a whole word: bob@example.com does not stand in jimbob@example.com.
    """
    link = result.css_first("h4 a")
    shown = any(_shows(node.text(), address) for node in result.css("h4, p"))
    if link is None or not shown:
        return None
    target, site = _link(result).partition(TARGET)[2], _site(result)
    key = f"{site.casefold()}/{hashlib.sha256(target.encode()).hexdigest()[:16]}"
    return Sighting(
        kind=FindingKind.MENTION,
        key=key,
        source_key=plain(target, limit=500) or key,
        title=plain(link.text()) or site,
        details=BreachDetails(domain=site),
    )


def _link(result: "LexborNode") -> str:
    """Give where a result leads."""
    link = result.css_first("h4 a")
    return (link.attributes.get("href") or "") if link is not None else ""


def _shows(text: str, address: str) -> bool:
    """Say whether the address stands in the text, not as a part of a longer one."""
    line = plain(text, limit=PAGE_LIMIT).casefold()
    # The letter stands for what a cut has taken away.
    line += "x" if len(line) >= SUMMARY_LENGTH else ""
    whole = LONGER_BEFORE + re.escape(address.casefold()) + LONGER_BEHIND
    return re.search(whole, line) is not None


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
