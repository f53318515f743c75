"""What every scheduler of an operating system can do for us; nobody else asks which one it is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from digital_footprint.config import Paths
from digital_footprint.process import Completed
from footprint_timers.linger import Linger
from footprint_timers.model import Change, File, Job, Proof, Scope, TimerStatus

LastDone = Callable[[str], datetime | None]


class Plan(Protocol):
    """All that an installation would do; nothing has been done yet."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What becomes of each file."""

    @property
    def found(self) -> Mapping[str, TimerStatus]:
        """How each wanted job's timer stood when it was asked."""

    @property
    def surprises(self) -> tuple[str, ...]:
        """The jobs that start at once, because they are due by the record."""

    @property
    def touched(self) -> frozenset[str]:
        """The jobs of which something besides their files would be changed."""

    @property
    def is_empty(self) -> bool:
        """Nothing would be changed at all."""

    def steps(self) -> list[str]:
        """Give what is asked of the scheduler besides files, one line each."""


AnyPlan = TypeVar("AnyPlan", bound=Plan)


class Scheduler(Protocol[AnyPlan]):
    """A scheduler that answers, reached by `choose`."""

    @property
    def name(self) -> str:
        """`systemd`, `launchd` or `cron`."""

    @property
    def scope(self) -> Scope:
        """`user` or `system`."""

    @property
    def title(self) -> str:
        """What a person calls it, with its version where that matters."""

    @property
    def units(self) -> Path:
        """Where its files lie."""

    @property
    def stamps(self) -> Path | None:
        """Where it keeps when each timer last fired; None where it keeps nothing."""

    @property
    def root(self) -> Path | None:
        """The tree of files in which nothing is started; None where a scheduler answers."""

    @property
    def seed(self) -> str:
        """What tells its machine and its user from others; it is hashed, never written down."""

    @property
    def may_change(self) -> bool:
        """This process may change what it does: the system's is root's to change."""

    @property
    def knows_years(self) -> bool:
        """An interval of several days can be exact: its calendar goes on over months and years."""

    @property
    def fires_alone(self) -> bool:
        """Jobs are started while nobody is logged in."""

    def program(self, paths: Paths) -> Path:
        """Give the program that its jobs call, by the path at which it finds it.

        Raises ConfigurationError where it is not there.
        """

    def files(self, jobs: Sequence[Job], paths: Paths, program: Path) -> tuple[File, ...]:
        """Give the files of these jobs.

        Raises ConfigurationError for what it could not read back or start.
        """

    def proofs(
        self,
        jobs: Sequence[Job],
        paths: Paths,
        program: Path,
        asked: str,
        *,
        known: Mapping[str, Proof],
        prove: bool,
    ) -> Mapping[str, Proof]:
        """Give each job's sandbox level; none at all where it has no sandbox.

        `asked`: auto or a level. `prove`: start a probe where nothing known answers.
        Raises ConfigurationError for a level that cannot be had.
        """

    def make_plan(
        self, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone
    ) -> AnyPlan:
        """Compare what is wanted with what is there; no job at all is the plan of a removal."""

    def apply(self, wanted: AnyPlan) -> None:
        """Carry a plan out; when a step fails, everything is put back as it was.

        Raises FootprintError naming the step that failed.
        """

    def read_status(self, names: Sequence[str]) -> dict[str, TimerStatus]:
        """Say how each of these jobs' timers stands."""

    def start(self, job_name: str) -> Completed:
        """Start a job's own unit now, without waiting for its end."""

    def starting(self, job_name: str) -> str:
        """Give the command by which a person starts what `start` starts."""

    def outlive_login(self) -> Linger:
        """See to it that jobs are started while nobody is logged in, or say what would."""

    def keeping_lines(self, file: str) -> str:
        """Say where a person's own lines for a file of ours survive; "" where nowhere."""

    def restoring(self, kept: Path) -> str:
        """Give the command that brings the copies of edited files back, and has them read."""
