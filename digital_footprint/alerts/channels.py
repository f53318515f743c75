"""How a message leaves: through apprise, or as a notice on the desktop.

apprise is told one address, reads no file, keeps no state, and says nothing on stderr: what it
logs may hold the address, which is a secret.
"""

import logging
import queue
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from digital_footprint.alerts.desktop import Desktop
from digital_footprint.alerts.sending import Arrived, Channel, Letter, Refused, Sending, Unseen
from digital_footprint.config import Config
from digital_footprint.errors import ConfigurationError
from digital_footprint.process import FeedingRunner
from digital_footprint.secrets import Secrets
from digital_footprint.settings import is_loopback

SECONDS = 30
CONNECT_SECONDS, READ_SECONDS = 10.0, 20.0
CRASHED = "CRASHED"
# Where a connection is made: what fails there has sent nothing.
CONNECTING = frozenset({"create_connection", "getaddrinfo", "do_handshake"})


def open_channel(
    config: Config, name: str, run: FeedingRunner, *, platform: str = sys.platform
) -> Channel:
    """Give a configured channel, ready to send.

    Raises ConfigurationError where it has no address, or one that apprise cannot use.
    """
    if config.settings.alerts.channels[name].kind == "desktop":
        return Desktop(run, platform)
    secret = f"alert_{name}"
    url = Secrets(config.paths).get(secret)
    if url is None:
        raise ConfigurationError(
            f"the channel {name} has no address", hint=f"footprint secret set {secret}"
        )
    require_usable(url, hint=f"set another: footprint secret set {secret}")
    return Outside(url)


def require_usable(url: str, *, hint: str) -> None:
    """Raise ConfigurationError for an address that apprise cannot send to, or to several."""
    import apprise

    with _silent():
        service = apprise.Apprise(asset=_asset())
        usable = service.add(url)
    if not usable:
        raise ConfigurationError(
            f"apprise cannot use the address that begins with {_scheme(url)}://", hint=hint
        )
    # One address may name several rooms or mailboxes, each of which is sent to for itself.
    if len(service) != 1 or len(service[0]) > 1:
        raise ConfigurationError(
            "that is more than one recipient: what arrived only in part could not be told again",
            hint="make a channel for each: footprint alert add NAME --kind apprise",
        )


def recipient_of(url: str) -> str:
    """Give scheme and host of an address, and nothing of it that may be a key.

    Where a host stands, many services have a token: only what is spelt as a host is shown.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    named = re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,24}", host)
    service = _scheme(url)
    return f"{service} {host}" if named or is_loopback(host) else service


@dataclass(frozen=True, slots=True)
class Outside:
    """A service or a mailbox, by its apprise address; `seconds`: how long it may take in all."""

    url: str = field(repr=False)
    seconds: float = SECONDS

    @property
    def recipient(self) -> str:
        """Give scheme and host alone."""
        return recipient_of(self.url)

    def send(self, letter: Letter) -> Sending:
        """Send as plain text, on a thread of its own that ends with the process at the latest.

        An answer that comes byte by byte meets none of apprise's time-outs; and the threads that
        it gives up itself are waited for when the process ends, for as long as that takes.
        """
        ends: queue.SimpleQueue[str] = queue.SimpleQueue()

        def send() -> None:
            try:
                ends.put(_notify(self.url, letter))
            except Exception as error:  # noqa: BLE001 - a thread's own last words hold the address
                heard.errors.append(error)
                ends.put(CRASHED)

        with _silent() as heard:
            threading.Thread(target=send, daemon=True).start()
            try:
                status = ends.get(timeout=self.seconds)
            except queue.Empty:
                return Unseen(f"no answer within {self.seconds:g} s")
        return _sending(status, heard)


def _notify(url: str, letter: Letter) -> str:
    """Let apprise send to one address; give the name of how that ended."""
    import apprise

    service = apprise.Apprise(asset=_asset())
    service.add(url)
    for one in service:
        # Its own four seconds are short: what is answered later counts as unseen.
        one.socket_connect_timeout = max(one.socket_connect_timeout, CONNECT_SECONDS)
        one.socket_read_timeout = max(one.socket_read_timeout, READ_SECONDS)
        # Elsewhere is somebody else; and a redirected POST may come there as an empty GET.
        one.redirects = False
    result = service.notify(
        letter.body,
        title=letter.title,
        notify_type=apprise.NotifyType.INFO,
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    return str(result.status.name)


@dataclass(slots=True)
class _Heard:
    """What apprise logged while it sent: the HTTP statuses, and the exceptions it met."""

    statuses: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)


class _Listener(logging.Handler):
    """Keeps of each log record what is no secret; a record is made where an error is handled."""

    def __init__(self, heard: _Heard) -> None:
        super().__init__(logging.DEBUG)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.statuses += re.findall(r"error=(\d{3})\b", record.getMessage())
        error = sys.exc_info()[1]
        # Of what is only noted for debugging, what came of a connection counts.
        if isinstance(error, OSError) or (error and record.levelno >= logging.WARNING):
            self._heard.errors.append(error)


@contextmanager
def _silent() -> Iterator[_Heard]:
    """Keep what apprise and the libraries below it say away from stderr, and listen to it."""
    heard = _Heard()
    listener = _Listener(heard)
    own = logging.getLogger("apprise")
    # For good: a sender that is not waited for any more may still speak.
    own.propagate = False
    own.setLevel(logging.DEBUG)
    for logger in (own, logging.getLogger("urllib3")):
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    own.addHandler(listener)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield heard
    finally:
        own.removeHandler(listener)


def _sending(status: str, heard: _Heard) -> Sending:
    """Decide what came of it. What failed unheard, where bytes had left, may have arrived."""
    if status == "SUCCESS":
        return Arrived()
    open_ends = [error for error in heard.errors if not _told(error)]
    if open_ends:
        return Unseen(f"no answer came: {type(open_ends[0]).__name__}")
    if status in ("TIMEOUT", "PARTIAL"):
        return Unseen("no answer came in time")
    if heard.statuses:
        return Refused(f"refused with HTTP status {heard.statuses[-1]}")
    if heard.errors:
        return Refused(f"not reached, or refused: {_root(heard.errors[-1])}")
    return Refused("the service did not take it")


def _told(error: BaseException) -> bool:
    """Say whether an error is a refusal, or is older than the first byte of the message."""
    import smtplib

    if isinstance(error, smtplib.SMTPException):
        return not isinstance(error, smtplib.SMTPServerDisconnected)
    return any(
        frame.name in CONNECTING
        for one in _chain(error)
        for frame in traceback.extract_tb(one.__traceback__)
    )


def _root(error: BaseException) -> str:
    return type(_chain(error)[-1]).__name__


def _chain(error: BaseException) -> list[BaseException]:
    """Give an error with those that it came of."""
    chain = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) and before not in chain:
        chain.append(before)
    return chain


def _asset() -> Any:
    import apprise

    return apprise.AppriseAsset(
        storage_mode="memory",
        app_id="footprint",
        async_mode=False,
        # Its own limit is kept by threads that the end of the process waits for.
        service_timeout=0,
    )


def _scheme(url: str) -> str:
    scheme = url.partition("://")[0].lower()
    return scheme if re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", scheme) else "?"
