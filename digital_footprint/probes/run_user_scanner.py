"""Asks the sites of user-scanner 1.5.2.3, as a library: its command line updates itself.

Run in its own environment: python -I -B run_user_scanner.py; see asking.py for what goes in and
out. The library asks every site it knows, also those that write to the owner: we choose.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).parent))  # -I leaves it out

from asking import (
    NOT_REGISTERED,
    REGISTERED,
    UNKNOWN,
    Ask,
    answer_question,
    heard,
    require_tls,
    watch_httpx,
)

# They start a password recovery, though the program does not call them loud.
RECOVERS = frozenset({"anilist", "facebook"})

# It sends a complete registration: an address without an account would get one.
REGISTERS = frozenset({"aiscore"})

# They log in with an invented password, which a site may count against the owner.
TRIES_A_PASSWORD = frozenset({
    "classmates", "cnn", "dollarfix", "dreame", "evolveyou", "globaltimes", "iyoni", "lespark",
    "mondly", "nextdoor", "stackb", "stackoverflow", "stremio", "sweat", "vivino", "whering",
    "womanlog",
})  # fmt: skip

LEFT_OUT = RECOVERS | REGISTERS | TRIES_A_PASSWORD

SECONDS = 15.0


def load() -> Mapping[str, Ask]:
    """Import the program; give every site that is asked without a trace at the owner's."""
    from user_scanner.core import helpers

    helpers.set_global_timeout(SECONDS)
    watch_httpx()
    _watch_curl()
    found = {
        helpers.get_site_name(module): module
        for _, path in sorted(helpers.load_categories(is_email=True).items())
        for module in helpers.load_modules(path)
    }
    return {name: _asker(module) for name, module in sorted(found.items()) if _is_quiet(module)}


def _is_quiet(module: Any) -> bool:
    from user_scanner.core.helpers import get_site_name, is_loud

    return not is_loud(get_site_name(module), is_email=True) and module.__name__ not in LEFT_OUT


def _watch_curl() -> None:
    """Have every request of the other library looked at, too, and every response noted."""
    from curl_cffi import requests

    send = requests.Session.request

    def watched(session: Any, method: str, url: str, **named: Any) -> Any:
        require_tls(url)
        response = send(session, method, url, **named)
        heard(response.status_code)
        return response

    requests.Session.request = watched


def _asker(module: Any) -> Ask:
    from user_scanner.core import engine

    async def ask(address: str) -> tuple[str, str]:
        return read(await engine.check(module, address))

    return ask


def read(result: Any) -> tuple[str, str]:
    """Give a module's answer: errors, skips and whatever else is no answer are unknown."""
    match getattr(getattr(result, "status", None), "name", None):
        case "TAKEN":
            return REGISTERED, domain_of(result)
        case "AVAILABLE":
            return NOT_REGISTERED, domain_of(result)
        case _:
            return UNKNOWN, ""


def domain_of(result: Any) -> str:
    """Give the host of a result's page if it bears the site's name; some point to an app store."""
    host = (urlsplit(str(result.url)).hostname or "").removeprefix("www.")
    return host if _letters(str(result.site_name)) in _letters(host) else ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


if __name__ == "__main__":
    answer_question(load)
