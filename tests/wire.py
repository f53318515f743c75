"""A service on loopback that answers with exact bytes, or hangs, or breaks off, as told."""

import contextlib
import gzip
import json
import socket
import struct
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import unquote

CANARY = "account-exists@hibp-integration-tests.com"
NEGATIVE_CANARY = "opt-out@hibp-integration-tests.com"

Reply = bytes | Callable[[socket.socket], None]


def response(
    status: str, body: bytes = b"", *headers: str, media_type: str | None = "application/json"
) -> bytes:
    """Give one whole HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    if media_type and body:
        lines.append(f"content-type: {media_type}")
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + body


def json_response(document: object) -> bytes:
    return response("200 OK", json.dumps(document).encode())


EMPTY_404 = response("404 Not Found", b"", "cf-ray: 8f0000000000abcd-FRA")


def names(*breaches: str) -> bytes:
    return json_response([{"Name": name} for name in breaches])


def reset(connection: socket.socket) -> None:
    """Break the connection off with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def broken_off(reply: bytes, *, after: int) -> Callable[[socket.socket], None]:
    """Send so many bytes of a reply, then reset the connection."""

    def send(connection: socket.socket) -> None:
        connection.sendall(reply[:after])
        # A reset overtakes what the other side has not read yet: it is given a moment to.
        connection.settimeout(0.05)
        with contextlib.suppress(OSError):
            connection.recv(1)
        reset(connection)

    return send


@dataclass
class Gate:
    """A reply held back after its `first` bytes until `open`; `reached`: it was asked for."""

    reply: bytes
    first: bytes = b""
    reached: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.first)
        self.reached.set()
        self.open.wait(60)
        connection.sendall(self.reply)


def slowly(
    body_size: int, *headers: str, media_type: str = "application/json"
) -> Callable[[socket.socket], None]:
    """Send that many bytes in pieces; the head does not say how many, unless `headers` do."""

    def send(connection: socket.socket) -> None:
        head = ["HTTP/1.1 200 OK", f"content-type: {media_type}", *headers, "connection: close"]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        for _ in range(body_size // 65536):
            connection.sendall(b" " * 65536)

    return send


@cache
def gzip_bomb(size: int, layers: int = 1, media_type: str = "application/json") -> bytes:
    """Give `size` bytes, packed in pieces: whoever measures memory does not pay for making it."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(b"[" * 65536) for _ in range(size // 65536)) + packer.flush()
    for _ in range(layers - 1):
        body = gzip.compress(body, 9)
    encoding = f"content-encoding: {', '.join(['gzip'] * layers)}"
    return response("200 OK", body, encoding, media_type=media_type)


class Loopback:
    """A service whose replies `route` chooses by path; every request line and head is kept."""

    def __init__(self, route: Callable[[str], Reply]) -> None:
        self.keep_open = False
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.route = route
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def paths(self) -> list[str]:
        """The path and query of every request, in order, decoded."""
        return [unquote(line.split()[1]) for line in self.requests]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # close alone leaves the accept waiting
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                while self._serve_one(connection) and self.keep_open:
                    pass
        except OSError:
            pass  # the client has left, as it should after too much

    def _serve_one(self, connection: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv(65536)
            if not received:
                return False
            head += received
        text = head.decode("latin-1")
        line = text.partition("\r\n")[0]
        self.heads.append(text)
        self.requests.append(line)
        reply = self.route(line.split()[1])
        if isinstance(reply, bytes):
            connection.sendall(reply)
        else:
            reply(connection)
        return True


class Wire(Loopback):
    """HIBP's endpoints with replies of the test's choice; every request line and head is kept."""

    def __init__(self) -> None:
        super().__init__(self._reply)
        self.accounts: dict[str, Reply | list[Reply]] = {}
        self.anybody: Reply = EMPTY_404
        self.status: Reply = json_response({"Rpm": 1000, "IncludesKAnon": False})
        self.canary: Reply = names("Adobe")
        self.catalogue: Reply = json_response([])

    @property
    def asked(self) -> list[str]:
        """The persons' accounts that were asked about, in order, decoded."""
        paths = [line.split()[1].partition("?")[0] for line in self.requests]
        accounts = [
            unquote(path.rpartition("/")[2]) for path in paths if "/breachedaccount/" in path
        ]
        return [account for account in accounts if account not in (CANARY, NEGATIVE_CANARY)]

    def close(self) -> None:
        for reply in (*self.accounts.values(), self.anybody, self.canary):
            if isinstance(reply, Gate):
                reply.open.set()
        super().close()

    def _reply(self, path: str) -> Reply:
        if path.startswith("/subscription/status"):
            return self.status
        if path.partition("?")[0] == "/breaches":
            return self.catalogue
        account = unquote(path.partition("?")[0].removeprefix("/breachedaccount/"))
        if account == CANARY:
            return self.canary
        if account == NEGATIVE_CANARY:
            return EMPTY_404
        reply = self.accounts.get(account, self.anybody)
        if isinstance(reply, list):
            return reply.pop(0) if len(reply) > 1 else reply[0]
        return reply
