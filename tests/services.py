"""Every source as it stands on the wire: whom a request is about, and its own true answers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote

from tests.wire import EMPTY_404, Reply, json_response, names, response

JANE = "jane@example.com"
JSON = "application/json"
HTML = "text/html"
TOKEN = ("a1b2c3", "d4e5f6")

SHA1 = hashlib.sha1(JANE.encode(), usedforsecurity=False).hexdigest().upper()
PREFIX, SUFFIX = SHA1[:6], SHA1[6:]
FOREIGN_SUFFIX = "0" * 34
SHA256 = hashlib.sha256(JANE.encode()).hexdigest()[:24]

NOWHERE = response("404 Not Found", b"<h1>no such page</h1>", media_type=HTML)


@dataclass(frozen=True, kw_only=True)
class Service:
    """One source. `marks`: how a decoded path shows what a request is about, first match first.

    `person` and `canary` are about an identifier; `negative` is a canary that must not be found.
    `replies`: what each of them is answered, but for the person. `word`: some text that is used.
    """

    column: str
    source: str
    section: str
    job: str
    marks: tuple[tuple[str, str], ...]
    replies: Mapping[str, Reply]
    body: bytes
    clean: bytes
    word: bytes
    keys: tuple[str, ...]
    media_type: str = JSON
    canary_says: str = "found"
    keyed: bool = False

    @property
    def found(self) -> bytes:
        return self.says(self.body)

    def says(self, body: bytes, *headers: str, status: str = "200 OK") -> bytes:
        """Give a response of this service's own content type."""
        return response(status, body, *headers, media_type=self.media_type)

    def about(self, path: str) -> str:
        """Say what a request is about."""
        decoded = unquote(path)
        return next((role for role, mark in self.marks if mark in decoded), "nothing")


def dumped(document: object) -> bytes:
    return json.dumps(document).encode()


def analytics(*breaches: dict[str, object], **changes: object) -> dict[str, object]:
    """Give XposedOrNot's /v1/breach-analytics document."""
    sites = ";".join(str(one.get("breach")) for one in breaches)
    return {
        "BreachMetrics": {"industry": [[["info", 1]]]} if breaches else None,
        "BreachesSummary": {"domain": "", "site": sites, "tmpstmp": ""},
        "ExposedBreaches": {"breaches_details": list(breaches)} if breaches else None,
        "ExposedPastes": None,
        "PasteMetrics": None,
        "PastesSummary": {"cnt": 0, "domain": "", "tmpstmp": ""},
        **changes,
    }


XON_ADOBE: dict[str, object] = {
    "breach": "Adobe",
    "details": "In October 2013 accounts were <em>copied</em>.",
    "domain": "adobe.com",
    "industry": "Information Technology",
    "logo": "https://example.com/adobe.png",
    "password_risk": "hardtocrack",
    "references": "",
    "searchable": "Yes",
    "verified": "Yes",
    "xposed_data": "Email addresses;Passwords",
    "xposed_date": "2013",
    "xposed_records": 152445165,
}

LEAKS: dict[str, object] = {
    "success": True,
    "found": 3,
    "fields": ["username", "password"],
    "sources": [{"name": "Adobe.com", "date": "2013-10"}],
}
NO_LEAKS: dict[str, object] = {"success": False, "error": "Not found"}

INFECTED = (
    "This email address is associated with a computer that was infected by an info-stealer, all "
    "the credentials saved on this computer are at risk of being accessed by cybercriminals. "
    "Visit https://www.hudsonrock.com/free-tools to discover additional free tools."
)
NOT_INFECTED = (
    "This email address is not associated with a computer infected by an info-stealer. "
    "Visit https://www.hudsonrock.com/free-tools to discover additional free tools."
)
STEALER: dict[str, object] = {
    "total_corporate_services": 0,
    "total_user_services": 21,
    "date_compromised": "2023-05-01T10:11:12.000Z",
    "stealer_family": "RedLine",
    "computer_name": "DESKTOP-JANE7Q",
    "operating_system": "Windows 10",
    "malware_path": "C:\\Users\\jane\\setup.exe",
    "antiviruses": ["Windows Defender"],
    "ip": "203.0.113.77",
    "top_passwords": ["1*****5hunter"],
    "top_logins": ["j****@example.com"],
}
CAVALIER: dict[str, object] = {
    "message": INFECTED,
    "stealers": [STEALER],
    "total_corporate_services": 0,
    "total_user_services": 21,
}
NO_CAVALIER: dict[str, object] = {
    "message": NOT_INFECTED,
    "stealers": [],
    "total_corporate_services": 0,
    "total_user_services": 0,
}

