"""What `footprint mcp-config` prints works where it is pasted."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from digital_footprint.mcp_hosts import CLIENTS, host_config
from tests.assistant import PROGRAM
from tests.conftest import CommandLine

# As their owners have them: with other servers, and with more than servers.
FILES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "claude-code": (
        ".mcp.json",
        "mcpServers",
        {"mcpServers": {"other": {"type": "http", "url": "https://mcp.example.com"}}},
    ),
    "claude-desktop": (
        ".config/Claude/claude_desktop_config.json",
        "mcpServers",
        {"globalShortcut": "Ctrl+Space", "mcpServers": {"files": {"command": "npx", "args": []}}},
    ),
    "cursor": (".cursor/mcp.json", "mcpServers", {"mcpServers": {}}),
    "vscode": (
        ".vscode/mcp.json",
        "servers",
        {"inputs": [], "servers": {"other": {"type": "stdio", "command": "x"}}},
    ),
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a host", "version": "1"},
    },
}


def started_as_a_host_does(server: dict[str, Any]) -> dict[str, Any]:
    """Start a configured server with a host's few variables, and give its first answer."""
    assert set(server) <= {"type", "command", "args", "env"}
    assert "stdio" == server.get("type", "stdio")
    done = subprocess.run(
        [server["command"], *server["args"]],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **server["env"]},
        input=json.dumps(INITIALIZE) + "\n",
        capture_output=True,
        encoding="utf-8",
        cwd="/",
        timeout=120,
        check=False,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return answer


@pytest.mark.parametrize("client", CLIENTS)
def test_a_printed_configuration_stands_in_a_real_file_and_starts_the_server(
    run: CommandLine, tmp_path: Path, client: str
) -> None:
    (printed,) = run("footprint", "mcp-config", "--client", client, "--json").json
    name, key, content = FILES[client]
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    merged = {**content, key: {**content[key], **printed["config"][key]}}
    file.write_text(json.dumps(merged, indent=2), encoding="utf-8")

    read = json.loads(file.read_text(encoding="utf-8"))

    assert client == printed["client"]
    assert [key] == list(printed["config"])
    assert {*content[key], "footprint"} == set(read[key])
    server = read[key]["footprint"]
    assert Path(server["command"]).is_absolute()
    assert {"FOOTPRINT_HOME": str(run.home)} == server["env"]
    assert "footprint-timers" == started_as_a_host_does(server)["result"]["serverInfo"]["name"]
    assert name in {place["path"].removeprefix("~/") for place in printed["places"]}


def test_the_text_is_the_whole_file_and_says_where_it_goes(run: CommandLine) -> None:
    text = run("footprint", "mcp-config", "--client", "claude-desktop").out

    begin, end = text.index("{"), text.rindex("}") + 1
    assert str(PROGRAM) == json.loads(text[begin:end])["mcpServers"]["footprint"]["command"]
    assert "claude_desktop_config.json" in text[:begin]


def test_without_a_client_all_are_told(run: CommandLine) -> None:
    assert list(CLIENTS) == [one["client"] for one in run("footprint", "mcp-config", "--json").json]


@pytest.mark.parametrize(
    ("system", "desktop", "code"),
    [
        (
            "linux",
            "~/.config/Claude/claude_desktop_config.json",
            "~/.config/Code/User/mcp.json",
        ),
        (
            "darwin",
            "~/Library/Application Support/Claude/claude_desktop_config.json",
            "~/Library/Application Support/Code/User/mcp.json",
        ),
    ],
)
def test_each_system_has_its_own_places(system: str, desktop: str, code: str) -> None:
    program = Path("/opt/footprint-mcp")

    assert [desktop] == [
        one.path for one in host_config("claude-desktop", program, {}, system).places
    ]
    assert code in [one.path for one in host_config("vscode", program, {}, system).places]


def test_the_variables_that_decide_where_our_files_lie_go_along() -> None:
    program = Path("/opt/my tools/footprint-mcp")

    def env(environ: dict[str, str]) -> Any:
        return host_config("cursor", program, environ).config["mcpServers"]["footprint"]["env"]

    assert {} == env({"HOME": "/home/jane", "HIBP_API_KEY": "secret"})
    assert {"XDG_DATA_HOME": "/data"} == env({"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": ""})
    assert {"FOOTPRINT_HOME": "/f"} == env({"FOOTPRINT_HOME": "/f", "XDG_DATA_HOME": "/data"})
    told = host_config("claude-code", program, {"FOOTPRINT_HOME": "/f g"}).command
    assert (
        "claude mcp add --scope user footprint -e 'FOOTPRINT_HOME=/f g' "
        "-- '/opt/my tools/footprint-mcp'"
    ) == told
