"""The one HTTP client: what may go out, how long it may take, and what each failure is called.

It gives an `Answer` only for a complete response that came from where it was asked;
everything else is raised as `Unanswered` with its reason.
"""

import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

import httpx2
import msgspec
import stamina

from digital_footprint import __version__
from digital_footprint.clock import utc_now
from digital_footprint.verdicts import Reason, Unanswered

PROJECT_URL = "https://github.com/footprint-timers/footprint-timers"
USER_AGENT = f"footprint-timers/{__version__} (+{PROJECT_URL})"

BODY_LIMIT = 2 * 1024 * 1024
REDIRECTS = 3
WAIT_FOR_RETRY = timedelta(seconds=120)
# A header gone wrong must not blind a source for years.
LONGEST_BLOCK = timedelta(days=1)

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
    """One complete response of the host that was asked; header names are lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    redirected: bool

    def decode(self, shape: type[Decoded]) -> Decoded:
        """Give the JSON body as `shape`, unknown fields ignored.

        Raises Unanswered(source_changed) for another content type, broken JSON or another shape.
        """
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise Unanswered(
                Reason.SOURCE_CHANGED, f"{media_type or 'no content type'} instead of JSON"
            )
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unanswered(Reason.SOURCE_CHANGED, f"unexpected JSON: {error}") from None

    def unexpected(self) -> Unanswered:
        """Give the verdict on a status that the source has no meaning for."""
        return Unanswered(Reason.SOURCE_CHANGED, f"unexpected status {self.status}")


class Http:
    """Asks one service, over one connection where it can; close it after use."""

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
        self._base = httpx2.URL(base_url)
        self._client = httpx2.Client(
            headers={"user-agent": USER_AGENT, "accept-encoding": "gzip, deflate"},
            timeout=httpx2.Timeout(self._limits.read, connect=self._limits.connect),
            follow_redirects=False,
            # A proxy of the environment is the person's wish, except for this very machine.
            trust_env=self._base.scheme == "https",
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

        `before_attempt` is called before every attempt and may raise. `body_limit` in bytes, after
        decompression. Raises Unanswered.
        """
        request = self._client.build_request("GET", str(self._base) + path, headers=headers)
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
                return self._attempt(request, body_limit)
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
        deadline = time.monotonic() + self._limits.total
        try:
            for hop in range(REDIRECTS + 1):
                answer, onward = self._exchange(request, body_limit, deadline, redirected=hop > 0)
                if onward is None:
                    return _accepted(answer)
                request = self._same_origin(onward)
        except httpx2.TimeoutException as error:
            raise Unanswered(Reason.TIMEOUT, type(error).__name__) from None
        except httpx2.DecodingError:
            raise Unanswered(Reason.SOURCE_CHANGED, "undecodable content encoding") from None
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise Unanswered(Reason.NETWORK, type(error).__name__) from None
        raise Unanswered(Reason.SOURCE_CHANGED, f"more than {REDIRECTS} redirects")

    def _exchange(
        self, request: httpx2.Request, body_limit: int, deadline: float, *, redirected: bool
    ) -> tuple[Answer, httpx2.Request | None]:
        response = self._client.send(request, stream=True)
        try:
            body = _read(response, body_limit, deadline)
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(str(response.url), response.status_code, headers, body, redirected)
        return answer, response.next_request

    def _same_origin(self, request: httpx2.Request) -> httpx2.Request:
        url = request.url
        if (url.scheme, url.host, url.port) != (
            self._base.scheme,
            self._base.host,
            self._base.port,
        ):
            raise Unanswered(Reason.SOURCE_CHANGED, "redirected to another host")
        return request


def _read(response: httpx2.Response, limit: int, deadline: float) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise Unanswered(Reason.TOO_LARGE, f"{announced} bytes announced, {limit} allowed")
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > limit:
            raise Unanswered(Reason.TOO_LARGE, f"more than {limit} bytes")
        if time.monotonic() > deadline:
            raise Unanswered(Reason.TIMEOUT, "the answer came too slowly")
    return bytes(body)


def _accepted(answer: Answer) -> Answer:
    """Raise for every refusal that means the same at all services."""
    note = f"status {answer.status}"
    # A challenge page is one whatever its status: 403, 429 and 503 are all in use.
    if "cf-mitigated" in answer.headers:
        raise Unanswered(Reason.BLOCKED, f"{note}, bot challenge")
    match answer.status:
        case 401:
            raise Unanswered(Reason.UNAUTHORISED, note)
        case 403 if "cf-ray" in answer.headers:
            raise Unanswered(Reason.BLOCKED, f"{note} at the edge")
        case 429:
            raise Unanswered(Reason.RATE_LIMITED, note, retry_at=_retry_at(answer))
        case status if status >= 500:
            raise Unanswered(Reason.SERVER_ERROR, note, retry_at=_retry_at(answer))
        case _:
            return answer


def _retry_at(answer: Answer) -> datetime | None:
    """Read Retry-After, whole seconds or an HTTP date (RFC 9110, 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    now = utc_now()
    if text.isdecimal() and len(text) < 10:
        return now + min(timedelta(seconds=int(text)), LONGEST_BLOCK)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware, now), now + LONGEST_BLOCK)
