"""Whose SQLite file it is and which schema it has; brings it to the newest, whole or not at all.

A file that is not ours, or newer than this program, is refused before it is opened for writing.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from digital_footprint.clock import to_text, utc_now
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import open_privately, unwritable

APPLICATION_ID = 0x46505431  # "FPT1", at offset 68 of the file
MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(path: Path, migrations: Path) -> None:
    """Make the file, or migrate it after a backup; several processes may try at once.

    Raises ConfigurationError for a file that is none of ours, is newer, or cannot be written.
    """
    steps = sorted(migrations.glob("*.sql"))
    if _header(path) == (APPLICATION_ID, len(steps)):
        return
    with _directory_lock(path.parent):
        if _is_ours(path, len(steps)):
            _migrate(path, steps)
        else:
            _create(path, steps)


def refuse_newer(path: Path, version: int, newest: int) -> None:
    """Raise ConfigurationError for a schema that this program does not know yet."""
    if version > newest:
        raise ConfigurationError(
            f"{path} has schema {version}; this program knows up to {newest}. It was left as it is",
            hint="install the newer version of footprint-timers that wrote it",
        )


def user_version(connection: sqlite3.Connection) -> int:
    """How many migrations the file has seen, those in its log included."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _header(path: Path) -> tuple[int, int] | None:
    """Give application id and version as the file itself says, touching nothing; None: no file.

    Raises ConfigurationError for a file that is no database.
    """
    if path.exists() and not path.is_file():
        raise _foreign(path, "is no ordinary file")
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unwritable(path, error) from None
    if not header:
        return None  # made, and then the power was lost
    if len(header) < 100 or not header.startswith(b"SQLite format 3\x00"):
        raise _foreign(path, "is not a database")
    return int.from_bytes(header[68:72], "big"), int.from_bytes(header[60:64], "big")


def _is_ours(path: Path, newest: int) -> bool:
    """Say whether the file is one of ours; a missing or empty one is to be made.

    Raises ConfigurationError for another program's, or a newer one.
    """
    header = _header(path)
    if header is None:
        return False
    application_id, version = header
    if application_id != APPLICATION_ID:
        if application_id or _has_tables(path):
            raise _foreign(path, "is the database of another program")
        return False
    refuse_newer(path, version, newest)
    return True


def _has_tables(path: Path) -> bool:
    # immutable: neither a lock nor a log is made beside a file that may be another program's.
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    log = path.with_name(path.name + "-wal")
    # Ours gets a log only once its header is ours: whatever stands in this one is another's.
    return bool(tables) or (log.exists() and log.stat().st_size > 0)


def _foreign(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path} {what}; it was left as it is",
        hint="move it away, or set FOOTPRINT_HOME to another directory",
    )


def _create(path: Path, steps: Sequence[Path]) -> None:
    """Apply every step to a new file, without a log: header and content become valid at once."""
    os.close(open_privately(path, os.O_RDWR))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        _apply(connection, steps, 0)


def _migrate(path: Path, steps: Sequence[Path]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        # Not what the header says: after a power cut the newest version may stand in the log.
        version = user_version(connection)
        refuse_newer(path, version, len(steps))
        if version < len(steps):
            _back_up(connection, path, version)
            _apply(connection, steps[version:], version)
        # So that the header says it too. A reader in the way is not waited for: until it is gone
        # each opening looks here again.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def _directory_lock(directory: Path) -> Iterator[None]:
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise unwritable(directory, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    stamp = to_text(utc_now()).replace(":", "").replace("-", "")
    copy = path.parent / "backups" / f"footprint-schema{version}-{stamp}.db"
    unfinished = copy.with_suffix(".unfinished")
    os.close(open_privately(unfinished, os.O_RDWR))
    try:
        with closing(sqlite3.connect(unfinished)) as target:
            connection.backup(target)
        unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)


def _apply(connection: sqlite3.Connection, steps: Sequence[Path], version: int) -> None:
    """Run each migration and record it, in one transaction (executescript would commit first)."""
    for number, step in enumerate(steps, start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(step.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        msg = f"a migration ends in an unfinished statement: {statement.strip()[:60]}"
        raise ValueError(msg)
