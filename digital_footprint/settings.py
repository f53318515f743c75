"""The schema of config.toml: every key there is, its type and its range.

Plain dataclasses: without a config.toml a run needs the defaults and no decoder.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from dataclasses import field as field_of
from typing import Any

CHANNEL_WORDS: Mapping[str, tuple[str, ...]] = {
    "kind": ("apprise", "desktop", "ping"),
    "detail": ("counts", "full"),
    "digest": ("off", "daily", "weekly"),
}
CHANNEL_NAME = r"[a-z][a-z0-9_]{0,30}"
CLOCK_SPAN = r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d"
INTERVAL_DAYS = range(1, 32)
TIMES_IN_A_ROW = range(1, 101)
TIMEOUT_MINUTES = range(2, 24 * 60 + 1)


@dataclass(frozen=True)
class ScheduleSettings:
    """The local time in which the jobs' slots are laid."""

    window: str = "04:00-06:00"


@dataclass(frozen=True)
class JobSettings:
    """One job: how often (absent: the job's own interval), whether at all, how long at most."""

    interval_days: int | None = None
    enabled: bool = True
    timeout_minutes: int = 60


@dataclass(frozen=True)
class JobsSettings:
    """One section per job."""

    breach_recheck: JobSettings = JobSettings()
    dark_web_monitor: JobSettings = JobSettings()
    verify_removals: JobSettings = JobSettings()
    generate_report: JobSettings = JobSettings()


@dataclass(frozen=True)
class SourceSettings:
    """One source. `enabled` absent: HIBP's are on once there is a key, all else is off."""

    base_url: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class SourcesSettings:
    """One section per source; `hibp` is that of `hibp_breaches`, and `hibp_pastes` follows it."""

    hibp: SourceSettings = SourceSettings()
    hibp_pastes: SourceSettings = SourceSettings()
    xposedornot: SourceSettings = SourceSettings()
    leakcheck: SourceSettings = SourceSettings()
    hudsonrock: SourceSettings = SourceSettings()
    ahmia: SourceSettings = SourceSettings()
    holehe: SourceSettings = SourceSettings()
    user_scanner: SourceSettings = SourceSettings()


@dataclass(frozen=True)
class ChannelSettings:
    """One channel: `apprise` and `ping` have their address in the secret `alert_NAME`.

    `detail`: counts and a command to run, or names too, which is a consent. `digest`: at once, or
    all of a day or of a week in one message.
    """

    kind: str
    enabled: bool = True
    detail: str = "counts"
    digest: str = "off"


@dataclass(frozen=True)
class AlertsSettings:
    """When nobody is to be woken, what is told of the watcher itself, and where.

    `failures`: runs of a job that fail in a row before it is told; `blind_intervals`: intervals
    that a source may go without an answer before it is told.
    """

    quiet_hours: str | None = None
    failures: int = 2
    blind_intervals: int = 2
    channels: Mapping[str, ChannelSettings] = field_of(default_factory=dict)


@dataclass(frozen=True)
class McpSettings:
    """What an assistant is shown.

    `show_addresses`: whole addresses, names of sensitive findings, and the full report.
    """

    show_addresses: bool = False


@dataclass(frozen=True)
class Settings:
    """The whole of config.toml."""

    schedule: ScheduleSettings = ScheduleSettings()
    jobs: JobsSettings = JobsSettings()
    sources: SourcesSettings = SourcesSettings()
    alerts: AlertsSettings = AlertsSettings()
    mcp: McpSettings = McpSettings()


@dataclass(frozen=True)
class Problem:
    """What is wrong at one key path: what was found there and what is allowed."""

    key: str
    found: object
    allowed: str


def unknown_key(raw: dict[str, Any]) -> tuple[list[str], str, list[str]] | None:
    """Give the first key that does not exist: path of its section, its name, the keys allowed."""
    return next(_unknown(raw, Settings(), []), None)


