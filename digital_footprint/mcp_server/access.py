"""Decides how a tool comes to the household's data, and what an assistant is told where it cannot.

Nothing is opened before a tool is called, and nothing stays open after it. What cannot be read is
an error with the next step: an assistant must never take it for all being well.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import CallToolResult, TextContent

from digital_footprint.config import Config, load_config, resolve_paths
from digital_footprint.database import Database, explain
from digital_footprint.errors import FootprintError
from digital_footprint.mcp_server.untrusted import Words

SENTENCE = 600


@dataclass(frozen=True, slots=True)
class Home:
    """One household's data for the length of one call."""

    db: Database
    config: Config

    @property
    def words(self) -> Words:
        """How outside words and addresses are shown here."""
        return Words(self.config.settings.mcp.show_addresses)


OpenHome = Callable[[], AbstractContextManager[Home]]


@contextmanager
def existing_home() -> Iterator[Home]:
    """Open the home of this process's environment. Raises FootprintError where there is none."""
    paths = resolve_paths()
    config = load_config(paths)
    try:
        with Database.open_existing(paths.database) as db:
            yield Home(db, config)
    except sqlite3.Error as error:
        raise explain(error, paths.database) from None


@contextmanager
def for_tool(open_home: OpenHome) -> Iterator[Home]:
    """Open the home for a tool; an error becomes a result that says what to do next."""
    try:
        with open_home() as home:
            yield home
    except FootprintError as error:
        raise ToolError(sentence_of(error)) from None


@contextmanager
def for_resource(open_home: OpenHome) -> Iterator[Home]:
    """Open the home for a resource, likewise."""
    try:
        with open_home() as home:
            yield home
    except FootprintError as error:
        raise ResourceError(sentence_of(error)) from None


def result(answer: Any, *, alarm: bool = False) -> CallToolResult:
    """Give a tool's answer: `summary` as the short text, which is ours, and all of it as data.

    Answers are dataclasses without slots: the library would take a slot for a default.

    `alarm`: what it shows must not be read as all being well, although it could be read.
    """
    return CallToolResult(
        content=[TextContent(type="text", text=answer.summary)],
        structured_content=asdict(answer),
        is_error=alarm,
    )


def sentence_of(error: FootprintError) -> str:
    """Say what is wrong and what to do next."""
    hint = error.hint or "run: footprint-job selftest"
    return Words().cleaned(f"{error.message}. Next step: {hint}", SENTENCE)
