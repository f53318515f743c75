"""The one way to the SQLite file: connections, transactions, and the rows of `scheduled_runs`."""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from digital_footprint.errors import ConfigurationError, FootprintError, TemporaryError
from digital_footprint.files import make_directory
from digital_footprint.schema import MIGRATIONS, bring_up_to_date, refuse_newer, user_version

BUSY_TIMEOUT_SECONDS = 30
# Somebody waits for the answer, and nothing is lost by asking again.
IMPATIENT_SECONDS = 5

Row = dict[str, Any]
Parameters = Mapping[str, Any]


class Database:
    """One open connection, in autocommit; `transaction()` groups what belongs together.

    Every method raises sqlite3.Error as it comes; `explain` turns one into a sentence.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(
        cls, path: Path, *, migrations: Path = MIGRATIONS, patience: float = BUSY_TIMEOUT_SECONDS
    ) -> Self:
        """Open the file, made or brought to this program's schema where needed.

        `patience`: seconds to wait for another process that holds the file.
        Raises ConfigurationError for a file that is not ours, is newer, or cannot be written.
        """
        make_directory(path.parent)
        try:
            bring_up_to_date(path, migrations)
            newest = len(list(migrations.glob("*.sql")))
            return cls(_connect(path, newest, patience), path)
        except sqlite3.Error as error:
            raise explain(error, path) from None

    @classmethod
    def open_existing(cls, path: Path) -> Self:
        """Open the file as `open` does, for who must not take a missing one for an empty one.

        Raises ConfigurationError when there is none.
        """
        if not path.exists():
            raise ConfigurationError(
                f"there is no database at {path}: nothing has been recorded yet",
                hint="footprint setup",
            )
        return cls.open(path, patience=IMPATIENT_SECONDS)

    def close(self) -> None:
        """Close the connection; SQLite folds the write-ahead log back into the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, also when a signal's exception passes through."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            self.rollback()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state of the file throughout, whatever others write meanwhile."""
        self._connection.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            self.rollback()

    def hurry(self) -> None:
        """Wait for other processes no longer than a stop allows."""
        self._connection.execute(f"PRAGMA busy_timeout = {IMPATIENT_SECONDS * 1000}")

    def rollback(self) -> None:
        """Drop an open transaction, if there is one."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def query(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Give all rows of a SELECT, each a dict by column."""
        return [dict(row) for row in self._connection.execute(sql, parameters or {})]

    def first(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """Give the first row of a SELECT, or None."""
        row = self._connection.execute(sql, parameters or {}).fetchone()
        return None if row is None else dict(row)

    def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run a statement that changes rows; give how many."""
        return self._connection.execute(sql, parameters or {}).rowcount

    def insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Insert one row; give its id. `table` and column names come from our code alone."""
        columns = ", ".join(values)
        places = ", ".join(f":{column}" for column in values)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names of ours
        return self._connection.execute(sql, values).lastrowid or 0

    def purge(self) -> None:
        """Rewrite the file so that no deleted byte is left in it or in its log.

        Raises TemporaryError when another process keeps the old file in use.
        """
        self._connection.execute("VACUUM")
        (busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise TemporaryError(
                "it is deleted, but another process still reads the old file",
                hint="the last bytes go when that process ends",
            )

    def size(self) -> int:
        """How many bytes the file takes, its log left out."""
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        (bytes_each,) = self._connection.execute("PRAGMA page_size").fetchone()
        return int(pages * bytes_each)

    def schema_version(self) -> int:
        """How many migrations the file has seen."""
        return user_version(self._connection)

    def damage(self) -> list[str]:
        """Give what SQLite's own quick check complains of; empty means sound."""
        rows = self._connection.execute("PRAGMA quick_check").fetchall()
        return [text for (text,) in rows if text != "ok"]

    # --- scheduled_runs ---------------------------------------------------------------------

    def insert_scheduled_run(self, job_name: str, started_at: str) -> int:
        """Begin a row in status `running`; give its id."""
        return self.insert("scheduled_runs", {"job_name": job_name, "started_at": started_at})

    def update_scheduled_run(self, run_id: int, **columns: Any) -> None:
        """Set columns of one row; `details` may be given as a dict.

        Raises ValueError for a name that is not a column of the table.
        """
        known = {row["name"] for row in self.query("PRAGMA table_info(scheduled_runs)")}
        if unknown := sorted(set(columns) - known):
            msg = f"scheduled_runs has no column {', '.join(unknown)}"
            raise ValueError(msg)
        if not columns:
            return
        if isinstance(columns.get("details"), dict):
            columns["details"] = json.dumps(columns["details"])
        assignments = ", ".join(f"{column} = :{column}" for column in columns)
        sql = f"UPDATE scheduled_runs SET {assignments} WHERE id = :run_id"  # noqa: S608 - checked
        self.execute(sql, {**columns, "run_id": run_id})

    def get_scheduled_run(self, run_id: int) -> Row | None:
        """Give one row, or None."""
        return self.first("SELECT * FROM scheduled_runs WHERE id = :id", {"id": run_id})

    def get_last_run(self, job_name: str) -> Row | None:
        """Give the newest row of a job, or None."""
        rows = self.get_run_history(1, job_name=job_name)
        return rows[0] if rows else None

    def get_run_history(self, limit: int = 20, *, job_name: str | None = None) -> list[Row]:
        """Give the newest rows first, of one job or of all; `details` is JSON text."""
        return self.query(
            """
            SELECT * FROM scheduled_runs WHERE :job_name IS NULL OR job_name = :job_name
            ORDER BY id DESC LIMIT :limit
            """,
            {"job_name": job_name, "limit": limit},
        )


def explain(error: sqlite3.Error, path: Path) -> FootprintError:
    """Turn an error of SQLite's into a sentence with the next step."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    # A full disk shows as an I/O error where the log's index could not grow.
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and is_full(path.parent):
        code = sqlite3.SQLITE_FULL
    match code:
        case sqlite3.SQLITE_FULL:
            return FootprintError(
                f"the disk that holds {path} is full",
                hint="free some space and run the command again; what was recorded before stands",
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return TemporaryError(
                f"{path} is in use by another process, and stays so",
                hint="run the command again when the other one is done",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return ConfigurationError(
                f"{path} cannot be opened for writing",
                hint=f"make it and its directory writable for you: ls -ld {path.parent} {path}",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_ERROR:
            return ConfigurationError(
                f"{path} is damaged: {error}",
                hint="move it away together with its -wal and -shm, "
                f"and put the newest of {path.parent / 'backups'} in its place",
            )
        case _:
            return FootprintError(
                f"{path}: {getattr(error, 'sqlite_errorname', type(error).__name__)}",
                hint="run: footprint-job selftest",
            )


def is_full(directory: Path) -> bool:
    """Say whether the disk has no room left for the smallest of our files."""
    disk = os.statvfs(directory)
    return disk.f_bavail * disk.f_frsize < 64 * 1024


def _connect(path: Path, newest: int, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=patience)
    try:
        refuse_newer(path, user_version(connection), newest)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection
