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
    r"|\bzu viele (?:anfragen|zugriffe)\b|\bdemasiad[ao]s (?:solicitudes|peticiones|intentos)\b"
    r"|\btrop de (?:requetes|demandes|tentatives)\b"
)
PAUSE = re.compile(
    r"\bmaintenance\b|\btemporar|\bback (?:soon|shortly|online|in a)\b|\boverloaded\b"
    r"|\btry again (?:later|in|soon)\b|\bservice unavailable\b|\bserver error\b|\bwartung"
    r"|\bgleich wieder da\b|\bmantenimiento\b|\bintentelo (?:de nuevo )?mas tarde\b"
    r"|\breessayez\b|\bspater (?:noch einmal|erneut|wieder)\b"
)
WALL = re.compile(
    r"\bsecurity (?:check|verification|challenge|service)\b|\bhuman\b|\b(?:ro)?bots?\b|\broboter\b"
    r"|\bcaptcha|\bautomated\b|\b(?:unusual|suspicious) (?:traffic|activity)\b|\bvpn\b|\bproxy\b"
    r"|\bblocked\b|\bbanned\b|\b(?:access|permission) (?:is |was )?denied\b|\bforbidden\b"
    r"|\bunauthori[sz]ed\b|\bchecking your browser\b"
    r"|\b(?:enable|requires?) (?:javascript|cookies)\b"
    r"|\b(?:sign|log)(?:ged)?.?in (?:to|for|first|required)\b|\bplease (?:sign|log).?in\b"
    r"|\b(?:members|subscribers) only\b|\bjust a moment\b|\bplease wait\b|\bone moment\b"
    r"|\b(?:become|join as) a (?:member|subscriber)\b"
    r"|\b(?:subscribe|upgrade|register) to (?:see|view)\b"
    r"|\bip (?:address )?(?:has been |was |is )?(?:flagged|restricted|suspended|limited)\b"
    r"|\breference id\b|\bhumain\b|\bhumano\b|\bein mensch\b|\bbitte bestatigen\b"
    r"|\b(?:no|not) (?:eres|soy|es) un robot\b|\bun robot\b|\bzugriff (?:wurde )?verweigert\b"
    r"|\bacc(?:es|eso) (?:refuse|denegado|interdit)\b|\bveuillez (?:confirmer|verifier)\b"
)
# What a site lets nobody see for now, or nobody of its reader's kind.
QUOTA = re.compile(
    r"\bquota\b|\b(?:used|reached|exceeded) (?:up )?(?:all )?(?:of )?(?:your|the)\b[^.]{0,40}"
    r"\b(?:lookups?|searches|views|limit)\b|\b(?:high|heavy) (?:demand|traffic|load)\b"
    r"|\bcome back (?:tomorrow|later|soon|again)\b|\bat the moment\b|\bad.?block"
)
REGION = re.compile(
    r"\bin your (?:region|country|location|area|state|jurisdiction)\b"
    r"|\bvisitors (?:from|in|within|outside)\b|\b(?:outside|only in|only within) (?:of )?the "
    r"(?:united states|us|u\.s\.|usa)\b|\beuropean (?:union|economic area)\b|\bgdpr\b|\beea\b"
)
AWAY = re.compile(
    r"\b(?:domain|account|site|website) (?:name )?(?:has been |was |is )?"
    r"(?:suspended|expired|parked)\b"
    r"|\bis for sale\b|\bbuy this domain\b|\bcontact your (?:registrar|hosting|host)\b"
    r"|\bno such (?:app|bucket|site)\b|\bbuild something amazing\b|\bparked (?:free|domain)\b"
)
MOVE = re.compile(
    r"\b(?:has|was|is) (?:been )?(?:moved|renamed|relocated|merged)\b|\bmoved permanently\b"
    r"|\bmoved to\b|\bnew (?:address|location|url|page|profile|home)\b|\bredirect"
)
OTHER_WORDS = (
    (RATE_LIMIT, Reason.RATE_LIMITED, "words of a rate limit"),
    (PAUSE, Reason.SERVER_ERROR, "words of a pause"),
    (WALL, Reason.BLOCKED, "words of a wall"),
    (QUOTA, Reason.BLOCKED, "words of a quota"),
    (REGION, Reason.BLOCKED, "words of a region"),
    (AWAY, Reason.BLOCKED, "words of a domain without its site"),
    (MOVE, Reason.SOURCE_CHANGED, "words of a move"),
)


