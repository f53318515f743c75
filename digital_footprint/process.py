"""The only place that starts a process; it is passed in, so that a test can record the argv."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from digital_footprint.errors import FootprintError

if TYPE_CHECKING:
    import subprocess

NOT_FOUND = 127
TIMED_OUT = 124
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Completed:
    """How a process ended and what it said."""

    argv: tuple[str, ...]
    code: int
    stdout: str = ""
    stderr: str = ""

    def require(self) -> str:
        """Give stdout of a process that succeeded.

        Raises FootprintError with what the process complained of.
        """
        if self.code:
            raise FootprintError(f"{' '.join(self.argv)}: {self.complaint()}")
        return self.stdout

    def complaint(self) -> str:
        """Give the last line that it wrote on stderr, or its exit code."""
        lines = self.stderr.strip().splitlines()
        return lines[-1] if lines else f"exit code {self.code}"


class Runner(Protocol):
    """Starts a process without a shell, waits for it, and never raises for how it ended."""

    def __call__(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> Completed:
        """`environment`: variables set besides those of this process."""


class FeedingRunner(Protocol):
    """A runner that hands its program something to read, and says how long it may take."""

    def __call__(self, argv: Sequence[str], *, stdin: str, seconds: float) -> Completed:
        """`stdin`: all that the program can read."""


def run(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
    seconds: float = SECONDS,
) -> Completed:
    """Run a program to its end, in the C locale and in UTC, so that its words can be read.

    A program that is not there ends with 127, one that takes longer than `seconds` with 124.
    Whoever is interrupted while waiting takes the program and all that it started along.
    """
    # Imported here: most runs start no process at all.
    import subprocess

    words = tuple(argv)
    try:
        child = subprocess.Popen(  # noqa: S603 - a list, no shell; every argv is of our own making
            words,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A session of its own, so that it can be ended together with what it starts.
            start_new_session=True,
        )
    except OSError as error:
        return Completed(words, NOT_FOUND, stderr=f"{error.strerror}: {words[0]}")
    with child:
        try:
            output, errors = child.communicate(stdin.encode(), seconds)
        except subprocess.TimeoutExpired:
            _end(child)
            return Completed(words, TIMED_OUT, stderr=f"no answer within {seconds:g} s")
        except BaseException:
            _end(child)
            raise
    return Completed(words, child.returncode, _text(output), _text(errors))


def launch(argv: Sequence[str], *, seconds: float = 5) -> Completed:
    """Start a program for the person: in their own locale and time, and it outlives this one.

    One that is still at work after `seconds` counts as started.
    """
    import subprocess

    words = tuple(argv)
    try:
        child = subprocess.Popen(  # noqa: S603 - a list, no shell; every argv is of our own making
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return Completed(words, NOT_FOUND, stderr=f"{error.strerror}: {words[0]}")
    try:
        return Completed(words, child.wait(seconds))
    except subprocess.TimeoutExpired:
        # It is theirs now; nobody waits for its end, and that is no mistake.
        child.returncode = 0
        return Completed(words, 0)


def hand_over(argv: Sequence[str]) -> Completed:
    """Run a program of ours on the person's own terminal, to its end.

    Ctrl-C reaches it too; it ends in its own way before KeyboardInterrupt is raised here.
    """
    import subprocess

    words = tuple(argv)
    try:
        child = subprocess.Popen(words)  # noqa: S603 - a list, no shell; every argv is of our own making
    except OSError as error:
        return Completed(words, NOT_FOUND, stderr=f"{error.strerror}: {words[0]}")
    try:
        return Completed(words, child.wait())
    except KeyboardInterrupt:
        child.wait()
        raise


def _end(child: "subprocess.Popen[bytes]") -> None:
    import signal

    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        # It has just ended by itself.
        child.kill()
    # Gone before whoever started it goes on: it may have been writing where they clean up.
    child.wait()


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
