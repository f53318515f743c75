"""An interpreter that has done the imports of a console script, and forks for each call of it.

Started by tests/forks.py as `forked.py PROGRAM DESCRIPTOR`: PROGRAM is the console script, the
socket brings the calls. Only what a fork needs is imported here.
"""

import gc
import json
import os
import runpy
import socket
import sys
import time
from importlib import import_module, metadata
from typing import Any

# What commands load when they first need it. None of these reads a variable, looks at a stream or
# starts a thread before it is called.
LIBRARIES = (
    "apprise", "email_validator", "httpx2", "jinja2", "msgspec", "platformdirs", "rich.console",
    "rich.progress", "rich.table", "selectolax.lexbor", "stamina", "tomlkit", "tomllib", "yaml",
)  # fmt: skip


def main(program: str, descriptor: str) -> None:
    """Wait for calls; return in the forks, when they are done."""
    import_all(program)
    with socket.socket(fileno=int(descriptor)) as line, line.makefile("rb") as calls:
        while True:
            _, streams, _, _ = socket.recv_fds(line, 1, 3)
            if not streams:
                return
            call = json.loads(calls.readline())
            child = os.fork()
            if not child:
                break
            for stream in streams:
                os.close(stream)
            line.sendall(b"%d\n" % child)
            line.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    become(program, call, streams)


def import_all(program: str) -> None:
    """Import what the script will; it is found from the directory of the script, as always."""
    directory, name = os.path.split(program)
    sys.path[0] = directory
    (script,) = metadata.entry_points(group="console_scripts", name=name)
    for module in (script.module, *LIBRARIES):
        import_module(module)
    package = script.module.partition(".")[0]
    for command in getattr(sys.modules[script.module], "COMMANDS", {}).values():
        import_module(f"{package}.commands.{command.partition(':')[0]}")
    # What is here by now outlives every fork: looking through it would copy its pages.
    gc.freeze()


def become(program: str, call: dict[str, Any], streams: list[int]) -> None:
    """Be the process that was asked for, and run the script to its end."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(call["directory"])
    os.umask(call["umask"])
    os.environ.update(call["environ"])
    time.tzset()
    sys.argv[1:] = call["words"]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
