"""Whether a page is a bot wall in the place of the broker's own: by its head first, then its body.

Signatures: Cloudflare's documentation for `cf-mitigated`, the others as seen in the field.
"""

import re
from collections.abc import Mapping

from digital_footprint.verdicts import Reason

# Any of these headers is there only when the edge has answered instead of the broker.
EDGE_HEADERS = ("cf-mitigated", "x-amzn-waf-action", "x-dd-b")

OK = 200
STATUSES: Mapping[int, Reason] = {
    401: Reason.UNAUTHORISED,
    403: Reason.BLOCKED,
    405: Reason.BLOCKED,
    407: Reason.BLOCKED,
    429: Reason.RATE_LIMITED,
    451: Reason.BLOCKED,
}

# No page of a broker's own has these.
CHALLENGES = (
    "<title>just a moment...",
    "_cf_chl_opt",
    "<title>attention required! | cloudflare",
    "sorry, you have been blocked",
    "geo.captcha-delivery.com",
    "press & hold",
    "press &amp; hold",
    'id="px-captcha"',
    "gokuprops",
    "incapsula incident id",
    "pardon our interruption",
)
# Real pages carry these scripts and words too: they count where nothing of the person is shown.
CAPTCHAS = (
    "/cdn-cgi/challenge-platform/",
    "_incapsula_resource",
    "g-recaptcha",
    "h-captcha",
    "cf-turnstile",
    "captcha",
    "awswafintegration",
    "verify you are human",
    "verify you are a human",
    "verify that you are not a robot",
    "are you a robot",
    "unusual traffic",
    "checking your browser",
    "enable javascript and cookies",
    "access denied",
)


# What an error page says that is not about a listing at all, with what a note calls it.
RATE_LIMIT = re.compile(
    r"\btoo many (?:requests|attempts)\b|\brate.?limit|\bslow down\b|\brequest limit\b"
    r"|\bquota\b|\bzu viele (?:anfragen|zugriffe)\b"
)
PAUSE = re.compile(
    r"\bmaintenance\b|\btemporar|\bback (?:soon|shortly|online|in a)\b|\boverloaded\b"
    r"|\btry again (?:later|in|soon)\b|\bservice unavailable\b|\bserver error\b|\bwartung"
)
WALL = re.compile(
    r"\bsecurity (?:check|verification|challenge|service)\b|\bhuman\b|\b(?:ro)?bots?\b|\broboter\b"
    r"|\bcaptcha|\bautomated\b|\b(?:unusual|suspicious) (?:traffic|activity)\b|\bvpn\b|\bproxy\b"
    r"|\bblocked\b|\bbanned\b|\b(?:access|permission) (?:is |was )?denied\b|\bforbidden\b"
    r"|\bunauthori[sz]ed\b|\bchecking your browser\b"
    r"|\b(?:enable|requires?) (?:javascript|cookies)\b"
    r"|\bin your (?:region|country|location|area|state|jurisdiction)\b"
    r"|\b(?:sign|log)(?:ged)?.?in (?:to|for|first|required)\b|\bplease (?:sign|log).?in\b"
    r"|\b(?:members|subscribers) only\b|\bjust a moment\b|\bplease wait\b|\bone moment\b"
)
MOVE = re.compile(
    r"\b(?:has|was|is) (?:been )?(?:moved|renamed|relocated|merged)\b|\bmoved permanently\b"
    r"|\bmoved to\b|\bnew (?:address|location|url|page|profile|home)\b|\bredirect"
)
OTHER_WORDS = (
    (RATE_LIMIT, Reason.RATE_LIMITED, "words of a rate limit"),
    (PAUSE, Reason.SERVER_ERROR, "words of a pause"),
    (WALL, Reason.BLOCKED, "words of a wall"),
    (MOVE, Reason.SOURCE_CHANGED, "words of a move"),
)


def wall_in_head(status: int, headers: Mapping[str, str]) -> tuple[Reason, str] | None:
    """Give the reason and the mark when status or headers already say that it is one."""
    for name in EDGE_HEADERS:
        if name in headers:
            return Reason.BLOCKED, f"header {name}"
    if "x-datadome" in headers and status != OK:
        return Reason.BLOCKED, "header x-datadome"
    if status in STATUSES:
        return STATUSES[status], f"status {status}"
    if status >= 500:
        return Reason.SERVER_ERROR, f"status {status}"
    if status != OK and "retry-after" in headers:
        return Reason.RATE_LIMITED, "header retry-after"
    if "refresh" in headers:
        return Reason.SOURCE_CHANGED, "header refresh"
    return None


def other_words_in(text: str) -> tuple[Reason, str] | None:
    """Give what else than a loss folded words of an error page may tell."""
    return next(((reason, note) for words, reason, note in OTHER_WORDS if words.search(text)), None)


def challenge_in(html: str) -> str | None:
    """Give the mark of a challenge that stands in the place of any page."""
    return _first(CHALLENGES, html)


def captcha_in(html: str) -> str | None:
    """Give the mark of what may be a challenge, on a page that shows nothing else."""
    return _first(CAPTCHAS, html)


def _first(marks: tuple[str, ...], html: str) -> str | None:
    small = html.casefold()
    return next((f"body {mark}" for mark in marks if mark in small), None)
