"""What the measurements share: a household of any size, and a service that counts what it is asked.

Only the standard library is imported here: the kernel counts a parent's pages towards a child.
"""

import collections
import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

KEY = "0123456789abcdef0123456789abcdef"
CANARY = "account-exists@hibp-integration-tests.com"
NEGATIVE_CANARY = "opt-out@hibp-integration-tests.com"
MINUTE = timedelta(minutes=1)
FOUND_EVERY = 10


@dataclass(frozen=True)
class FastClock:
    """A clock that runs `speed` times as fast since `begin`, in any process; seconds since 1970."""

    begin: float
    speed: float

    def now(self) -> datetime:
        """Tell the time there."""
        passed = (time.time() - self.begin) * self.speed
        return datetime.fromtimestamp(self.begin + passed, UTC)

    def sleep(self, seconds: float) -> None:
        """Wait that long there."""
        time.sleep(seconds / self.speed)


@dataclass
class Service:
    """Have I Been Pwned on loopback: `rpm` requests in any minute of its clock, 429 beyond.

    Every tenth address is found. `stumbles`: addresses that get a 503 when first asked about.
    """

    rpm: int
    clock: FastClock
    stumbles: set[str] = field(default_factory=set)
    times: list[datetime] = field(default_factory=list)
    refused: int = 0
    most_in_a_minute: int = 0

    def __post_init__(self) -> None:
        """Listen at once."""
        self._window: collections.deque[datetime] = collections.deque()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Answer nobody any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv(65536)
            if not received:
                return
            head += received
        path = head.decode("latin-1").split(" ", 2)[1]
        connection.sendall(self._answer(path) if self._admits() else self._refuse())

    def _admits(self) -> bool:
        with self._lock:
            now = self.clock.now()
            self.times.append(now)
            while self._window and self._window[0] <= now - MINUTE:
                self._window.popleft()
            self._window.append(now)
            self.most_in_a_minute = max(self.most_in_a_minute, len(self._window))
            return len(self._window) <= self.rpm

    def _refuse(self) -> bytes:
        self.refused += 1
        return _response("429 Too Many Requests", {"statusCode": 429}, "retry-after: 2")

    def _answer(self, path: str) -> bytes:
        endpoint, _, account = unquote(path.partition("?")[0]).lstrip("/").partition("/")
        if account in self.stumbles:
            self.stumbles.remove(account)
            return _response("503 Service Unavailable", {})
        if endpoint == "subscription":
            return _response("200 OK", {"Rpm": self.rpm, "IncludesKAnon": False})
        if endpoint == "breaches":
            return _response("200 OK", [{"Name": "Adobe", "DataClasses": ["Passwords"]}])
        if account == NEGATIVE_CANARY:
            return _response("404 Not Found", None)
        if account != CANARY and number_of(account) % FOUND_EVERY:
            return _response("404 Not Found", None)
        if endpoint == "pasteaccount":
            return _response("200 OK", [{"Source": "Pastebin", "Id": "8Q0BvKD8"}])
        return _response("200 OK", [{"Name": "Adobe"}])


def address(number: int) -> str:
    """Give one of the household's addresses."""
    return f"member{number}@example.com"


def number_of(account: str) -> int:
    """Give which of the household's addresses it is."""
    return int(account.partition("@")[0].removeprefix("member"))


def make_home(home: Path, base_url: str, addresses: int) -> None:
    """Register one person for every four addresses, in a home whose HIBP is the service."""
    from digital_footprint import people, secrets
    from digital_footprint.config import Paths
    from digital_footprint.database import Database
    from digital_footprint.model import ConsentBasis, Relation

    paths = Paths(home, home, home)
    with Database.open(paths.database) as db:
        secrets.set_secret(paths, "hibp_api_key", KEY)
        paths.config_file.write_text(f'[sources.hibp]\nbase_url = "{base_url}"\n', "utf-8")
        for first in range(0, addresses, 4):
            people.add_person(
                db,
                f"Member {first}",
                emails=[address(number) for number in range(first, min(first + 4, addresses))],
                relation=Relation.OTHER,
                consent=ConsentBasis.GIVEN,
            )


def _response(status: str, document: object, *headers: str) -> bytes:
    body = b"" if document is None else json.dumps(document).encode()
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    if body:
        lines.append("content-type: application/json")
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + body
