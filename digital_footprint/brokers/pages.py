"""What one page of a broker says of one person: listed, not listed, or nothing to build on."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from digital_footprint.brokers import Broker
from digital_footprint.brokers.addresses import is_saved
from digital_footprint.brokers.doubts import frames_in, is_shown, is_told, leads_elsewhere, lines_in
from digital_footprint.brokers.judgement import Evidence, Judgement, Listed, NotListed, Page, Unsure
from digital_footprint.brokers.matching import Matcher, Subject, fold
from digital_footprint.brokers.reading import Document, decode, is_readable, parse, text_of
from digital_footprint.brokers.records import has_record, is_page_of, own_text
from digital_footprint.brokers.rules import Mark, Rule
from digital_footprint.brokers.walls import (
    captcha_in,
    challenge_in,
    front_wall_in,
    other_words_in,
    wall_in_head,
)
from digital_footprint.verdicts import Reason

__all__ = [
    "Evidence",
    "Judgement",
    "Listed",
    "NotListed",
    "Page",
    "Subject",
    "Unsure",
    "control_url",
    "judge",
    "judge_control",
]  # fmt: skip

LARGEST_PAGE = 2 * 1024 * 1024
LARGEST_TEXT = 200_000
HTML_TYPES = frozenset({"", "text/html", "application/xhtml+xml"})
HARDLY_A_WORD = 200
NOTHING_KNOWN = (
    "no city, street, birth year, phone or relative of the person is known, so nothing can be told;"
    " add one: footprint identifier add PERSON city CITY"
)
GONE_STATUSES = frozenset({404, 410})

# Never read: what only repeats the question, leads elsewhere, or does not show.
STRIPPED = (
    "form", "nav", "footer", "aside", "button", "datalist", "dialog:not([open])",
    "[hidden]", "[aria-hidden='true']", ".d-none", ".hidden", ".hide", ".invisible", ".is-hidden",
)  # fmt: skip
# What a line is about that says a listing is gone: not "Fax reports are no longer available".
ABOUT_IT = re.compile(
    r"\b(?:this|the|that|requested|your|any|no|zero|0)(?: \w+){0,2} "
    r"(?:page|record|profile|listing|person|entry|search|result|match)(?:e?s)?\b"
)


def judge(page: Page, broker: Broker, subject: Subject) -> Judgement:
    """Judge one page by the broker's rule, or by the generic one; no page makes it raise."""
    if (early := _before_parsing(page, broker)) is not None:
        return early
    html = decode(page.body, page.headers.get("content-type", "")).replace("\0", "")
    document = parse(html)
    if document is None:
        return _unsure(page, broker, Reason.SOURCE_CHANGED, "nested beyond all reading")
    lines = document.body().lines()
    if sum(map(len, lines)) > LARGEST_TEXT:
        return _unsure(page, broker, Reason.TOO_LARGE, "more words than a listing has")
    lines += lines_in(document.left_out)
    seen = _Seen(page, broker, subject, html, document, Matcher.of(subject), lines)
    return _by_rule(seen, broker.rule) if broker.rule else _by_generic_rule(seen)


def control_url(broker: Broker, listing: str) -> str:
    """Give the page that has to pass in the same run: the rule's own, else the front page."""
    if broker.rule and broker.rule.control:
        return broker.rule.control.url
    parts = urlsplit(listing)
    return f"{parts.scheme}://{parts.netloc}/"


def judge_control(page: Page, broker: Broker) -> bool:
    """Say whether the broker answers us at all: 200, own domain, words, and no bot wall."""
    if page.status != 200 or _before_parsing(page, broker) is not None:
        return False
    html = decode(page.body, page.headers.get("content-type", ""))
    document = parse(html)
    if document is None or not (lines := document.body().lines()):
        return False
    if _is_wall(html, document, lines):
        return False
    rule = broker.rule
    if rule is None:
        return True
    if any(_shows(mark, page, document) for mark in rule.blocked):
        return False
    expects_card = rule.control is not None and rule.control.url == page.url
    return bool(document.tree.css(rule.shell)) and (
        not expects_card or bool(document.tree.css(rule.positive.card))
    )


