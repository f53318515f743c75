"""The dead man's switch: tells a monitoring service that a job began, and how it ended.

Nothing on this machine can tell that this machine runs nothing any more; a service that misses a
ping can. The protocol is that of Healthchecks (https://healthchecks.io/docs/http_api/): the
address itself for success, /start, /fail and /log below it, `rid` for what belongs together.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit
from uuid import uuid4

from digital_footprint.clock import Clock, to_text
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, TemporaryError
from digital_footprint.model import JobResult, RunStatus, SkipReason
from digital_footprint.secrets import Secrets
from digital_footprint.settings import is_loopback

if TYPE_CHECKING:
    from digital_footprint.http import Limits

START, SUCCESS, FAIL, LOG = "start", "", "fail", "log"
TOLD = "that a job ran, and how it ended"
JOB = "{job}"


@dataclass
class Switch:
    """The pings of one run on every channel of the kind `ping`.

    No trouble with them changes the run; `troubles` has a sentence for each.
    """

    db: Database
    config: Config
    job_name: str
    clock: Clock
    limits: "Limits | None" = None
    troubles: list[str] = field(default_factory=list)
    _rid: str = field(default_factory=lambda: str(uuid4()))
    _messages: dict[str, int] = field(default_factory=dict)

    def begin(self, run_id: int) -> None:
        """Tell that the run has begun."""
        for name in self._channels():
            self._messages[name] = self._enter(name, run_id)
            self._ping(name, START)

    def end(self, result: JobResult) -> None:
        """Tell how the run ended, wherever its beginning was told."""
        for name in self._messages:
            self._ping(name, signal_of(result))

    def _channels(self) -> Iterator[str]:
        for name, channel in self.config.settings.alerts.channels.items():
            if channel.enabled and channel.kind == "ping":
                yield name

    def _ping(self, name: str, signal: str) -> None:
        trouble = self._trouble(name, signal)
        said = f"the ping of {name} did not arrive: {trouble}"
        if trouble and said not in self.troubles:
            self.troubles.append(said)
        now = to_text(self.clock.now())
        # Not `pending`: an old ping that arrives late would tell of a run that is not.
        self.db.execute(
            """
            UPDATE messages SET state = :state, error = :error, attempts = attempts + 1,
                   sent_at = CASE WHEN :error IS NULL THEN :now ELSE sent_at END
            WHERE id = :id
            """,
            {
                "state": "dropped" if trouble else "sent",
                "error": trouble or None,
                "now": now,
                "id": self._messages[name],
            },
        )

    def _trouble(self, name: str, signal: str) -> str:
        """Ping; say what kept it from arriving, or nothing."""
        from digital_footprint.http import Http
        from digital_footprint.verdicts import Unanswered

        try:
            url = split(Secrets(self.config.paths).get(f"alert_{name}") or "", name)
            self._disclose(name, url.netloc.rpartition("@")[2])
            with Http(f"{url.scheme}://{url.netloc}", limits=self._limits()) as http:
                answer = http.get(target(url, self.job_name, signal, self._rid))
        except ConfigurationError as error:
            return f"{error.message} (next: {error.hint})"
        except Unanswered as error:
            return f"{error.verdict.reason}: {error.verdict.note}"
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library makes of an odd address
            return type(error).__name__
        if answer.status in (200, 201):
            return ""
        missing = ", which knows no such check" if answer.status == 404 else ""
        return f"{url.hostname} answered {answer.status}{missing}"

    def _limits(self) -> "Limits":
        from digital_footprint.http import Limits

        # A run is not to wait long for somebody who only listens.
        return self.limits or Limits(connect=3.0, read=5.0, total=8.0, attempts=2)

    def _enter(self, name: str, run_id: int) -> int:
        now = to_text(self.clock.now())
        # Until its end is seen nobody knows whether it arrived.
        return self.db.insert(
            "messages",
            {
                "channel": name,
                "run_id": run_id,
                "state": "uncertain",
                "created_at": now,
                "not_before": now,
            },
        )

    def _disclose(self, name: str, host: str) -> None:
        self.db.insert(
            "disclosures",
            {
                "message_id": self._messages[name],
                "source": f"channel:{name}",
                "recipient": host,
                "datum": TOLD,
                "sent_at": to_text(self.clock.now()),
            },
        )


def signal_of(result: JobResult) -> str:
    """Give what a run's end is to the service.

    What the system tries again by itself, and what has nothing to do yet, is neither a success
    nor a failure: it is only logged, and the service's own patience decides.
    """
    match result.status:
        case RunStatus.SUCCESS | RunStatus.PARTIAL:
            return SUCCESS
        case RunStatus.SKIPPED:
            is_done = result.details.get("reason") == SkipReason.NOTHING_DUE
            return SUCCESS if is_done else LOG
        case _:
            return LOG if _is_tried_again(result) else FAIL


def split(url: str, name: str) -> SplitResult:
    """Take an address apart.

    Raises ConfigurationError, without the address, for one that nothing can be sent to.
    """
    hint = f"set it again: footprint secret set alert_{name}"
    if not url:
        raise ConfigurationError(f"the channel {name} has no address", hint=hint)
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (
            parts.scheme == "http" and is_loopback(parts.hostname)
        )
        is_safe = is_safe and bool(parts.hostname) and parts.port != 0
        # What is no name for the system, which would say so in its own way.
        (parts.hostname or "").encode("idna")
    except ValueError:
        is_safe = False
    if not is_safe:
        raise ConfigurationError(
            f"the address of the channel {name} is not https://HOST/PATH",
            hint=hint,
        )
    return parts


def target(url: SplitResult, job_name: str, signal: str, rid: str) -> str:
    """Give path and query of one ping; `{job}` in the address stands for the job's name.

    A slug of that service has hyphens, no underscores.
    """
    path = url.path.replace(JOB, job_name.replace("_", "-")).rstrip("/")
    below = f"/{signal}" if signal else ""
    query = f"{url.query}&rid={rid}" if url.query else f"rid={rid}"
    return urlunsplit(("", "", f"{path}{below}", query, ""))


def _is_tried_again(result: JobResult) -> bool:
    return result.status == RunStatus.FAILED and result.exit_code == TemporaryError.exit_code
