"""A broker on loopback with every kind of page there is, and what each may be taken to say.

`python -m tests.broker_farm` prints the matrix that is kept as docs/broker-pages.md.
"""

import gzip
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stamina

from digital_footprint.brokers import Broker, load_brokers
from digital_footprint.brokers.pages import (
    Judgement,
    Listed,
    NotListed,
    Page,
    Subject,
    Unsure,
    judge,
    judge_control,
)
from digital_footprint.http import Http, Limits
from digital_footprint.verdicts import Unanswered
from tests.wire import Reply, Wire, gzip_bomb, reset, response

JANE = Subject("Jane Doe", ("Columbus", "12 Elm Street", "1982", "+15550100123", "Robert Doe"))
MIB = 1024 * 1024
LISTED, GONE = "listed", "not_listed"
# What is true of a page: it shows the person's record; it says that there is none; neither.
THERE, NONE_THERE, UNTOLD = "there", "none there", "untold"
CHANGED, BLOCKED = "inconclusive(source_changed)", "inconclusive(blocked)"
LIMITED, LARGE = "inconclusive(rate_limited)", "inconclusive(too_large)"
DOWN, NETWORK, REFUSED = (
    "inconclusive(server_error)",
    "inconclusive(network)",
    "inconclusive(unauthorised)",
)

FACTS = """
name: {slug}
domains: [127.0.0.1]
opt_out: {{url: "{base_url}/opt-out"}}
search_urls: ["{base_url}/find/{{last}}/{{first}}"]
source: invented for the tests
last_verified: 2026-01-01
"""
RULE = """
rule:
  version: 3
  source: invented for the tests
  shell: "footer .site-id"
  blocked: [{header: x-farm-wall}]
  strip: [h1, .intro]
  positive: {card: .result-card, name: .who, at_least: 1}
  negative: [{css: "#no-results"}, {text: no longer available}, {status: 404}, {status: 410}]
"""


@dataclass(frozen=True)
class Kind:
    """One kind of page: its path, what is true of it, what it answers, and either rule's verdict.

    `truth` is written by hand, by whoever made the page up: no verdict may contradict it.
    """

    name: str
    path: str
    truth: str
    reply: Reply
    full: str
    generic: str


def html(body: str, *headers: str, title: str = "Jane Doe, Columbus, OH | Example Search",
         heading: str = "Jane Doe", status: str = "200 OK", foot: str = '<footer><i class="site-id">Example Search</i></footer>') -> bytes:  # fmt: skip
    page = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{heading}</h1>{body}{foot}</body></html>"
    return response(status, page.encode(), *headers, media_type="text/html; charset=utf-8")


def card(name: str, *lines: str) -> str:
    return f'<div class="result-card"><div class="who">{name}</div>{"".join(f"<div>{one}</div>" for one in lines)}</div>'.replace(
        "<div>", '<div class="line">', 1
    )


ECHO = '<p class="intro">100+ FREE public records found for Jane Doe in Columbus, OH</p>'
NONE = '<div id="no-results">We could not find any results for Jane Doe in Columbus, OH</div>'
INTACT = card("Jane Q. Doe", "12 Elm St, Columbus, OH 43004")
INTACT_BY_TOWN = card("Jane Doe", "Columbus, OH")
STRANGERS = card("Janet Doeman", "71, Tampa, FL") + card("Mary Doering", "Columbus, OH")
CHALLENGE = (
    b'<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies'
    b" to continue</noscript><script>(function(){window._cf_chl_opt={cvId:'3',cType:'managed'};})();</script></body></html>"
)
WALL = {"media_type": "text/html; charset=UTF-8"}
MITIGATED = "cf-mitigated: challenge"


