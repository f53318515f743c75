"""Decides where everything lies and what config.toml may say; nothing runs on a guess."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digital_footprint.errors import ConfigurationError
from digital_footprint.files import read_whole

if TYPE_CHECKING:
    from digital_footprint.settings import JobSettings, Settings, SourceSettings

APPLICATION = "digital-footprint"

DEFAULT_INTERVAL_DAYS: Mapping[str, int] = {
    "breach_recheck": 7,
    "dark_web_monitor": 3,
    "verify_removals": 1,
    "generate_report": 7,
}


@dataclass(frozen=True, slots=True)
class Paths:
    """Every place on the disk that belongs to this program, absolute."""

    config: Path
    data: Path
    state: Path

    @property
    def config_file(self) -> Path:
        """The person's own settings."""
        return self.config / "config.toml"

    @property
    def secrets_file(self) -> Path:
        """Keys, mode 0600."""
        return self.config / "secrets.toml"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "footprint.db"

    @property
    def reports(self) -> Path:
        """Dated reports."""
        return self.data / "reports"

    @property
    def backups(self) -> Path:
        """Copies of the database made before a migration."""
        return self.data / "backups"

    @property
    def log(self) -> Path:
        """One JSON line per run."""
        return self.state / "scheduler.log"

    @property
    def brokers(self) -> Path:
        """The person's own broker files."""
        return self.config / "brokers"

    @property
    def probes(self) -> Path:
        """The environments of the optional programs, one directory each."""
        return self.state / "probes"

    @property
    def locks(self) -> Path:
        """One lock file per job."""
        return self.state / "locks"


@dataclass(frozen=True, slots=True)
class Config:
    """The paths, and what config.toml says or leaves to the defaults."""

    paths: Paths
    settings: "Settings"

    def job(self, name: str) -> "JobSettings":
        """Give the settings of one job by its name."""
        job: JobSettings = getattr(self.settings.jobs, name)
        return job

    def interval_days(self, name: str) -> int:
        """Days between two runs of a job."""
        return self.job(name).interval_days or DEFAULT_INTERVAL_DAYS[name]

    def source(self, service: str) -> "SourceSettings":
        """Give the settings of one outside service by its section's name."""
        source: SourceSettings = getattr(self.settings.sources, service)
        return source


def resolve_paths(environ: Mapping[str, str] = os.environ) -> Paths:
    """Find the program's places: all under $FOOTPRINT_HOME, else where the platform puts them."""
    home = environ.get("FOOTPRINT_HOME")
    if home:
        try:
            root = Path(home).expanduser().absolute()
        except RuntimeError:
            raise ConfigurationError(
                f"FOOTPRINT_HOME is {home!r}, and there is no such user",
                hint="set it to an absolute path",
            ) from None
        return Paths(root, root, root)
    # Imported here: it costs as much as the rest of a run that has nothing to do.
    from platformdirs import PlatformDirs

    places = PlatformDirs(APPLICATION, appauthor=False)
    return Paths(
        Path(places.user_config_dir).absolute(),
        Path(places.user_data_dir).absolute(),
        Path(places.user_state_dir).absolute(),
    )


def load_config(paths: Paths) -> Config:
    """Read config.toml; a missing file is the defaults.

    Raises ConfigurationError with file, key path, what was found and what is allowed.
    """
    from digital_footprint.settings import Settings

    raw = read_toml(paths.config_file)
    return Config(paths, _converted(paths.config_file, raw) if raw else Settings())


def read_toml(path: Path) -> dict[str, Any]:
    """Read one TOML file; a missing one is empty.

    Raises ConfigurationError for one that cannot be read or parsed.
    """
    try:
        content = read_whole(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}", hint=f"look at it with: ls -l {path}"
        ) from None
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = error if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8 text"
        raise ConfigurationError(
            f"{path} is not valid TOML: {where}",
            hint=f"edit {path}, or move it away to use the defaults",
        ) from None


def nearest(word: str, choices: list[str]) -> str:
    """Give `; did you mean X?` for the closest choice, or nothing."""
    import difflib

    matches = difflib.get_close_matches(word, choices, n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def _converted(path: Path, raw: dict[str, Any]) -> "Settings":
    import msgspec

    from digital_footprint.settings import Settings, problems, unknown_key

    if unknown := unknown_key(raw):
        section, name, allowed = unknown
        raise ConfigurationError(
            f"{path}: {'.'.join([*section, name])} is not a known key{nearest(name, allowed)}",
            hint=f"allowed here: {', '.join(allowed)}",
        )
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise _wrong_type(path, raw, _placed(raw, str(error))) from None
    for problem in problems(settings):
        raise ConfigurationError(
            f"{path}: {problem.key} is {_shown(problem.found)}; allowed: {problem.allowed}",
            hint=f"edit {path}",
        )
    return settings


def _placed(raw: dict[str, Any], message: str) -> str:
    """Say in which channel something is wrong: of names that are not ours msgspec tells `[...]`."""
    if "[...]" not in message:
        return message
    import msgspec

    from digital_footprint.settings import ChannelSettings

    for name, channel in raw["alerts"]["channels"].items():
        try:
            msgspec.convert(channel, ChannelSettings)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$")
            return f"{what} - at `$.alerts.channels.{name}{where or '`'}"
    raise AssertionError(message)  # pragma: no cover - one of them is wrong


def _wrong_type(path: Path, raw: dict[str, Any], message: str) -> ConfigurationError:
    """Turn msgspec's message (`Expected int, got str - at $.jobs.x`) into file, key, found."""
    what, _, where = message.partition(" - at `$")
    keys = [key for key in re.split(r"[.\[\]`]+", where) if key]
    found: Any = raw
    for key in keys:
        found = found.get(key, found) if isinstance(found, dict) else found
    return ConfigurationError(
        f"{path}: {'.'.join(keys) or 'the file'} is {_shown(found)}; {what[0].lower()}{what[1:]}",
        hint=f"edit {path}",
    )


def _shown(found: object) -> str:
    """Give what was found as an error may tell it: short, and without what may be a password."""
    if isinstance(found, dict | list):
        return "a table" if isinstance(found, dict) else "a list"
    text = str(found)
    if "://" in text:
        # A user, a path or a query of a URL may hold a key.
        scheme, _, rest = text.partition("://")
        host = re.split(r"[/?#]", rest)[0].rpartition("@")[2]
        return repr(f"{scheme}://{host}")
    return repr(found) if len(text) <= 80 else f"{text[:80]!r}…"
