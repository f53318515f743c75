"""Stand-ins for data brokers on loopback: a page for every path, and every request kept."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self


@dataclass(frozen=True, slots=True)
class Reply:
    """What one path answers."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def page(title: str, text: str, status: int = 200) -> Reply:
    """Give a page of a people-search site, with its furniture around the text."""
    return Reply(
        status,
        f"<!doctype html><html><head><title>{title}</title></head><body>"
        "<header><a href='/'>Example People Search</a> <a href='/about'>About us</a></header>"
        f"<main>{text}</main>"
        "<footer><p>Example People Search helps you find old friends, neighbours and classmates. "
        "Our records come from public sources, which we do not check.</p></footer></body></html>",
    )


def listing(name: str, *facts: str) -> Reply:
    """Give a listing of one person: a line with the name and what else is known."""
    return page(f"{name} - address", f"<h1>{name}</h1><p>{', '.join((name, *facts))}</p>")


FRONT = page("Example People Search", "<h1>Find anybody</h1><p>Type a name to begin.</p>")
GONE = page("Not found", "<p>There is no such record.</p>", status=404)
CHALLENGE = Reply(
    403,
    "<!doctype html><title>Just a moment...</title><p>Checking your browser.</p>",
    {"cf-mitigated": "challenge", "cf-ray": "8f0000000000abcd-FRA"},
)
AWAY = Reply(503, "<h1>503 Service Unavailable</h1>")


@dataclass(slots=True)
class BrokerFarm:
    """One server for all brokers; a path nobody gave a page to answers as one that is gone."""

    pages: dict[str, Reply | Callable[[], Reply]] = field(default_factory=lambda: {"/": FRONT})
    seen: list[str] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"farm": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def url(self, path: str) -> str:
        """Give the address of a path."""
        port = self._server.server_address[1] if self._server else 0
        return f"http://127.0.0.1:{port}{path}"

    def listings_asked(self) -> list[str]:
        """Give the paths that were asked for, in order, without the front page."""
        return [path for path in self.seen if path != "/"]


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page of the path."""

    farm: ClassVar[BrokerFarm]

    def do_GET(self) -> None:
        self.farm.seen.append(self.path)
        page_of = self.farm.pages.get(self.path, GONE)
        reply = page_of if isinstance(page_of, Reply) else page_of()
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("content-type", "text/html; charset=utf-8")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the demo tells what was asked."""
