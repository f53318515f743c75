"""Whether an address can only be one that a listing has had, not one put together from a name."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from digital_footprint.brokers import Broker
from digital_footprint.brokers.matching import Matcher, Subject, fold

FRONT = re.compile(r"(?:index|default|home|main|start)(?:\.\w+)?", re.IGNORECASE)
# The one kind of query that can name a record: tracking, sessions, pages and searches do not.
ID_KEY = re.compile(
    r"(?:(?:person|people|profile|record|listing|report|member|user|entry|detail|p)[_-]?)?"
    r"(?:id|key|no|num|guid|uuid)|person|profile|record|listing|tahoe"
)
# Pages about a place or a number, whoever lives there.
LOOK_UPS = frozenset({"address", "addresses", "street", "property", "phone", "reverse-phone"})
# Numbers that are no record's: of a page, an interface, an age, a year, a telephone.
NO_ID = re.compile(
    r"\bpage[/_-]?\d+\b|(?<![^/])v\d+(?:\.\d+)*(?![^/])|\bage[sd]?[/_-]?\d+(?:[_-](?:to-)?\d+)?\b"
    r"|(?<![^/])(?:19|20)\d\d(?![^/])|(?<![^/])\d{3}[-.]\d{3}[-.]\d{4}(?![^/])",
    re.IGNORECASE,
)
# Beside a name or a town these are a page of its results, an age, or a postal code.
NO_ID_OF_A_NAME = re.compile(r"(?<![^/])\d{1,3}(?![^/])|(?<![^\W_])\d{5}(?:-\d{4})?(?![^\W_])")
CAMEL_CASE = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+")
VOWELS = re.compile(r"[aeiouy]", re.IGNORECASE)


def is_saved(url: str, broker: Broker, subject: Subject) -> bool:
    """Say whether a 404 at `url` is about one listing: only the broker can have made it up."""
    segments = _segments(url)
    if not segments or (len(segments) == 1 and FRONT.fullmatch(segments[0])):
        return False
    path = "/" + "/".join(segments).lower()
    if segments[0].lower() in LOOK_UPS:
        return False
    if any(_follows(path, url, template) for template in broker.search_urls):
        return False
    return _has_id(url, subject)


def _segments(url: str) -> list[str]:
    return [unquote(one) for one in urlsplit(url).path.split("/") if one not in {"", "."}]


def _follows(path: str, url: str, template: str) -> bool:
    """Say whether a path is a search of the broker's, whatever its query adds to it."""
    wanted = urlsplit(template)
    keys = {key for key, _ in parse_qsl(wanted.query)}
    if not keys <= {key for key, _ in parse_qsl(urlsplit(url).query)}:
        return False
    pattern = re.escape(wanted.path.lower().rstrip("/"))
    for place, values in ((r"(?:phone|street)", "[^/]+"), (r"\w+", r"[^/\d]+")):
        pattern = re.sub(rf"\\\{{{place}\\\}}", values.replace("\\", r"\\"), pattern)
    return bool(re.fullmatch(rf"{pattern}(?:/[^/\d]+)*", path))


def _has_id(url: str, subject: Subject) -> bool:
    """Say whether anything is left that only the broker can have made up."""
    address = " ".join(_telling_parts(url, subject))
    if any(map(_is_opaque, re.findall(r"[^\W\d_]+", _without_name(address, subject)))):
        return True
    rest = fold(address)
    for _, pattern in Matcher.of(subject).second:
        rest = pattern.sub(" ", rest)
    return bool(re.search(r"\d", rest))


def _telling_parts(url: str, subject: Subject) -> Iterator[str]:
    path = NO_ID.sub(" ", "/".join(_segments(url)))
    yield NO_ID_OF_A_NAME.sub(" ", path) if _is_of_a_name(path, subject) else path
    for key, value in parse_qsl(urlsplit(url).query):
        if ID_KEY.fullmatch(key.lower()):
            yield value


def _is_of_a_name(path: str, subject: Subject) -> bool:
    """Say whether the family's name, or something else of the person, stands in a path."""
    said = fold(path)
    words = re.findall(r"[^\W_]+", fold(subject.name))
    return bool(words and words[-1] in said) or Matcher.of(subject).count(said) > 0


def _without_name(address: str, subject: Subject) -> str:
    for word in re.findall(r"[^\W\d_]+", subject.name):
        address = re.sub(re.escape(word), " ", address, flags=re.IGNORECASE)
    return address


def _is_opaque(token: str) -> bool:
    """Say whether letters are no word: `GkXbTq`, `xkcdq`."""
    if not token.isascii():
        return False
    return not CAMEL_CASE.fullmatch(token) or (len(token) >= 5 and not VOWELS.search(token))
