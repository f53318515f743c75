"""Which address may be saved as a listing: a secure one, on one of its broker's domains.

A run asks for exactly this address, every time; so it is checked before it is kept.
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from digital_footprint.errors import UsageError
from digital_footprint.settings import is_loopback

if TYPE_CHECKING:
    from digital_footprint.brokers import Broker

LONGEST = 2000
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})+")
# An escape that is none, or a segment of dots, escaped or not: it is asked for as something else.
BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|(?:^|/)(?:\.|%2[eE]){1,2}(?=/|$)")
# All that may stand in a path or a query as it is (RFC 3986), an escape included.
AS_IT_IS = "/%:@!$&'()*+,;=~-._?"


def checked(url: str, broker: "Broker") -> str:
    """Give a listing's address in the form in which it is asked for: encoded, without fragment.

    Raises UsageError for one that is not https (http only to this machine), or not the broker's.
    """
    parts = _split(url.strip())
    if not broker.owns(parts.hostname):
        raise UsageError(
            f"that address is not on a domain of {broker.slug}",
            hint=f"see its domains: footprint broker show {broker.slug}",
        )
    query = f"?{quote(parts.query, safe=AS_IT_IS)}" if parts.query else ""
    return (
        f"{parts.scheme}://{parts.netloc.lower()}{quote(parts.path or '/', safe=AS_IT_IS)}{query}"
    )


def origin_and_path(url: str) -> tuple[str, str]:
    """Divide an address that was checked into scheme with host, and the rest."""
    parts = urlsplit(url)
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.scheme}://{parts.netloc}", rest


def _split(url: str) -> SplitResult:
    """Take an address apart. What is wrong is told without the address: it may name a person."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("is not an address") from None
    local = is_loopback(parts.hostname)
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise _refused("does not begin with https://")
    if not local and not HOST.fullmatch(parts.hostname or ""):
        raise _refused("has a host that is none")
    if "\\" in url or BROKEN.search(parts.path):
        raise _refused("has a path that a browser would change")
    if parts.username or parts.password:
        raise _refused("holds a user name or a password")
    if port not in (None, 443) and not local:
        raise _refused("names a port of its own")
    if len(url) > LONGEST or not url.isprintable() or " " in url:
        raise _refused("is too long, or holds characters that no address has")
    return parts


def _refused(why: str) -> UsageError:
    return UsageError(
        f"the address of the listing {why}",
        hint="copy it from the browser's address bar while the listing is shown, all of it",
    )
