"""The file: made once, migrated whole or not at all, by however many at once."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.scheduler.interruptions import Interrupted
from digital_footprint.schema import MIGRATIONS


def open_and_insert(path: Path) -> int:
    with Database.open(path) as db:
        return db.insert_scheduled_run("breach_recheck", "2026-11-22T03:17:00Z")


def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "footprint.db"
    with ProcessPoolExecutor(8) as pool:
        ids = list(pool.map(open_and_insert, [path] * 24))

    assert list(range(1, 25)) == sorted(ids)
    with Database.open(path) as db:
        assert [] == db.damage()
        assert not (tmp_path / "new" / "backups").exists(), "a new file needs no backup"


def migrations(directory: Path, *scripts: str) -> Path:
    directory.mkdir(exist_ok=True)
    for number, script in enumerate(scripts, start=1):
        (directory / f"{number:04}_step.sql").write_text(script, encoding="utf-8")
    return directory


FIRST = "CREATE TABLE people (name TEXT);\nINSERT INTO people VALUES ('Jane; Doe');\n"


def test_a_migration_is_applied_once_after_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "footprint.db"
    Database.open(path, migrations=migrations(tmp_path / "m", FIRST)).close()
    newer = migrations(tmp_path / "m", FIRST, "ALTER TABLE people ADD COLUMN age INTEGER;")

    for _ in range(2):
        with Database.open(path, migrations=newer) as db:
            assert [{"name": "Jane; Doe", "age": None}] == db.query("SELECT * FROM people")
            assert 2 == db.schema_version()

    (backup,) = (tmp_path / "backups").iterdir()
    assert 0o600 == backup.stat().st_mode & 0o777
    with Database.open(backup, migrations=migrations(tmp_path / "m1", FIRST)) as old:
        assert [{"name": "Jane; Doe"}] == old.query("SELECT * FROM people")


def test_a_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "footprint.db"
    first = migrations(tmp_path / "m1", FIRST)
    Database.open(path, migrations=first).close()
    broken = migrations(
        tmp_path / "m2", FIRST, "DELETE FROM people;\nCREATE TABLE more (x);\nNONSENSE;\n"
    )

    with pytest.raises(Exception, match=r"footprint\.db"):
        Database.open(path, migrations=broken)

    with Database.open(path, migrations=first) as db:
        assert 1 == db.schema_version()
        assert [{"name": "Jane; Doe"}] == db.query("SELECT * FROM people")
        assert [] == db.query("SELECT name FROM sqlite_master WHERE name = 'more'")


def test_an_unfinished_statement_is_not_dropped_in_silence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unfinished statement"):
        Database.open(
            tmp_path / "footprint.db",
            migrations=migrations(tmp_path / "m", "CREATE TABLE a (x);\nCREATE TABLE b (x)"),
        )


def test_the_file_tells_whose_it_is(paths: Paths, db: Database) -> None:
    header = paths.database.read_bytes()[:100]

    assert b"FPT1" == header[68:72]
    assert len(list(MIGRATIONS.glob("*.sql"))) == int.from_bytes(header[60:64], "big")


def test_it_is_set_up_to_lose_nothing_and_to_keep_nothing_deleted(db: Database) -> None:
    settings = {
        name: next(iter((db.first(f"PRAGMA {name}") or {}).values()))
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
    }

    assert {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }.items() <= settings.items()


def test_a_transaction_broken_off_by_a_signal_leaves_nothing(db: Database) -> None:
    with pytest.raises(Interrupted), db.transaction():
        db.insert_scheduled_run("breach_recheck", "2026-11-22T03:17:00Z")
        raise Interrupted(15)

    assert [] == db.get_run_history()


def test_runs_are_kept_in_order_and_updated_by_known_columns_only(db: Database) -> None:
    ids = [db.insert_scheduled_run("breach_recheck", f"2026-11-2{n}T03:17:00Z") for n in range(3)]
    db.update_scheduled_run(ids[2], status="success", details={"found": 1})

    last = db.get_last_run("breach_recheck")

    assert last is not None
    assert ("success", '{"found": 1}') == (last["status"], last["details"])
    assert ids[:0:-1] == [row["id"] for row in db.get_run_history(2)]
    assert db.get_last_run("no_such_job") is None
    with pytest.raises(ValueError, match="no column colour"):
        db.update_scheduled_run(ids[0], colour="red")
    with pytest.raises(sqlite3.IntegrityError):
        db.update_scheduled_run(ids[0], status="done")


def test_events_of_a_finding_cannot_be_rewritten(db: Database) -> None:
    person = db.insert("persons", {"name": "Jane", "relation": "self", "added_at": "x"})
    one = db.insert(
        "identifiers", {"person_id": person, "kind": "email", "value": "a@b.c", "added_at": "x"}
    )
    finding = db.insert(
        "findings",
        {"identifier_id": one, "kind": "breach", "key": "adobe", "title": "Adobe", "tier": 1,
         "first_seen_at": "x", "last_seen_at": "x"},
    )  # fmt: skip
    db.insert("finding_events", {"finding": finding, "at": "x", "event": "first_seen"})

    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        db.execute("UPDATE finding_events SET event = 'resolved'")


@pytest.mark.parametrize(
    ("verdict", "reason", "found"),
    [("clean", "timeout", 0), ("inconclusive", None, 0), ("found", None, 0), ("clean", None, 1)],
)
def test_the_database_itself_refuses_a_verdict_that_contradicts_itself(
    db: Database, verdict: str, reason: str | None, found: int
) -> None:
    run_id = db.insert_scheduled_run("breach_recheck", "x")
    person = db.insert("persons", {"name": "Jane", "relation": "self", "added_at": "x"})
    one = db.insert(
        "identifiers", {"person_id": person, "kind": "email", "value": "a@b.c", "added_at": "x"}
    )

    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        db.insert(
            "observations",
            {"run_id": run_id, "identifier_id": one, "source": "s", "verdict": verdict,
             "reason": reason, "found": found, "observed_at": "x"},
        )  # fmt: skip


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "footprint.db"
    Database.open(path).close()
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="damaged"):
        Database.open(path)


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from digital_footprint import schema
from digital_footprint.database import Database

class Killed(sqlite3.Connection):
    def execute(self, sql, *rest):
        done = super().execute(sql, *rest)
        if sql.startswith(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

connect = sqlite3.connect
sqlite3.connect = lambda *args, **kwargs: connect(*args, factory=Killed, **kwargs)
Database.open(Path(sys.argv[1]), migrations=Path(sys.argv[2]))
"""


