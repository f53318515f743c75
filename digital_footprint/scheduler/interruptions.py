"""Decides what a signal or the end of the time does to a run: it ends the row, then the process."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(BaseException):
    """Raised out of a signal handler; no Exception, or a library might take it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Interruptions:
    """Within it SIGTERM, SIGINT, SIGHUP and the deadline are remembered, and raised while `open`.

    So a row is begun and ended whole, and only the work between can be broken off.
    Off the main thread, where Python takes no signals, it does nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._previous: dict[int, Any] = {}
        self._open = False
        self._pending: int | None = None
        self.stopped_by: int | None = None
        """The signal that the process is to end by; the deadline is none."""

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (*STOPS, signal.SIGALRM):
                # What nohup or the parent had ignored stays ignored.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._handle)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let them be raised, also the one that came before."""
        try:
            self._open = True
            if self._pending is not None:
                raise Interrupted(self._pending)
            yield
        finally:
            self._open = False

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number in STOPS:
            self.stopped_by = self.stopped_by or number
        if self._pending is None:
            self._pending = number
            if self._open:
                self._open = False
                raise Interrupted(number)


def die_by(number: int) -> None:
    """End this process by the signal that it was sent, as whoever sent it expects."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
