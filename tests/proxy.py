"""A proxy on loopback that answers in the name of every site of the world, and counts."""

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire import Reply

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
AUTHORITY_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Asked:
    """One request that came through."""

    host: str
    text: str
    """The whole request, head and body, as far as it is text."""
    tls: bool = True


class Proxy:
    """An HTTP proxy (CONNECT) that holds the other end of TLS by an authority of its own.

    `answer` gives the reply to each request; one reply a connection.
    """

    def __init__(self, directory: Path) -> None:
        self.answer: Callable[[Asked], Reply] = lambda _: b""
        self.asked: list[Asked] = []
        self._authority = Authority(directory)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program go this way and trust it."""
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        ways = {name: url for each in PROXY_VARIABLES for name in (each, each.lower())}
        trust = dict.fromkeys(AUTHORITY_VARIABLES, str(self._authority.file))
        return {**ways, **trust, "NO_PROXY": "", "no_proxy": ""}

    def close(self) -> None:
        # A thread that waits in accept() is woken by the end of reading, not by close().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(30)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if not (opening := read_request(connection)):
                return
            verb, target, *_ = opening.split(" ")
            if verb != "CONNECT":
                self._reply(connection, Asked(urlsplit(target).hostname or "", opening, tls=False))
                return
            host = target.rpartition(":")[0]
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            context = self._authority.context(host)
            with context.wrap_socket(connection, server_side=True) as tunnel:
                self._reply(tunnel, Asked(host, read_request(tunnel)))

    def _reply(self, tunnel: socket.socket, asked: Asked) -> None:
        if not asked.text:
            return
        with self._lock:
            self.asked.append(asked)
        reply = self.answer(asked)
        if callable(reply):
            reply(tunnel)
        else:
            tunnel.sendall(reply)


def read_request(connection: socket.socket) -> str:
    """Read one request, as long as its content-length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return ""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length and (piece := connection.recv(65536)):
        body += piece
    return (head + b"\r\n\r\n" + body).decode("utf-8", "replace")


@dataclass
class Authority:
    """Makes a certificate for any host, signed by itself."""

    directory: Path
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests of nobody")])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._builder(self.name).add_extension(basic, critical=True)
        self.file = self.directory / "authority.pem"
        self.file.write_bytes(self._signed(certificate))

    def context(self, host: str) -> ssl.SSLContext:
        with self.lock:
            if host not in self.contexts:
                self.contexts[host] = self._made(host)
            return self.contexts[host]

    def _made(self, host: str) -> ssl.SSLContext:
        # A common name has room for 64 characters; who is meant stands in the other extension.
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site")])
        certificate = (
            self._builder(subject)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        file = self.directory / f"{host}.pem"
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(key + self._signed(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _builder(self, subject: x509.Name) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        signed = builder.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)
