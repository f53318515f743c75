"""How a systemd manager is reached, what it is asked, and how its answers are read."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from digital_footprint.errors import ConfigurationError
from digital_footprint.process import Completed, Runner
from footprint_timers import linger
from footprint_timers.identity import as_root, came_as_root, current, systemctl, typed
from footprint_timers.linger import user_name
from footprint_timers.model import Account, Scope
from footprint_timers.stamps import stamp_directory
from footprint_timers.surroundings import advice_without

OLDEST = 247
BOOTED = Path("/run/systemd/system")
RUNTIME_DIRECTORIES = Path("/run/user")
# Where the system's manager has what belongs to this machine alone, and its stamps.
SYSTEM_UNITS = Path("/etc/systemd/system")
SYSTEM_STAMPS = Path("/var/lib/systemd/timers")
WITH_NEXT_BOOT = "have timers start with the next boot: footprint-timers install --root /"
# Beside the units: the links of the timers that are enabled.
WANTS = "timers.target.wants"

_UNITS = {
    "y": 365.25 * 86400, "month": 30.44 * 86400, "w": 604800, "d": 86400, "h": 3600,
    "min": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "\u03bcs": 1e-6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a scheduler cannot be used, and what would change that."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A manager that answers: where it reads units and stamps, its version and environment.

    `account`: for whom the system's manager runs jobs; None for a user's own manager. `root`:
    the tree of files in which nothing is started; None where a real manager is asked.
    """

    run: Runner
    bus: Mapping[str, str]
    version: int
    units: Path
    stamps: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    root: Path | None = None
    uid: int = field(default_factory=os.getuid)
    person: str = field(default_factory=user_name)

    @property
    def scope(self) -> Scope:
        """Whose manager it is: the system's, or the user's own."""
        return "system" if self.account else "user"

    @property
    def runtime(self) -> Path:
        """Where it reads units that are gone at the next start of the machine."""
        if self.account:
            return Path("/run")
        return Path(self.bus.get("XDG_RUNTIME_DIR") or os.environ["XDG_RUNTIME_DIR"])

    @property
    def may_change(self) -> bool:
        """Say whether this process may change what this manager does."""
        if not self.account or came_as_root():
            return True
        place = next(one for one in (self.units, *self.units.parents) if one.exists())
        return self.root is not None and os.access(place, os.W_OK)

    def call(self, *words: str) -> Completed:
        """Give one verb with its units to the manager."""
        with self.rights():
            return self.run([*systemctl(self.scope), *words], environment=self.bus)

    def rights(self) -> AbstractContextManager[None]:
        """Give the rights that its files and verbs need, for a step."""
        return as_root() if self.account else nullcontext()

    def typed(self, words: str) -> str:
        """Give the command by which a person asks the same of it."""
        return f"{typed(self.scope)} {words}"

    def show(self, units: Sequence[str], properties: Sequence[str]) -> dict[str, dict[str, str]]:
        """Give properties of units, by unit. Raises FootprintError when it does not answer."""
        if not units:
            return {}
        answer = self.call("show", f"--property={','.join(['Id', *properties])}", *units).require()
        return shown_units(answer)

    def drop_ins(self, unit: str) -> dict[str, str]:
        """Give what a person has changed of that very unit; what is for all of ours holds anyway.

        Raises ConfigurationError for a file that cannot be read.
        """
        try:
            found = sorted((self.units / f"{unit}.d").glob("*.conf"))
            return {path.name: path.read_text("utf-8", "replace") for path in found}
        except OSError as error:
            raise ConfigurationError(
                f"{error.filename} cannot be read: {error.strerror}",
                hint=f"look at it with: ls -l {error.filename}",
            ) from None


