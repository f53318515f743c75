"""Deletes a person, or one identifier, with everything recorded; finds the files that hold them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from digital_footprint import people
from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.model import Identifier, Person
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.scheduler.locks import all_job_locks


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The dated files that held the person: still there, and deleted."""

    kept: tuple[Path, ...]
    removed: tuple[Path, ...]


def forget(db: Database, paths: Paths, person: Person, *, files: bool) -> Forgotten:
    """Delete a person; with `files` also the reports and backups that hold them.

    Raises TemporaryError while a job is running: it might write of them again.
    """
    with all_job_locks(paths.locks, list(JOBS)):
        marks = [person.name, *people.every_value(db, person)]
        holding = tuple(_holding(paths, marks))
        people.erase_person(db, person)
    if not files:
        return Forgotten(holding, ())
    for path in holding:
        path.unlink()
    return Forgotten((), holding)


def forget_identifier(db: Database, paths: Paths, identifier: Identifier) -> None:
    """Delete one identifier. Raises TemporaryError while a job is running."""
    with all_job_locks(paths.locks, list(JOBS)):
        people.erase_identifier(db, identifier.id)


def _holding(paths: Paths, marks: Iterable[str]) -> list[Path]:
    """Give the reports and backups in whose bytes any of the marks stands, whatever its case."""
    needles = [mark.casefold().encode() for mark in marks]
    directories = [path for path in (paths.reports, paths.backups) if path.is_dir()]
    files = [file for path in directories for file in sorted(path.rglob("*")) if file.is_file()]
    return [file for file in files if _holds(file, needles)]


def _holds(file: Path, needles: Iterable[bytes]) -> bool:
    content = file.read_bytes()
    folded = content.decode("utf-8", errors="replace").casefold().encode()
    return any(needle in folded for needle in needles)
