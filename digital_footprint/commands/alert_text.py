"""What `footprint alert` says of channels and messages, for people."""

from collections.abc import Sequence
from typing import Any

from digital_footprint.alerts import agreement
from digital_footprint.output import Table, when
from digital_footprint.settings import ChannelSettings

NO_CHANNEL = "No channel: nobody is told anything. footprint alert add NAME --kind apprise"
HEADINGS = ("channel", "kind", "tells", "digest", "sent", "waiting", "given up", "last sent",
            "last drill", "state")  # fmt: skip
TO_LOOK_FOR = 'look for "Footprint: a drill" there: only you can see that it is on your screen'


def before_adding(name: str, channel: ChannelSettings) -> list[str]:
    """Say what a channel will be sent."""
    what, whom = {
        "apprise": (agreement.says(channel), "whoever runs the service behind its address"),
        "desktop": (agreement.says(channel), "this machine's screen"),
        "ping": ("that a job ran, and how it ended", "whoever runs the service behind its address"),
    }[channel.kind]
    return [f"{name} ({channel.kind})", f"  is sent: {what}", f"  to:      {whom}"]


def of_channels(documents: Sequence[dict[str, Any]]) -> list[str | Table]:
    """Show the channels, and below them what is wrong."""
    rows = [
        (
            one["name"],
            one["kind"],
            _tells(one),
            one["digest"],
            one["sent"],
            one["waiting"],
            one["given_up"],
            when(one["last_sent_at"]) or "never",
            _drill(one),
            _state(one),
        )
        for one in documents
    ]
    return [Table(HEADINGS, rows, NO_CHANNEL), *_quiet(documents), *_wrong(documents)]


def of_messages(documents: Sequence[dict[str, Any]]) -> list[str]:
    """Show the messages that wait, as they would be said now."""
    if not documents:
        return ["No message waits."]
    lines = []
    for one in documents:
        tried = f", tried {one['attempts']} time(s): {one['error']}" if one["error"] else ""
        lines.append(f"{one['channel']}, not before {when(one['not_before'])}{tried}")
        lines += [f"  {line}" for line in (one["body"] or "nothing is left to tell").splitlines()]
    return lines


def _drill(one: dict[str, Any]) -> str | None:
    if one["kind"] == "ping":
        return None
    return when(one["last_drill_at"]) or f"never: footprint alert test {one['name']}"


def _tells(one: dict[str, Any]) -> str:
    if one["kind"] == "ping":
        return "that jobs ran"
    if one["detail"] == "counts":
        return "counts"
    return f"names of {', '.join(one['named']) or 'nobody'}"


def _state(one: dict[str, Any]) -> str:
    if not one["enabled"]:
        return "off"
    return f"muted until {when(one['muted_until'])}" if one["muted_until"] else "on"


def _quiet(documents: Sequence[dict[str, Any]]) -> list[str]:
    quiet = {one["quiet_hours"] for one in documents if one["quiet_hours"]}
    return [f"quiet hours: {span}, by the clock on the wall" for span in quiet]


def _wrong(documents: Sequence[dict[str, Any]]) -> list[str]:
    lines = [f"{one['name']}: {one['last_error']}" for one in documents if one["last_error"]]
    return lines + [_given_up(one) for one in documents if one["given_up"]]


def _given_up(one: dict[str, Any]) -> str:
    if one["kind"] == "ping":
        return f"{one['name']}: {one['given_up']} ping(s) without an end: the run was cut off"
    return (
        f"{one['name']}: {one['given_up']} message(s) may NEVER HAVE ARRIVED and are not sent "
        "again; what they told stands in: footprint findings"
    )
