"""Decides what each assistant's program needs to start our MCP server, and where it wants it.

Such programs start a server with few variables and a short PATH: the command is absolute, and
every variable that decides where our files lie goes along.
"""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Client = Literal["claude-code", "claude-desktop", "cursor", "vscode"]
CLIENTS: tuple[Client, ...] = get_args(Client)

SERVER = "footprint"
PLACES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file that a configuration may stand in, and for whom it holds there."""

    holds_for: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """What one assistant's program is to be told; `command`: what does the same, where one does."""

    client: Client
    name: str
    config: dict[str, Any]
    places: tuple[Place, ...]
    command: str | None = None

    @property
    def text(self) -> str:
        """Give the file as it is where nothing else stands in it."""
        return json.dumps(self.config, indent=2)


def host_config(
    client: Client, program: Path, environ: Mapping[str, str] = os.environ, system: str = ""
) -> HostConfig:
    """Give what a client needs. `system`: as sys.platform has it; by default this machine's."""
    env = environment(environ)
    server = {"type": "stdio", "command": str(program), "args": [], "env": env}
    untyped = {key: value for key, value in server.items() if key != "type"}
    mac = (system or sys.platform) == "darwin"
    support = "~/Library/Application Support" if mac else "~/.config"
    match client:
        case "claude-code":
            return HostConfig(
                client=client,
                name="Claude Code",
                config={"mcpServers": {SERVER: server}},
                places=(Place(holds_for="one project", path=".mcp.json"),),
                command=_add_command(program, env),
            )
        case "claude-desktop":
            path = f"{support}/Claude/claude_desktop_config.json"
            return HostConfig(
                client=client,
                name="Claude Desktop",
                config={"mcpServers": {SERVER: untyped}},
                places=(Place(holds_for="you", path=path),),
            )
        case "cursor":
            return HostConfig(
                client=client,
                name="Cursor",
                config={"mcpServers": {SERVER: server}},
                places=(
                    Place(holds_for="you", path="~/.cursor/mcp.json"),
                    Place(holds_for="one project", path=".cursor/mcp.json"),
                ),
            )
        case "vscode":
            return HostConfig(
                client=client,
                name="VS Code",
                config={"servers": {SERVER: server}},
                places=(
                    Place(holds_for="you", path=f"{support}/Code/User/mcp.json"),
                    Place(holds_for="one project", path=".vscode/mcp.json"),
                ),
            )


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the variables without which the server would look for our files elsewhere."""
    if home := environ.get("FOOTPRINT_HOME"):
        return {"FOOTPRINT_HOME": str(Path(home).expanduser().absolute())}
    return {name: environ[name] for name in PLACES if environ.get(name)}


def _add_command(program: Path, env: Mapping[str, str]) -> str:
    """Give the command that tells Claude Code for all of a person's projects."""
    variables = [word for name, value in env.items() for word in ("-e", f"{name}={value}")]
    words = ["claude", "mcp", "add", "--scope", "user", SERVER, *variables, "--", str(program)]
    return shlex.join(words)