def connect(
    run: Runner,
    environ: Mapping[str, str] = os.environ,
    *,
    scope: Scope = "user",
    booted: Path = BOOTED,
    runtimes: Path = RUNTIME_DIRECTORIES,
    lingering: Path = linger.DIRECTORY,
) -> Manager | Refusal:
    """Reach this user's manager, or the system's on behalf of this user, or say why not.

    Nothing is changed.
    """
    if not booted.is_dir():
        return Refusal(
            f"this machine was not started by systemd (there is no {booted})", _without_systemd()
        )
    bus = {} if scope == "system" else _bus(environ, runtimes)
    if bus is None:
        return Refusal(
            "this user has no session and no service manager (XDG_RUNTIME_DIR is not set)",
            _way_in(environ, runtimes, lingering),
        )
    words = systemctl(scope)
    answer = run([*words, "show", "--property=Version,UnitPath"], environment=bus)
    told = _properties(answer.stdout)
    version = re.match(r"v?(\d+)", told.get("Version", ""))
    if answer.code or version is None:
        return Refusal(
            f"the {scope}'s service manager does not answer: {answer.complaint()}",
            _way_in(environ, runtimes, lingering)
            if scope == "user"
            else "see why not: systemctl status",
        )
    if int(version[1]) < OLDEST:
        return Refusal(f"systemd {version[1]} is too old", f"systemd {OLDEST} or newer is needed")
    environment = _environment(run([*words, "show-environment"], environment=bus).require())
    if scope == "system":
        return of_system(run, int(version[1]), environment)
    units = _unit_directory(told.get("UnitPath", ""))
    if units is None:
        return Refusal(
            "the user's service manager looks for units in no directory of this user's own",
            "see where it looks: systemctl --user show --property=UnitPath",
        )
    return Manager(
        run=run,
        bus=bus,
        version=int(version[1]),
        units=units,
        stamps=stamp_directory(environment),
        environment=environment,
    )


def of_system(run: Runner, version: int, environment: Mapping[str, str]) -> Manager:
    """Give the system's manager, as it runs jobs for the user of this process."""
    person = current()
    return Manager(
        run=run,
        bus={},
        version=version,
        units=SYSTEM_UNITS,
        stamps=SYSTEM_STAMPS,
        environment={**environment, "HOME": str(person.home)},
        account=Account(person.name, person.home, SYSTEM_STAMPS),
    )


def shown_units(text: str) -> dict[str, dict[str, str]]:
    """Read what `systemctl show` prints of several units, by Id."""
    blocks = [_properties(block) for block in text.strip().split("\n\n")]
    return {block["Id"]: block for block in blocks if "Id" in block}


def monotonic(text: str) -> float:
    """Read a time span as `systemctl show` prints it (`31min 21.215349s`), in seconds."""
    spans = re.findall(r"([\d.]+)(\D+?)(?:\s|$)", text)
    return sum(float(number) * _UNITS[unit] for number, unit in spans if unit in _UNITS)


def timestamp(text: str) -> datetime | None:
    """Read a moment as `systemctl show` prints it in UTC (`Mon 2026-11-23 02:17:00 UTC`)."""
    match = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text)
    return datetime.fromisoformat(match[0]).replace(tzinfo=UTC) if match else None


def _way_in(environ: Mapping[str, str], runtimes: Path, lingering: Path) -> str:
    own = runtimes / str(os.getuid())
    if own.is_dir() and environ.get("XDG_RUNTIME_DIR", str(own)) != str(own):
        return f"XDG_RUNTIME_DIR leads elsewhere: export XDG_RUNTIME_DIR={own}"
    if linger.is_on(lingering):
        return f"have your service manager started: sudo systemctl start user@{os.getuid()}.service"
    turn_on = f"log in without su or sudo, or: sudo loginctl enable-linger {user_name()}"
    return f"{turn_on}; or {WITH_NEXT_BOOT}"


def _without_systemd() -> str:
    offered = (advice_without(), WITH_NEXT_BOOT if shutil.which("systemctl") else "")
    return "; or ".join(filter(None, offered))


def _bus(environ: Mapping[str, str], runtimes: Path) -> dict[str, str] | None:
    """Give the variables by which systemctl finds the manager; su and sudo do not set them."""
    if environ.get("XDG_RUNTIME_DIR"):
        return {}
    runtime = runtimes / str(os.getuid())
    return {"XDG_RUNTIME_DIR": str(runtime)} if runtime.is_dir() else None


def _unit_directory(unit_path: str) -> Path | None:
    """Pick the person's own directory out of the manager's search path (systemd.unit(5))."""
    directories = [Path(word) for word in unit_path.split()]
    own = (
        place
        for place in directories
        if place.parts[-2:] == ("systemd", "user") and place.parts[1] not in ("etc", "run", "usr")
    )
    return next(own, None)


def _properties(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _environment(text: str) -> dict[str, str]:
    return {name: _unquoted(value) for name, value in _properties(text).items()}


def _unquoted(value: str) -> str:
    """Read a value of show-environment; what a shell would misread stands as $'...'."""
    if not value.startswith("$'"):
        return value
    import ast

    return str(ast.literal_eval(value[1:]))
