"""Decides where a secret comes from; its value is never printed, logged or put into an error."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint.config import Paths, load_config, nearest, read_toml
from digital_footprint.errors import ConfigurationError, UsageError
from digital_footprint.files import edit_toml
from digital_footprint.settings import CHANNEL_NAME

if TYPE_CHECKING:
    import tomlkit

# name -> (what it is for, the form it has, that form in words)
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "hibp_api_key": (
        "Have I Been Pwned: asks about every address",
        r"[0-9a-fA-F]{32}",
        "32 hexadecimal digits",
    ),
}
# The address of a channel of alerts: whoever has it can write there, or ping in our name.
OF_CHANNEL = rf"alert_{CHANNEL_NAME}"
CHANNEL_ADDRESS = ("the channel {} of alerts: where messages are sent", r"[!-~]{4,}", "an address")
WELL_KNOWN_VARIABLES: Mapping[str, str] = {"hibp_api_key": "HIBP_API_KEY"}


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """One secret as `secret list` shows it: where it is found, never what it is."""

    name: str
    purpose: str
    place: str | None


class Secrets:
    """Looks secrets up: systemd credential, then environment, then secrets.toml."""

    def __init__(self, paths: Paths, environ: Mapping[str, str] = os.environ) -> None:
        self._paths = paths
        self._environ = environ

    def get(self, name: str) -> str | None:
        """Give the value, or None where no place has it.

        Raises ConfigurationError for a place that cannot be trusted or a value that cannot be sent.
        """
        found = self._find(name)
        if found is None:
            return None
        value, place = found
        if not re.fullmatch(r"[!-~]+", value):
            raise ConfigurationError(
                f"{name} from {place} holds spaces or unprintable characters",
                hint=f"set it again: footprint secret set {name}",
            )
        return value

    def place(self, name: str) -> str | None:
        """Say where the value would come from."""
        found = self._find(name)
        return found[1] if found else None

    def _find(self, name: str) -> tuple[str, str] | None:
        directory = self._environ.get("CREDENTIALS_DIRECTORY")
        if directory and (path := Path(directory) / name).is_file():
            return _read_credential(path).strip(), "systemd credential"
        for variable in (f"FOOTPRINT_{name.upper()}", WELL_KNOWN_VARIABLES.get(name, "")):
            if self._environ.get(variable):
                return self._environ[variable].strip(), f"environment variable {variable}"
        value = read_secrets_file(self._paths.secrets_file).get(name)
        return None if value is None else (value.strip(), str(self._paths.secrets_file))


def list_secrets(paths: Paths) -> list[SecretPlace]:
    """Tell of every secret this program knows where it is found."""
    secrets = Secrets(paths)
    return [
        SecretPlace(name, known[0], secrets.place(name))
        for name, known in known_secrets(paths).items()
    ]


def known_secrets(paths: Paths) -> dict[str, tuple[str, str, str]]:
    """Give every secret that some part of the program asks for: what for, its form, that in words.

    Raises ConfigurationError for a config.toml that cannot be read: it names the channels.
    """
    channels = load_config(paths).settings.alerts.channels
    addresses = {
        f"alert_{name}": (CHANNEL_ADDRESS[0].format(name), *CHANNEL_ADDRESS[1:])
        for name, channel in channels.items()
        if channel.kind != "desktop"
    }
    return {**KNOWN, **addresses}


def set_secret(paths: Paths, name: str, value: str) -> Path:
    """Write one secret into secrets.toml, keeping what else stands there; give the file.

    Raises UsageError for an unknown name or a value of the wrong form.
    """
    require_known(paths, name)
    _, form, words = KNOWN.get(name, CHANNEL_ADDRESS)
    if not re.fullmatch(form, value):
        raise UsageError(
            f"that is no {name}: expected is {words}, {len(value)} characters came",
            hint="copy it whole, without spaces or quotes; nothing was changed",
        )
    read_secrets_file(paths.secrets_file)  # what cannot be trusted is not added to
    edit_toml(paths.secrets_file, lambda document: document.update({name: value}))
    return paths.secrets_file


def drop_secret(paths: Paths, name: str) -> None:
    """Delete one secret from secrets.toml, if it is there."""

    def change(document: "tomlkit.TOMLDocument") -> None:
        del document[name]

    if name in read_secrets_file(paths.secrets_file):
        edit_toml(paths.secrets_file, change)


def require_known(paths: Paths, name: str) -> None:
    """Raise UsageError for a name that no part of the program asks for."""
    if name in KNOWN:
        return
    known = known_secrets(paths)
    if name not in known:
        raise UsageError(
            f"no secret is called {name!r}{nearest(name, list(known))}",
            hint=f"known secrets: {', '.join(known)}; "
            "that of a channel comes with it: footprint alert add",
        )


def read_secrets_file(path: Path) -> dict[str, str]:
    """Read secrets.toml; a missing one is empty.

    Raises ConfigurationError when others can read it, or when it holds what nobody asks for.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -l {path}"
        ) from None
    if stat.S_ISREG(mode) and mode & 0o077:
        raise ConfigurationError(
            f"{path} can be read by other users of this machine (mode {mode & 0o777:04o})",
            hint=f"chmod 600 {path}",
        )
    content = read_toml(path)
    for name, value in content.items():
        # The address of a channel that is there no more harms nobody.
        known = name in KNOWN or re.fullmatch(OF_CHANNEL, name)
        if not known or not isinstance(value, str):
            # The value stays out of the message, whatever it is.
            raise ConfigurationError(
                f"{path}: {name} is not a secret this program knows"
                if not known
                else f"{path}: {name} has to be a text in quotes",
                hint=f"known secrets: {', '.join(KNOWN)}{nearest(name, list(KNOWN))}",
            )
    return content


def _read_credential(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"the systemd credential {path.name} cannot be read as text",
            hint="look at LoadCredential= in the unit",
        ) from None
