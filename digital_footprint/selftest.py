"""Checks everything a run depends on, from where the run would see it, without asking anybody."""

import errno
import os
import platform
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

from digital_footprint import __version__
from digital_footprint.config import Paths, load_config, resolve_paths
from digital_footprint.database import Database, explain
from digital_footprint.errors import FootprintError
from digital_footprint.files import make_directory, unwritable
from digital_footprint.scheduler.due import NAMES
from digital_footprint.secrets import list_secrets


def selftest() -> dict[str, Any]:
    """Give every check with what was found, and the exit code they amount to.

    `database_id` is device and inode: two places see the same file iff both are equal.
    `network`: whether a socket of the internet may be opened at all; nothing is sent.
    """
    paths = resolve_paths()
    checks = [
        _check("configuration", lambda: _configuration(paths)),
        _check("secrets", lambda: _secrets(paths)),
        _check("database", lambda: _database(paths)),
        _check("state directory", lambda: _state(paths)),
        _check("libraries", libraries),
    ]
    return {
        "version": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "database": str(paths.database),
        "database_id": _file_id(paths),
        "network": _may_use_network(),
        "jobs": list(NAMES),
        "checks": checks,
        "exit_code": max(check.pop("exit_code") for check in checks),
    }


def libraries() -> str:
    """Import what the jobs import, so that a broken environment shows here and not at night.

    Gives their versions. Raises FootprintError. install.sh asks it of an environment that it keeps.
    """
    try:
        import httpx2
        import selectolax
        import stamina

        from digital_footprint import checks, http  # noqa: F401 - that they can be is the check
        from digital_footprint.sources import all_sources

        all_sources()
    except ImportError as error:
        raise FootprintError(
            f"a library cannot be imported: {error}",
            hint="install it again: ./install.sh, or pipx reinstall footprint-timers",
        ) from None
    versions = {one.__name__: one.__version__ for one in (httpx2, selectolax, stamina)}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _check(name: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "found": look(), "hint": "", "exit_code": 0}
    except FootprintError as error:
        return {
            "name": name,
            "ok": False,
            "found": error.message,
            "hint": error.hint,
            "exit_code": error.exit_code,
        }


def _configuration(paths: Paths) -> str:
    load_config(paths)
    return str(paths.config_file) + ("" if paths.config_file.exists() else " (absent: defaults)")


def _secrets(paths: Paths) -> str:
    return "; ".join(f"{one.name} {one.place or 'not set'}" for one in list_secrets(paths))


def _database(paths: Paths) -> str:
    try:
        with Database.open(paths.database) as db:
            damage = db.damage()
            db.get_run_history(1)
            version = db.schema_version()
    except sqlite3.Error as error:
        raise explain(error, paths.database) from None
    if damage:
        raise FootprintError(
            f"{paths.database} is damaged: {damage[0]}",
            hint=f"move it away and put the newest of {paths.backups} in its place",
        )
    return f"{paths.database}, schema {version}, SQLite {sqlite3.sqlite_version}"


def _state(paths: Paths) -> str:
    make_directory(paths.locks)
    if not os.access(paths.state, os.W_OK | os.X_OK):
        raise unwritable(paths.state, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return str(paths.locks)


def _may_use_network() -> bool:
    import socket

    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True


def _file_id(paths: Paths) -> str | None:
    try:
        status = paths.database.stat()
    except OSError:
        return None
    return f"{status.st_dev}:{status.st_ino}"
