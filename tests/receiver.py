"""Where messages arrive in the tests: an HTTP service and a mail server on loopback."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def _nothing(_message: dict[str, Any]) -> None:
    """Let it be answered."""


@dataclass
class Receiver:
    """What apprise's json:// speaks to. `status`: of its answer; `first`: done before it.

    `hangs_up`: it takes the message and breaks off.
    """

    status: int = 200
    hangs_up: bool = False
    first: Callable[[dict[str, Any]], None] = _nothing
    messages: list[dict[str, Any]] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"json://127.0.0.1:{self._server.server_address[1]}/hook"

    @property
    def texts(self) -> list[str]:
        """What was said, in order."""
        return [one["message"] for one in self.messages]


class _Handler(BaseHTTPRequestHandler):
    receiver: ClassVar[Receiver]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        message = json.loads(body)
        if self.receiver.status == 200:
            self.receiver.messages.append(message)
        self.receiver.first(message)
        if self.receiver.hangs_up:
            self.close_connection = True
            return
        self.send_response(self.receiver.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class MailServer:
    """A real SMTP server; `refusal`: what it says to a message instead of taking it."""

    refusal: str | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    _controller: Any = None
    _port: int = 0

    def __enter__(self) -> Self:
        # aiosmtpd wants to know its port beforehand.
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return (
            f"mailto://127.0.0.1:{self._port}?smtp=127.0.0.1&mode=insecure"
            "&from=footprint@example.com&to=jane@example.com"
        )

    async def handle_DATA(  # noqa: N802 - the name by which aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.refusal is not None:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        return "250 OK"
