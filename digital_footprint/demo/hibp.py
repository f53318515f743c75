"""A stand-in for Have I Been Pwned on loopback, true to its wire format.

It knows the accounts and pastes it is given and HIBP's own test accounts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import unquote

from digital_footprint.demo.service import MAINTENANCE, Reply, StandIn, json_reply

CANARY = "account-exists@hibp-integration-tests.com"
NEGATIVE_CANARY = "opt-out@hibp-integration-tests.com"
RPM = 100
RAY = {"cf-ray": "8f0000000000abcd-FRA"}

CANARYS_PASTE = {"Source": "Pastebin", "Id": "8Q0BvKD8", "EmailCount": 139}


@dataclass(slots=True)
class HibpStandIn(StandIn):
    """The service: names of breaches by account, the catalogue, and accounts that break it."""

    accounts: dict[str, list[str]] = field(default_factory=dict)
    catalogue: list[dict[str, Any]] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    pastes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    root: ClassVar[str] = "/api/v3"

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Answer as HIBP does, its refusals included."""
        return replace(self._answer(path, query, headers), headers=RAY)

    def _answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        match = re.fullmatch(r"/api/v3/(breachedaccount|pasteaccount)/([^/]+)|/api/v3/(.+)", path)
        endpoint = (match[1] or match[3]).lower() if match else ""
        account = unquote(match[2]) if match and match[2] else ""
        if account and account not in (CANARY, NEGATIVE_CANARY):
            self.asked.append(account)
        if not headers.get("user-agent"):
            return _empty(403)
        if endpoint == "breaches":
            return json_reply(self.catalogue)
        if endpoint not in ("breachedaccount", "pasteaccount", "subscription/status"):
            return Reply(404, body="<h1>Page not found</h1>")
        if not re.fullmatch(r"[0-9a-f]{32}", key := headers.get("hibp-api-key", "")):
            return _refused(key)
        if endpoint == "subscription/status":
            return json_reply({"SubscriptionName": "Core 1", "Rpm": RPM, "IncludesKAnon": False})
        return self._pastes(account) if endpoint == "pasteaccount" else self._of(account, query)

    def _pastes(self, account: str) -> Reply:
        pastes = [CANARYS_PASTE] if account == CANARY else self.pastes.get(account)
        return json_reply(pastes) if pastes else _empty(404)

    def _of(self, account: str, query: Mapping[str, str]) -> Reply:
        if account in self.broken:
            return Reply(200, body=MAINTENANCE)
        names = ["Adobe"] if account == CANARY else self.accounts.get(account, [])
        if not names:
            return _empty(404)
        if query.get("truncateResponse", "true") == "true":
            return json_reply([{"Name": name} for name in names])
        return json_reply([one for one in self.catalogue if one["Name"] in names])


def _refused(key: str) -> Reply:
    what = "invalid" if key else "missing"
    message = f"Access denied due to {what} hibp-api-key."
    return json_reply({"statusCode": 401, "message": message}, 401)


def _empty(status: int) -> Reply:
    return Reply(status, media_type="")