def _is_wall(html: str, document: Document, lines: list[str]) -> bool:
    """Say whether it stands in the front page's place; in doubt it does: that costs a look only."""
    text = fold("\n".join(lines))
    # Front pages name the captcha that guards their forms; a wall has hardly another word.
    if len(text) < HARDLY_A_WORD and (captcha_in(html) or other_words_in(text)):
        return True
    heads = [document.title, *(text_of(one) for one in document.tree.css("h1, h2"))]
    return front_wall_in(fold("\n".join(heads)), "\n".join([fold(document.title), text]))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page that could be read, with all that a verdict on it needs."""

    page: Page
    broker: Broker
    subject: Subject
    html: str
    document: Document
    matcher: Matcher
    lines: list[str]
    """The page's words, before anything was stripped."""

    def evidence(self, marker: str) -> Evidence:
        page = self.page
        return Evidence(page.final_url, page.status, marker, _digest(self), self.broker.rule_name)

    def unsure(self, reason: Reason, note: str) -> Unsure:
        return Unsure(reason, note, self.evidence(note))


def _before_parsing(page: Page, broker: Broker) -> Unsure | None:
    """Give the verdict where head, size or address allow no other."""
    if (wall := wall_in_head(page.status, page.headers)) is not None:
        return _unsure(page, broker, *wall)
    if len(page.body) > LARGEST_PAGE:
        return _unsure(page, broker, Reason.TOO_LARGE, f"more than {LARGEST_PAGE} bytes")
    if not (broker.owns(_host(page.url)) and broker.owns(_host(page.final_url))):
        return _unsure(page, broker, Reason.SOURCE_CHANGED, "a host that is not the broker's")
    if page.url != page.final_url:
        return _unsure(page, broker, Reason.SOURCE_CHANGED, "led to another address")
    if page.status != 200 and page.status not in GONE_STATUSES:
        return _unsure(page, broker, Reason.SOURCE_CHANGED, f"status {page.status}")
    media_type = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    if page.body and media_type not in HTML_TYPES:
        return _unsure(page, broker, Reason.SOURCE_CHANGED, "not HTML")
    if page.status in GONE_STATUSES and not is_readable(page.headers, page.body):
        return _unsure(page, broker, Reason.SOURCE_CHANGED, "a body that cannot be read")
    mark = challenge_in(decode(page.body, page.headers.get("content-type", "")))
    return _unsure(page, broker, Reason.BLOCKED, mark) if mark else None


def _by_rule(seen: _Seen, rule: Rule) -> Judgement:
    for mark in rule.blocked:
        if _shows(mark, seen.page, seen.document):
            return seen.unsure(Reason.BLOCKED, str(mark))
    if not seen.document.tree.css(rule.shell):
        return seen.unsure(Reason.SOURCE_CHANGED, "the site's shell is missing")
    seen.document.strip(rule.strip)
    told = seen.document.body().lines() + lines_in(seen.document.left_out)
    seen.document.strip(STRIPPED)
    seen.document.strip_unseen()
    shown = _count_on_card(seen, rule)
    if shown >= rule.positive.at_least and seen.page.status == 200:
        marker = f"card {rule.positive.card}: name and {shown} more"
        return Listed(seen.evidence(marker))
    negative = next((one for one in rule.negative if _says(one, seen)), None)
    names_on_cards = any(
        seen.matcher.may_name(fold(text_of(card)))
        for card in seen.document.tree.css(rule.positive.card)
    )
    if negative and names_on_cards:
        return seen.unsure(Reason.SOURCE_CHANGED, f"{negative}, yet a card has the name")
    if negative and seen.page.status == 200 and is_told(told, seen.matcher):
        return seen.unsure(Reason.SOURCE_CHANGED, f"{negative}, yet the person is on the page")
    return _gone(seen, str(negative) if negative else None)


def _by_generic_rule(seen: _Seen) -> Judgement:
    document = seen.document
    headings = [text_of(one) for one in document.tree.css("h1")]
    titles = headings if any(headings) else [document.title]
    document.strip(STRIPPED)
    document.strip_unseen()
    if seen.page.status in GONE_STATUSES:
        return _gone(seen, f"status {seen.page.status}")
    beyond = seen.matcher.beyond(seen.page.url)
    if is_page_of(titles, seen.matcher) and has_record(document.body(), beyond):
        return Listed(seen.evidence("name and a second identifier in one record"))
    return _gone(seen, None)