PASTE: dict[str, object] = {
    "Source": "Pastebin",
    "Id": "8Q0BvKD8",
    "Title": "syslog",
    "Date": "2014-03-04T19:14:54Z",
    "EmailCount": 139,
}
PLAN: dict[str, object] = {"SubscriptionName": "Core 1", "Rpm": 1000, "IncludesKAnon": False}


def onion_page(*parts: str, title: str | None = None, token: tuple[str, str] = TOKEN) -> bytes:
    """Give a page of Ahmia's, with the search form that every one of them has."""
    name, value = token
    form = (
        '<form id="searchForm" class="autocomplete" action="/search/" method="get">'
        '<input id="id_q" type="search" name="q" title="q">'
        f'<input type="hidden" name="{name}" value="{value}"></form>'
    )
    head = f"<head><title>\n  {title or 'Search results for Ahmia'}\n</title></head>"
    return "\n".join(
        ["<!DOCTYPE html>", '<html lang="en">', head, "<body>", form, *parts, "</body>", "</html>"]
    ).encode()


def onion_result(
    title: str = "Fresh combo",
    summary: str = "nothing of note",
    *,
    words: str = JANE,
    site: str = "aaaa.onion",
    style: str = "",
    target: str = "http://aaaa.onion/t?id=1&p=2",
) -> str:
    """Give one result as its template renders it: the link repeats the words searched for."""
    link = f"/search/redirect?search_term={words}&redirect_url={target}"
    styled = f' style="{style}"' if style else ""
    return (
        f'<li class="result"{styled}>\n  <h4>\n    <a\n      href="{escape(link)}">\n'
        f"        {escape(title)}\n    </a>\n  </h4>\n    <p>{escape(summary)}</p>\n"
        f"  <cite>{escape(site)}</cite>\n  &mdash;\n"
        '  <span class="lastSeen" data-timestamp="Nov. 1, 2026, 10 a.m.">2 weeks</span>\n</li>'
    )


def onion_list(*results: str, title: str | None = None) -> bytes:
    return onion_page('<ol class="searchResults">', *results, "</ol>", title=title)


def onion_nothing(words: str = JANE, title: str | None = None) -> bytes:
    apology = "Sorry, but Ahmia couldn't find results for"
    return onion_page(
        f'<p id="noResults"> {apology} <code>{escape(words)}</code>.</p>', title=title
    )


MENTION = onion_result(summary=f"contains {JANE}:hunter2")
AHMIA_KEY = f"aaaa.onion/{hashlib.sha256(b'http://aaaa.onion/t?id=1&p=2').hexdigest()[:16]}"

HIBP_PLAN = ("plan", "/subscription/status")
HIBP_CANARY = ("canary", "/account-exists@hibp-integration-tests.com")

HIBP_NEGATIVE = ("negative", "/opt-out@hibp-integration-tests.com")

HIBP_BREACHES = Service(
    column="hibp_breaches",
    source="hibp_breaches",
    section="hibp",
    job="breach_recheck",
    marks=(
        ("person", f"/breachedaccount/{JANE}"),
        HIBP_CANARY,
        HIBP_NEGATIVE,
        HIBP_PLAN,
        ("catalogue", "/breaches"),
    ),
    replies={
        "canary": names("Adobe"),
        "negative": EMPTY_404,
        "plan": json_response(PLAN),
        "catalogue": json_response([]),
    },
    body=dumped([{"Name": "Adobe"}]),
    clean=EMPTY_404,
    word=b"Adobe",
    keys=("adobe",),
    keyed=True,
)

