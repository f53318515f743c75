"""Progress as a terminal shows it, on standard error."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

WORTH_A_WORD = 2


class TerminalProgress:
    """A bar while checks are made; before it who is asked, and why it stands still if it does."""

    def __init__(self) -> None:
        self._label = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("checks", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, job: str, total: int) -> None:
        """`total` checks are to be made by that job."""
        self._label = job
        self._bar.reset(self._task, description=job, total=total)

    def step(self, label: str) -> None:
        """One check is done; `label` says which source."""
        self._label = label
        self._bar.update(self._task, advance=1, description=label)

    def wait(self, seconds: float, why: str) -> None:
        """Nothing moves for that long, and why; a moment is not worth a word."""
        if seconds >= WORTH_A_WORD:
            text = f"{self._label}, waiting {seconds:.0f} s: {why}"
            self._bar.update(self._task, description=text, refresh=True)
