"""Have I Been Pwned, API v3: what its sources have in common: key, plan and its empty 404.

Wire format and limits: https://haveibeenpwned.com/API/v3.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from digital_footprint.sources import Limit, Line
from digital_footprint.verdicts import Reason, Unanswered

if TYPE_CHECKING:
    from digital_footprint.http import Answer
    from digital_footprint.model import Identifier

SECRET = "hibp_api_key"  # noqa: S105 - the name of a secret, not one
KEY_FROM = "https://haveibeenpwned.com/API/Key"
BASE_URL = "https://haveibeenpwned.com/api/v3"
RECIPIENT = "Have I Been Pwned (haveibeenpwned.com, Australia; behind Cloudflare)"
PRICE = "needs a key; the smallest plan cost $4.39 a month in 2026"
TERMS = "https://haveibeenpwned.com/API/v3#AcceptableUse"
ATTRIBUTION = "Breach data: Have I Been Pwned, CC BY 4.0, https://haveibeenpwned.com"

MINUTE = timedelta(minutes=1)
# The smallest plan's limit, used until /subscription/status has told the account's own.
SMALLEST_PLAN: tuple[Limit, ...] = ((10, MINUTE),)

# HIBP keeps this account for tests: it is always in one breach and one paste, whatever the key.
CANARY = "account-exists@hibp-integration-tests.com"
# And this one is never in any, breach or paste.
NEGATIVE_CANARY = "opt-out@hibp-integration-tests.com"
NEGATIVE_FOUND = "the service's test account that is in nothing was found"


class Subscription(Struct):
    """The fields of /subscription/status that are used.

    Both are needed: a plan that cannot be read might be one on which no full address is to be sent.
    """

    Rpm: Annotated[int, Meta(ge=1, le=100_000)]
    IncludesKAnon: bool


def subscribe(line: Line) -> Subscription:
    """Learn the key's plan, and keep to its limit from now on."""
    subscription = ask(line, "/subscription/status", about=None).decode(Subscription)
    line.limit(subscription.Rpm, MINUTE)
    return subscription


def ask(line: Line, path: str, *, about: "Identifier | None", datum: str | None = None) -> "Answer":
    """Ask an endpoint that needs the key."""
    answer = line.get(path, about=about, datum=datum, headers={"hibp-api-key": line.secret})
    if answer.status == 403:
        # Without Cloudflare's mark it is HIBP itself: user agent, plan or domain.
        raise Unanswered(Reason.UNAUTHORISED, "status 403")
    return answer


def means_none(answer: "Answer") -> bool:
    """Recognise the empty 404 that means "not there".

    Nothing came over the wire, and the head says that nothing was to come: not a page that was
    cut off, not one that unpacks to nothing, not a web server's own.
    """
    headers = answer.headers
    announced = headers.get("content-length") == "0" or "transfer-encoding" in headers
    foreign = "content-encoding" in headers or "html" in headers.get("content-type", "").lower()
    return answer.status == 404 and answer.sent == 0 and announced and not foreign
