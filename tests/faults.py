"""Every way in which each source can answer, and the one verdict for each, written down by hand.

From the sources' wire formats, not from what the program does. A verdict is `found`, `clean`, or
the reason for which the check is inconclusive.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.services import (
    AHMIA,
    CAVALIER,
    FOREIGN_SUFFIX,
    HIBP_BREACHES,
    HIBP_PASTES,
    HIBP_RANGE,
    HTML,
    HUDSONROCK,
    INFECTED,
    JANE,
    LEAKCHECK,
    LEAKS,
    MENTION,
    NO_CAVALIER,
    NO_LEAKS,
    NOT_INFECTED,
    PASTE,
    PREFIX,
    STEALER,
    SUFFIX,
    XON_ADOBE,
    XPOSEDORNOT,
    Service,
    analytics,
    dumped,
    onion_list,
    onion_nothing,
    onion_page,
    onion_result,
)
from tests.wire import (
    EMPTY_404,
    Gate,
    Reply,
    broken_off,
    gzip_bomb,
    names,
    reset,
    response,
    slowly,
)

FOUND = "found"
CLEAN = "clean"
CHANGED = "source_changed"
BLOCKED = "blocked"
LIMITED = "rate_limited"
UNAUTHORISED = "unauthorised"
DOWN = "server_error"
NETWORK = "network"
TIMEOUT = "timeout"
TOO_LARGE = "too_large"

MIB = 1024 * 1024
RAY = "cf-ray: 8f0000000000abcd-FRA"
MITIGATED = "cf-mitigated: challenge"
CHALLENGE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>'
    b'<meta name="robots" content="noindex,nofollow"></head><body>'
    b"<noscript>Enable JavaScript and cookies to continue</noscript>"
    b"<script>(function(){window._cf_chl_opt={cvId:'3',cType:'managed'};})();</script>"
    b"</body></html>"
)
LIMIT_EXCEEDED = b'{"statusCode":429,"message":"Rate limit is exceeded. Try again in 2 seconds."}'
INVALID_KEY = b'{"statusCode":401,"message":"Access denied due to invalid hibp-api-key."}'
TOO_MANY = "429 Too Many Requests"
EMPTY_GZIP = gzip.compress(b"")


class Refused:
    """No reply at all: nobody listens any more."""


@dataclass(frozen=True)
class Fault:
    """One row: what every source is answered, and what that means, for most and for the others."""

    name: str
    make: Callable[[Service], Reply | Refused]
    verdict: str
    others: Mapping[str, str]

    def verdict_of(self, service: Service) -> str:
        return self.others.get(service.column, self.verdict)


def fault(
    name: str, make: Callable[[Service], Reply | Refused], verdict: str, **others: str
) -> Fault:
    return Fault(name, make, verdict, others)


@dataclass(frozen=True)
class Own:
    """A page that only one source has; `keys`: of what it says is there, where not the usual."""

    service: Service
    name: str
    reply: Reply
    verdict: str
    keys: tuple[str, ...] | None = None
    field: bool = False


def html(status: str, body: bytes, *headers: str) -> bytes:
    return response(status, body, *headers, media_type=HTML)


def nested(service: Service) -> bytes:
    if service is AHMIA:
        return service.says(b"<html>" + b"<div>" * 150_000 + b"</html>")
    return service.says(b"[" * 100_000)


def half(service: Service) -> bytes:
    return service.says(service.body[: len(service.body) // 2])


def cut_in_transit(service: Service) -> Reply:
    return lambda connection: connection.sendall(service.found[:-6])


# What HIBP means by "none" is an empty 404; no other source says anything by it.
NONE = {"hibp_breaches": CLEAN, "hibp_pastes": CLEAN}
# There 403 without Cloudflare's mark is HIBP itself: user agent, plan or domain.
BY_HIBP = dict.fromkeys(("hibp_breaches", "hibp_range", "hibp_pastes"), UNAUTHORISED)

# fmt: off
COMMON: tuple[Fault, ...] = (
    fault("its own answer for an address it has",   lambda s: s.found, FOUND),
    fault("its own answer for one it has not",      lambda s: s.clean, CLEAN),
    fault("found, with a charset named",            lambda s: response("200 OK", s.body, media_type=f"{s.media_type}; charset=UTF-8"), FOUND),
    fault("found, in gzip",                         lambda s: s.says(gzip.compress(s.body), "content-encoding: gzip"), FOUND),
    fault("found, sent in chunks",                  lambda s: f"HTTP/1.1 200 OK\r\ncontent-type: {s.media_type}\r\ntransfer-encoding: chunked\r\n\r\n{len(s.body):x}\r\n".encode() + s.body + b"\r\n0\r\n\r\n", FOUND),
    # 404
    fault("404, empty, from the edge",              lambda _: EMPTY_404, CHANGED, **NONE),
    fault("404, empty, in no chunks",               lambda _: b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", CHANGED, **NONE),
    fault("404, empty, a cookie from hell",         lambda _: response("404 Not Found", b"", "set-cookie: a=b; max-age=" + "9" * 400), CHANGED, **NONE),
    fault("404, empty, of a web server",            lambda _: response("404 Not Found", b"", "server: squid", "content-type: text/html"), CHANGED),
    fault("404, empty, of a web server, shouting",  lambda _: response("404 Not Found", b"", "Content-Type: TEXT/HTML; charset=UTF-8"), CHANGED),
    fault("404 without a word on length",           lambda _: b"HTTP/1.1 404 Not Found\r\n\r\n", CHANGED),
    fault("404 page",                               lambda _: html("404 Not Found", b"<html><h1>nginx</h1></html>"), CHANGED),
    fault("404 page cut off at its start",          lambda _: b"HTTP/1.1 404 Not Found\r\nserver: nginx\r\ncontent-type: text/html\r\n\r\n", CHANGED),
    fault("404 page cut off in its gzip",           lambda _: response("404 Not Found", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "content-encoding: gzip"), CHANGED),
    fault("404 page that unpacks to nothing",       lambda _: response("404 Not Found", EMPTY_GZIP, "content-encoding: gzip"), CHANGED),
    fault("404 {}",                                 lambda _: response("404 Not Found", b"{}"), CHANGED),
    fault("404 with its answer for one it has not", lambda s: s.clean.replace(b" 200 OK", b" 404 Not Found"), CHANGED, **NONE),
    fault("404 with its answer for one it has",     lambda s: s.says(s.body, status="404 Not Found"), CHANGED),
    fault("404 that is a challenge",                lambda _: response("404 Not Found", b"", MITIGATED), BLOCKED),
    # refusals
    fault("400",                                    lambda _: response("400 Bad Request"), CHANGED),
    fault("401",                                    lambda _: response("401 Unauthorized", INVALID_KEY, RAY), UNAUTHORISED),
    fault("402",                                    lambda _: response("402 Payment Required"), CHANGED),
    fault("403 by the service",                     lambda _: html("403 Forbidden", b"<html><head><title>403 Forbidden</title></head></html>"), BLOCKED, **BY_HIBP),
    fault("403 by the edge",                        lambda _: response("403 Forbidden", b"", "server: cloudflare", RAY), BLOCKED),
    fault("403 challenge",                          lambda _: html("403 Forbidden", CHALLENGE, RAY, MITIGATED), BLOCKED),
    fault("404 with its answer, challenged",        lambda s: s.says(s.body, MITIGATED, status="404 Not Found"), BLOCKED),
    fault("410",                                    lambda _: response("410 Gone"), CHANGED),
    fault("429, wait 2 s",                          lambda _: response(TOO_MANY, LIMIT_EXCEEDED, "retry-after: 2"), LIMITED),
    fault("429, wait 1834 s",                       lambda _: response(TOO_MANY, b"", "retry-after: 1834"), LIMITED),
    fault("429, wait without end",                  lambda _: response(TOO_MANY, b"", "retry-after: " + "9" * 30), LIMITED),
    fault("429, wait until a date",                 lambda _: response(TOO_MANY, b"", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT"), LIMITED),
    fault("429, wait until a date long past",       lambda _: response(TOO_MANY, b"", "retry-after: Mon, 01 Jan 0001 00:00:00 +2359"), LIMITED),
    fault("429, wait until a day that is none",     lambda _: response(TOO_MANY, b"", "retry-after: Fri, 99 Foo 2026 99:99:99 GMT"), LIMITED),
    fault("429, wait of nonsense",                  lambda _: response(TOO_MANY, b"", "retry-after: soon"), LIMITED),
    fault("429, wait of less than nothing",         lambda _: response(TOO_MANY, b"", "retry-after: -5"), LIMITED),
    fault("429, no wait named",                     lambda _: response(TOO_MANY, LIMIT_EXCEEDED), LIMITED),
    fault("429 with its answer for one it has not", lambda s: s.clean.replace(b" 200 OK", b" 429 Too Many").replace(b" 404 Not Found", b" 429 Too Many"), LIMITED),
    fault("429 challenge",                          lambda _: html(TOO_MANY, CHALLENGE, RAY, MITIGATED), BLOCKED),
    # trouble
    fault("500",                                    lambda _: response("500 Internal Server Error", b"oops", media_type="text/plain"), DOWN),
    fault("502",                                    lambda _: html("502 Bad Gateway", b"<html>bad gateway</html>"), DOWN),
    fault("503",                                    lambda _: html("503 Service Unavailable", b"<html>down</html>"), DOWN),
    fault("503, wait 3600 s",                       lambda _: response("503 Service Unavailable", b"", "retry-after: 3600"), DOWN),
    fault("503 challenge",                          lambda _: html("503 Service Unavailable", CHALLENGE, RAY, MITIGATED), BLOCKED),
    fault("504",                                    lambda _: html("504 Gateway Timeout", b"<html>timeout</html>"), DOWN),
    fault("599",                                    lambda _: response("599 Something"), DOWN),
    # other statuses with the true answer
    fault("201 with its answer",                    lambda s: s.says(s.body, status="201 Created"), CHANGED),
    fault("203 with its answer",                    lambda s: s.says(s.body, status="203 Non-Authoritative Information"), CHANGED),
    fault("204",                                    lambda _: response("204 No Content"), CHANGED),
    fault("206 with its answer",                    lambda s: s.says(s.body, status="206 Partial Content"), CHANGED),
    fault("304",                                    lambda _: response("304 Not Modified"), CHANGED),
    # 200
    fault("200 challenge",                          lambda _: html("200 OK", CHALLENGE, RAY, MITIGATED), BLOCKED),
    fault("200 challenge without its mark",         lambda _: html("200 OK", CHALLENGE, RAY), CHANGED),
    fault("200 answer that is a challenge",         lambda s: s.says(s.body, MITIGATED), BLOCKED),
    fault("200, no body",                           lambda _: response("200 OK"), CHANGED),
    fault("200, no body, its type",                 lambda s: response("200 OK", b"", f"content-type: {s.media_type}"), CHANGED),
    fault("200 {}",                                 lambda s: s.says(b"{}"), CHANGED),
    fault("200 []",                                 lambda s: s.says(b"[]"), CHANGED),
    fault("200 null",                               lambda s: s.says(b"null"), CHANGED),
    fault("200 false",                              lambda s: s.says(b"false"), CHANGED),
    fault("200 a number",                           lambda s: s.says(b"0"), CHANGED),
    fault("200 a string",                           lambda s: s.says(b'"Not found"'), CHANGED),
    fault("200 strings",                            lambda s: s.says(b'["Adobe"]'), CHANGED),
    fault("200 an error's document",                lambda s: s.says(b'{"statusCode":404,"message":"Not found"}'), CHANGED, leakcheck=CHANGED),
    fault("200 HTML",                               lambda _: html("200 OK", b"<html><title>Welcome</title>hello</html>"), CHANGED),
    fault("200 HTML called JSON",                   lambda _: response("200 OK", b"<html>hello</html>"), CHANGED),
    fault("200 its answer called plain text",       lambda s: response("200 OK", s.body, media_type="text/plain"), CHANGED),
    fault("200 its answer without a type",          lambda s: response("200 OK", s.body, media_type=None), CHANGED),
    fault("200 a hostile type",                     lambda s: response("200 OK", s.body, media_type="\x1b[2J" * 900), CHANGED),
    fault("200 its answer cut in half",             half, CHANGED),
    fault("200 its answer twice",                   lambda s: s.says(s.body[:-1] + s.body), CHANGED, ahmia=CHANGED),
    fault("200 nested beyond all depth",            nested, CHANGED, ahmia=TOO_LARGE),
    fault("200 broken UTF-8",                       lambda s: s.says(s.body.replace(s.word, s.word + b"\xff")), CHANGED),
    fault("200 in UTF-16",                          lambda s: response("200 OK", s.body.decode().encode("utf-16"), media_type=f"{s.media_type}; charset=utf-16"), CHANGED),
    fault("200 in EBCDIC",                          lambda s: response("200 OK", s.body.decode().encode("cp500"), media_type=f"{s.media_type}; charset=cp500"), CHANGED),
    fault("200 zeros",                              lambda s: s.says(b"\0" * 4096), CHANGED),
    fault("gzip that is none",                      lambda s: s.says(s.body, "content-encoding: gzip"), CHANGED),
    fault("gzip cut off, length right",             lambda s: s.says(gzip.compress(s.body)[:-30], "content-encoding: gzip"), CHANGED),
    fault("an encoding nobody knows",               lambda s: s.says(gzip.compress(s.body), "content-encoding: zstd"), CHANGED),
    # size
    fault("50 MB announced",                        lambda s: slowly(50 * MIB, f"content-length: {50 * MIB}", media_type=s.media_type), TOO_LARGE),
    fault("50 MB unannounced",                      lambda s: slowly(50 * MIB, media_type=s.media_type), TOO_LARGE),
    fault("gzip bomb of 50 MB",                     lambda s: gzip_bomb(50 * MIB, media_type=s.media_type), TOO_LARGE),
    fault("gzip bomb in gzip",                      lambda s: gzip_bomb(50 * MIB, 2, media_type=s.media_type), TOO_LARGE),
    # the wire
    fault("connection refused",                     lambda _: Refused(), NETWORK),
    fault("reset",                                  lambda _: reset, NETWORK),
    fault("reset in mid-body",                      lambda s: broken_off(s.found, after=len(s.found) - 6), NETWORK),
    fault("closed in mid-body",                     cut_in_transit, NETWORK),
    fault("closed without a word",                  lambda _: b"", NETWORK),
    fault("no HTTP at all",                         lambda _: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", NETWORK),
    fault("stall",                                  lambda s: Gate(s.found), TIMEOUT),
    fault("stall in mid-body",                      lambda s: Gate(s.found[-6:], first=s.found[:-6]), TIMEOUT),
    # elsewhere
    fault("redirect to another host",               lambda _: response("302 Found", b"", "location: https://example.com/"), CHANGED),
    fault("redirect for good",                      lambda _: response("301 Moved Permanently", b"", "location: https://example.com/"), CHANGED),
    fault("redirect to another scheme",             lambda _: response("307 Temporary Redirect", b"", "location: ftp://127.0.0.1/"), CHANGED),
    fault("redirect to the front page",             lambda _: response("302 Found", b"", "location: /"), CHANGED),
    fault("redirect to nonsense",                   lambda _: response("302 Found", b"", "location: ://:99999"), CHANGED),
    fault("redirect in a circle",                   lambda _: response("302 Found", b"", "location: ?round"), CHANGED),
    fault("redirect with its answer",               lambda s: s.says(s.body, "location: /", status="302 Found"), CHANGED),
)


def owns() -> Iterator[Own]:
    """Give what only one source says: its pages, then its documents field by field."""
    yield from _breaches()
    yield from _range()
    yield from _pastes()
    yield from _xposedornot()
    yield from _leakcheck()
    yield from _hudsonrock()
    yield from _ahmia()
    for service, table in FIELDS:
        yield from _fields(service, table)


def _json(service: Service, name: str, document: object, verdict: str, keys: tuple[str, ...] | None = None) -> Own:
    return Own(service, name, service.says(dumped(document)), verdict, keys)


def _breaches() -> Iterator[Own]:
    s = HIBP_BREACHES
    yield Own(s, "a name in three spellings",    names("Adobe", "adobe", "ADOBE"), FOUND)
    yield Own(s, "three names",                  names("Adobe", "Gawker", "Stratfor"), FOUND, ("adobe", "gawker", "stratfor"))
    yield Own(s, "a name without end",           names("A" * 201), CHANGED)
    yield Own(s, "a name without a letter",      names("***"), CHANGED)
    yield Own(s, "a good name and a bad one",    names("Adobe", "***"), CHANGED)
    yield Own(s, "a name in another alphabet",   names("Adobe", "Яндекс", "微博 2019", "新浪 2019"), FOUND, ("adobe", "яндекс", "微博2019", "新浪2019"))
    yield _json(s, "unknown fields",             [{"Name": "Adobe", "New": {"a": 1}}], FOUND)
    yield _json(s, "one breach, not in a list",  {"Name": "Adobe"}, CHANGED)
    yield _json(s, "a list in a list",           [[{"Name": "Adobe"}]], CHANGED)
    yield _json(s, "a range's answer",           json.loads(HIBP_RANGE.body), CHANGED)
    yield _json(s, "a paste's answer",           [PASTE], CHANGED)


def _range() -> Iterator[Own]:
    s = HIBP_RANGE
    yield _json(s, "my suffix in small letters",   [{"hashSuffix": SUFFIX.lower(), "websites": ["Adobe"]}], FOUND)
    yield _json(s, "my suffix twice",              [{"hashSuffix": SUFFIX, "websites": [one]} for one in ("Adobe", "Gawker")], FOUND, ("adobe", "gawker"))
    yield _json(s, "my suffix without a website",  [{"hashSuffix": SUFFIX, "websites": []}], CHANGED)
    yield _json(s, "my suffix, a website of none", [{"hashSuffix": SUFFIX, "websites": ["***"]}], CHANGED)
    yield _json(s, "the whole hash",               [{"hashSuffix": PREFIX + SUFFIX, "websites": ["Adobe"]}], CHANGED)
    yield _json(s, "a suffix of 33 digits",        [{"hashSuffix": FOREIGN_SUFFIX[1:], "websites": ["Adobe"]}], CHANGED)
    yield _json(s, "a suffix of other letters",    [{"hashSuffix": "Z" * 34, "websites": ["Adobe"]}], CHANGED)
    yield _json(s, "a suffix with a new line",     [{"hashSuffix": FOREIGN_SUFFIX + "\n", "websites": ["Adobe"]}], CHANGED)
    yield _json(s, "only others, one odd",         [{"hashSuffix": FOREIGN_SUFFIX, "websites": ["A"]}, {"websites": ["B"]}], CHANGED)
    yield _json(s, "a direct answer",              [{"Name": "Adobe"}], CHANGED)
    yield Own(s, "passwords' lines",               response("200 OK", f"{SUFFIX}:3\r\n".encode(), media_type="text/plain"), CHANGED)


def _pastes() -> Iterator[Own]:
    s = HIBP_PASTES
    bare = {"Source": "Pastebin", "Id": "8Q0BvKD8", "EmailCount": 139}
    yield _json(s, "no title, no date",          [bare], FOUND)
    yield _json(s, "title and date null",        [{**bare, "Title": None, "Date": None}], FOUND)
    yield _json(s, "one paste twice",            [PASTE, PASTE], FOUND)
    yield _json(s, "an id without a letter shown", [{**PASTE, "Id": "\u200b\u202e"}], CHANGED)
    yield _json(s, "one paste, not in a list",   PASTE, CHANGED)
    yield _json(s, "a breach's answer",          [{"Name": "Adobe"}], CHANGED)


def _xposedornot() -> Iterator[Own]:
    s = XPOSEDORNOT
    shielded = {"Error": "No breaches found", "email": JANE, "status": "failed"}
    internal = {"Error": "Not found", "email": JANE, "status": "failed"}
    blocked = {"detail": {"error": "Access blocked", "detail": "for 24 hours"}}
    limited = {"detail": {"error": "Rate limit exceeded", "retry_after": 1834}}
    no_summary = {"domain": "", "site": "", "tmpstmp": ""}
    yield Own(s, "404, privacy shield",          response("404 Not Found", dumped(shielded)), CHANGED)
    yield Own(s, "404, an error of its own",     response("404 Not Found", dumped(internal)), CHANGED)
    yield Own(s, "404 detail: Not found",        response("404 Not Found", dumped({"detail": "Not found"})), CHANGED)
    yield Own(s, "403, Access blocked",          response("403 Forbidden", dumped(blocked)), BLOCKED)
    yield Own(s, "429, its own words",           response(TOO_MANY, dumped(limited), "retry-after: 1834"), LIMITED)
    yield _json(s, "check-email, found",         {"breaches": [["Adobe"]], "email": JANE, "status": "success"}, CHANGED)
    yield _json(s, "check-email, not found",     {"Error": "Not found", "email": None}, CHANGED)
    yield _json(s, "200, privacy shield",        shielded, CHANGED)
    yield _json(s, "200 detail: Not found",      {"detail": "Not found"}, CHANGED)
    yield _json(s, "null, but a site is named",  analytics(BreachesSummary={**no_summary, "site": "Adobe"}), CHANGED)
    yield _json(s, "null, but a domain is named", analytics(BreachesSummary={**no_summary, "domain": "adobe.com"}), CHANGED)
    yield _json(s, "null, but a time is named",  analytics(BreachesSummary={**no_summary, "tmpstmp": "2013"}), CHANGED)
    yield _json(s, "null, but there are metrics", analytics(BreachMetrics={"yearwise_details": [{"y2013": 1}]}), CHANGED)
    yield _json(s, "null, and pastes",           analytics(PastesSummary={"cnt": 2, "domain": "", "tmpstmp": ""}), CLEAN)
    yield _json(s, "null, and an error",         analytics(Error="Not found"), CHANGED)
    yield _json(s, "null, and a failure",        analytics(status="failed"), CHANGED)
    yield _json(s, "no breach in the list",      analytics(ExposedBreaches={"breaches_details": []}), CHANGED)
    yield _json(s, "two breaches",               analytics(XON_ADOBE, {**XON_ADOBE, "breach": "Gawker"}), FOUND, ("adobe", "gawker"))
    yield _json(s, "a breach in two spellings",  analytics(XON_ADOBE, {**XON_ADOBE, "breach": "ADOBE"}), FOUND)
    yield _json(s, "a breach without a letter",  analytics(XON_ADOBE, {**XON_ADOBE, "breach": "***"}), CHANGED)
    yield _json(s, "a breach of a name only",    analytics({"breach": "Adobe"}), FOUND)
    yield _json(s, "more named than listed",     analytics(XON_ADOBE, BreachesSummary={**no_summary, "site": "Adobe;Gawker;Stratfor"}), CHANGED)
    yield _json(s, "a breach listed, none named", analytics(XON_ADOBE, BreachesSummary=no_summary), CHANGED)
    yield _json(s, "another named than listed",  analytics(XON_ADOBE, BreachesSummary={**no_summary, "site": "Gawker"}), CHANGED)
    yield _json(s, "named with space between",   analytics(XON_ADOBE, BreachesSummary={**no_summary, "site": " ADOBE ; "}), FOUND)
    yield _json(s, "the catalogue",              {"status": "success", "exposedBreaches": [{"breachID": "Adobe"}]}, CHANGED)


def _leakcheck() -> Iterator[Own]:
    s = LEAKCHECK
    no = {"success": False}
    for words in ("Not found", "not found", "NOT FOUND.", "Not found!", " Not found "):
        yield _json(s, f"error: {words!r}",        {**no, "error": words}, CLEAN)
    yield _json(s, "message: 'Not found'",         {**no, "message": "Not found"}, CLEAN)
    yield _json(s, "'Not found', found 0, no sources", {**no, "error": "Not found", "found": 0, "sources": []}, CLEAN)
    yield _json(s, "'Not found', sources null",    {**no, "error": "Not found", "sources": None}, CLEAN)
    for words in (
        "API key not found", "Not found: invalid query", "not found, try later", "Query not found in request",
        "Limit reached", "Too many requests", "Invalid characters in query", "Invalid type", "", "404",
        "File not found", "notfound", "not  found",
    ):
        yield _json(s, f"error: {words!r}",        {**no, "error": words}, CHANGED)
    yield _json(s, "no words at all",              no, CHANGED)
    yield _json(s, "'Not found' beside an error",  {**no, "error": "Invalid API key", "message": "Not found"}, CHANGED)
    yield _json(s, "'Not found' beside another",   {**no, "error": "Not found", "message": "Limit reached"}, CHANGED)
    yield _json(s, "'Not found', yet a success",   {"success": True, "error": "Not found"}, CHANGED)
    yield _json(s, "'Not found', yet found 3",     {**no, "error": "Not found", "found": 3}, CHANGED)
    yield _json(s, "'Not found', yet a source",    {**LEAKS, **NO_LEAKS, "found": 0}, CHANGED)
    yield _json(s, "'Not found', yet fields",      {**NO_LEAKS, "fields": ["password"]}, CHANGED)
    yield _json(s, "leaks, yet no success",        {**LEAKS, "success": False}, CHANGED)
    yield _json(s, "leaks, yet 'Not found'",       {**LEAKS, "error": "Not found"}, CHANGED)
    yield _json(s, "leaks, yet an error",          {**LEAKS, "error": "Limit reached"}, CHANGED)
    yield _json(s, "leaks, and a word of thanks",  {**LEAKS, "message": "Powered by LeakCheck"}, FOUND)
    yield _json(s, "success, found 0",             {"success": True, "found": 0, "sources": []}, CHANGED)
    yield _json(s, "success, found 3, no sources", {"success": True, "found": 3, "sources": []}, CHANGED)
    yield _json(s, "success, found -1",            {**LEAKS, "found": -1}, CHANGED)
    yield _json(s, "a source without a letter",    {**LEAKS, "sources": [{"name": "***"}]}, CHANGED)
    yield _json(s, "one leak in two months",       {**LEAKS, "sources": [{"name": "Adobe.com", "date": "2013-10"}, {"name": "adobe.com", "date": "2014-01"}]}, FOUND)
    yield _json(s, "version 2's clean",            {"success": True, "found": 0, "quota": 400, "result": []}, CHANGED)


def _hudsonrock() -> Iterator[Own]:
    s = HUDSONROCK
    yield _json(s, "antiviruses a string",            {**CAVALIER, "stealers": [{**STEALER, "antiviruses": "Not Found"}]}, FOUND)
    yield _json(s, "two infections",                  {**CAVALIER, "stealers": [STEALER, {**STEALER, "date_compromised": "2024-02-03T04:05:06Z"}]}, FOUND, (*s.keys, "2024-02-03T04:05:06Z"))
    yield _json(s, "two families at one second",      {**CAVALIER, "stealers": [STEALER, {**STEALER, "stealer_family": "Lumma"}]}, FOUND)
    yield _json(s, "an infection without a family",   {**CAVALIER, "stealers": [{**STEALER, "stealer_family": None}]}, FOUND)
    for moment in ("2023-05-01T10:11:12Z", "2023-05-01 10:11:12", "2023-05-01T12:11:12.999999+02:00"):
        yield _json(s, f"an infection of {moment}",   {**CAVALIER, "stealers": [{**STEALER, "date_compromised": moment}]}, FOUND)
    yield _json(s, "a time that is none",             {**CAVALIER, "stealers": [{**STEALER, "date_compromised": "2023-05-01T25:61:00Z"}]}, CHANGED)
    yield _json(s, "a time before all time",          {**CAVALIER, "stealers": [{**STEALER, "date_compromised": "0001-01-01T00:00:00+01:00"}]}, CHANGED)
    yield _json(s, "one infection twice",             {**CAVALIER, "stealers": [STEALER, STEALER]}, FOUND)
    yield _json(s, "no services taken",               {**CAVALIER, "total_user_services": 0}, FOUND)
    yield Own(s, "404 with data of nobody",           response("404 Not Found", dumped(NO_CAVALIER)), CHANGED)
    yield _json(s, "infected, says the message only", {**NO_CAVALIER, "message": INFECTED}, CHANGED)
    yield _json(s, "infected, says the list only",    {**NO_CAVALIER, "stealers": [STEALER]}, CHANGED)
    yield _json(s, "infected, say the totals only",   {**NO_CAVALIER, "total_user_services": 21}, CHANGED)
    yield _json(s, "infected, says corporate only",   {**NO_CAVALIER, "total_corporate_services": 1}, CHANGED)
    yield _json(s, "totals that cancel out",          {**NO_CAVALIER, "total_corporate_services": -1, "total_user_services": 1}, CHANGED)
    yield _json(s, "both messages",                   {**CAVALIER, "message": f"{INFECTED} {NOT_INFECTED}"}, CHANGED)
    yield _json(s, "both messages, no list",          {**NO_CAVALIER, "message": f"{INFECTED} {NOT_INFECTED}"}, CHANGED)
    yield _json(s, "not associated with a plan",      {**NO_CAVALIER, "message": "This API key is not associated with a valid plan."}, CHANGED)
    yield _json(s, "associated with an account",      {**CAVALIER, "message": "This IP is associated with too many requests."}, CHANGED)
    yield _json(s, "about a domain",                  {**NO_CAVALIER, "message": "This domain is not associated with a computer infected by an info-stealer."}, CHANGED)
    yield _json(s, "about a user name",               {**NO_CAVALIER, "message": NOT_INFECTED.replace("email address", "username")}, CHANGED)
    yield _json(s, "another wording",                 {**NO_CAVALIER, "message": "No data for this email address."}, CHANGED)
    yield _json(s, "another client's shape",          {"domains": [], "stats": {}}, CHANGED)
    yield _json(s, "a date that is none",             {**CAVALIER, "stealers": [{**STEALER, "date_compromised": "Not Found here"}]}, CHANGED)
    yield _json(s, "one infection good, one odd",     {**CAVALIER, "stealers": [STEALER, {}]}, CHANGED)


def _ahmia() -> Iterator[Own]:
    s = AHMIA
    a_site = 'a "page" <of> the same & more'
    rows: tuple[tuple[str, bytes, str], ...] = (
        ("address in the title",             onion_list(onion_result(f"Combo {JANE}")), FOUND),
        ("address in capitals",              onion_list(onion_result(f"Combo {JANE.upper()}")), FOUND),
        ("address in brackets",              onion_list(onion_result(summary=f"Jane <{JANE}>; others")), FOUND),
        ("address at a sentence's end",      onion_list(onion_result(summary=f"Write to {JANE}. Now")), FOUND),
        ("address with invisible letters",   onion_list(onion_result(summary="jane@\u200bexam\u00adple.com")), FOUND),
        ("address behind dots",              onion_list(onion_result(summary=f"...{JANE}:pw")), FOUND),
        ("address behind an underscore",     onion_list(onion_result(summary=f"see _{JANE}_")), FOUND),
        ("address behind a hyphen",          onion_list(onion_result(summary=f"-{JANE}")), FOUND),
        ("address behind a word and dots",   onion_list(onion_result(summary=f"more...{JANE}")), FOUND),
        ("address, hyphen, password",        onion_list(onion_result(summary=f"{JANE}-hunter2")), FOUND),
        ("address, hyphen, password, end",   onion_list(onion_result(summary=f"{JANE}-hunter2. More")), FOUND),
        ("address, underscore, password",    onion_list(onion_result(summary=f"{JANE}_x")), FOUND),
        ("address on a page of a site",      onion_list(onion_result(summary=JANE, site="aaaa.onion/t")), FOUND),
        ("address on a site with its port",  onion_list(onion_result(summary=JANE, site="http://aaaa.onion:80/")), FOUND),
        ("address on a page called onion",   onion_list(onion_result(summary=JANE, site="example.org/x.onion"), onion_result()), CLEAN),
        ("address only in the link",         onion_list(onion_result()), CLEAN),
        ("address only in the target",       onion_list(onion_result(target=f"http://aaaa.onion/?q={JANE}")), CLEAN),
        ("address only in the site's name",  onion_list(onion_result(site=f"{JANE}.onion")), CLEAN),
        ("only its domain",                  onion_list(onion_result(summary="all of example.com")), CLEAN),
        ("a longer address, before",         onion_list(onion_result(summary=f"mary{JANE}")), CLEAN),
        ("a longer address, before the dot", onion_list(onion_result(summary=f"mary.{JANE}")), CLEAN),
        ("a longer address, before a plus",  onion_list(onion_result(summary=f"mary+{JANE}")), CLEAN),
        ("a longer address, before a hyphen", onion_list(onion_result(summary=f"mary-{JANE}")), CLEAN),
        ("a longer address, before a stroke", onion_list(onion_result(summary=f"mary_{JANE}")), CLEAN),
        ("a longer address, another alphabet", onion_list(onion_result(summary=f"ж{JANE}")), CLEAN),
        ("a longer address, letters behind", onion_list(onion_result(summary=f"{JANE}munity")), CLEAN),
        ("a longer address, two hyphens",    onion_list(onion_result(summary=f"{JANE}--a-b.org")), CLEAN),
        ("a longer address, hidden letter",  onion_list(onion_result(summary=f"mary\u200b{JANE}")), CLEAN),
        ("a longer address, behind",         onion_list(onion_result(summary=f"{JANE}.au wrote")), CLEAN),
        ("a longer address, hyphen",         onion_list(onion_result(summary=f"{JANE}-mail.org")), CLEAN),
        ("a longer address, cut off",        onion_list(onion_result(summary=f"{'x' * 283} {JANE}")), CLEAN),
        ("a longer address, cut by dots",    onion_list(onion_result(summary=f"contains {JANE}…")), CLEAN),
        ("a longer address, three dots",     onion_list(onion_result(summary=f"contains {JANE}...")), CLEAN),
        ("address in two parts",             onion_list(onion_result("jane", "@example.com")), CLEAN),
        ("one page twice",                   onion_list(MENTION, MENTION), FOUND),
        ("styled advertisement",             onion_list(onion_result(summary=JANE, style="color: red"), onion_result()), CLEAN),
        ("only styled advertisements",       onion_list(onion_result(summary=JANE, style="color: red")), CHANGED),
        ("a result that leads elsewhere",    onion_list(onion_result(summary=JANE, site="example.org"), onion_result()), CLEAN),
        ("only results that lead elsewhere", onion_list(onion_result(summary=JANE, site="example.org")), CHANGED),
        ("results of other words",           onion_list(onion_result(words="john@example.com")), CHANGED),
        ("results of a longer address",      onion_list(onion_result(words=f"mary{JANE}")), CHANGED),
        ("results of no words",              onion_list(onion_result().replace("search_term=", "term=")), CHANGED),
        ("one result of other words",        onion_list(MENTION, onion_result(words="john@example.com")), CHANGED),
        ("did you mean",                     onion_page('<p id="didYouMean">Did you mean <a href="/search/?q=jean">jean</a></p>', '<ol class="searchResults">', MENTION, "</ol>"), FOUND),
        ("did you mean, and nothing else",   onion_page('<p id="didYouMean">Did you mean <a href="/search/?q=jean">jean</a></p>'), CHANGED),
        ("nothing for these words, shouted", onion_nothing(JANE.upper()), CLEAN),
        ("nothing for other words",          onion_nothing("john@example.com"), CHANGED),
        ("nothing for a part of them",       onion_nothing("example.com"), CHANGED),
        ("nothing for no words",             onion_nothing(""), CHANGED),
        ("nothing, and a list",              onion_page('<p id="noResults">no</p>', f'<ol class="searchResults">{MENTION}</ol>'), CHANGED),
        ("nothing, twice",                   onion_page(*[f'<p id="noResults">none for <code>{JANE}</code></p>'] * 2), CHANGED),
        ("two lists",                        onion_page(*[f'<ol class="searchResults">{MENTION}</ol>'] * 2), CHANGED),
        ("a result of another class",        onion_list(MENTION.replace('class="result"', 'class="hit"'), onion_result()), CHANGED),
        ("a result without its site",        onion_list(MENTION.replace("cite>", "i>"), onion_result()), CHANGED),
        ("a result without its link",        onion_list(MENTION.replace("h4>", "h5>"), onion_result()), CHANGED),
        ("an empty list",                    onion_list(), CHANGED),
        ("a template without either",        onion_page(f'<ul class="hits"><li>{JANE}</li></ul>'), CHANGED),
        ("a list of another class",          onion_page(f'<ol class="results">{MENTION}</ol>'), CHANGED),
        ("help instead of results",          onion_list(onion_result(site="example.org", style="border: 0"), title="Ahmia — Help Us to Help You"), CHANGED),
        ("help, not styled",                 onion_list(MENTION, title="Ahmia — Help Us to Help You"), CHANGED),
        ("nothing, under another title",     onion_nothing(title="Ahmia"), CHANGED),
        ("results under another title",      onion_list(MENTION, title="Error"), CHANGED),
        ("the front page",                   onion_page(title="Ahmia — Search Tor Hidden Services"), CHANGED),
        ("a page without its end",           onion_nothing().replace(b"</html>", b""), CHANGED),
        ("nothing, in a comment",            onion_page(f'<!-- <p id="noResults"><code>{JANE}</code></p> -->'), CHANGED),
        ("nothing, in a script",             onion_page(f'<script>"<p id=noResults><code>{JANE}</code>"</script>'), CHANGED),
        ("hostile title and summary",        onion_list(onion_result(f"<script>{a_site}</script>\x07", f"\u202e{JANE}\u202c <img src=x>")), FOUND),
    )
    for name, body, verdict in rows:
        yield Own(s, name, s.says(body), verdict)
    yield Own(s, "400, too long",      html("400 Bad Request", b"Bad request: too long search query"), CHANGED)
    yield Own(s, "302, stale token",   response("302 Found", b"", "location: /"), CHANGED)
    yield Own(s, "503 of its limit",   html("503 Service Temporarily Unavailable", b"<html>nginx</html>"), DOWN)
    yield Own(s, "XHTML",              response("200 OK", s.body, media_type="application/xhtml+xml"), CHANGED)


# Every field that is used, with what follows when it is missing or of another type.
# `needed`: the answer is not what it was. `told`: only the telling suffers, the find stands.
NEEDED, TOLD = CHANGED, FOUND
Table = tuple[tuple[tuple[str | int, ...], str, Mapping[str, str]], ...]
NULLABLE = {"null": FOUND, "missing": FOUND}
FIELDS: tuple[tuple[Service, Table], ...] = (
    (HIBP_BREACHES, (
        ((0,), NEEDED, {}),
        ((0, "Name"), NEEDED, {"a string": FOUND}),
    )),
    (HIBP_RANGE, (
        # Without its entry there are only those of others, which is how "none" looks.
        ((0,), NEEDED, {"missing": CLEAN}),
        ((0, "hashSuffix"), NEEDED, {}),
        ((0, "websites"), NEEDED, {}),
        ((0, "websites", 0), NEEDED, {"a string": FOUND}),
        ((1, "hashSuffix"), NEEDED, {}),
        ((1, "websites"), NEEDED, {"a list": FOUND}),
    )),
    (HIBP_PASTES, (
        ((0, "Source"), NEEDED, {"a string": FOUND}),
        ((0, "Id"), NEEDED, {"a string": FOUND}),
        ((0, "Title"), NEEDED, {"a string": FOUND, **NULLABLE}),
        ((0, "Date"), NEEDED, {"a string": FOUND, **NULLABLE}),
        ((0, "EmailCount"), NEEDED, {"a number": FOUND, **NULLABLE}),
    )),
    (XPOSEDORNOT, (
        # Beside a summary that names sites, null contradicts it.
        (("ExposedBreaches",), NEEDED, {}),
        (("ExposedBreaches", "breaches_details"), NEEDED, {}),
        (("ExposedBreaches", "breaches_details", 0), NEEDED, {}),
        (("ExposedBreaches", "breaches_details", 0, "breach"), NEEDED, {}),
        (("ExposedBreaches", "breaches_details", 0, "details"), TOLD, {}),
        (("ExposedBreaches", "breaches_details", 0, "domain"), TOLD, {}),
        (("ExposedBreaches", "breaches_details", 0, "verified"), TOLD, {}),
        (("ExposedBreaches", "breaches_details", 0, "xposed_data"), TOLD, {}),
        (("ExposedBreaches", "breaches_details", 0, "xposed_records"), TOLD, {}),
        (("BreachesSummary",), NEEDED, {}),
        (("BreachesSummary", "site"), NEEDED, {}),
    )),
    (LEAKCHECK, (
        (("success",), NEEDED, {"true": FOUND}),
        (("found",), NEEDED, {"a number": FOUND}),
        (("sources",), NEEDED, {}),
        (("sources", 0), NEEDED, {}),
        (("sources", 0, "name"), NEEDED, {"a string": FOUND}),
        (("sources", 0, "date"), TOLD, {}),
    )),
    (HUDSONROCK, (
        (("message",), NEEDED, {}),
        (("stealers",), NEEDED, {}),
        (("stealers", 0), NEEDED, {}),
        (("stealers", 0, "date_compromised"), NEEDED, {}),
        (("stealers", 0, "stealer_family"), NEEDED, {"a string": FOUND, **NULLABLE}),
        (("total_corporate_services",), NEEDED, {"a number": FOUND}),
        (("total_user_services",), NEEDED, {"a number": FOUND}),
    )),
)
# fmt: on

WRONG: tuple[tuple[str, object], ...] = (
    ("null", None),
    ("a number", 7),
    ("a fraction", 7.5),
    ("true", True),
    ("a string", "seven"),
    ("a list", []),
    ("an object", {}),
)


def _fields(service: Service, table: Table) -> Iterator[Own]:
    for path, verdict, others in table:
        for change, reply in _altered(service, path):
            name = f"{'.'.join(map(str, path))}: {change}"
            yield Own(service, name, reply, others.get(change, verdict), keys=(), field=True)


def _altered(service: Service, path: tuple[str | int, ...]) -> Iterator[tuple[str, bytes]]:
    yield "missing", _with(service, path, lambda parent, key: parent.pop(key))
    for name, value in WRONG:
        yield name, _with(service, path, _putting(value))


def _with(
    service: Service, path: tuple[str | int, ...], change: Callable[[Any, Any], object]
) -> bytes:
    document = deepcopy(json.loads(service.body))
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    change(parent, path[-1])
    return service.says(dumped(document))


def _putting(value: object) -> Callable[[Any, Any], None]:
    def put(parent: Any, key: Any) -> None:
        parent[key] = value

    return put
