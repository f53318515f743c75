"""What is started ends with whoever started it."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from digital_footprint.process import NOT_FOUND, TIMED_OUT, run

# Starts a child of its own that holds the pipe open, too, and then says so to who started it.
FAMILY = """
import os, signal, subprocess, sys
pipe = open(sys.argv[1], "wb")
child = subprocess.Popen(["sleep", "1000"], stdout=pipe)
if sys.argv[2] == "signal":
    os.kill(os.getppid(), signal.SIGUSR1)
child.wait()
"""


class Told(BaseException):
    """As `Interrupted`: no Exception, raised out of a signal handler."""


@contextmanager
def interruptible() -> Iterator[None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        raise Told

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[int]:
    """The reading end of tmp_path/pipe; it is at its end once nobody holds the other."""
    os.mkfifo(tmp_path / "pipe")
    descriptor = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def is_at_its_end(pipe: int) -> bool:
    readable, _, _ = select.select([pipe], [], [], 10)
    return bool(readable) and os.read(pipe, 1) == b""


def test_a_program_reads_what_it_is_handed() -> None:
    assert "Jürgen" == run(["cat"], stdin="Jürgen").stdout


def test_a_program_that_is_handed_nothing_reads_nothing() -> None:
    assert "" == run(["cat"]).require()


def test_a_program_that_does_not_read_what_it_is_handed_still_ends() -> None:
    assert 0 == run(["true"], stdin="x" * 1_000_000).code


def test_a_program_that_is_not_there_is_told() -> None:
    assert NOT_FOUND == run(["/nonexistent/program"], stdin="x").code


def test_an_interruption_ends_the_program_and_what_it_started(tmp_path: Path, pipe: int) -> None:
    with interruptible(), pytest.raises(Told):
        run([sys.executable, "-c", FAMILY, str(tmp_path / "pipe"), "signal"])

    assert is_at_its_end(pipe)


def test_the_end_of_its_time_ends_the_program_and_what_it_started(
    tmp_path: Path, pipe: int
) -> None:
    done = run([sys.executable, "-c", FAMILY, str(tmp_path / "pipe"), "wait"], seconds=3)

    assert (TIMED_OUT, "no answer within 3 s") == (done.code, done.stderr)
    assert is_at_its_end(pipe)
