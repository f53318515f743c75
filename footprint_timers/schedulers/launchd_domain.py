"""The launchd of this user, or of the system, as every scheduler is seen."""

import os
import pwd
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.clock import Clock
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from digital_footprint.process import Completed, Runner
from footprint_timers import agents, catalogue, render
from footprint_timers.identity import as_root
from footprint_timers.launchctl import ABSENT, MEANINGS, Launchctl
from footprint_timers.linger import Linger
from footprint_timers.machine import Machine
from footprint_timers.manager import Refusal
from footprint_timers.model import File, Job, Proof, Scope, TimerStatus
from footprint_timers.program import find_program
from footprint_timers.schedulers import launchd, launchd_apply
from footprint_timers.schedulers.scheduler import LastDone
from footprint_timers.slots import host_seed

NAME = "launchd"
DAEMONS = Path("/Library/LaunchDaemons")
AGENTS = Path("Library/LaunchAgents")
ROOT = "sudo footprint-timers install --backend launchd --scope system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launchd:
    """A launchd that answers.

    `user`: as whom the system's daemons run; None: a person's own agents.
    """

    ctl: Launchctl
    clock: Clock
    units: Path
    user: str | None = None
    may_change: bool = True

    @property
    def name(self) -> str:
        """Its name."""
        return NAME

    @property
    def scope(self) -> Scope:
        """Whose jobs they are."""
        return "system" if self.user else "user"

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"launchd, {self.ctl.domain}"

    @property
    def stamps(self) -> Path | None:
        """It keeps nothing: hence the catch-up."""
        return None

    @property
    def root(self) -> Path | None:
        """It is this machine's own."""
        return None

    @property
    def seed(self) -> str:
        """What tells this machine and its user from others."""
        return host_seed()

    @property
    def knows_years(self) -> bool:
        """It has no key for them."""
        return False

    @property
    def fires_alone(self) -> bool:
        """Only the system's daemons run while nobody is logged in."""
        return self.user is not None

    @property
    def is_headless(self) -> bool:
        """The agents are in a session without a screen, to which no reboot brings them back."""
        return self.ctl.domain.startswith("user/")

    def program(self, paths: Paths) -> Path:
        """Give the program of this machine."""
        return find_program(paths, sys.argv[0])

    def files(self, jobs: Sequence[Job], paths: Paths, program: Path) -> tuple[File, ...]:
        """Give a plist per job and that of the catch-up; nothing for no job."""
        return plists(jobs, paths, program, os.environ, self.user)

    def proofs(
        self,
        jobs: Sequence[Job],  # noqa: ARG002 - as every scheduler
        paths: Paths,  # noqa: ARG002
        program: Path,  # noqa: ARG002
        asked: str,
        *,
        known: Mapping[str, Proof],  # noqa: ARG002
        prove: bool,  # noqa: ARG002
    ) -> dict[str, Proof]:
        """Give no level: launchd has no sandbox for jobs.

        Raises ConfigurationError where the strong one was asked for.
        """
        if asked == "strong":
            raise ConfigurationError(
                "launchd has no sandbox for jobs; nothing was changed",
                hint="footprint-timers install --sandbox auto",
            )
        return {}

    def make_plan(
        self, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone
    ) -> launchd.Plan:
        """Compare what is wanted with what launchd has."""
        return launchd.make_plan(self.ctl, self.units, jobs, wanted, last_done)

    def apply(self, wanted: launchd.Plan) -> None:
        """Carry a plan out, or nothing of it."""
        with self._rights():
            launchd_apply.apply(self.ctl, self.clock, self.units, wanted)

    def read_status(self, names: Sequence[str]) -> dict[str, TimerStatus]:
        """Ask launchd for each job."""
        return launchd.read_status(self.ctl, self.units, names)

    def start(self, job_name: str) -> Completed:
        """Start a job's agent; one that is running goes on."""
        with self._rights():
            return self.ctl.call("kickstart", self.ctl.target(agents.label_of(job_name)))

    def starting(self, job_name: str) -> str:
        """Give the command that starts a job's agent."""
        typed = "sudo launchctl" if self.user else "launchctl"
        return f"{typed} kickstart {self.ctl.target(agents.label_of(job_name))}"

    def outlive_login(self) -> Linger:
        """Say while whose login the jobs run; launchd has no switch for it."""
        if self.fires_alone:
            return Linger(on=True)
        if self.is_headless:
            return Linger(on=False, advice=f"{HEADLESS}; instead: {ROOT}")
        return Linger(
            on=False,
            advice="jobs run while you are logged in; what was missed is made up at the next login",
        )

    def keeping_lines(self, file: str) -> str:  # noqa: ARG002 - as every scheduler
        """Name nothing: what launchd reads is one file."""
        return ""

    def restoring(self, kept: Path) -> str:
        """Give the command that brings edited plists back: those of the system become root's."""
        units = shlex.quote(str(self.units))
        files, domain = f"{units}/{agents.PREFIX}*.plist", self.ctl.domain
        copy, launchctl = ("sudo cp -r", "sudo launchctl") if self.user else ("cp -a", "launchctl")
        back = f"{copy} {shlex.quote(str(kept))}/. {units}/"
        loading = f"{launchctl} bootout {domain} {files}; {launchctl} bootstrap {domain} {files}"
        return f"{back} && {{ {loading}; }}"

    def _rights(self) -> AbstractContextManager[None]:
        return as_root() if self.user else nullcontext()


