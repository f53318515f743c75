"""A systemd manager, or the files of one that is not running, as every scheduler is seen."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digital_footprint.config import Paths
from digital_footprint.process import Completed
from footprint_timers import levels, linger, places, render
from footprint_timers.manager import Manager
from footprint_timers.model import File, Job, Proof, Scope, TimerStatus, service_of
from footprint_timers.schedulers import systemd
from footprint_timers.schedulers.scheduler import LastDone


@dataclass(frozen=True, slots=True)
class Systemd:
    """The manager of a user, or of the system."""

    manager: Manager

    @property
    def name(self) -> str:
        """Its name."""
        return systemd.NAME

    @property
    def scope(self) -> Scope:
        """Whose timers they are."""
        return self.manager.scope

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"systemd {self.manager.version}, {self.scope} scope"

    @property
    def units(self) -> Path:
        """Where its units lie."""
        return self.manager.units

    @property
    def stamps(self) -> Path | None:
        """Where it keeps when each timer last fired."""
        return self.manager.stamps

    @property
    def root(self) -> Path | None:
        """The tree of files in which nothing is started."""
        return self.manager.root

    @property
    def seed(self) -> str:
        """What tells its machine and its user from others."""
        return places.seed_of(self.manager.root, self.manager.uid)

    @property
    def may_change(self) -> bool:
        """Only root may change what the system's does."""
        return self.manager.may_change

    @property
    def knows_years(self) -> bool:
        """Its calendar events have years."""
        return True

    @property
    def fires_alone(self) -> bool:
        """The system's runs from boot on, a user's iff linger is on."""
        if self.manager.account:
            return True
        if self.manager.root is not None:
            return linger.in_tree(self.manager.root, self.manager.person).on
        return linger.is_on()

    def program(self, paths: Paths) -> Path:
        """Give the program as it is found once the tree of files is a machine's root."""
        return places.program_of(self.manager, paths)

    def files(self, jobs: Sequence[Job], paths: Paths, program: Path) -> tuple[File, ...]:
        """Give a timer and a service per job, and the handler of failures."""
        return render.systemd_files(jobs, places.host_of(paths, self.manager, program))

    def proofs(
        self,
        jobs: Sequence[Job],
        paths: Paths,
        program: Path,
        asked: str,
        *,
        known: Mapping[str, Proof],
        prove: bool,
    ) -> dict[str, Proof]:
        """Give each job's sandbox level, as a probe through the manager proves it, if we may."""
        if not prove or self.root is not None or not self.may_change:
            return levels.remembered(jobs, asked, known=known)
        from footprint_timers import probe

        host = places.host_of(paths, self.manager, program)
        probing = partial(probe.prove, self.manager, host=host)
        return levels.settle(self.manager, jobs, host, asked, known=known, prove=probing)

    def make_plan(
        self, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone
    ) -> systemd.Plan:
        """Compare what is wanted with what the manager has."""
        return systemd.make_plan(self.manager, jobs, wanted, last_done)

    def apply(self, wanted: systemd.Plan) -> None:
        """Carry a plan out, or nothing of it."""
        from footprint_timers.schedulers import systemd_apply

        systemd_apply.apply(self.manager, wanted)

    def read_status(self, names: Sequence[str]) -> dict[str, TimerStatus]:
        """Ask the manager for each job's timer."""
        return systemd.read_status(self.manager, names)

    def start(self, job_name: str) -> Completed:
        """Queue a job's service; one that has failed too often would be refused else."""
        service = service_of(job_name)
        self.manager.call("reset-failed", service)
        return self.manager.call("start", "--no-block", service)

    def starting(self, job_name: str) -> str:
        """Give the command that starts a job's service."""
        return self.manager.typed(f"start {service_of(job_name)}")

    def outlive_login(self) -> linger.Linger:
        """Turn linger on where it is needed and we may; in a tree there is nobody to ask for it."""
        if self.manager.account:
            return linger.Linger(on=True)
        if self.manager.root is not None:
            return linger.in_tree(self.manager.root, self.manager.person)
        return linger.turn_on(self.manager.run)

    def keeping_lines(self, file: str) -> str:
        """Name the drop-in."""
        return f"keep your lines in a drop-in ({self.manager.typed(f'edit {file}')}), then: "

    def restoring(self, kept: Path) -> str:
        """Give the command that brings edited units back: those of the system become root's."""
        copy = "sudo cp -r" if self.manager.account else "cp -a"
        back = f"{copy} {shlex.quote(str(kept))}/. {shlex.quote(str(self.units))}/"
        return f"{back} && {self.manager.typed('daemon-reload')}" if self.root is None else back
