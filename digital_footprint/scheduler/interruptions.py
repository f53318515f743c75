"""Decides what a signal or the end of the time does to a run: it ends the row, then the process."""

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Interrupted(BaseException):
    """Raised out of a signal handler; no Exception, or a library might take it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Interruptions:
    """Within it SIGTERM, SIGINT, SIGHUP and the deadline raise `Interrupted`, once.

    After `shield()` they are only remembered in `number`: a row is being finished.
    Off the main thread, where Python takes no signals, it does nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._previous: dict[int, Any] = {}
        self._shielded = False
        self.number: int | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (*STOPS, signal.SIGALRM):
                # What nohup or the parent had ignored stays ignored.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._handle)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._previous:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def shield(self) -> None:
        """From now on nothing is raised."""
        self._shielded = True

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._shielded and number == signal.SIGALRM:
            return
        self.number = self.number or number
        if not self._shielded:
            self._shielded = True
            raise Interrupted(number)


def die_by(number: int) -> None:
    """End this process by the signal that it was sent, as whoever sent it expects."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
