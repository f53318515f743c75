"""Whether an address can only be one that a listing has had, not one put together from a name."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from digital_footprint.brokers import Broker
from digital_footprint.brokers.matching import Matcher, Subject, fold

FRONT = re.compile(r"(?:index|default|home|main|start)(?:\.\w+)?", re.IGNORECASE)
# What a search asks for, and where in its results one is: a number there is no listing's.
ASKED = re.compile(
    r"q|s|query|search|term|(?:first|last|full|middle|sur|given)?[_-]?name|fn|ln|first|last"
    r"|city|state|zip|age|phone|street|address|location|where|citystatezip|who"
)
PLACE = re.compile(r"p|pg|page|start|offset|limit|per_?page|size|sort|order|tab|lang|utm_\w+|ref")
PAGE_NUMBER = re.compile(r"\bpage[/_-]?\d+\b", re.IGNORECASE)
CAMEL_CASE = re.compile(r"[A-Z]?[a-z]+(?:[A-Z][a-z]+)*|[A-Z]+")
VOWELS = re.compile(r"[aeiouy]", re.IGNORECASE)


def is_saved(url: str, broker: Broker, subject: Subject) -> bool:
    """Say whether a 404 at `url` is about one listing: it has an id, or is not the name's."""
    segments = _segments(url)
    if not segments or (len(segments) == 1 and FRONT.fullmatch(segments[0])):
        return False
    path = "/" + "/".join(segments).lower()
    if any(_follows(path, url, template) for template in broker.search_urls):
        return False
    return _has_id(url, subject) or not _is_made_up(url, subject)


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
    address = " ".join(_telling_parts(url))
    if any(map(_is_opaque, re.findall(r"[^\W\d_]+", _without_name(address, subject)))):
        return True
    rest = fold(address)
    for _, pattern in Matcher.of(subject).second:
        rest = pattern.sub(" ", rest)
    return bool(re.search(r"\d", rest))


def _telling_parts(url: str) -> Iterator[str]:
    yield PAGE_NUMBER.sub(" ", "/".join(_segments(url)))
    for key, value in parse_qsl(urlsplit(url).query):
        if not (ASKED.fullmatch(key.lower()) or PLACE.fullmatch(key.lower())):
            yield value


def _without_name(address: str, subject: Subject) -> str:
    for word in re.findall(r"[^\W\d_]+", subject.name):
        address = re.sub(re.escape(word), " ", address, flags=re.IGNORECASE)
    return address


def _is_opaque(token: str) -> bool:
    """Say whether letters are no word: `GkXbTq`, `xkcdq`."""
    if not token.isascii():
        return False
    return not CAMEL_CASE.fullmatch(token) or (len(token) >= 5 and not VOWELS.search(token))


def _is_made_up(url: str, subject: Subject) -> bool:
    parts = urlsplit(url)
    if any(ASKED.fullmatch(key.lower()) for key, _ in parse_qsl(parts.query)):
        return True
    words = re.findall(r"[^\W_]+", fold(subject.name))
    said = fold(unquote(f"{parts.path}?{parts.query}"))
    return bool(words) and words[0] in said and words[-1] in said
