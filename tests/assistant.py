"""An assistant's host: starts the real server as a process, and speaks to it over stdio."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests.conftest import CommandLine

PROGRAM = Path(sys.executable).with_name("footprint-mcp")
TOOLS = {
    "footprint_schedule_status", "footprint_run_job", "footprint_run_status",
    "footprint_list_runs", "footprint_list_findings", "footprint_explain_finding",
    "footprint_coverage", "footprint_list_removals", "footprint_set_finding_state",
}  # fmt: skip
READING: dict[str, dict[str, Any]] = {
    "footprint_schedule_status": {},
    "footprint_list_runs": {},
    "footprint_list_findings": {},
    "footprint_coverage": {},
    "footprint_list_removals": {},
}  # fmt: skip


def talk(run: CommandLine, scenario: Callable[[Client], Awaitable[Any]], mode: Any = "auto") -> Any:
    """Start the server, play a scenario with it, and give what that gives."""

    async def conversation() -> Any:
        server = StdioServerParameters(command=str(PROGRAM), env=run.environment())
        async with Client(server, mode=mode) as client:
            return await scenario(client)

    return anyio.run(conversation)


def ask(run: CommandLine, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """Call tools, one after the other, and give their results."""

    async def scenario(client: Client) -> list[Any]:
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    result: list[Any] = talk(run, scenario)
    return result


def one(run: CommandLine, name: str, **arguments: Any) -> Any:
    """Call one tool."""
    return ask(run, (name, arguments))[0]


def strings(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give every string of a document that is not outside words, with where it stands."""
    match document:
        case {"value": str(), "untrusted": True, "source": source, **rest} if not rest:
            yield (*path, "source"), source
        case dict():
            for key, value in document.items():
                yield (*path, "key"), key
                yield from strings(value, (*path, key))
        case list():
            for value in document:
                yield from strings(value, (*path, "[]"))
        case str():
            yield path, document


def outside(document: Any) -> Iterator[str]:
    """Give the value of every field of outside words."""
    match document:
        case {"value": str(value), "untrusted": True, "source": str()}:
            yield value
        case dict():
            for each in document.values():
                yield from outside(each)
        case list():
            for each in document:
                yield from outside(each)