HIBP_RANGE = Service(
    column="hibp_range",
    source="hibp_breaches",
    section="hibp",
    job="breach_recheck",
    marks=(
        ("person", f"/breachedaccount/range/{PREFIX}"),
        ("canary", "/breachedaccount/range/6B5917"),
        HIBP_PLAN,
        ("catalogue", "/breaches"),
    ),
    replies={
        "canary": json_response(
            [
                {"hashSuffix": "C6C0AADE0C085843D66E4944E108C4A4CD", "websites": ["Adobe"]},
                {"hashSuffix": FOREIGN_SUFFIX, "websites": ["Unrelated"]},
            ]
        ),
        "plan": json_response({**PLAN, "IncludesKAnon": True}),
        "catalogue": json_response([]),
    },
    body=dumped(
        [
            {"hashSuffix": SUFFIX, "websites": ["Adobe"]},
            {"hashSuffix": FOREIGN_SUFFIX, "websites": ["Unrelated"]},
        ]
    ),
    clean=json_response([{"hashSuffix": FOREIGN_SUFFIX, "websites": ["Unrelated"]}]),
    word=b"Adobe",
    keys=("adobe",),
    keyed=True,
)

HIBP_PASTES = Service(
    column="hibp_pastes",
    source="hibp_pastes",
    section="hibp_pastes",
    job="dark_web_monitor",
    marks=(("person", f"/pasteaccount/{JANE}"), HIBP_CANARY, HIBP_NEGATIVE, HIBP_PLAN),
    replies={
        "canary": json_response([PASTE]),
        "negative": EMPTY_404,
        "plan": json_response(PLAN),
    },
    body=dumped([PASTE]),
    clean=EMPTY_404,
    word=b"Pastebin",
    keys=("pastebin/8Q0BvKD8",),
    keyed=True,
)

XPOSEDORNOT = Service(
    column="xposedornot",
    source="xposedornot",
    section="xposedornot",
    job="breach_recheck",
    marks=(
        ("person", f"/v1/breach-analytics?email={JANE}"),
        ("canary", "/v1/breach-analytics?email=test@example.com"),
        ("negative", "/v1/breach-analytics?email="),
    ),
    replies={
        "canary": json_response(analytics(XON_ADOBE)),
        "negative": json_response(analytics()),
    },
    body=dumped(analytics(XON_ADOBE)),
    clean=json_response(analytics()),
    word=b"Adobe",
    keys=("adobe",),
)

LEAKCHECK = Service(
    column="leakcheck",
    source="leakcheck",
    section="leakcheck",
    job="breach_recheck",
    marks=(
        ("person", f"/public?check={SHA256}"),
        ("canary", "/public?check=31c5543c1734d25c7206f5fd"),
        ("negative", "/public?check="),
    ),
    replies={"canary": json_response(LEAKS), "negative": json_response(NO_LEAKS)},
    body=dumped(LEAKS),
    clean=json_response(NO_LEAKS),
    word=b"Adobe",
    keys=("adobecom",),
)

HUDSONROCK = Service(
    column="hudsonrock",
    source="hudsonrock",
    section="hudsonrock",
    job="dark_web_monitor",
    marks=(
        ("person", f"/search-by-email?email={JANE}"),
        ("canary", "/search-by-email?email="),
    ),
    replies={"canary": json_response(NO_CAVALIER)},
    body=dumped(CAVALIER),
    clean=json_response(NO_CAVALIER),
    word=b"RedLine",
    keys=("2023-05-01T10:11:12Z",),
    canary_says="clean",
)

AHMIA = Service(
    column="ahmia",
    source="ahmia",
    section="ahmia",
    job="dark_web_monitor",
    marks=(
        ("person", f"/search/?q={JANE}&{TOKEN[0]}={TOKEN[1]}"),
        ("canary", f"/search/?q=wikipedia&{TOKEN[0]}={TOKEN[1]}"),
        ("stale", "/search/"),
        ("front", "/"),
    ),
    replies={
        "canary": response(
            "200 OK",
            onion_list(onion_result("Wikipedia", "an encyclopedia", words="wikipedia")),
            media_type=HTML,
        ),
        "stale": response("302 Found", b"", "location: /"),
        "front": response("200 OK", onion_page(title="Ahmia"), media_type=HTML),
    },
    body=onion_list(MENTION, onion_result(target="http://aaaa.onion/other")),
    clean=response("200 OK", onion_nothing(), media_type=HTML),
    word=b"hunter2",
    keys=(AHMIA_KEY,),
    media_type=HTML,
)

SERVICES = (
    HIBP_BREACHES,
    HIBP_RANGE,
    HIBP_PASTES,
    XPOSEDORNOT,
    LEAKCHECK,
    HUDSONROCK,
    AHMIA,
)
