"""Text from outside is text in every renderer: no link, no image, no HTML comes of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from digital_footprint.report.build import build
from digital_footprint.report.markdown import escaped, to_markdown
from digital_footprint.text import plain
from tests.households import HOSTILE, NOW, Household, large, one_breach

COMMONMARK = MarkdownIt("commonmark")
# GitHub's: tables, strikethrough, and links made of bare addresses; also of bare domains.
GITHUB = MarkdownIt("gfm-like")
RENDERERS = pytest.mark.parametrize("renderer", [COMMONMARK, GITHUB], ids=["commonmark", "github"])
FORBIDDEN = {"link_open", "image", "html_inline", "html_block", "s_open", "em_open", "strong_open"}
PIECES = st.sampled_from(
    [
        HOSTILE, "http://evil.example", "www.evil.example", "a@b.example", "![x](y)", "<b>", "`", "``",
        "|", "\\", "\\|", "&amp;", "&#124;", "~~x~~", "_x_", "*x*", "1. x", "- x", "# x", "> x", "\n\n",
        ":+1:", "@jane", "#1", "[x]: y", "mailto:a@b.example", "    x", "---", "===", "ftp://x.example",
        "booking.com", "xn--", "javascript:alert(1)", "1.1.1.1", "a_b_c", "word",
    ]
)  # fmt: skip
OUTSIDE = st.one_of(st.lists(PIECES, min_size=1, max_size=5).map("".join), st.text(max_size=40))
PLACES = {
    "in a line": "It says {} here.\n",
    "at the start of a list item": "- {}\n",
    "in a heading": "# {}\n",
    "in a table": "| a | b |\n|---|---|\n| {} | x |\n",
}


def nodes(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from nodes(token.children or [])


def shown(token: Token) -> str:
    """Give what a reader sees of an inline token."""
    return "".join(
        child.content for child in nodes([token]) if child.type in ("text", "code_inline")
    )


@RENDERERS
@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=200, deadline=None)
@given(outside=OUTSIDE)
@example(outside=HOSTILE)
@example(outside="a\\|b")
@example(outside="|")
@example(outside="` x `")
@example(outside="1) x")
@example(outside="x@y.example|www.evil.example")
def test_text_from_outside_shows_as_itself(renderer: Any, place: str, outside: str) -> None:
    if place == "in a table" and renderer is COMMONMARK:
        return
    text = PLACES[place].format(escaped(outside))

    tokens = renderer.parse(text)
    kinds = {token.type for token in nodes(tokens)}

    assert set() == kinds & FORBIDDEN
    assert kinds <= {
        "paragraph_open", "paragraph_close", "inline", "text", "code_inline", "text_special",
        "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
        "heading_open", "heading_close", "table_open", "table_close", "thead_open", "thead_close",
        "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open",
        "td_close",
    }  # fmt: skip
    seen = [shown(token) for token in tokens if token.type == "inline"]
    wanted = plain(outside, limit=2000) or "(no text)"
    if place == "in a table":
        assert ["a", "b", wanted, "x"] == seen
    else:
        assert [PLACES[place].strip("#-\n ").format(wanted)] == seen


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Household:
    return one_breach(tmp_path_factory.mktemp("house"))


@RENDERERS
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=OUTSIDE, name=OUTSIDE, site=OUTSIDE, data_class=OUTSIDE)
def test_a_whole_report_has_only_links_of_ours(
    house: Household, renderer: Any, title: str, name: str, site: str, data_class: str
) -> None:
    db = house.db
    details: dict[str, Any] = {"domain": plain(site), "added_on": "2026-10-09", "modified_at": None}
    details |= {"accounts": 1, "description": "", "flags": []}
    told = {
        "title": plain(title),
        "classes": json.dumps(["Passwords", plain(data_class)]),
        "details": json.dumps(details),
    }
    db.execute(
        "UPDATE findings SET title = :title, data_classes = :classes, details = :details", told
    )
    db.execute("UPDATE persons SET name = :name", {"name": plain(name) or "x"})

    text = to_markdown(build(db, house.config, now=NOW))

    tokens = list(nodes(renderer.parse(text)))
    links = {str(token.attrs["href"]) for token in tokens if token.type == "link_open"}
    assert {"https://haveibeenpwned.com", "https://xposedornot.com"} == links
    assert set() == {token.type for token in tokens} & (FORBIDDEN - {"link_open", "strong_open"})
    if plain(title):
        everything = "".join(
            token.content for token in tokens if token.type in ("text", "code_inline")
        )
        assert plain(title, limit=2000) in everything


@RENDERERS
def test_a_large_report_keeps_its_headings_and_its_tables(home: Path, renderer: Any) -> None:
    house = large(home, 60)
    text = to_markdown(build(house.db, house.config, now=NOW))

    tokens = renderer.parse(text)
    headings = [
        tokens[at + 1].content
        for at, one in enumerate(tokens)
        if one.tag == "h2" and one.nesting == 1
    ]
    assert [
        "Do now", "New and changed", "Waiting on others", "Cannot be undone", "Can be undone",
        "People", "Removals", "Coverage and freshness", "Trend", "The watcher itself",
        "Words and method", "Sources",
    ] == headings  # fmt: skip
    tables = [token for token in tokens if token.type == "table_open"]
    assert len(tables) == (5 if renderer is GITHUB else 0)


def test_it_reads_well_without_a_renderer(home: Path) -> None:
    house = one_breach(home)
    text = to_markdown(build(house.db, house.config, now=NOW))

    assert "- open: finding 1: Example Shop, `jane@example.com`" in text
    assert not re.search(r"\n\n\n", text), "no holes"
    assert not re.search(r"[ \t]\n", text), "nothing hangs over"
