"""The one HTTP client: what may go out, how long it may take, and what each failure is called.

It gives an `Answer` only for a complete response that came from where it was asked;
everything else is raised as `Unanswered` with its reason.
"""

import queue
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar
from typing import Self, TypeVar

import httpx2
import msgspec
import stamina

from digital_footprint import __version__
from digital_footprint.clock import utc_now
from digital_footprint.refusals import accepted
from digital_footprint.verdicts import Reason, Redirected, Unanswered

PROJECT_URL = "https://github.com/footprint-timers/footprint-timers"
USER_AGENT = f"footprint-timers/{__version__} (+{PROJECT_URL})"

BODY_LIMIT = 2 * 1024 * 1024
# A parser's time grows with the square of how deep a page is nested.
TAGS_LIMIT = 80_000
WAIT_FOR_RETRY = timedelta(seconds=120)

# A later try within the same minute can go better than these did; no other reason is retried.
WORTH_RETRYING = frozenset({Reason.NETWORK, Reason.TIMEOUT, Reason.SERVER_ERROR})

Decoded = TypeVar("Decoded")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for connecting, for one silence and for one whole attempt; attempts in all."""

    connect: float = 5.0
    read: float = 8.0
    total: float = 25.0
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete response of the host that was asked; header names are lower case.

    `sent`: the body's bytes on the wire, before decompression.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: int

    def decode(self, shape: type[Decoded]) -> Decoded:
        """Give the JSON body of a 200 as `shape`, unknown fields ignored.

        Raises Unanswered(source_changed) for another status, another content type, broken JSON
        or another shape.
        """
        self._require("application/json")
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unanswered(Reason.SOURCE_CHANGED, f"unexpected JSON: {error}") from None

    def html(self) -> str:
        """Give the text of a 200 that is a whole HTML page in UTF-8.

        Raises Unanswered(source_changed) for anything else; a page without its end was cut off.
        One with more tags than can be taken apart in time is too_large.
        """
        self._require("text/html")
        try:
            page = self.body.decode("utf-8")
        except UnicodeDecodeError:
            raise Unanswered(Reason.SOURCE_CHANGED, "a page that is not UTF-8") from None
        if page.count("<") > TAGS_LIMIT:
            raise Unanswered(Reason.TOO_LARGE, f"more than {TAGS_LIMIT} tags")
        if not page.rstrip().casefold().endswith("</html>"):
            raise Unanswered(Reason.SOURCE_CHANGED, "a page without its end")
        return page

    def _require(self, wanted: str) -> None:
        if self.status != 200:
            raise self.unexpected()
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != wanted:
            found = media_type[:40] or "no content type"
            raise Unanswered(Reason.SOURCE_CHANGED, f"{found} instead of {wanted}")

    def unexpected(self) -> Unanswered:
        """Give the verdict on a status that the source has no meaning for."""
        reason = Reason.BLOCKED if self.status == 403 else Reason.SOURCE_CHANGED
        return Unanswered(reason, f"unexpected status {self.status}")


class Http:
    """Asks one service; close it after use."""

    def __init__(
        self,
        base_url: str,
        *,
        limits: Limits | None = None,
        on_wait: Callable[[float, str], None] = lambda _seconds, _why: None,
    ) -> None:
        # stamina would print a log line of its own for every retry; `on_wait` tells it instead.
        stamina.instrumentation.set_on_retry_hooks([])
        self._limits = limits or Limits()
        self._on_wait = on_wait
        self._base_url = base_url
        self._client = httpx2.Client(
            headers={"user-agent": USER_AGENT, "accept-encoding": "gzip"},
            timeout=httpx2.Timeout(self._limits.read, connect=self._limits.connect),
            follow_redirects=False,
            verify=_certificates(),
            # No cookie ties one person's request to another's.
            cookies=NoCookies(),
            event_hooks={"response": [_refuse_redirect]},
            # One connection per request: what follows an answer on the wire is nobody's answer.
            limits=httpx2.Limits(max_keepalive_connections=0),
            # A proxy of the environment is the person's wish, except for this very machine.
            trust_env=base_url.startswith("https:"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body_limit: int = BODY_LIMIT,
        before_attempt: Callable[[], None] = lambda: None,
    ) -> Answer:
        """GET base_url + path (encoded by the caller), retried where that can help.

        `before_attempt` is called before every attempt and may raise. `body_limit` in bytes,
        before and after decompression. Raises Unanswered.
        """
        request = self._client.build_request("GET", self._base_url + path, headers=headers)
        for attempt in stamina.retry_context(
            on=self._wait_before_retry,
            attempts=self._limits.attempts,
            timeout=None,
            wait_initial=0.5,
            wait_max=5,
            wait_jitter=0.5,
        ):
            with attempt:
                before_attempt()
                return accepted(self._attempt(request, body_limit))
        raise AssertionError  # pragma: no cover - the context either returns or raises

    def _wait_before_retry(self, error: Exception) -> bool | float:
        """Tell stamina whether to try again, and in how many seconds where the server said so."""
        if not isinstance(error, Unanswered):
            return False
        verdict = error.verdict
        if verdict.retry_at is None:
            return verdict.reason in WORTH_RETRYING
        wait = (verdict.retry_at - utc_now()).total_seconds()
        if wait > WAIT_FOR_RETRY.total_seconds():
            return False
        self._on_wait(wait, f"the service asks for it ({verdict.note})")
        return max(wait, 0.1)

    def _attempt(self, request: httpx2.Request, body_limit: int) -> Answer:
        """Make one exchange on a thread of its own, and wait for it no longer than in all allowed.

        Neither a name that does not resolve nor a head that comes byte by byte meets any of the
        client's own timeouts. A thread given up ends with its limits or with the process.
        """
        answers: queue.SimpleQueue[Answer | Exception] = queue.SimpleQueue()

        def exchange() -> None:
            try:
                answers.put(self._exchange(request, body_limit))
            except Exception as error:  # noqa: BLE001 - it is raised again where it is awaited
                answers.put(error)

        threading.Thread(target=exchange, daemon=True).start()
        try:
            answer = answers.get(timeout=self._limits.total)
        except queue.Empty:
            raise Unanswered(
                Reason.TIMEOUT, f"no whole answer within {self._limits.total:g} s"
            ) from None
        if isinstance(answer, Exception):
            raise _named(answer) from None
        return answer

    def _exchange(self, request: httpx2.Request, body_limit: int) -> Answer:
        response = self._client.send(request, stream=True)
        try:
            announced = response.headers.get("content-length", "")
            if announced.isdecimal() and int(announced) > body_limit:
                raise _too_large(body_limit)
            metered = Metered(response.stream, body_limit)
            response.stream = metered
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > body_limit:
                    raise _too_large(body_limit)
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if body and headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip"}:
            _require_all(bytes(body), metered.last)
        return Answer(response.status_code, headers, bytes(body), metered.seen)


@cache
def _certificates() -> ssl.SSLContext:
    """Read the authorities once: each reading costs a megabyte, and a job may ask many hosts."""
    return httpx2.create_ssl_context()


class NoCookies(CookieJar):
    """Keeps nothing, and reads nothing of what a service wants kept."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them where they are."""