HEADLESS = (
    "nobody is logged in on the screen of this Mac: the agents are loaded until it is switched"
    " off, and will not come back after a reboot before somebody logs in on the screen"
)


def connect(run: Runner, machine: Machine, scope: str) -> Launchd | Refusal:
    """Reach the launchd of this user, or of the system, or say why not; nothing is changed."""
    if machine.platform != "darwin":
        return Refusal("only macOS has it", "")
    if scope == "system":
        return _system(run, machine)
    refused = []
    for kind in ("gui", "user"):
        domain = f"{kind}/{machine.user_id}"
        answer = run(["launchctl", "print", domain])
        if answer.code == 0:
            others = (f"user/{machine.user_id}",) if kind == "gui" else ()
            return Launchd(
                ctl=Launchctl(run, domain, others),
                clock=machine.clock,
                units=machine.home / AGENTS,
            )
        meaning, advice = MEANINGS.get(answer.code, (answer.complaint(), ""))
        refused.append(f"{domain}: {meaning} ({answer.code})")
        if answer.code not in ABSENT:
            # It says nothing of a session: what belongs on the screen must not move away from it.
            break
    return Refusal("; ".join(refused), advice or "log in on the screen of this Mac")


def plists(
    jobs: Sequence[Job],
    paths: Paths,
    program: Path,
    environ: Mapping[str, str],
    user: str | None = None,
) -> tuple[File, ...]:
    """Give a plist per job and that of the catch-up; nothing for no job.

    Raises ConfigurationError for words that no plist can hold.
    """
    if not jobs:
        return ()
    environment = catalogue.unit_environment(paths, environ, {})
    if user:
        # A daemon is given no home; what lies in it is found by it.
        environment["HOME"] = str(_home_of(user))
    made = [
        (job, agents.agent(job, program, paths, environment, user))
        for job in (*jobs, agents.catch_up_of(jobs))
    ]
    return tuple(
        render.plist(agents.file_of(job.name), one, f"{job.name}: {job.summary}")
        for job, one in made
    )


def _system(run: Runner, machine: Machine) -> Launchd:
    return Launchd(
        ctl=Launchctl(run, "system"),
        clock=machine.clock,
        units=DAEMONS,
        user=machine.user,
        may_change=machine.is_root,
    )


def _home_of(user: str) -> Path:
    try:
        return Path(pwd.getpwnam(user).pw_dir)
    except KeyError:
        return Path("/Users") / user