def _unknown(
    raw: dict[str, Any], section: Any, path: list[str]
) -> Iterator[tuple[list[str], str, list[str]]]:
    names = [field.name for field in fields(section)]
    for key, value in raw.items():
        if key not in names:
            yield path, key, names
        elif isinstance(value, dict) and key == "channels":
            yield from _in_channels(value, [*path, key])
        elif isinstance(value, dict) and is_dataclass(below := getattr(section, key)):
            yield from _unknown(value, below, [*path, key])


def _in_channels(
    raw: dict[str, Any], path: list[str]
) -> Iterator[tuple[list[str], str, list[str]]]:
    """Look below the names of channels: those are the person's own."""
    for name, value in raw.items():
        if isinstance(value, dict):
            yield from _unknown(value, ChannelSettings("desktop"), [*path, name])


def problems(settings: Settings) -> Iterator[Problem]:
    """Give every value of the right type that makes no sense."""
    yield from _window(settings.schedule.window)
    yield from _alerts(settings.alerts)
    for field in fields(settings.jobs):
        yield from _job(f"jobs.{field.name}", getattr(settings.jobs, field.name))
    for field in fields(settings.sources):
        base_url = getattr(settings.sources, field.name).base_url
        if base_url is not None:
            yield from _url(f"sources.{field.name}.base_url", base_url)


def is_loopback(host: str | None) -> bool:
    """Say whether a host name can only be this machine."""
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _alerts(alerts: AlertsSettings) -> Iterator[Problem]:
    if alerts.quiet_hours is not None:
        yield from _span("alerts.quiet_hours", alerts.quiet_hours)
    for key, count in (("failures", alerts.failures), ("blind_intervals", alerts.blind_intervals)):
        if count not in TIMES_IN_A_ROW:
            yield Problem(f"alerts.{key}", count, "a whole number from 1 to 100")
    for name, channel in alerts.channels.items():
        yield from _channel(name, channel)


def _channel(name: str, channel: ChannelSettings) -> Iterator[Problem]:
    if not re.fullmatch(CHANNEL_NAME, name):
        allowed = "a name of a-z, 0-9 and _, at most 31, beginning with a letter"
        yield Problem(f"alerts.channels.{name}", name, allowed)
    for key, words in CHANNEL_WORDS.items():
        if (found := getattr(channel, key)) not in words:
            yield Problem(f"alerts.channels.{name}.{key}", found, ", ".join(words))
    if channel.kind != "apprise" and channel.detail == "full":
        # A desktop notice is a command line, which every program of the machine can read.
        allowed = f"counts, because its kind is {channel.kind}"
        yield Problem(f"alerts.channels.{name}.detail", channel.detail, allowed)


def _job(key: str, job: JobSettings) -> Iterator[Problem]:
    if job.interval_days is not None and job.interval_days not in INTERVAL_DAYS:
        yield Problem(f"{key}.interval_days", job.interval_days, "a whole number from 1 to 31")
    if job.timeout_minutes not in TIMEOUT_MINUTES:
        yield Problem(f"{key}.timeout_minutes", job.timeout_minutes, "a whole number, 2 to 1440")


def _window(window: str) -> Iterator[Problem]:
    wrong = list(_span("schedule.window", window))
    start, _, end = window.partition("-")
    if not wrong and start >= end:
        wrong = [Problem("schedule.window", window, "an end after the start, on the same day")]
    yield from wrong


def _span(key: str, text: str) -> Iterator[Problem]:
    if not re.fullmatch(CLOCK_SPAN, text):
        yield Problem(key, text, "two clock times as in 22:00-07:00")


def _url(key: str, url: str) -> Iterator[Problem]:
    if not _is_acceptable(url):
        allowed = "https://HOST[/PATH], or http:// to this machine (127.0.0.1, ::1, localhost)"
        yield Problem(key, url, allowed)


def _is_acceptable(url: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    bare = not (parts.username or parts.password or parts.query or parts.fragment)
    host = parts.hostname or ""
    named = re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?", host)
    return secure and bare and bool(named or ":" in host) and port != 0
