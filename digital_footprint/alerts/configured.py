"""Adds a channel and takes one out: its section of config.toml, its secret, its rows."""

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digital_footprint import consents, enabling, observations, secrets
from digital_footprint.alerts import agreement, newcomers, outbox, timing
from digital_footprint.alerts.messages import release
from digital_footprint.clock import to_text
from digital_footprint.config import Config, Paths, load_config, nearest
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, FootprintError, UsageError
from digital_footprint.files import edit_toml, write_privately
from digital_footprint.model import Person
from digital_footprint.scheduler.locks import ALERTS, patient_lock
from digital_footprint.settings import CHANNEL_NAME, ChannelSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    import tomlkit

PATIENCE_SECONDS = 90


def require_new(config: Config, name: str) -> None:
    """Raise UsageError for a name that no channel can have, or one has."""
    if not re.fullmatch(CHANNEL_NAME, name):
        raise UsageError(
            f"no channel can be called {name!r}",
            hint="a name is a-z, 0-9 and _, at most 31, and begins with a letter",
        )
    if name in config.settings.alerts.channels:
        raise UsageError(
            f"there is a channel {name} already",
            hint=f"edit {config.paths.config_file}, or first: footprint alert remove {name}",
        )


def require(config: Config, name: str) -> ChannelSettings:
    """Give a channel. Raises UsageError, with the names there are, where there is none."""
    channels = config.settings.alerts.channels
    if name not in channels:
        known = f"channels: {', '.join(channels)}; " if channels else ""
        raise UsageError(
            f"no channel is called {name!r}{nearest(name, list(channels))}",
            hint=f"{known}add one: footprint alert add NAME --kind apprise",
        )
    return channels[name]


def require_told(config: Config, name: str) -> None:
    """Raise UsageError for a channel that is off, or carries no messages."""
    channel = require(config, name)
    if channel.kind not in outbox.TOLD_KINDS:
        raise UsageError(
            f"{name} carries no messages: it is a ping, which tells a service how runs end",
            hint="the next run pings it: footprint-job list",
        )
    if not channel.enabled:
        raise UsageError(
            f"{name} is off", hint=f"take `enabled = false` out of {config.paths.config_file}"
        )


def add(paths: Paths, name: str, channel: ChannelSettings, url: str | None) -> None:
    """Write a channel into config.toml, keeping all else, and its address into secrets.toml.

    Both, or neither: what cannot be kept as a secret, or not be edited, changes nothing.
    """

    def change(document: "tomlkit.TOMLDocument") -> None:
        channels = _below(_below(document, "alerts"), "channels")
        section = _empty(channels)
        section["kind"] = channel.kind
        for key in ("detail", "digest"):
            if (value := getattr(channel, key)) != getattr(ChannelSettings(channel.kind), key):
                section[key] = value
        channels[name] = section

    before = _text_of(paths.config_file)
    _edit(paths, change, lambda config: name in config.settings.alerts.channels)
    if url is not None:
        try:
            secrets.set_secret(paths, f"alert_{name}", url)
        except FootprintError:
            _put_back(paths.config_file, before)
            raise


def agree(db: Database, name: str, persons: list[Person]) -> None:
    """Record that these persons may be named on a channel."""
    wording = agreement.wording(name)
    with db.transaction():
        # What a command writes is not what the file says.
        observations.note_configuration_taken(db, wording.name)
        for person in persons:
            consents.give(db, person.id, wording, enabling.basis_of(person))


def withdraw(db: Database, name: str, persons: list[Person]) -> None:
    """Name these persons no more on a channel."""
    with db.transaction():
        for person in persons:
            consents.withdraw(db, person.id, agreement.wording(name))


def start(db: Database, name: str, now: datetime) -> None:
    """Tell a new channel things from now on, unless a run has begun to already."""
    with db.transaction():
        if db.first("SELECT 1 FROM channels WHERE name = :name", {"name": name}) is None:
            newcomers.begin(db, name, now=now, run_id=None)


def remove(db: Database, paths: Paths, name: str) -> int:
    """Take a channel out with its address and its consents; give how many messages still waited."""

    def change(document: "tomlkit.TOMLDocument") -> None:
        del document["alerts"]["channels"][name]

    with patient_lock(paths.locks, ALERTS, PATIENCE_SECONDS):
        _edit(paths, change, lambda config: name not in config.settings.alerts.channels)
        secrets.drop_secret(paths, f"alert_{name}")
        with db.transaction():
            newcomers.withdraw_all(db, name)
            return newcomers.end(db, name)


def mute(db: Database, names: list[str], day: str, now: datetime) -> str:
    """Hold back what these channels would be told until a day is over; give the moment."""
    until = to_text(timing.day_over(day))
    for name in names:
        start(db, name, now)
        db.execute(
            "UPDATE channels SET muted_until = :until WHERE name = :name",
            {"name": name, "until": until},
        )
    return until


def unmute(db: Database, names: list[str], now: datetime) -> None:
    """Let what was held back leave."""
    for name in names:
        with db.transaction():
            db.execute("UPDATE channels SET muted_until = NULL WHERE name = :name", {"name": name})
            release(db, name, now)


def _edit(
    paths: Paths,
    change: "Callable[[tomlkit.TOMLDocument], None]",
    is_done: "Callable[[Config], bool]",
) -> None:
    """Change config.toml, and put it back as it was where that did not do what it was to do.

    TOML can be written in ways that the library for editing it does not see through.
    """
    file = paths.config_file
    before = _text_of(file)
    try:
        edit_toml(file, change)
        done = is_done(load_config(paths))
    except (ConfigurationError, LookupError, ValueError):
        done = False
    if done:
        return
    _put_back(file, before)
    raise ConfigurationError(
        f"{file} is written in a way that this program cannot edit; nothing was changed",
        hint="edit the section [alerts.channels.NAME] by hand, then: footprint secret set "
        "alert_NAME",
    )


def _text_of(file: Path) -> str | None:
    return file.read_text("utf-8") if file.exists() else None


def _put_back(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink(missing_ok=True)
    else:
        write_privately(file, text)


def _below(parent: Any, key: str) -> Any:
    """Give the table below a key, made where there is none."""
    if key not in parent:
        parent[key] = _empty(parent, of_tables=True)
    return parent[key]


def _empty(parent: Any, *, of_tables: bool = False) -> Any:
    """Give a new table in the way in which the one around it is written."""
    import tomlkit
    from tomlkit.items import InlineTable

    if isinstance(parent, InlineTable):
        return tomlkit.inline_table()
    return tomlkit.table(is_super_table=of_tables)
