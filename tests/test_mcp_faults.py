"""A database that is missing, empty, stale, locked, foreign, newer or broken is never all clear."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from digital_footprint import removals
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import ConsentBasis, Person
from digital_footprint.removal_events import NotSure
from digital_footprint.removal_log import UnknownPace
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import JOBS
from digital_footprint.verdicts import Reason
from tests.assistant import READING, TOOLS, ask, talk
from tests.conftest import CommandLine, add
from tests.test_bad_input import foreign_database, newer_database, picture, torso
from tests.wire import Wire, names, response

EVERY: dict[str, dict[str, Any]] = {
    **READING,
    "footprint_run_job": {"job": "breach_recheck"},
    "footprint_run_status": {"run_id": 1},
    "footprint_explain_finding": {"finding_id": 1},
    "footprint_set_finding_state": {"finding_id": 1, "decision": "not_me"},
}
HOUSEHOLD = ("footprint_list_findings", "footprint_coverage")
RESOURCES = (
    "footprint://status",
    "footprint://report/latest",
    "footprint://run/1",
    "footprint://finding/1",
)


def told(result: Any) -> str:
    """Give the text of an error, which says what to do next and shows no traceback."""
    assert result.is_error
    (part,) = result.content
    text: str = part.text
    assert "Next step" in text or "footprint person add" in text
    assert "Traceback" not in text
    return text


def ask_for_everything(run: CommandLine) -> tuple[dict[str, Any], dict[str, str]]:
    """Call every tool and read every resource; give results, and the errors of resources."""

    async def scenario(client: Client) -> Any:
        results = {name: await client.call_tool(name, given) for name, given in EVERY.items()}
        errors = {}
        for uri in RESOURCES:
            try:
                await client.read_resource(uri)
            except MCPError as error:
                errors[uri] = error.message
        return results, errors

    found: tuple[dict[str, Any], dict[str, str]] = talk(run, scenario)
    return found


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (missing, ("there is no database", "Next step: footprint setup")),
        (foreign_database, ("another program", "move it away")),
        (newer_database, ("schema 999", "newer version")),
        (picture, ("is not a database", "move it away")),
        (torso, ("footprint.db",)),
    ],
)
def test_what_cannot_be_read_is_an_error_of_every_tool_and_resource(
    run: CommandLine, home: Path, make: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    home.mkdir()
    make(home / "footprint.db")
    before = (home / "footprint.db").read_bytes() if make is not missing else b""

    results, errors = ask_for_everything(run)

    assert TOOLS == set(results)
    for text in (*map(told, results.values()), *errors.values()):
        for word in words:
            assert word in text
    assert set(RESOURCES) == set(errors)
    if make is missing:
        assert not (home / "footprint.db").exists()
    else:
        assert before == (home / "footprint.db").read_bytes()


def test_a_locked_database_is_an_error_of_every_tool(
    run: CommandLine, home: Path, db: Database
) -> None:
    db.close()
    with closing(sqlite3.connect(home / "footprint.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        results = talk(run, _all_at_once)

    assert len(EVERY) == len(results)
    for result in results:
        assert "in use by another process" in told(result)


async def _all_at_once(client: Client) -> list[Any]:
    """Ask everything at one time: each answer waits for the lock as long as the others."""
    calls = (client.call_tool(name, given) for name, given in EVERY.items())
    return await asyncio.gather(*calls)


@pytest.mark.parametrize("empty_file", [True, False])
def test_an_empty_database_is_no_all_clear(run: CommandLine, home: Path, empty_file: bool) -> None:
    home.mkdir()
    if empty_file:
        (home / "footprint.db").touch()
    else:
        Database.open(home / "footprint.db").close()

    findings, coverage, removed, runs = ask(
        run,
        *((name, {}) for name in (*HOUSEHOLD, "footprint_list_removals", "footprint_list_runs")),
    )

    for result in (findings, coverage, removed):
        assert "nobody is registered: footprint person add" in told(result)
        assert not result.structured_content.get("findings")
    assert "no job has run yet, so nothing is known" in told(runs)


def test_without_a_source_that_is_on_nothing_is_checked(
    run: CommandLine, db: Database, jane: Person
) -> None:
    for result in ask(run, *((name, {}) for name in HOUSEHOLD)):
        assert "no source is on and agreed to" in told(result)


def test_before_the_first_run_nothing_is_known(
    run: CommandLine, db: Database, config: Config, jane: Person
) -> None:
    for result in ask(run, *((name, {}) for name in HOUSEHOLD)):
        assert "No check was made yet, so nothing is known" in told(result)
        assert 2 == result.structured_content["checks"]["never_asked"]


def test_where_nobody_answered_nothing_is_known(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    wire.anybody = response("503 Service Unavailable")
    JOBS["breach_recheck"](db, config, Options())

    for result in ask(run, *((name, {}) for name in HOUSEHOLD)):
        assert "No check has an answer, so nothing is known" in told(result)


@pytest.mark.parametrize("found", [True, False])
def test_a_stale_database_is_an_error_that_still_tells_what_was_found(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire, found: bool
) -> None:
    if found:
        wire.accounts["jane@example.com"] = names("Adobe")
    JOBS["breach_recheck"](db, config, Options())
    long_ago = to_text(utc_now() - timedelta(days=8))
    db.execute("UPDATE observations SET observed_at = :at", {"at": long_ago})

    listed, coverage = ask(run, *((name, {}) for name in HOUSEHOLD))

    for result in (listed, coverage):
        text = told(result)
        assert "All that is known is out of date" in text
        assert long_ago in text
        assert 1 == result.structured_content["checks"]["out_of_date"]
    assert found == bool(listed.structured_content["findings"])
    assert found == ("finding 1: breach" in listed.content[0].text)


def test_an_answer_within_its_interval_is_not_stale(
    run: CommandLine, db: Database, config: Config, jane: Person
) -> None:
    JOBS["breach_recheck"](db, config, Options())
    lately = to_text(utc_now() - timedelta(days=7, hours=1))
    db.execute("UPDATE observations SET observed_at = :at", {"at": lately})

    (result,) = ask(run, ("footprint_list_findings", {}))

    assert not result.is_error
    assert lately in result.content[0].text


def test_listings_that_nobody_has_looked_at_for_long_are_an_error(
    run: CommandLine, db: Database, jane: Person
) -> None:
    long_ago = utc_now() - timedelta(days=90)
    pace = UnknownPace()
    removal = removals.add(
        db, jane, ConsentBasis.SELF, broker="spokeo", pace=pace,
        url="https://spokeo.example/p1", now=long_ago,
    )  # fmt: skip
    run_id = db.insert_scheduled_run("verify_removals", to_text(long_ago))
    look = NotSure(long_ago, Reason.TIMEOUT)
    removals.record_look(db, removal, look, pace=pace, run_id=run_id, more={"note": ""})

    (result,) = ask(run, ("footprint_list_removals", {}))

    assert "overdue, so nothing current is known" in told(result)
    assert 1 == len(result.structured_content["listings"])


def test_a_person_without_checks_is_no_all_clear_beside_one_who_has_some(
    run: CommandLine, db: Database, config: Config, jane: Person
) -> None:
    JOBS["breach_recheck"](db, config, Options())
    add(db, "John Doe", "john@example.com", consent=False)

    of_jane, of_john = ask(
        run, *(("footprint_list_findings", {"person_id": one}) for one in (1, 2))
    )

    assert not of_jane.is_error
    assert "no source is on and agreed to" in told(of_john)
