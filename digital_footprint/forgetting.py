"""Deletes a person, or one identifier, with everything recorded; finds the files that hold them."""

import html
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from digital_footprint import people, removals
from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.model import Identifier, IdentifierKind, Person
from digital_footprint.removal_log import Removal, list_removals
from digital_footprint.scheduler.due import NAMES
from digital_footprint.scheduler.locks import ALERTS, all_job_locks, patient_lock

SENDING_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The dated files that held the person: still there, and deleted."""

    kept: tuple[Path, ...]
    removed: tuple[Path, ...]


def forget(db: Database, paths: Paths, person: Person, *, files: bool) -> Forgotten:
    """Delete a person; with `files` also the reports and backups that hold them.

    The files go first: should the database refuse, the person is still there to be forgotten.
    Raises TemporaryError while a job is running: it might write of them again.
    """
    with _nobody_at_work(paths):
        holding = tuple(_holding(db, paths, person))
        for path in holding if files else ():
            path.unlink()
        people.erase_person(db, person)
    return Forgotten((), holding) if files else Forgotten(holding, ())


def forget_identifier(db: Database, paths: Paths, identifier: Identifier) -> None:
    """Delete one identifier. Raises TemporaryError while a job is running."""
    with _nobody_at_work(paths):
        people.erase_identifier(db, identifier.id)


def forget_removal(db: Database, paths: Paths, removal: Removal) -> None:
    """Delete one saved listing. Raises TemporaryError while a job is running."""
    with _nobody_at_work(paths):
        removals.erase(db, removal)


@contextmanager
def _nobody_at_work(paths: Paths) -> Iterator[None]:
    """Keep every job from running, and every message that may name them from leaving."""
    with (
        patient_lock(paths.locks, ALERTS, SENDING_SECONDS),
        all_job_locks(paths.locks, list(NAMES)),
    ):
        yield


def _holding(db: Database, paths: Paths, person: Person) -> list[Path]:
    marks = [person.name] + [
        one.value
        for one in people.list_all_identifiers(db, person)
        if one.kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.STREET)
    ]
    marks += [one.url for one in list_removals(db, person_id=person.id)]
    reports = [path for path in _files(paths.reports) if _names(path, marks)]
    return reports + [path for path in _files(paths.backups) if _has_row(path, person)]


def _files(directory: Path) -> list[Path]:
    return [path for path in sorted(directory.rglob("*")) if path.is_file()]


def _names(report: Path, marks: Iterable[str]) -> bool:
    """Say whether a text holds any of the marks as words of their own, whatever the case."""
    text = _as_read(report.read_text("utf-8", errors="replace"))
    return any(re.search(rf"(?<!\w){re.escape(_as_read(mark))}(?!\w)", text) for mark in marks)


def _as_read(text: str) -> str:
    """Give a text without what HTML and Markdown write otherwise than it is read."""
    return html.unescape(text).replace("`", "").casefold()


def _has_row(backup: Path, person: Person) -> bool:
    """Say whether a copy of our database has the person; ids are never given twice."""
    uri = f"{backup.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            sql = "SELECT 1 FROM persons WHERE id = ?"
            return connection.execute(sql, (person.id,)).fetchone() is not None
    except sqlite3.Error:
        return True  # what cannot be read cannot be shown to be free of them