class Metered(httpx2.SyncByteStream):
    """A body as it comes over the wire, ended when it passes its limit.

    Counted here because compressed blocks of nothing, without end, never reach the decoded side.
    """

    def __init__(self, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream, limit: int) -> None:
        if not isinstance(stream, httpx2.SyncByteStream):
            msg = "a synchronous client has synchronous streams"
            raise TypeError(msg)
        self._stream = stream
        self._limit = limit
        self.seen = 0
        self.last = b""

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self.seen += len(chunk)
            self.last = (self.last + chunk)[-8:]
            if self.seen > self._limit:
                raise _too_large(self._limit)
            yield chunk

    def close(self) -> None:
        """Close the stream below."""
        self._stream.close()


def _refuse_redirect(response: httpx2.Response) -> None:
    """Refuse before the client reads where to: that may be anything."""
    if 300 <= response.status_code < 400:
        raise Redirected(response.status_code)


def _require_all(body: bytes, trailer: bytes) -> None:
    """Compare a body with the check sum and the length that end it (RFC 1952, 2.3.1)."""
    told = zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")
    if trailer != told:
        raise Unanswered(Reason.SOURCE_CHANGED, "a packed body that is cut off or broken")


def _too_large(limit: int) -> Unanswered:
    return Unanswered(Reason.TOO_LARGE, f"more than {limit} bytes")


def _named(error: Exception) -> Exception:
    """Give a failure of the exchange its reason; what is none of the wire's is ours."""
    match error:
        case httpx2.TimeoutException():
            return Unanswered(Reason.TIMEOUT, type(error).__name__)
        case httpx2.DecodingError():
            return Unanswered(Reason.SOURCE_CHANGED, "undecodable content encoding")
        # A host that no name can be: the system's resolver says that in its own way.
        case httpx2.TransportError() | httpx2.InvalidURL() | UnicodeError():
            return Unanswered(Reason.NETWORK, type(error).__name__)
        case _:
            return error
