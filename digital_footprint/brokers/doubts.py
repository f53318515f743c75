"""What speaks against a listing being gone on a page that says so: the smallest doubt counts."""

import html as entities
import re
import sys
from urllib.parse import unquote, urlsplit

from digital_footprint.brokers.matching import Matcher, fold
from digital_footprint.brokers.reading import INLINE
from digital_footprint.brokers.records import is_echo

TAG = re.compile(r"<[^<>]*>")
INLINE_TAG = re.compile(rf"</?(?:{'|'.join(sorted(INLINE))})(?=[\s/>])[^<>]*>", re.IGNORECASE)
ESCAPE = re.compile(r"\\u(?:\{([0-9a-f]{1,6})\}|([0-9a-f]{4}))|\\x([0-9a-f]{2})", re.IGNORECASE)
PUNCTUATION = re.compile(r"[<>=\"{}\[\]\\]+")
FRAME = re.compile(
    r"<i?frame\b[^<>]*?\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE
)
# A page that sends its reader on is not the answer.
REFRESH = re.compile(r"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
LOCATION = re.compile(
    r"(?:(?<!&amp)[.;{(>]\s*|[\n\"']\s*)location(?:\s*\.\s*href)?\s*=(?!=)"
    r"|\blocation\s*\.\s*(?:replace|assign)\s*\("
)


def leads_elsewhere(html: str) -> bool:
    """Say whether a page sends its reader on, by a meta element or by a script."""
    return bool(REFRESH.search(html) or LOCATION.search(html))


def is_shown(html: str, url: str, matcher: Matcher) -> bool:
    """Say whether an error page mentions the person anywhere but in title and its own address.

    All of it is read, scripts, comments, attributes and what no browser shows too: a record in
    a place where nobody looked for it is still a record.
    """
    rest = _without_title(html)
    # Words may stand in several elements, `J<b>a</b>ne`, or touch those of the next one.
    readings = (TAG.sub("\n", rest), TAG.sub("\n", INLINE_TAG.sub("", rest)), _raw(rest))
    return any(
        matcher.mentions(_without_address(fold(entities.unescape(one)), url)) for one in readings
    )


def frames_in(html: str) -> list[str]:
    """Give the addresses of the pages that a page shows within itself; empty for none told."""
    return [entities.unescape(one[1] or one[2] or one[3] or "") for one in FRAME.finditer(html)]


def is_told(lines: list[str], matcher: Matcher) -> bool:
    """Say whether lines mention the person, other than as what was searched for in vain."""
    folded = [fold(line) for line in lines]
    if matcher.pins_down("\n".join(folded)):
        return True
    return matcher.mentions("\n".join(line for line in folded if not is_echo(line)))


def lines_in(html: str) -> list[str]:
    """Give the words of HTML line by line, however broken it is."""
    text = TAG.sub("\n", INLINE_TAG.sub("", html))
    return [" ".join(line.split()) for line in entities.unescape(text).splitlines() if line.strip()]


def _raw(html: str) -> str:
    """Give HTML with its mark-up as text: what scripts escape is written out, quotes part words."""
    text = entities.unescape(html)
    plain = ESCAPE.sub(lambda found: _character(found[1] or found[2] or found[3]), text)
    return PUNCTUATION.sub("\n", plain)


def _character(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if number <= sys.maxunicode else " "


def _without_title(html: str) -> str:
    small = html.lower()
    start = small.find("<title")
    end = small.find("</title", start) if start >= 0 else -1
    return html[:start] + html[end:] if end >= 0 else html


def _without_address(text: str, url: str) -> str:
    parts = urlsplit(url)
    whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
    for said in (whole, unquote(whole), parts.path, unquote(parts.path)):
        if len(said) > 1:
            text = text.replace(fold(said), " ")
    return text
