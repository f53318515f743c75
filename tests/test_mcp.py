"""The MCP server, called as an assistant's host calls it: a process, over stdio."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from digital_footprint.database import Database
from tests.conftest import CommandLine
from tests.test_bad_input import foreign_database, newer_database, picture

TOOL = "footprint_schedule_status"


def call(run: CommandLine, arguments: dict[str, Any] | None = None) -> Any:
    """Start the server, list its tools, call the one; give (tools, result)."""

    async def conversation() -> Any:
        server = StdioServerParameters(
            command=str(Path(sys.executable).with_name("footprint-mcp")), env=run.environment()
        )
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            return tools, await client.call_tool(TOOL, arguments or {})

    return anyio.run(conversation)


def test_one_tool_that_only_reads_and_says_what_it_answers(run: CommandLine, db: Database) -> None:
    tools, _ = call(run)

    (tool,) = tools
    assert TOOL == tool.name
    hints = tool.annotations
    assert (True, False, True, False) == (
        hints.read_only_hint,
        hints.destructive_hint,
        hints.idempotent_hint,
        hints.open_world_hint,
    )
    assert {"jobs", "missed", "history", "failures", "summary"} <= set(
        tool.output_schema["properties"]
    )


def test_it_tells_how_the_jobs_stand(run: CommandLine) -> None:
    run("footprint-job", "run", "breach_recheck")

    _, result = call(run)

    assert not result.is_error
    answer = result.structured_content
    job = next(one for one in answer["jobs"] if one["name"] == "breach_recheck")
    assert ("breach_recheck", 7, True) == (job["name"], job["interval_days"], job["overdue"])
    assert job["state"] in {"not_installed", "not_configured"}
    assert "skipped" == job["last_run"]["status"]
    assert [1] == [one["run_id"] for one in answer["history"]]
    text = result.content[0].text
    assert text == answer["summary"]
    assert "breach_recheck: " in text
    assert len(text) < 2000


def test_its_history_is_as_long_as_asked_for(run: CommandLine, db: Database) -> None:
    for _ in range(12):
        db.insert_scheduled_run("breach_recheck", "2026-11-22T03:17:00Z")

    assert 10 == len(call(run)[1].structured_content["history"])
    assert 12 == len(call(run, {"history_limit": 50})[1].structured_content["history"])
    assert call(run, {"history_limit": 0})[1].is_error


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (missing, ("there is no database", "footprint-job run")),
        (foreign_database, ("another program", "move it away")),
        (newer_database, ("schema 999", "newer version")),
        (picture, ("is not a database", "move it away")),
    ],
)
def test_what_cannot_be_read_is_an_error_with_the_next_step(
    run: CommandLine, home: Path, make: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    home.mkdir()
    make(home / "footprint.db")

    _, result = call(run)

    assert result.is_error
    text = result.content[0].text
    for word in (*words, "Next step"):
        assert word in text
    assert make is not missing or not (home / "footprint.db").exists()


def test_a_locked_database_is_an_error_with_the_next_step(
    run: CommandLine, home: Path, db: Database
) -> None:
    db.close()
    with closing(sqlite3.connect(home / "footprint.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        _, result = call(run)

    assert result.is_error
    assert "in use by another process" in result.content[0].text


def test_a_broken_configuration_is_an_error_with_the_next_step(
    run: CommandLine, home: Path, db: Database
) -> None:
    (home / "config.toml").write_text("[jobs", encoding="utf-8")

    _, result = call(run)

    assert result.is_error
    assert "not valid TOML" in result.content[0].text
