"""The official MCP Inspector's command line against footprint-mcp; needs node and its package.

It is fetched by npm where it is not there yet; where that cannot be, these tests are skipped.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from digital_footprint.database import Database
from tests.assistant import PROGRAM, TOOLS
from tests.conftest import CommandLine

PACKAGE = "@modelcontextprotocol/inspector@0.15.0"
SECONDS = 300

Inspect = Callable[..., Any]


@pytest.fixture(scope="session")
def npx() -> str:
    """The program that runs the Inspector, which is at hand."""
    program = shutil.which("npx")
    if program is None:
        pytest.skip("node is not installed")
    argv = [program, "--yes", "--prefer-offline", PACKAGE, "--cli", "--help"]
    try:
        done = subprocess.run(argv, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not answer")
    if done.returncode:
        pytest.skip(f"npm has no {PACKAGE} for this machine")
    return program


@pytest.fixture
def inspect(run: CommandLine, npx: str, db: Database) -> Inspect:
    def call(method: str, *options: str) -> Any:
        home = ("-e", f"FOOTPRINT_HOME={run.home}")
        done = subprocess.run(
            [npx, "--yes", "--prefer-offline", PACKAGE, "--cli", *home, str(PROGRAM),
             "--method", method, *options],
            env={key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
        return json.loads(done.stdout)

    return call


def test_the_inspector_lists_tools_and_resources(inspect: Inspect) -> None:
    assert TOOLS == {one["name"] for one in inspect("tools/list")["tools"]}
    assert {"footprint://status", "footprint://report/latest"} == {
        one["uri"] for one in inspect("resources/list")["resources"]
    }
    assert {"footprint://run/{id}", "footprint://finding/{id}"} == {
        one["uriTemplate"] for one in inspect("resources/templates/list")["resourceTemplates"]
    }


def test_the_inspector_calls_a_tool_and_takes_its_errors(inspect: Inspect) -> None:
    status = inspect("tools/call", "--tool-name", "footprint_schedule_status")
    empty = inspect("tools/call", "--tool-name", "footprint_list_findings", "--tool-arg", "limit=5")

    assert 4 == len(status["structuredContent"]["jobs"])
    assert empty["isError"]
    assert "nobody is registered" in empty["content"][0]["text"]


def test_the_inspector_reads_a_resource(inspect: Inspect) -> None:
    (page,) = inspect("resources/read", "--uri", "footprint://status")["contents"]

    assert "application/json" == page["mimeType"]
    assert 4 == len(json.loads(page["text"])["jobs"])
