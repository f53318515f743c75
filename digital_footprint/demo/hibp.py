"""A stand-in for Have I Been Pwned on loopback, true to its wire format.

It knows the accounts and pastes it is given and HIBP's own test accounts; every request is kept.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, unquote, urlsplit

from digital_footprint.demo.service import MAINTENANCE

CANARY = "account-exists@hibp-integration-tests.com"
NEGATIVE_CANARY = "opt-out@hibp-integration-tests.com"
RPM = 100

CANARYS_PASTE = {"Source": "Pastebin", "Id": "8Q0BvKD8", "EmailCount": 139}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came over the wire; `account` where it carried one, decoded."""

    path: str
    account: str | None
    key: str | None
    user_agent: str | None


@dataclass(slots=True)
class HibpStandIn:
    """The service: names of breaches by account, the catalogue, and accounts that break it."""

    accounts: dict[str, list[str]]
    catalogue: list[dict[str, Any]]
    broken: frozenset[str] = frozenset()
    pastes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"service": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def base_url(self) -> str:
        """Where it is asked, as it stands in config.toml."""
        port = self._server.server_address[1] if self._server else 0
        return f"http://127.0.0.1:{port}/api/v3"

    def accounts_asked(self) -> list[str]:
        """Give the accounts of persons that were asked about, in order."""
        asked = [one.account for one in self.seen if one.account]
        return [account for account in asked if account not in (CANARY, NEGATIVE_CANARY)]


class _Handler(BaseHTTPRequestHandler):
    """Answers as HIBP does, its refusals included."""

    service: ClassVar[HibpStandIn]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        match = re.fullmatch(
            r"/api/v3/(breachedaccount|pasteaccount)/([^/]+)|/api/v3/(.+)", url.path
        )
        endpoint = (match[1] or match[3]).lower() if match else ""
        account = unquote(match[2]) if match and match[2] else None
        key, agent = self.headers["hibp-api-key"], self.headers["user-agent"]
        self.service.seen.append(Seen(self.path, account, key, agent))
        if not agent:
            return self._empty(403)
        if endpoint == "breaches":
            return self._json(200, self.service.catalogue)
        if endpoint not in ("breachedaccount", "pasteaccount", "subscription/status"):
            return self._send(404, "text/html", b"<h1>Page not found</h1>")
        if not re.fullmatch(r"[0-9a-f]{32}", key or ""):
            return self._refuse(key)
        if endpoint == "subscription/status":
            return self._json(
                200, {"SubscriptionName": "Core 1", "Rpm": RPM, "IncludesKAnon": False}
            )
        if endpoint == "pasteaccount":
            return self._pastes(account or "")
        return self._account(account or "", parse_qs(url.query))

    def _pastes(self, account: str) -> None:
        pastes = [CANARYS_PASTE] if account == CANARY else self.service.pastes.get(account)
        return self._json(200, pastes) if pastes else self._empty(404)

    def _account(self, account: str, query: Mapping[str, Sequence[str]]) -> None:
        if account in self.service.broken:
            return self._send(200, "text/html", MAINTENANCE.encode())
        names = ["Adobe"] if account == CANARY else self.service.accounts.get(account, [])
        if not names:
            return self._empty(404)
        if query.get("truncateResponse", ["true"]) == ["true"]:
            return self._json(200, [{"Name": name} for name in names])
        return self._json(200, [one for one in self.service.catalogue if one["Name"] in names])

    def _refuse(self, key: str | None) -> None:
        what = "invalid" if key else "missing"
        message = f"Access denied due to {what} hibp-api-key."
        return self._json(401, {"statusCode": 401, "message": message})

    def _json(self, status: int, document: object) -> None:
        self._send(status, "application/json; charset=utf-8", json.dumps(document).encode())

    def _empty(self, status: int) -> None:
        self._send(status, None, b"")

    def _send(self, status: int, media_type: str | None, body: bytes) -> None:
        self.send_response(status)
        self.send_header("cf-ray", "8f0000000000abcd-FRA")
        if media_type:
            self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the demo tells what was asked."""