def wall(status: str, body: str | bytes, *headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    return response(status, content, *headers, media_type="text/html; charset=UTF-8")


def error(body: str, heading: str = "Sorry") -> bytes:
    return html(body, status="404 Not Found", heading=heading)


def announced_but_cut(connection: object) -> None:
    whole = html(INTACT)
    connection.sendall(whole[: len(whole) - 40])  # type: ignore[attr-defined]


def endless(connection: object) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n")  # type: ignore[attr-defined]
    for _ in range(30 * 16):
        connection.sendall(b" " * 65536)  # type: ignore[attr-defined]


def packed(body: bytes) -> bytes:
    head, _, content = body.partition(b"\r\n\r\n")
    del head
    return response(
        "200 OK",
        gzip.compress(content),
        "content-encoding: gzip",
        media_type="text/html; charset=utf-8",
    )


# fmt: off
KINDS = (
    # The person's own record.
    Kind("listing intact",                          "/p/1",  THERE, html(INTACT), LISTED, LISTED),
    Kind("listing intact, packed",                  "/p/2",  THERE, packed(html(INTACT)), LISTED, LISTED),
    Kind("listing intact, one line",                "/p/3",  THERE, html('<div class="result-card"><span class="who">Jane Doe</span>, 44, <span>Columbus, OH</span></div>'), LISTED, LISTED),
    Kind("listing intact, last name first",         "/p/4",  THERE, html(card("DOE, JANE", "(555) 010-0123")), LISTED, LISTED),
    Kind("listing intact with Turnstile",           "/p/5",  THERE, html(INTACT + '<form><div class="cf-turnstile" data-sitekey="x"></div></form><script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'), LISTED, LISTED),
    Kind("listing intact behind DataDome",          "/p/6",  THERE, html(INTACT, "x-datadome: protected"), LISTED, LISTED),
    Kind("listing intact, cookie banner over it",   "/p/7",  THERE, html('<div class="consent">We value your privacy. Accept all cookies</div>' + INTACT), LISTED, LISTED),
    Kind("listing among strangers",                 "/p/8",  THERE, html(STRANGERS + INTACT), LISTED, LISTED),
    Kind("listing by its birth year",               "/p/9",  THERE, html(card("Jane Doe", "Born March 1982")), LISTED, LISTED),
    Kind("listing by a relative's name",            "/p/10", THERE, html(card("Jane Doe", "Relatives: Robert M. Doe, Robert Doe")), LISTED, LISTED),
    Kind("listing with words of a template for none", "/p/11", THERE, html(INTACT + '<template><div id="no-results">No results</div></template><div id="no-results" hidden>No results</div>'), LISTED, LISTED),
    Kind("listing whose site was rebuilt",          "/p/12", THERE, html("<section class=person><b>Jane Doe</b><br>12 Elm Street</section>", foot=""), CHANGED, LISTED),
    Kind("rebuilt, with a left-over word of none",  "/p/13", THERE, html("<section class=person><b>Jane Doe</b><br>12 Elm Street</section><div id=no-results>0 results</div>"), CHANGED, LISTED),
    Kind("listing cut off inside its card",         "/p/14", THERE, html('<div class="result-card"><div class="who">Jane Doe</div><div class=line>12 Elm Street', foot=""), CHANGED, LISTED),
    Kind("listing in Latin-1 said to be UTF-8",     "/p/15", THERE, response("200 OK", "<title>Jane Doe</title><div class=result-card><div class=who>Jane Doe</div><div class=line>Columbus \u2013 né</div></div><footer><i class=site-id></i></footer>".encode("cp1252"), media_type="text/html; charset=utf-8"), LISTED, LISTED),
    Kind("listing in elements that touch",          "/p/18", THERE, html('<div class="result-card"><span class="who">Jane Doe</span><span>44</span><span>Columbus, OH</span></div>'), LISTED, LISTED),
    Kind("listing that tells other spellings",      "/p/19", THERE, html(card("Jane Doe", "Also known as: Jane Q. Doe, Jane M. Doe", "Columbus, OH")), LISTED, LISTED),
    # Somebody else's record.
    Kind("namesake",                                "/o/1",  UNTOLD, html(card("Jane Doe", "71, Tampa, FL")), CHANGED, CHANGED),
    Kind("namesake of the right age",               "/o/2",  UNTOLD, html(card("Jane Doe", "Age 44, Tampa, FL")), CHANGED, CHANGED),
    Kind("namesake at a house number like the year", "/o/3", UNTOLD, html(card("Jane Doe", "1982 Oak Road, Tampa, FL")), CHANGED, CHANGED),
    Kind("namesake in a street named like the town", "/o/4", UNTOLD, html(card("Jane Doe", "7 Columbus Avenue, Tampa, FL")), CHANGED, CHANGED),
    Kind("namesake beside a stranger of the town",  "/o/5",  UNTOLD, html(card("Jane Doe", "Tampa, FL") + card("Robert Miller", "Columbus, OH")), CHANGED, CHANGED),
    Kind("namesake beside links to towns",          "/o/6",  UNTOLD, html(card("Jane Doe", "Tampa, FL") + "<ul><li><a>Tampa</a></li><li><a>Columbus</a></li></ul>"), CHANGED, CHANGED),
    Kind("longer name with the same words",         "/o/7",  UNTOLD, html(card("Mary Jane Doe", "Columbus, OH"), title="Mary Jane Doe", heading="Mary Jane Doe"), CHANGED, CHANGED),
    Kind("double name beginning with the same",     "/o/8",  UNTOLD, html(card("Jane Doe-Smith", "Columbus, OH"), title="Jane Doe-Smith", heading="Jane Doe-Smith"), CHANGED, CHANGED),
    Kind("names whose letters hold the name",       "/o/9",  UNTOLD, html(card("Janet Doerr", "Columbus, OH"), title="Janet Doerr", heading="Janet Doerr"), CHANGED, CHANGED),
    Kind("two names that only touch",               "/o/10", UNTOLD, html("<ul><li>Jane Smith</li><li>Robert Doe</li></ul><p>Columbus</p>", title="Columbus", heading="Columbus"), CHANGED, CHANGED),
    Kind("relative's page that names the person",   "/o/11", UNTOLD, html(card("Robert Doe", "Columbus, OH", "Relatives: Jane Doe"), title="Robert Doe", heading="Robert Doe"), CHANGED, CHANGED),
    Kind("relative's page, a list of relatives",    "/o/12", UNTOLD, html(card("Mary Roe", "Columbus, OH") + "<ul><li>Jane Doe, Columbus</li><li>Robert Doe</li></ul>", title="Mary Roe", heading="Mary Roe"), CHANGED, CHANGED),
    Kind("property page with the address alone",    "/o/13", UNTOLD, html(card("12 Elm Street", "Columbus, OH"), title="12 Elm Street", heading="12 Elm Street"), CHANGED, CHANGED),
    Kind("two lines of a table, one person each",   "/o/14", UNTOLD, html("<table><tr><td>Jane Doe</td><td>Tampa</td></tr><tr><td>Robert Miller</td><td>Columbus</td></tr></table>"), CHANGED, CHANGED),
    Kind("a third name in an element of its own",   "/o/15", UNTOLD, html('<div class="result-card"><span class="who"><i>Jane</i> <i>Doe</i> <i>Smith</i></span> <span>Columbus, OH</span></div>'), CHANGED, CHANGED),
    Kind("a stranger's heading inside one box",     "/o/16", UNTOLD, html('<div class="box"><div class="n">Jane Doe</div><h3>Janet Doeman</h3><div class="l">Columbus, OH</div></div>'), CHANGED, CHANGED),
    Kind("a list of people, two lines each",        "/o/17", UNTOLD, html("<dl><dt>Jane Doe</dt><dd>Tampa</dd><dt>Robert Miller</dt><dd>Columbus, OH</dd></dl>"), CHANGED, CHANGED),
    Kind("a long text between name and town",       "/o/18", UNTOLD, html('<div class="box"><div class="n">Jane Doe</div><p>' + "Some words. " * 90 + '</p><div class="l">Columbus</div></div>'), CHANGED, CHANGED),
    Kind("namesake, with a link to the person",     "/o/19", UNTOLD, html(card("Jane Doe", "Tampa, FL", "See also Jane Doe in Columbus, OH")), CHANGED, CHANGED),
    Kind("namesake, the person in the same line",   "/o/20", UNTOLD, html('<div class="result-card"><b class="who">Jane Doe</b>, Tampa, FL. See also Doe, Jane (Columbus, OH)</div>'), CHANGED, CHANGED),
    Kind("namesake of West Columbus",               "/o/21", UNTOLD, html(card("Jane Doe", "West Columbus, MA")), CHANGED, CHANGED),
    Kind("namesake of Columbus Gardens",            "/o/22", UNTOLD, html(card("Jane Doe", "Columbus Gardens, NY")), CHANGED, CHANGED),
    Kind("relative's page without title and h1",    "/o/23", UNTOLD, wall("200 OK", "<h2>John Doe</h2><ul><li>Jane Doe, Columbus</li></ul>"), CHANGED, CHANGED),
    Kind("relative's page, the person in its heading", "/o/24", UNTOLD, html("<p>Jane Doe, Columbus</p>", heading="Mary Smith - Jane Doe, relative"), CHANGED, CHANGED),
    Kind("a record hidden with spaces",             "/o/25", UNTOLD, html('<div style="display : none">Jane Doe, Columbus</div>'), CHANGED, CHANGED),
    Kind("a record made invisible",                 "/o/26", UNTOLD, html('<div style="visibility:hidden">Jane Doe, Columbus</div>'), CHANGED, CHANGED),
    Kind("a record in a closed dialog",             "/o/27", UNTOLD, html("<dialog>Jane Doe, Columbus</dialog>"), CHANGED, CHANGED),
    # Echoes, and nobody at all.
    Kind("SEO echo with strangers",                 "/e/1",  UNTOLD, html(ECHO + STRANGERS), CHANGED, CHANGED),
    Kind("SEO echo, nothing else",                  "/e/2",  UNTOLD, html(ECHO), CHANGED, CHANGED),
    Kind("SEO echo that knows the street",          "/e/3",  UNTOLD, html("<p class=intro>Jane Doe of 12 Elm Street: records found for you</p>" + STRANGERS), CHANGED, CHANGED),
    Kind("echo of the town in the address",         "/e/jane-doe/columbus/4", UNTOLD, html("<p class=intro>Jane Doe, Columbus</p>"), CHANGED, CHANGED),
    Kind("no results naming the person",            "/e/5",  NONE_THERE, html(NONE), GONE, CHANGED),
    Kind("no results, with an echo above",          "/e/6",  NONE_THERE, html(ECHO + NONE), GONE, CHANGED),
    Kind("no results, but strangers",               "/e/7",  NONE_THERE, html(NONE + STRANGERS), GONE, CHANGED),
    Kind("no results, but a namesake",              "/e/8",  NONE_THERE, html(NONE + card("Jane Doe", "Tampa, FL")), CHANGED, CHANGED),
    Kind("no results, shell missing",               "/e/9",  NONE_THERE, html(NONE, foot=""), CHANGED, CHANGED),
    Kind("no results beside a captcha",             "/e/10", UNTOLD, html(NONE + '<div class="g-recaptcha"></div>'), BLOCKED, BLOCKED),
    Kind("soft 404 that its rule knows",            "/e/11", NONE_THERE, html("<p>The page you requested is no longer available.</p>"), GONE, CHANGED),
    Kind("soft 404 that nobody knows",              "/e/12", NONE_THERE, html("<p>Record not found.</p>"), CHANGED, CHANGED),
    Kind("soft 404 naming the person",              "/e/13", NONE_THERE, html("<p>Jane Doe, Columbus: this record was removed.</p>"), CHANGED, CHANGED),
    Kind("the front page in its place",             "/e/14", UNTOLD, html("<p>Find anybody in 50 states.</p><form><input name=q></form>", title="Example Search", heading="Find people"), CHANGED, CHANGED),
    Kind("a login page in its place",               "/e/15", UNTOLD, html("<form><input type=password>Sign in to see Jane Doe, Columbus</form>", title="Sign in", heading="Sign in"), CHANGED, CHANGED),
    Kind("a form filled with the question",         "/e/16", UNTOLD, html("<form><p>Jane Doe, Columbus</p></form>"), CHANGED, CHANGED),
    Kind("a cookie wall in its place",              "/e/17", UNTOLD, html("<p>We value your privacy. Accept all cookies to go on.</p>", title="Consent", heading="Cookies"), CHANGED, CHANGED),
    Kind("JavaScript shell",                        "/e/18", UNTOLD, wall("200 OK", '<!doctype html><title>Example Search</title><div id="root"></div><script src="/app.js"></script>'), CHANGED, CHANGED),
    Kind("the record inside a script",              "/e/19", UNTOLD, html('<script>var p = "Jane Doe, Columbus";</script>'), CHANGED, CHANGED),
    Kind("the record inside a comment",             "/e/20", UNTOLD, html("<!-- <p>Jane Doe, Columbus</p> -->"), CHANGED, CHANGED),
    Kind("the question in headings alone",          "/e/21", UNTOLD, html("<h2>Jane Doe, Columbus, OH</h2>" + STRANGERS), CHANGED, CHANGED),
    Kind("an empty place for words of none",        "/e/22", UNTOLD, html('<div id="no-results"></div>'), CHANGED, CHANGED),
    Kind("a heading that says it is gone",          "/e/23", NONE_THERE, html("<p>Jane Doe, Columbus</p>", heading="Jane Doe: record not found"), CHANGED, CHANGED),
    Kind("no longer available, something else",     "/e/24", UNTOLD, html("<p>Fax reports are no longer available.</p>"), CHANGED, CHANGED),
    Kind("words of none that do not show",          "/e/25", UNTOLD, html('<div id="no-results" style="visibility:hidden">No results</div>'), CHANGED, CHANGED),
    Kind("words of none, hidden with spaces",       "/e/26", UNTOLD, html('<div id="no-results" style="display : none">No results</div>'), CHANGED, CHANGED),
    Kind("words of none, hidden by a class",        "/e/27", UNTOLD, html('<div id="no-results" class="d-none">No results</div><div id="app"></div>'), CHANGED, CHANGED),
    Kind("words of none in a closed dialog",        "/e/28", UNTOLD, html("<dialog>This page is no longer available</dialog>"), CHANGED, CHANGED),
    Kind("words of none in the title alone",        "/e/29", UNTOLD, html("<div id=app></div>", title="This page is no longer available"), CHANGED, CHANGED),
    Kind("removed, in a heading",                   "/e/30", NONE_THERE, html("<h2>Record removed</h2><p>Jane Doe, Columbus, OH</p>"), CHANGED, CHANGED),
    Kind("removed, hidden by privacy request",      "/e/31", NONE_THERE, html("<p>Jane Doe, Columbus, OH</p><p>Hidden by privacy request.</p>"), CHANGED, CHANGED),
    Kind("removed, taken down",                     "/e/32", NONE_THERE, html("<p>Jane Doe, Columbus, OH. This page was taken down.</p>"), CHANGED, CHANGED),
    Kind("removed, now private",                    "/e/33", NONE_THERE, html("<p>Jane Doe, Columbus: this profile is now private</p>"), CHANGED, CHANGED),
    Kind("removed, could not locate",               "/e/34", NONE_THERE, html("<p>Jane Doe, Columbus OH - we could not locate this person</p>"), CHANGED, CHANGED),
    Kind("removed, no data",                        "/e/35", NONE_THERE, html("<p>Jane Doe (Columbus, OH): no data</p>"), CHANGED, CHANGED),
    Kind("removed, nothing here any more",          "/e/36", NONE_THERE, html("<p>Jane Doe in Columbus, OH</p><p>Sorry, nothing here any more.</p>"), CHANGED, CHANGED),
    # Gone by its status.
    Kind("404 on the saved address",                "/g/1",  NONE_THERE, html("<p>Not found</p>", status="404 Not Found", heading="Page not found"), GONE, GONE),
    Kind("410 on the saved address",                "/g/2",  NONE_THERE, html("<p>Gone</p>", status="410 Gone", heading="Gone"), GONE, GONE),
    Kind("404 without a body",                      "/g/3",  NONE_THERE, response("404 Not Found"), CHANGED, GONE),
    Kind("404 of a plain web server",               "/g/4",  NONE_THERE, wall("404 Not Found", "<title>404 Not Found</title><h1>404 Not Found</h1><hr>nginx"), CHANGED, GONE),
    Kind("404 on an address put together",          "/find/doe/jane", UNTOLD, html("<p>Not found</p>", status="404 Not Found"), CHANGED, CHANGED),
    Kind("404 on the front page",                   "/",     UNTOLD, html("<p>Not found</p>", status="404 Not Found"), CHANGED, CHANGED),
    Kind("404 that shows the record",               "/g/7",  THERE, html(INTACT, status="404 Not Found"), CHANGED, CHANGED),
    Kind("404 with a captcha",                      "/g/8",  UNTOLD, wall("404 Not Found", '<div class="h-captcha"></div>'), CHANGED, BLOCKED),
    Kind("404 that is a challenge",                 "/g/9",  UNTOLD, wall("404 Not Found", "", MITIGATED), BLOCKED, BLOCKED),
    Kind("404 from DataDome",                       "/g/10", UNTOLD, wall("404 Not Found", "", "x-datadome: protected"), BLOCKED, BLOCKED),
    Kind("404 whose address has the town too",      "/il/columbus/g-11", THERE, error(INTACT_BY_TOWN), CHANGED, CHANGED),
    Kind("404 that repeats its own address",        "/jane-doe/columbus/g-12", NONE_THERE, error("<p>The requested URL /jane-doe/columbus/g-12 was not found.</p>"), GONE, GONE),
    Kind("404 with the name in its heading",        "/g/13", UNTOLD, error("<p>Age 44</p>", heading="Jane Doe"), CHANGED, CHANGED),
    Kind("404 with the name alone",                 "/g/14", UNTOLD, error("<p>Jane Doe</p><p>Age 44</p>"), CHANGED, CHANGED),
    Kind("404 with the record in a line like an echo", "/g/15", THERE, error("<p>Information about Jane Doe, 12 Elm Street</p>"), CHANGED, CHANGED),
    Kind("404 with the record aside",               "/g/16", THERE, error(f"<aside>{INTACT}</aside>"), CHANGED, CHANGED),
    Kind("404 with the record in a form",           "/g/17", THERE, error(f"<form>{INTACT}</form>"), CHANGED, CHANGED),
    Kind("404 with the record in the footer",       "/g/18", THERE, error(f"<footer>{INTACT}</footer>"), CHANGED, CHANGED),
    Kind("404 with the record in a marquee",        "/g/19", THERE, error(f"<marquee>{INTACT}</marquee>"), CHANGED, CHANGED),
    Kind("404 with the record in an object",        "/g/20", THERE, error(f"<object>{INTACT}</object>"), CHANGED, CHANGED),
    Kind("404 with the record in a script",         "/g/21", THERE, error('<script>show({"name": "Jane Doe"})</script>'), CHANGED, CHANGED),
    Kind("404 with the record after an odd comment", "/g/22", THERE, error(f"<!-- x --!>{INTACT}<!-- y -->"), CHANGED, CHANGED),
    Kind("404 with the street alone",               "/g/23", THERE, error("<p>J. D., 12 Elm St</p>"), CHANGED, CHANGED),
    Kind("404 with the name in parts",              "/g/24", THERE, error("<p>J<b>a</b>ne D<i>o</i>e</p>"), CHANGED, CHANGED),
    Kind("404, security check",                     "/g/25", UNTOLD, error("<p>Please confirm that you are a human being.</p>", heading="Security check"), BLOCKED, BLOCKED),
    Kind("404, too many requests",                  "/g/26", UNTOLD, error("<p>Too many requests. Slow down.</p>"), LIMITED, LIMITED),
    Kind("404, down for maintenance",               "/g/27", UNTOLD, error("<p>We are down for maintenance, back soon</p>"), DOWN, DOWN),
    Kind("404, not in your region",                 "/g/28", UNTOLD, error("<p>This content is not available in your region.</p>"), BLOCKED, BLOCKED),
    Kind("404, sign in",                            "/g/29", UNTOLD, error("<p>Sign in to see this profile</p>"), BLOCKED, BLOCKED),
    Kind("404, automated access",                   "/g/30", UNTOLD, error("<p>Automated access detected. Your IP has been blocked.</p>"), BLOCKED, BLOCKED),
    Kind("404, no robot in German",                 "/g/31", UNTOLD, error("<p>Bitte best&auml;tigen Sie, dass Sie kein Roboter sind</p>"), BLOCKED, BLOCKED),
    Kind("404, a rate limit in JSON",               "/g/32", UNTOLD, response("404 Not Found", b'{"error":"rate limit exceeded"}'), CHANGED, CHANGED),
    Kind("404, PDF",                                "/g/33", UNTOLD, response("404 Not Found", b"%PDF-1.7", media_type="application/pdf"), CHANGED, CHANGED),
    Kind("404 of a proxy, plain text",              "/g/34", UNTOLD, response("404 Not Found", b"404 page not found", media_type="text/plain"), CHANGED, CHANGED),
    Kind("404, come back later",                    "/g/35", UNTOLD, html("<p>x</p>", "retry-after: 100", status="404 Not Found", heading="x"), LIMITED, LIMITED),
    Kind("404 with a meta refresh",                 "/g/36", UNTOLD, error('<meta http-equiv="refresh" content="0;url=/p/jane-2">'), CHANGED, CHANGED),
    Kind("404 with a refresh in its head",          "/g/37", UNTOLD, html("<p>x</p>", "refresh: 0;url=/p/1", status="404 Not Found", heading="x"), CHANGED, CHANGED),
    Kind("404 whose script leads on",               "/g/38", UNTOLD, error('<script>location="/p/jane-2"</script>'), CHANGED, CHANGED),
    Kind("404, moved",                              "/g/39", UNTOLD, error("<p>This profile has moved to <a href=/p/9>its new page</a></p>"), CHANGED, CHANGED),
    Kind("404 that may have moved",                 "/g/40", NONE_THERE, error("<p>The page may have been moved or deleted. <a href='/search?location=OH'>Sign in</a></p>"), GONE, GONE),
    Kind("404, all lookups used up",                "/g/50", UNTOLD, error("<p>You have used all your free lookups for today.</p>"), BLOCKED, BLOCKED),
    Kind("404, an ad blocker",                      "/g/51", UNTOLD, error("<p>Turn off your ad blocker to see this record.</p>"), BLOCKED, BLOCKED),
    Kind("404, for members",                        "/g/52", UNTOLD, error("<p>Become a member to see this record.</p>"), BLOCKED, BLOCKED),
    Kind("404, high demand",                        "/g/53", UNTOLD, error("<p>Due to high demand we cannot show this record. Come back tomorrow.</p>"), BLOCKED, BLOCKED),
    Kind("404, a flagged IP address",               "/g/54", UNTOLD, error("<p>Your IP address has been flagged.</p>"), BLOCKED, BLOCKED),
    Kind("404, for visitors from one country",      "/g/55", UNTOLD, error("<p>This service is available only to visitors from the United States.</p>"), BLOCKED, BLOCKED),
    Kind("404, not for Europe",                     "/g/56", UNTOLD, error("<p>Our site is not offered to people in the European Union because of GDPR.</p>"), BLOCKED, BLOCKED),
    Kind("410, the domain is suspended",            "/g/57", UNTOLD, html("<p>Domain suspended. Contact your registrar.</p>", status="410 Gone", heading="x"), BLOCKED, BLOCKED),
    Kind("404 of a host without the site",          "/g/58", UNTOLD, error("<p>No such app. There is nothing here, yet.</p>"), BLOCKED, BLOCKED),
    Kind("404, too many requests in Spanish",       "/g/59", UNTOLD, error("<p>Demasiadas solicitudes, int&eacute;ntelo m&aacute;s tarde.</p>"), LIMITED, LIMITED),
    Kind("404, a human in French",                  "/g/60", UNTOLD, error("<p>&Ecirc;tes-vous un humain ?</p>"), BLOCKED, BLOCKED),
    Kind("404, a human in German",                  "/g/61", UNTOLD, error("<p>Bitte best&auml;tigen Sie, dass Sie ein Mensch sind.</p>"), BLOCKED, BLOCKED),
    Kind("404, back soon in German",                "/g/62", UNTOLD, error("<p>Wir sind gleich wieder da.</p>"), DOWN, DOWN),
    Kind("404 with the record in a data attribute", "/g/70", THERE, error('<div data-page="{&quot;name&quot;:&quot;Jane Doe&quot;,&quot;city&quot;:&quot;Columbus&quot;}"></div>'), CHANGED, CHANGED),
    Kind("404 with the record in its description",  "/g/71", THERE, error('<meta name=description content="Jane Doe lives in Columbus">'), CHANGED, CHANGED),
    Kind("404 with the record as a picture's text", "/g/72", THERE, error('<img alt="Jane Doe, Columbus" src=x>'), CHANGED, CHANGED),
    Kind("404 with the record as a field's value",  "/g/73", THERE, error('<input first="Jane" last="Doe" value="Columbus">'), CHANGED, CHANGED),
    Kind("404 with the record in a comment",        "/g/74", THERE, error("<!-- Jane Doe, Columbus -->"), CHANGED, CHANGED),
    Kind("404 with the record in escapes of a script", "/g/75", THERE, error(r'<script>n="\u004aane \u{44}oe";c="Columb\x75s"</script>'), CHANGED, CHANGED),
    Kind("404 with a page within",                  "/g/76", UNTOLD, error("<iframe src='/l/1'></iframe>"), CHANGED, CHANGED),
    Kind("404 with somebody else's page within",    "/g/77", NONE_THERE, error('<iframe src="https://example.com/tags"></iframe>'), GONE, GONE),
    Kind("404 packed in another way than asked for", "/g/80", UNTOLD, response("404 Not Found", b"\x1bxyz", "content-encoding: br", media_type="text/html"), CHANGED, CHANGED),
    Kind("404 packed in a way that nobody knows",   "/g/81", UNTOLD, response("404 Not Found", b"<p>x</p>", "content-encoding: x-own", media_type="text/html"), CHANGED, CHANGED),
    Kind("404 packed twice",                        "/g/82", UNTOLD, response("404 Not Found", gzip.compress(gzip.compress(b"<p>Jane Doe")), "content-encoding: gzip", media_type="text/html"), CHANGED, CHANGED),
    Kind("404 packed and cut off",                  "/g/83", UNTOLD, response("404 Not Found", gzip.compress(b"<p>Not found</p>" + b"x" * 999)[:-10], "content-encoding: gzip", media_type="text/html"), CHANGED, CHANGED),
    Kind("404 packed, whole",                       "/g/84", NONE_THERE, response("404 Not Found", gzip.compress(b"<p>Not found"), "content-encoding: gzip", media_type="text/html"), CHANGED, GONE),
    Kind("404 in UTF-7",                            "/g/85", THERE, response("404 Not Found", b"<p>+AEoAYQBuAGU- +AEQAbwBl-", media_type="text/html; charset=utf-7"), CHANGED, CHANGED),
    Kind("404 in EBCDIC",                           "/g/86", THERE, response("404 Not Found", "<p>Jane Doe, Columbus".encode("cp500"), media_type="text/html; charset=cp500"), CHANGED, CHANGED),
    Kind("404 in UTF-16 that nobody names",         "/g/87", THERE, response("404 Not Found", "<p>Jane Doe, Columbus".encode("utf-16-be"), media_type="text/html"), CHANGED, CHANGED),
    Kind("404 in an encoding that nobody knows",    "/g/88", UNTOLD, response("404 Not Found", b"<p>x</p>", media_type="text/html; charset=own"), CHANGED, CHANGED),
    Kind("404 on an address put together, page one", "/find/doe/jane?page=1", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on an address put together, two slashes", "//find/doe/jane", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on an address put together, with the state", "/find/doe/jane/oh", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on another broker's way to put together", "/people/Jane-Doe/Columbus", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on an address of name and street",    "/jane-doe/12-elm-street", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on a search",                         "/search?name=Jane+Doe&city=Columbus", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on the front page by its file",       "/index.html", UNTOLD, error("<p>x</p>"), CHANGED, CHANGED),
    Kind("404 on a name with a number",             "/jane-doe/p41873", NONE_THERE, error("<p>x</p>"), GONE, GONE),
    Kind("404 on a name with an opaque word",       "/jane-doe/GkXbTqR", NONE_THERE, error("<p>x</p>"), GONE, GONE),
    Kind("404 with an endless script",              "/g/46", UNTOLD, error("<script>" + "jane " * 50_000 + "</script>"), LARGE, LARGE),
    Kind("words of none, the town in the address",  "/x/columbus/g-41", THERE, html('<div class="profile"><div>Jane Doe</div><div>Columbus, OH</div></div>' + NONE), CHANGED, CHANGED),
    Kind("words of none beside the name alone",     "/g/42", UNTOLD, html("<section><h2>Jane Doe</h2><p>Age 44</p></section>" + NONE), CHANGED, CHANGED),
    Kind("words of none, the record in a marquee",  "/g/43", THERE, html(f"<marquee>{INTACT}</marquee>{NONE}"), CHANGED, CHANGED),
    Kind("words of none, the record in a navigation", "/g/44", THERE, html(f"<nav>{INTACT}</nav>{NONE}"), CHANGED, CHANGED),
    Kind("words of none, the record in a line like an echo", "/g/45", THERE, html(f"<p>Information about Jane Doe, 12 Elm Street</p>{NONE}"), CHANGED, CHANGED),
    Kind("words of none, the record after an odd comment", "/p/20", THERE, html(f"{NONE}<!-- x --!>{INTACT}<!-- y -->"), LISTED, CHANGED),
    # Redirects.
    Kind("redirect to the front page",              "/r/1",  UNTOLD, response("302 Found", b"", "location: /"), CHANGED, CHANGED),
    Kind("redirect to a search",                    "/r/2",  UNTOLD, response("301 Moved Permanently", b"", "location: /search?q=jane"), CHANGED, CHANGED),
    Kind("redirect to a login",                     "/r/3",  UNTOLD, response("302 Found", b"", "location: /login"), CHANGED, CHANGED),
    Kind("redirect to another host",                "/r/4",  UNTOLD, response("302 Found", b"", "location: https://example.com/"), CHANGED, CHANGED),
    # Bot walls.
    Kind("Cloudflare challenge, 403",               "/w/1",  UNTOLD, wall("403 Forbidden", CHALLENGE, MITIGATED, "cf-ray: 8f-IAD"), BLOCKED, BLOCKED),
    Kind("Cloudflare challenge, 429",               "/w/2",  UNTOLD, wall("429 Too Many Requests", CHALLENGE, MITIGATED), BLOCKED, BLOCKED),
    Kind("Cloudflare challenge, 503",               "/w/3",  UNTOLD, wall("503 Service Unavailable", CHALLENGE, MITIGATED), BLOCKED, BLOCKED),
    Kind("Cloudflare challenge, 200 without header", "/w/4", UNTOLD, wall("200 OK", CHALLENGE), BLOCKED, BLOCKED),
    Kind("Cloudflare block",                        "/w/5",  UNTOLD, wall("403 Forbidden", "<title>Attention Required! | Cloudflare</title>Sorry, you have been blocked", "cf-ray: 8f-IAD"), BLOCKED, BLOCKED),
    Kind("DataDome",                                "/w/6",  UNTOLD, wall("403 Forbidden", '<script src="https://geo.captcha-delivery.com/c.js"></script>', "x-datadome: protected", "x-dd-b: 1"), BLOCKED, BLOCKED),
    Kind("HUMAN",                                   "/w/7",  UNTOLD, wall("200 OK", '<div id="px-captcha"></div><p>Press &amp; Hold to confirm you are a human</p>'), BLOCKED, BLOCKED),
    Kind("Imperva",                                 "/w/8",  UNTOLD, wall("200 OK", '<iframe src="/_Incapsula_Resource?SWUDNSAI=31">Request unsuccessful. Incapsula incident ID: 0</iframe>'), BLOCKED, BLOCKED),
    Kind("AWS WAF, 202",                            "/w/9",  UNTOLD, wall("202 Accepted", "", "x-amzn-waf-action: challenge"), BLOCKED, BLOCKED),
    Kind("AWS WAF, 405",                            "/w/10", UNTOLD, wall("405 Method Not Allowed", "", "x-amzn-waf-action: captcha"), BLOCKED, BLOCKED),
    Kind("Akamai",                                  "/w/11", UNTOLD, wall("403 Forbidden", "<h1>Access Denied</h1>Reference #18.0"), BLOCKED, BLOCKED),
    Kind("Turnstile alone",                         "/w/12", UNTOLD, wall("200 OK", '<title>One more step</title><div class="cf-turnstile"></div>'), CHANGED, BLOCKED),
    Kind("wall that echoes the person",             "/w/13", UNTOLD, html("<p>Jane Doe, Columbus: verify you are human to see records for Jane Doe</p>"), BLOCKED, BLOCKED),
    Kind("wall that only its rule knows",           "/w/14", UNTOLD, html(NONE, "x-farm-wall: 1"), BLOCKED, CHANGED),
    Kind("401",                                     "/w/15", UNTOLD, wall("401 Unauthorized", "Sign in"), REFUSED, REFUSED),
    Kind("429 without a challenge",                 "/w/16", UNTOLD, wall("429 Too Many Requests", "slow down"), LIMITED, LIMITED),
    Kind("451, not in your country",                "/w/17", UNTOLD, wall("451 Unavailable For Legal Reasons", "Not offered in the EU"), BLOCKED, BLOCKED),
    # Broken answers.
    Kind("500",                                     "/b/1",  UNTOLD, wall("500 Internal Server Error", "oops"), DOWN, DOWN),
    Kind("503",                                     "/b/2",  UNTOLD, wall("503 Service Unavailable", "<h1>Maintenance</h1>"), DOWN, DOWN),
    Kind("204",                                     "/b/3",  UNTOLD, response("204 No Content"), CHANGED, CHANGED),
    Kind("400",                                     "/b/4",  UNTOLD, wall("400 Bad Request", NONE), CHANGED, CHANGED),
    Kind("empty",                                   "/b/5",  UNTOLD, response("200 OK"), CHANGED, CHANGED),
    Kind("spaces",                                  "/b/6",  UNTOLD, wall("200 OK", " \n" * 500), CHANGED, CHANGED),
    Kind("cut off in transit",                      "/b/7",  THERE, announced_but_cut, NETWORK, NETWORK),
    Kind("connection reset",                        "/b/8",  UNTOLD, reset, NETWORK, NETWORK),
    Kind("JSON",                                    "/b/9",  THERE, response("200 OK", b'{"name": "Jane Doe", "city": "Columbus"}'), CHANGED, CHANGED),
    Kind("plain text",                              "/b/17", THERE, response("200 OK", b"Jane Doe, Columbus", media_type="text/plain"), CHANGED, CHANGED),
    Kind("PDF",                                     "/b/10", THERE, response("200 OK", b"%PDF-1.7 Jane Doe, Columbus", media_type="application/pdf"), CHANGED, CHANGED),
    Kind("wrong charset: UTF-16 that is none",      "/p/16", THERE, response("200 OK", b"<title>Jane Doe</title><p>Jane Doe, Columbus</p>\xff", media_type="text/html; charset=utf-16"), CHANGED, LISTED),
    Kind("wrong charset: UTF-16 mark before ASCII", "/b/12", THERE, response("200 OK", b"\xff\xfe<p>Jane Doe, Columbus</p>", media_type="text/html"), CHANGED, CHANGED),
    Kind("gzip that is none",                       "/b/13", UNTOLD, response("200 OK", b"<p>hello", "content-encoding: gzip", media_type="text/html"), CHANGED, CHANGED),
    Kind("gzip bomb",                               "/b/14", UNTOLD, gzip_bomb(50 * MIB), LARGE, LARGE),
    Kind("30 MB announced",                         "/b/15", UNTOLD, response("200 OK", b" " * 30 * MIB, media_type="text/html"), LARGE, LARGE),
    Kind("30 MB unannounced",                       "/b/16", UNTOLD, endless, LARGE, LARGE),
    # Hostile HTML.
    Kind("four hundred thousand nested blocks",            "/h/1",  UNTOLD, wall("200 OK", "<div>" * 400_000), CHANGED, CHANGED),
    Kind("a quarter of a million attributes",       "/h/2",  UNTOLD, wall("200 OK", "<div " + " ".join(f"a{i}" for i in range(250_000))), CHANGED, CHANGED),
    Kind("formatting left open for ever",           "/h/3",  UNTOLD, wall("200 OK", "<p>" + "".join(f"<b a{i}>" for i in range(9_000)) + "<p>x" * 250_000), CHANGED, CHANGED),
    Kind("zero bytes and bytes of no encoding",     "/h/4",  UNTOLD, wall("200 OK", b"\x00<p>\xff\xfe\x80<\x00script>" * 5000), CHANGED, CHANGED),
    Kind("name parted by invisible characters",     "/p/17", THERE, html(card("Ja\u200bne Do\u00ade", "Colum\u200dbus, OH")), LISTED, LISTED),
    Kind("name in another script's look-alikes",    "/h/6",  THERE, html(card("J\u0430ne Doe", "Columbus, OH")), CHANGED, CHANGED),
    Kind("more words than a listing has",           "/h/7",  THERE, html("<p>Jane Doe, Columbus</p>" + "<p>word</p>" * 10_000 + "<p>" + "x " * 300_000 + "</p>"), LARGE, LARGE),
    Kind("a record that does not show",             "/h/8",  UNTOLD, html(f'<div style="display: none">{INTACT}</div>'), CHANGED, CHANGED),
)
# fmt: on


class Farm(Wire):
    """Every kind of page at its path."""

    def _reply(self, path: str) -> Reply:
        return next((kind.reply for kind in KINDS if kind.path == path), response("404 Not Found"))


@contextmanager
def farm() -> Iterator[Farm]:
    service = Farm()
    try:
        yield service
    finally:
        service.close()


def brokers_of(service: Farm, place: Path) -> Mapping[str, Broker]:
    """Give the farm twice, as a person's own files describe it: with a rule and without one."""
    place.mkdir(parents=True, exist_ok=True)
    for slug, rule in (("farm-full", RULE), ("farm-generic", "")):
        facts = FACTS.format(slug=slug, base_url=service.base_url)
        (place / f"{slug}.yaml").write_text(facts + rule, encoding="utf-8")
    return load_brokers(place)


def fetch(service: Farm, path: str) -> Page | Unanswered:
    """Ask as the program does, through its own client."""
    with Http(service.base_url, limits=Limits(connect=5, read=10, total=30, attempts=1)) as http:
        try:
            answer = http.get(path)
        except Unanswered as unanswered:
            return unanswered
    url = service.base_url + path
    return Page(url, url, answer.status, answer.headers, answer.body)


def verdict(page: Page | Unanswered, broker: Broker) -> str:
    if isinstance(page, Unanswered):
        return f"inconclusive({page.verdict.reason})"
    return told(judge(page, broker, JANE))


def told(look: Judgement) -> str:
    match look:
        case Listed():
            return LISTED
        case NotListed():
            return GONE
        case Unsure(reason):
            return f"inconclusive({reason})"


def passes(page: Page | Unanswered, broker: Broker) -> str:
    return "passes" if isinstance(page, Page) and judge_control(page, broker) else "fails"


def matrix(place: Path) -> str:
    """Ask for every kind of page and give the table of what it was taken to say."""
    lines = [
        "# What a broker's page is taken to say",
        "",
        "Made by `python -m tests.broker_farm`: every kind of page, asked for on loopback through the",
        "program's own client, judged by a full rule and by the generic one. The last column: whether it",
        "would pass as the control of a run (generic rule).",
        "",
        "| page | full rule | generic rule | as control |",
        "|---|---|---|---|",
    ]
    with farm() as service:
        brokers = brokers_of(service, place)
        for kind in KINDS:
            page = fetch(service, kind.path)
            full, generic = brokers["farm-full"], brokers["farm-generic"]
            cells = (kind.name, verdict(page, full), verdict(page, generic), passes(page, generic))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    stamina.set_testing(True, attempts=1)
    with tempfile.TemporaryDirectory() as place:
        sys.stdout.write(matrix(Path(place)))


if __name__ == "__main__":
    main()
