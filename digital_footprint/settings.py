"""The schema of config.toml: every key there is, its type and its range."""

import ipaddress
import re
from datetime import time
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

CLOCK_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Unacceptable(Exception):  # noqa: N818 - a message under way to load_config, which knows the file
    """A value of the right type that makes no sense."""

    def __init__(self, key: str, found: str, allowed: str) -> None:
        super().__init__(key)
        self.key = key
        self.found = found
        self.allowed = allowed


class ScheduleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The local time in which the jobs' slots are laid."""

    window: str = "04:00-06:00"


class JobSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One job: how often, whether at all, and how long it may take."""

    interval_days: Annotated[int, Meta(ge=1, le=31)] | None = None
    enabled: bool = True
    timeout_minutes: Annotated[int, Meta(ge=2, le=1440)] = 60


class JobsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One section per job."""

    breach_recheck: JobSettings = JobSettings()
    dark_web_monitor: JobSettings = JobSettings()
    verify_removals: JobSettings = JobSettings()
    generate_report: JobSettings = JobSettings()


class SourceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One outside service. `enabled` absent: HIBP is on once it has a key, all else is off."""

    base_url: str | None = None
    enabled: bool | None = None


class SourcesSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One section per outside service."""

    hibp: SourceSettings = SourceSettings()
    xposedornot: SourceSettings = SourceSettings()
    leakcheck: SourceSettings = SourceSettings()
    hudsonrock: SourceSettings = SourceSettings()
    ahmia: SourceSettings = SourceSettings()
    holehe: SourceSettings = SourceSettings()
    user_scanner: SourceSettings = SourceSettings()


class AlertsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When nobody is to be woken."""

    quiet_hours: str | None = None


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of config.toml."""

    schedule: ScheduleSettings = ScheduleSettings()
    jobs: JobsSettings = JobsSettings()
    sources: SourcesSettings = SourcesSettings()
    alerts: AlertsSettings = AlertsSettings()

    def check(self) -> None:
        """Refuse, with Unacceptable, what types cannot express."""
        _check_window(self.schedule.window)
        if self.alerts.quiet_hours is not None:
            _span("alerts.quiet_hours", self.alerts.quiet_hours)
        for service in self.sources.__struct_fields__:
            base_url = getattr(self.sources, service).base_url
            if base_url is not None:
                _check_url(f"sources.{service}.base_url", base_url)


def allowed_keys(path: list[str]) -> list[str]:
    """Give the keys that may stand at a key path, such as `["jobs", "breach_recheck"]`."""
    kind: type[Struct] = Settings
    for key in path:
        kind = next(field.type for field in msgspec.structs.fields(kind) if field.name == key)
    return [field.name for field in msgspec.structs.fields(kind)]


def is_loopback(host: str | None) -> bool:
    """Say whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _check_window(window: str) -> None:
    start, end = _span("schedule.window", window)
    if start >= end:
        raise Unacceptable("schedule.window", window, "an end after the start, on the same day")


def _span(key: str, text: str) -> tuple[time, time]:
    match = CLOCK_SPAN.fullmatch(text)
    if match is None:
        raise Unacceptable(key, text, "two clock times as in 22:00-07:00")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    return time(hour, minute), time(end_hour, end_minute)


def _check_url(key: str, url: str) -> None:
    allowed = "https://HOST[/PATH], or http:// to this machine (127.0.0.1, ::1, localhost)"
    try:
        parts = urlsplit(url)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise Unacceptable(key, url, allowed) from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if not (secure and plain and parts.hostname and port_is_one and url.isprintable()):
        raise Unacceptable(key, url, allowed)
