"""The user's systemd manager, as every scheduler is seen."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from digital_footprint.config import Paths
from digital_footprint.process import Completed
from footprint_timers import catalogue, levels, linger, probe, render
from footprint_timers.manager import Manager
from footprint_timers.model import File, Host, Job, Proof, TimerStatus, service_of
from footprint_timers.schedulers import systemd, systemd_apply
from footprint_timers.schedulers.scheduler import LastDone


@dataclass(frozen=True, slots=True)
class SystemdUser:
    """A user manager that answers."""

    manager: Manager

    @property
    def name(self) -> str:
        """Its name."""
        return systemd.NAME

    @property
    def scope(self) -> str:
        """Whose timers they are."""
        return systemd.SCOPE

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"systemd {self.manager.version}, user scope"

    @property
    def units(self) -> Path:
        """Where its units lie."""
        return self.manager.units

    @property
    def stamps(self) -> Path | None:
        """Where it keeps when each timer last fired."""
        return self.manager.stamps

    @property
    def knows_years(self) -> bool:
        """Its calendar events have years."""
        return True

    @property
    def fires_alone(self) -> bool:
        """It runs from boot on iff linger is on."""
        return linger.is_on()

    def files(self, jobs: Sequence[Job], paths: Paths, program: Path) -> tuple[File, ...]:
        """Give a timer and a service per job, and the handler of failures."""
        return render.systemd_files(jobs, self._host(paths, program))

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
        """Give each job's sandbox level, as a probe through the manager proves it."""
        if not prove:
            return levels.remembered(jobs, asked, known=known)
        host = self._host(paths, program)
        probing = partial(probe.prove, self.manager, host=host)
        return levels.settle(self.manager, jobs, host, asked, known=known, prove=probing)

    def make_plan(
        self, jobs: Sequence[Job], wanted: Sequence[File], last_done: LastDone
    ) -> systemd.Plan:
        """Compare what is wanted with what the manager has."""
        return systemd.make_plan(self.manager, jobs, wanted, last_done)

    def apply(self, wanted: systemd.Plan) -> None:
        """Carry a plan out, or nothing of it."""
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
        return f"systemctl --user start {service_of(job_name)}"

    def outlive_login(self) -> linger.Linger:
        """Turn linger on where we may."""
        return linger.turn_on(self.manager.run)

    def bringing_back(self, backup: Path) -> str:
        """Give the command that copies the units back and lets the manager read them."""
        copying = f"cp -a {shlex.quote(str(backup))}/. {shlex.quote(str(self.units))}/"
        return f"{copying} && systemctl --user daemon-reload"

    def _host(self, paths: Paths, program: Path) -> Host:
        return catalogue.host_of(
            paths,
            program,
            os.environ,
            manager_environment=self.manager.environment,
            version=self.manager.version,
            stamps=self.manager.stamps,
        )
