"""Whether a page is a bot wall in the place of the broker's own: by its head first, then its body.

Signatures: Cloudflare's documentation for `cf-mitigated`, the others as seen in the field.
"""

from collections.abc import Mapping

from digital_footprint.verdicts import Reason

# Any of these headers is there only when the edge has answered instead of the broker.
EDGE_HEADERS = ("cf-mitigated", "x-amzn-waf-action", "x-dd-b")

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


def wall_in_head(status: int, headers: Mapping[str, str]) -> tuple[Reason, str] | None:
    """Give the reason and the mark when status or headers already say that it is one."""
    for name in EDGE_HEADERS:
        if name in headers:
            return Reason.BLOCKED, f"header {name}"
    if "x-datadome" in headers and status != 200:
        return Reason.BLOCKED, "header x-datadome"
    if status in STATUSES:
        return STATUSES[status], f"status {status}"
    if status >= 500:
        return Reason.SERVER_ERROR, f"status {status}"
    return None


def challenge_in(html: str) -> str | None:
    """Give the mark of a challenge that stands in the place of any page."""
    return _first(CHALLENGES, html)


def captcha_in(html: str) -> str | None:
    """Give the mark of what may be a challenge, on a page that shows nothing else."""
    return _first(CAPTCHAS, html)


def _first(marks: tuple[str, ...], html: str) -> str | None:
    small = html.casefold()
    return next((f"body {mark}" for mark in marks if mark in small), None)
