"""What the stand-ins have in common: a server on loopback that keeps who was asked about."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=utf-8"

# Not what was asked for: what a service in trouble answers with status 200.
MAINTENANCE = (
    "<!doctype html><html><head><title>Down for maintenance</title></head>"
    "<body><p>Back soon.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One response; without a media type it names none."""

    status: int
    media_type: str = HTML
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_reply(document: object, status: int = 200) -> Reply:
    """Give a JSON response."""
    return Reply(status, "application/json", json.dumps(document))


@dataclass(slots=True)
class StandIn(ABC):
    """A service: a kind of its own says what it answers. `down`: it answers nonsense to all."""

    asked: list[str] = field(default_factory=list)
    down: bool = False
    root: ClassVar[str] = ""
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
        return f"http://127.0.0.1:{port}{self.root}"

    def accounts_asked(self) -> list[str]:
        """Give the persons' addresses that were asked about, in order."""
        return self.asked

    @abstractmethod
    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Answer one GET; the headers' names are in lower case."""


class _Handler(BaseHTTPRequestHandler):
    """Hands every request to the service."""

    service: ClassVar[StandIn]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.service.answer(url.path, dict(parse_qsl(url.query)), headers)
        body = (MAINTENANCE if self.service.down else reply.body).encode()
        self.send_response(200 if self.service.down else reply.status)
        if media_type := HTML if self.service.down else reply.media_type:
            self.send_header("content-type", media_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the demo tells what was asked."""
