"""Time from start to first answer of footprint-mcp, against an MCP server without anything.

Both in turn, in the same environment, so that a busy machine slows both. First is the answer to
`initialize`, then to the list of tools. Prints one JSON document; exits with 1 when the target is
missed.

    python bench/mcp_start.py [--runs 15]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

TARGET_RATIO = 1.2
EMPTY = "from mcp.server import MCPServer; MCPServer('empty').run()"
INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}

Samples = dict[str, list[tuple[float, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = {
        "footprint-mcp": [str(Path(sys.executable).with_name("footprint-mcp"))],
        "empty server": [sys.executable, "-c", EMPTY],
    }
    samples: Samples = {name: [] for name in commands}
    most = 0
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "FOOTPRINT_HOME": home}
        for command in commands.values():
            measure(command, environment)  # once unmeasured: byte code, page cache
        for _ in range(runs):
            for name, command in commands.items():
                first, listed, tools = measure(command, environment)
                samples[name].append((first, listed))
                most = max(most, tools)
    document = summary(samples, runs, most)
    print(json.dumps(document, indent=2))
    sys.exit(not document["met"])


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float, int]:
    """Start a server; give seconds to its first answer and to its list of tools, and how many."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        if server.stdin is None or server.stdout is None:
            sys.exit("no pipes")
        ask(server.stdin, server.stdout, {"id": 1, "method": "initialize", "params": INITIALIZE})
        first = time.perf_counter() - begin
        say(server.stdin, {"method": "notifications/initialized"})
        answer = ask(server.stdin, server.stdout, {"id": 2, "method": "tools/list"})
        listed = time.perf_counter() - begin
        server.stdin.close()
        server.wait()
    return first, listed, len(answer["result"]["tools"])


def say(stdin: IO[bytes], message: dict[str, Any]) -> None:
    stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    stdin.flush()


def ask(stdin: IO[bytes], stdout: IO[bytes], message: dict[str, Any]) -> Any:
    say(stdin, message)
    return json.loads(stdout.readline())


def summary(samples: Samples, runs: int, tools: int) -> dict[str, Any]:
    ours, empty = samples.values()
    # Of each pair, which ran one after the other: a machine that is busy by turns says nothing.
    ratio = statistics.median(mine[0] / bare[0] for mine, bare in zip(ours, empty, strict=True))
    return {
        "runs": runs,
        "tools": tools,
        "milliseconds": {
            name: {
                "first_answer": round(1000 * statistics.median(first for first, _ in each), 1),
                "tools": round(1000 * statistics.median(listed for _, listed in each), 1),
            }
            for name, each in samples.items()
        },
        "ratio": round(ratio, 2),
        "target_ratio": TARGET_RATIO,
        "met": ratio <= TARGET_RATIO,
    }


if __name__ == "__main__":
    main()