def _gone(seen: _Seen, marker: str | None) -> Judgement:
    """Say not listed by `marker` where nothing speaks against it."""
    if (captcha := captcha_in(seen.html)) is not None:
        return seen.unsure(Reason.BLOCKED, captcha)
    if marker is None:
        return seen.unsure(*_what_it_is(seen))
    if seen.page.status in GONE_STATUSES and (doubt := _doubt_of_status(seen)) is not None:
        return seen.unsure(*doubt)
    return NotListed(seen.evidence(marker))


def _doubt_of_status(seen: _Seen) -> tuple[Reason, str] | None:
    """Give what speaks against a 404 or 410 being about the listing, and that it is gone."""
    page, said = seen.page, f"status {seen.page.status}"
    if not is_saved(page.url, seen.broker, seen.subject):
        return Reason.SOURCE_CHANGED, f"{said}, no listing's address"
    if len(seen.html) > LARGEST_TEXT:
        return Reason.TOO_LARGE, f"{said}, more than an error page has"
    if (other := other_words_in(fold("\n".join([seen.document.title, *seen.lines])))) is not None:
        return other[0], f"{said}, {other[1]}"
    if leads_elsewhere(seen.html):
        return Reason.SOURCE_CHANGED, f"{said}, leads to another address"
    if any(seen.broker.owns(_host(urljoin(page.url, one))) for one in frames_in(seen.html)):
        return Reason.SOURCE_CHANGED, f"{said}, with another page within"
    if is_shown(seen.html, page.url, seen.matcher):
        return Reason.SOURCE_CHANGED, f"{said}, yet the person is on the page"
    return None


def _count_on_card(seen: _Seen, rule: Rule) -> int:
    """Give the most second identifiers on a card that is the person's by its name."""
    counts = [0]
    for card in seen.document.tree.css(rule.positive.card):
        name = card.css_first(rule.positive.name)
        if name is not None and seen.matcher.heads(fold(text_of(name))):
            lines = fold(text_of(card)).split("\n")
            counts.append(seen.matcher.count(own_text(lines, seen.matcher)))
    return max(counts)


def _shows(mark: Mark, page: Page, document: Document) -> bool:
    match mark:
        case Mark(css=str(selector)):
            return bool(document.tree.css(selector))
        case Mark(text=str(words)):
            text = "\n".join([document.title, *document.body().lines()])
            return _has_words(fold(text), words)
        case Mark(header=str(name)):
            return name.lower() in page.headers
        case _:
            return mark.status == page.status


def _says(mark: Mark, seen: _Seen) -> bool:
    """Say whether the page itself shows a mark of loss: an element with words, a line about it."""
    match mark:
        case Mark(css=str(selector)):
            return any(text_of(one) for one in seen.document.tree.css(selector))
        case Mark(text=str(words)):
            lines = map(fold, seen.document.body().lines())
            return any(_is_loss(line, words, seen.matcher) for line in lines)
        case _:
            return _shows(mark, seen.page, seen.document)


def _is_loss(line: str, words: str, matcher: Matcher) -> bool:
    if not _has_words(line, words):
        return False
    return bool(ABOUT_IT.search(line)) or line.startswith(fold(words)) or matcher.times(line) > 0


def _has_words(text: str, words: str) -> bool:
    """Say whether a run of whole words stands in folded text."""
    return bool(re.search(rf"(?<!\w){re.escape(fold(words))}(?!\w)", text))


def _what_it_is(seen: _Seen) -> tuple[Reason, str]:
    """Say why nothing can be told: for want of words, or of something to know the person by."""
    size = sum(map(len, seen.lines))
    if size == 0:
        return Reason.SOURCE_CHANGED, "no words on the page"
    if not seen.matcher.second:
        return Reason.NOT_CONFIGURED, NOTHING_KNOWN
    if size < HARDLY_A_WORD:
        return Reason.SOURCE_CHANGED, "hardly a word on the page"
    return Reason.SOURCE_CHANGED, "neither a record nor its absence shown"


def _digest(seen: _Seen) -> str:
    text = " ".join(" ".join([seen.document.title, *seen.lines]).split())
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _unsure(page: Page, broker: Broker, reason: Reason, note: str) -> Unsure:
    return Unsure(reason, note, Evidence(page.final_url, page.status, note, "", broker.rule_name))


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.hostname if port != 0 else None
