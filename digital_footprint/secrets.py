"""Decides where a secret comes from; its value is never printed, logged or put into an error."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.config import Paths, nearest, read_toml
from digital_footprint.errors import ConfigurationError, UsageError
from digital_footprint.files import edit_toml

# name -> (what it is for, the form it has, that form in words)
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "hibp_api_key": (
        "Have I Been Pwned: asks about every address",
        r"[0-9a-fA-F]{32}",
        "32 hexadecimal digits",
    ),
}
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
    return [SecretPlace(name, known[0], secrets.place(name)) for name, known in KNOWN.items()]


def set_secret(paths: Paths, name: str, value: str) -> Path:
    """Write one secret into secrets.toml, keeping what else stands there; give the file.

    Raises UsageError for an unknown name or a value of the wrong form.
    """
    require_known(name)
    _, form, words = KNOWN[name]
    if not re.fullmatch(form, value):
        raise UsageError(
            f"that is not a {name}: {words} are expected, {len(value)} characters came",
            hint="copy it whole, without spaces or quotes; nothing was changed",
        )
    read_secrets_file(paths.secrets_file)  # what cannot be trusted is not added to
    edit_toml(paths.secrets_file, lambda document: document.update({name: value}))
    return paths.secrets_file


def require_known(name: str) -> None:
    """Raise UsageError for a name that no part of the program asks for."""
    if name not in KNOWN:
        raise UsageError(
            f"no secret is called {name!r}{nearest(name, list(KNOWN))}",
            hint=f"known secrets: {', '.join(KNOWN)}",
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
        if name not in KNOWN or not isinstance(value, str):
            # The value stays out of the message, whatever it is.
            raise ConfigurationError(
                f"{path}: {name} is not a secret this program knows"
                if name not in KNOWN
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