@pytest.mark.parametrize("statement", ["BEGIN", "CREATE", "PRAGMA user_version =", "COMMIT"])
@pytest.mark.parametrize("known", [0, 1])
def test_a_kill_within_a_migration_leaves_a_file_that_opens(
    tmp_path: Path, statement: str, known: int
) -> None:
    """New or old, with or without a reader, at every statement of the step."""
    path = tmp_path / "footprint.db"
    if known:
        Database.open(path, migrations=migrations(tmp_path / "m", FIRST)).close()
    second = "CREATE TABLE second (x);\n"
    steps = migrations(tmp_path / "m", *([FIRST] if known else []), second)
    reader = sqlite3.connect(path) if known else None
    if reader:
        reader.execute("BEGIN").execute("SELECT * FROM people").fetchall()

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, path, steps, statement], check=False, capture_output=True
    )
    assert -9 == killed.returncode, killed.stderr
    if reader:
        reader.close()

    for _ in range(2):
        with Database.open(path, migrations=steps) as db:
            assert known + 1 == db.schema_version()
            assert [] == db.query("SELECT * FROM second")
            assert [] == db.damage()


def test_a_reader_in_the_way_of_a_migration_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "footprint.db"
    Database.open(path, migrations=migrations(tmp_path / "m", FIRST)).close()
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM people").fetchall()
    steps = migrations(tmp_path / "m", FIRST, "CREATE TABLE second (x);\n")

    for _ in range(2):
        with Database.open(path, migrations=steps) as db:
            assert 2 == db.schema_version(), "the header cannot say so yet; the log does"

    reader.close()


def test_a_forgotten_row_leaves_no_free_page(db: Database) -> None:
    for number in range(2000):
        db.insert_scheduled_run(f"job {number}", "x" * 100)
    db.execute("DELETE FROM scheduled_runs")

    db.purge()

    assert {"freelist_count": 0} == db.first("PRAGMA freelist_count")
    assert db.path.stat().st_size < 300_000
