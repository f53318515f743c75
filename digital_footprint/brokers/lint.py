"""Which values of a broker file make no sense although their types are right."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlsplit

from digital_footprint.brokers import Broker, Method
from digital_footprint.brokers.rules import Confirm, Mark, Rule
from digital_footprint.clock import utc_now
from digital_footprint.removal_events import DeadEndReason
from digital_footprint.settings import is_loopback

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
DOMAIN = re.compile(rf"({LABEL}\.)+{LABEL}|localhost")
EMAIL = re.compile(rf"[a-z0-9._+-]+@({LABEL}\.)+{LABEL}")
MOST_DAYS = 366
MOST_IDENTIFIERS = 9
LARGEST_VERSION = 9999
# A place in an address that is put together from a name.
PLACEHOLDERS = frozenset({"{first}", "{last}", "{city}", "{state}", "{phone}", "{street}"})

Wrong = Iterator[tuple[str, str]]


def wrong_values(broker: Broker, brokers: Mapping[str, Broker]) -> Wrong:
    """Give key path and complaint for everything that is wrong in one broker of all."""
    if not SLUG.fullmatch(broker.slug) or brokers.get(broker.slug) is not broker:
        yield "slug", "is not the file's name in small letters, digits and single hyphens"
    yield from _texts(broker)
    yield from _domains(broker)
    yield from _parent(broker, brokers)
    yield from _opt_out(broker, brokers)
    yield from _days(broker)
    for index, template in enumerate(broker.search_urls):
        if not _is_template(template, broker):
            yield (
                f"search_urls[{index}]",
                f"is no https address of the broker with any of {_list()}",
            )
    if broker.rule:
        yield from _rule(broker.rule, broker)


def _texts(broker: Broker) -> Wrong:
    for key in ("name", "source"):
        if not getattr(broker, key).strip():
            yield key, "is empty"


def _domains(broker: Broker) -> Wrong:
    if not broker.domains:
        yield "domains", "is empty"
    for index, domain in enumerate(broker.domains):
        if not DOMAIN.fullmatch(domain):
            yield f"domains[{index}]", "is not a host name in small letters"


def _parent(broker: Broker, brokers: Mapping[str, Broker]) -> Wrong:
    if broker.parent is None:
        return
    parent = brokers.get(broker.parent)
    if parent is None or parent is broker:
        yield "parent", "is not the slug of another broker"
    elif parent.parent is not None:
        yield "parent", f"has a parent itself: name {parent.parent!r} instead"


def _opt_out(broker: Broker, brokers: Mapping[str, Broker]) -> Wrong:
    parent = brokers.get(broker.parent) if broker.parent else None
    hosts = (broker, parent) if parent else (broker,)
    if not any(_is_page_of(one, broker.opt_out.url) for one in hosts):
        yield "opt_out.url", "is not https on the broker's own or its parent's domain"
    if broker.opt_out.email is not None and not EMAIL.fullmatch(broker.opt_out.email):
        yield "opt_out.email", "is not an e-mail address"
    if broker.opt_out.method is Method.EMAIL and broker.opt_out.email is None:
        yield "opt_out.email", "is missing: the method is email"
    if broker.opt_out.method is Method.NONE and DeadEndReason.DEFUNCT not in broker.dead_ends:
        yield "opt_out.method", "is none, and dead_ends does not say defunct"


def _days(broker: Broker) -> Wrong:
    for key, least in (("processing_days", 0), ("recheck_days", 1)):
        days = getattr(broker, key)
        if days is not None and not least <= days <= MOST_DAYS:
            yield key, f"is not a number of days from {least} to {MOST_DAYS}"
    try:
        verified = date.fromisoformat(broker.last_verified)
    except ValueError:
        yield "last_verified", "is not a date as in 2026-07-26"
        return
    if len(broker.last_verified) != 10 or verified > utc_now().date():
        yield "last_verified", "is not a past date as in 2026-07-26"


def _rule(rule: Rule, broker: Broker) -> Wrong:
    if not 1 <= rule.version <= LARGEST_VERSION:
        yield "rule.version", f"is not a number from 1 to {LARGEST_VERSION}"
    if not rule.source.strip():
        yield "rule.source", "is empty: a rule names who says so"
    for key, selector in _selectors(rule):
        if not _is_selector(selector):
            yield f"rule.{key}", "is not a CSS selector"
    for group in ("blocked", "negative"):
        for index, mark in enumerate(getattr(rule, group)):
            if (problem := _wrong_mark(mark, group)) is not None:
                yield f"rule.{group}[{index}]", problem
    if not 1 <= rule.positive.at_least <= MOST_IDENTIFIERS:
        yield (
            "rule.positive.at_least",
            f"is not a number from 1 to {MOST_IDENTIFIERS}: a name alone is anybody's",
        )
    if rule.control and not _is_page_of(broker, rule.control.url):
        yield "rule.control.url", "is not https on the broker's own domain"
    least = Confirm().min_gap_days
    if not least <= rule.confirm.min_gap_days <= MOST_DAYS:
        yield "rule.confirm.min_gap_days", f"is not a number of days from {least} to {MOST_DAYS}"


def _selectors(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "shell", rule.shell
    yield "positive.card", rule.positive.card
    yield "positive.name", rule.positive.name
    for group in ("blocked", "negative"):
        for index, mark in enumerate(getattr(rule, group)):
            if mark.css is not None:
                yield f"{group}[{index}].css", mark.css
    for index, selector in enumerate(rule.strip):
        yield f"strip[{index}]", selector


def _is_selector(text: str) -> bool:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("<p>").css(text)
    except (SelectolaxError, UnicodeEncodeError):
        return False
    return True


def _wrong_mark(mark: Mark, group: str) -> str | None:
    if len(mark.given) != 1:
        return "has not exactly one of css, text, header, status"
    if mark.text is not None and not re.search(r"\w", mark.text):
        return "has a text without a word"
    if group == "negative" and mark.header is not None:
        return "is a header: no header says that a listing is gone"
    if group == "negative" and mark.status not in {None, 404, 410}:
        return "is a status that does not say gone; allowed: 404, 410"
    return None


def _is_template(template: str, broker: Broker) -> bool:
    places = frozenset(re.findall(r"\{[^}]*\}", template))
    return bool(places) and places <= PLACEHOLDERS and _is_page_of(broker, template)


def _list() -> str:
    return ", ".join(sorted(PLACEHOLDERS))


def _is_page_of(broker: Broker, url: str) -> bool:
    """Say whether a URL is https on a host of the broker, or http on this machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    return secure and not (parts.username or parts.password) and broker.owns(host)
