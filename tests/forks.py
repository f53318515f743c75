"""Commands as forks of an interpreter that has done their imports: nine tenths of what they cost.

Streams, words, variables, directory and umask are the call's own, and the console script itself
runs, to the end of a real process. Only on Linux; `pytest --exec` starts each from nothing.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests import forked

SECONDS = 120
# An interpreter reads these before its first line: each kind of start needs one of its own.
READ_AT_START = ("LANG", "LC_", "PYTHON")

Ending = tuple[int, str, str]
"""The exit status as subprocess has it, stdout and stderr."""


class Forks:
    """The interpreters that wait."""

    def __init__(self) -> None:
        self._waiting: dict[object, Interpreter] = {}

    def run(
        self, program: Path, words: Sequence[str], environ: Mapping[str, str], stdin: str
    ) -> Ending:
        early = {name: environ[name] for name in environ if name.startswith(READ_AT_START)}
        kind = (program, *sorted(early.items()))
        interpreter = self._waiting.pop(kind, None) or Interpreter(program, early)
        ending = interpreter.run(words, environ, stdin)
        # One whose call did not end well is not asked again.
        self._waiting[kind] = interpreter
        return ending

    def close(self) -> None:
        for interpreter in self._waiting.values():
            interpreter.close()


class Interpreter:
    """One that has imported what a program needs."""

    def __init__(self, program: Path, environ: Mapping[str, str]) -> None:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(SECONDS)
        self._answers = self._line.makefile("rb")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, forked.__file__, program, str(theirs.fileno())],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(self, words: Sequence[str], environ: Mapping[str, str], stdin: str) -> Ending:
        (their_in, feed), (out, their_out), (err, their_err) = (os.pipe() for _ in range(3))
        self._call((their_in, their_out, their_err), words, environ)
        with ThreadPoolExecutor(3) as streams:
            streams.submit(_write, feed, stdin)
            said, complained = (streams.submit(_read, stream) for stream in (out, err))
            status = self._status()
        return status, said.result(), complained.result()

    def _call(
        self, theirs: Sequence[int], words: Sequence[str], environ: Mapping[str, str]
    ) -> None:
        socket.send_fds(self._line, [b"!"], theirs)
        for stream in theirs:
            os.close(stream)
        call = {
            "words": list(words),
            "environ": dict(environ),
            "directory": str(Path.cwd()),
            "umask": _umask(),
        }
        self._line.sendall(json.dumps(call).encode() + b"\n")

    def _status(self) -> int:
        process = int(self._answers.readline())
        try:
            return int(self._answers.readline())
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise

    def close(self) -> None:
        self._answers.close()
        self._line.close()
        self._process.wait()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write(stream: int, text: str) -> None:
    with suppress(BrokenPipeError), open(stream, "w", encoding="utf-8") as file:
        file.write(text)


def _read(stream: int) -> str:
    with open(stream, encoding="utf-8") as file:
        return file.read()