# What no front page says of its own site, however much else stands on it.
PLACES = r"(?:region|country|location|area|state|jurisdiction|continent)s?"
EUROPE = r"\b(?:gdpr|europe|european|eu|eea|u\.?k)\b"
REFUSED = (
    r"\b(?:not (?:yet |currently |be )?(?:available|offered|open|provided|supported|intended|serve"
    r"|able|accessible|allow\w*)|unavailable|unable|cannot|can't|no longer|block\w*|restrict\w*)\b"
)
VISITORS = r"\b(?:visitors|users|people|residents|persons|customers|traffic|access)"
NEAR = r"[^.!?\n]{0,80}"
BEHIND_A_WALL = re.compile(
    rf"{REFUSED}{NEAR}(?:\b(?:your|this|certain|some|the following|many) {PLACES}\b|{EUROPE})"
    rf"|{EUROPE}{NEAR}{REFUSED}|{VISITORS} (?:from|in|of|within|outside|located)\b{NEAR}{EUROPE}"
    r"|\b(?:available only|only available) (?:to|in|for|from|within) "
    r"(?:the|us|u\.s|visitors|users|residents|people|customers)\b"
    r"|\b(?:under|for|undergoing|during|scheduled|planned|routine|performing|site|down)"
    r" (?:\w+ )?maintenance\b|\bmaintenance (?:mode|window|work)\b|\bwartungs|\ben mantenimiento\b"
    r"|\b(?:be|are|is) (?:right )?back (?:soon|shortly|online|later)\b|\bgleich wieder da\b"
    r"|\btemporarily (?:un|down|closed|offline|disabled)|\bservice unavailable\b|\bserver error\b"
    r"|\b(?:domain|(?:web)?site|name|\S+\.[a-z]{2,}) (?:is |may be |might be )?(?:now )?for sale\b"
    r"|\b(?:buy|own|get) this domain\b|\bparked (?:free|domain|by|page)\b"
    r"|\b(?:domain|account) (?:name )?(?:is |was |has )?(?:been )?(?:parked|suspended|expired)\b"
    r"|\b(?:sign|log).?in to (?:continue|proceed|access|view|see|go on|use)\b"
    r"|\bplease (?:sign|log).?in\b|\b(?:sign|log).?in (?:is )?required\b"
    r"|\byou (?:must|need to|have to) (?:be )?(?:sign|log)(?:ged|ed)?.?in\b"
    r"|\b(?:verify|confirm|prove|ensure|make sure) (?:that )?you(?:'re| are) (?:not )?an? \w+"
    r"|\btoo many requests\b"
    r"|\b(?:access|permission)(?: to this \w+)? (?:is |was |has been )?denied\b"
    r"|\byou have been (?:blocked|banned)\b|\byour ip\b[^!?\n]{0,40}\b(?:blocked|flagged|banned)\b"
    r"|\b(?:unusual|suspicious) (?:traffic|activity)\b|\bchecking your browser\b"
    r"|\bunder construction\b|\b(?:no longer|ceased) (?:in service|in operation|operat)"
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


def front_wall_in(heads: str, text: str) -> bool:
    """Say whether a front page is a wall: by the folded title and headings, or by all its words."""
    about_it = any(words.search(heads) for words in (RATE_LIMIT, PAUSE, WALL, AWAY))
    return about_it or bool(BEHIND_A_WALL.search(text))


def challenge_in(html: str) -> str | None:
    """Give the mark of a challenge that stands in the place of any page."""
    return _first(CHALLENGES, html)


def captcha_in(html: str) -> str | None:
    """Give the mark of what may be a challenge, on a page that shows nothing else."""
    return _first(CAPTCHAS, html)


def _first(marks: tuple[str, ...], html: str) -> str | None:
    small = html.casefold()
    return next((f"body {mark}" for mark in marks if mark in small), None)
