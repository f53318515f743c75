"""A stand-in for Ahmia on loopback, true to its wire format (ahmia-site at c5b64fc).

The token of its search changes every minute; without one it points home. It finds every page that
shares a word with what was asked, and its links repeat the question.
"""

import hashlib
import html
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from digital_footprint.demo.service import Reply, StandIn

CANARY = "wikipedia"


@dataclass(frozen=True, slots=True)
class Onion:
    """One page of its index."""

    host: str
    title: str
    summary: str


@dataclass(slots=True)
class AhmiaStandIn(StandIn):
    """Pages, found by any word of a search."""

    pages: tuple[Onion, ...] = ()
    known: ClassVar[Onion] = Onion("w" * 56 + ".onion", "The free wikipedia", "An encyclopaedia.")

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Answer the front page and /search/."""
        agent = headers.get("user-agent", "")
        if "python" in agent.casefold() or "wget" in agent.casefold():
            return Reply(403, body="<html><head><title>403 Forbidden</title></head></html>")
        if path == "/":
            return Reply(200, body=_page("Ahmia - Search Tor Hidden Services", ""))
        name, value = _token()
        if path != "/search/" or query.get(name) != value:
            return Reply(302, headers={"location": "/"})
        words = query.get("q", "")
        if words != CANARY:
            self.asked.append(words)
        found = [one for one in (*self.pages, self.known) if _shares_a_word(one, words)]
        return Reply(200, body=_page(f"Search results for {words}", _results(found, words)))


def _token() -> tuple[str, str]:
    # Stable within an hour: a demo's two pages must not fall into two minutes.
    digest = hashlib.sha1(f"salt:{int(time.time() // 3600)}".encode(), usedforsecurity=False)
    return digest.hexdigest()[6:12], digest.hexdigest()[:6]


def _shares_a_word(page: Onion, words: str) -> bool:
    parts = words.casefold().replace("@", " ").split()
    return any(part in f"{page.title} {page.summary}".casefold() for part in parts)


def _results(found: list[Onion], words: str) -> str:
    if not found:
        return (
            '<p id="noResults"> Sorry, but Ahmia couldn\'t find results for '
            f"<code>{html.escape(words)}</code>.<br></p>"
        )
    items = "".join(
        f"""<li class="result"><h4>
        <a href="/search/redirect?search_term={html.escape(words)}&amp;redirect_url=http://{one.host}/">
            {html.escape(one.title)}
        </a></h4><p>{html.escape(one.summary)}</p><cite>{one.host}</cite></li>"""
        for one in found
    )
    return f'<ol class="searchResults">{items}</ol>'


def _page(title: str, content: str) -> str:
    name, value = _token()
    return f"""<!doctype html><html><head><title>{html.escape(title)}</title></head><body>
    <form id="searchForm" action="/search/" method="get">
      <input id="id_q" type="search" name="q"><input type="hidden" name="{name}" value="{value}">
      <input type="submit" value="Search"></form>{content}</body></html>"""
