"""Decides whose rights a step is taken with: root's, or those of whose timers these are.

Root who installs for somebody works as that somebody, so that every file in the home is theirs
and no link of theirs leads root astray; only what belongs to the system is done as root.
"""

import os
import pwd
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.errors import ConfigurationError
from footprint_timers.model import Scope

SCOPE_VARIABLE = "FOOTPRINT_SCOPE"
# What would lead somebody into the home, or to the manager, of somebody else.
PERSONAL = (
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user of this machine, or of the tree of files that is being made."""

    name: str
    uid: int
    gid: int
    home: Path


def current() -> Person:
    """Give the user of this process, from the system and not from the environment."""
    try:
        return _person(pwd.getpwuid(os.getuid()))
    except KeyError:  # a container may run as a number that nobody has
        return Person(str(os.getuid()), os.getuid(), os.getgid(), Path.home())


def named(name: str, root: Path | None) -> Person:
    """Find a user, in the user list of another tree where it has one.

    Raises ConfigurationError where there is none of that name.
    """
    users = (root or Path("/")) / "etc/passwd"
    try:
        if users == Path("/etc/passwd") or not users.exists():
            return _person(pwd.getpwnam(name))
        return next(one for one in _listed(users) if one.name == name)
    except (KeyError, StopIteration):
        raise ConfigurationError(
            f"there is no user {name!r} in {users}", hint=f"see who there is: cut -d: -f1 {users}"
        ) from None


def calls_by_sudo(environ: Mapping[str, str] = os.environ) -> str | None:
    """Give who has become root for this command, by sudo or doas."""
    name = environ.get("SUDO_USER") or environ.get("DOAS_USER")
    return name if name and os.getuid() == 0 else None


@contextmanager
def surroundings(person: Person, environ: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """Give the process the environment of a person's login, as far as it decides about places."""
    before = dict(environ)
    for name in PERSONAL:
        environ.pop(name, None)
    environ.update(HOME=str(person.home), USER=person.name, LOGNAME=person.name)
    try:
        yield
    finally:
        environ.clear()
        environ.update(before)


@contextmanager
def rights_of(person: Person) -> Iterator[None]:
    """Give root's process the rights of a person; `as_root` has the old ones back for a step.

    In calls that macOS has too: root stays the saved user, to whom the way leads back.
    """
    os.initgroups(person.name, person.gid)
    _become(person.uid, person.gid)
    try:
        yield
    finally:
        _become_root()
        os.initgroups("root", 0)


@contextmanager
def as_root() -> Iterator[None]:
    """Take a step as root where this process came as root; as who we are where it did not."""
    if os.geteuid() == 0 or not came_as_root():
        yield
        return
    uid, gid = os.getuid(), os.getgid()
    _become_root()
    try:
        yield
    finally:
        _become(uid, gid)


def came_as_root() -> bool:
    """Say whether `as_root` gives root's rights: nothing but the attempt tells it on macOS."""
    before = os.geteuid()
    try:
        os.seteuid(0)
    except PermissionError:
        return False
    os.seteuid(before)
    return True


def scope_of(environ: Mapping[str, str] = os.environ) -> Scope:
    """Say which manager has started this process: the units of the system's say so themselves."""
    return "system" if environ.get(SCOPE_VARIABLE) == "system" else "user"


def systemctl(scope: Scope) -> list[str]:
    """Give the words by which a program asks the manager of a scope."""
    return ["systemctl"] if scope == "system" else ["systemctl", "--user"]


def typed(scope: Scope) -> str:
    """Give the words by which a person changes something at the manager of a scope."""
    return "sudo systemctl" if scope == "system" else "systemctl --user"


def _become(uid: int, gid: int) -> None:
    os.setregid(gid, gid)
    os.setreuid(uid, 0)
    os.seteuid(uid)


def _become_root() -> None:
    os.seteuid(0)
    os.setreuid(0, 0)
    os.setregid(0, 0)


def _person(entry: pwd.struct_passwd) -> Person:
    return Person(entry.pw_name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))


def _listed(users: Path) -> Iterator[Person]:
    for line in users.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[2].isdecimal() and fields[3].isdecimal():
            yield Person(fields[0], int(fields[2]), int(fields[3]), Path(fields[5]))
