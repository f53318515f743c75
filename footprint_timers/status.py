"""Decides how each job stands: what the system says of its timer, and the database of its runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from digital_footprint.clock import from_text, to_text
from digital_footprint.config import Config
from digital_footprint.database import Database, Row
from digital_footprint.errors import TemporaryError
from digital_footprint.process import Runner
from digital_footprint.schedule import Failure, JobStatus, LastRun, Sandbox, ScheduleStatus
from digital_footprint.scheduler.due import NAMES, get_schedule_status
from digital_footprint.scheduler.locks import job_lock
from footprint_timers import audit, causes, failures, linger
from footprint_timers.installation import Installation
from footprint_timers.manager import WANTS
from footprint_timers.model import NOT_THERE, TimerStatus, timer_of
from footprint_timers.schedulers import systemd
from footprint_timers.schedulers.scheduler import Scheduler


def put_together(
    db: Database,
    config: Config,
    *,
    installed: Installation | None,
    scheduler: Scheduler[Any] | None,
    timers: Mapping[str, TimerStatus] | None,
    run: Runner,
    drifted: Sequence[str] = (),
) -> ScheduleStatus:
    """Put together what is known. `timers`: by job, or None where no scheduler answers."""
    notices = failures.read(config.paths)
    needs_login = installed is None or installed.needs_login
    why = causes.explainer(run, notices, timers, needs_login=needs_login)
    records = get_schedule_status(db, config)["jobs"]
    audits = audit.audit_jobs(db, installed.jobs, why) if installed else ()
    return ScheduleStatus(
        backend=scheduler.name if scheduler else None,
        scope=scheduler.scope if scheduler else None,
        linger=scheduler.fires_alone if scheduler else linger.is_on(),
        jobs=tuple(
            _job_status(
                db,
                config,
                record,
                timer=_timer_of(timers, installed, record["name"]),
                drift=record["name"] in drifted,
                sandbox=_sandbox_of(installed, record["name"]),
                notice=next((one for one in notices if one.job == record["name"]), None),
            )
            for record in records
        ),
        missed=tuple(missed for one in audits for missed in one.missed if one.name in NAMES),
        failures=notices,
    )


def _timer_of(
    timers: Mapping[str, TimerStatus] | None, installed: Installation | None, job_name: str
) -> TimerStatus:
    """Give what the system says; where none answers, what its files say of what was installed."""
    if timers is not None:
        return timers.get(job_name, NOT_THERE)
    if installed is None or installed.slot(job_name) is None:
        return NOT_THERE
    if installed.backend != systemd.NAME:
        return replace(NOT_THERE, installed=True)
    units, timer = Path(installed.units), timer_of(job_name)
    return replace(
        NOT_THERE,
        installed=(units / timer).is_file(),
        enabled=(units / WANTS / timer).is_symlink(),
    )


def _job_status(
    db: Database,
    config: Config,
    record: Mapping[str, Any],
    *,
    timer: TimerStatus,
    drift: bool,
    notice: Failure | None,
    sandbox: Sandbox | None,
) -> JobStatus:
    name = record["name"]
    row = db.get_last_run(name)
    return JobStatus(
        name=name,
        interval_days=record["interval_days"],
        installed=timer.installed,
        enabled=timer.enabled,
        loaded=timer.loaded,
        drift=drift,
        next_due=_text(timer.next_due),
        last_run=_last_run(row),
        last_success_at=record["last_done"],
        overdue=record["overdue"],
        state=_state(config, record, timer, row, notice),
        sandbox=sandbox,
    )


def _sandbox_of(installed: Installation | None, job_name: str) -> Sandbox | None:
    proof = installed.proofs.get(job_name) if installed else None
    if proof is None:
        return None
    return Sandbox(level=proof.level, proved=proof.proved, because=proof.because)


def _state(
    config: Config,
    record: Mapping[str, Any],
    timer: TimerStatus,
    row: Row | None,
    notice: Failure | None,
) -> str:
    """Give the one word for a job: the first that is true, the gravest first."""
    if not record["enabled"]:
        return "disabled"
    if timer.running or _is_under_way(config, row):
        return "running"
    if not timer.installed:
        return "not_installed"
    if notice is not None and not _done_since(record, notice):
        return "failing"
    if row is None:
        return "never"
    if row["status"] == "skipped" and record["last_done"] != row["started_at"]:
        return "not_configured"
    if row["status"] in ("failed", "interrupted", "running"):
        return "failing"
    if record["late"]:
        return "late"
    # Done of late, yet nothing would start it again: switched off there, or no manager answers,
    # or a drop-in has left its timer without a firing or with another unit.
    return "ok" if timer.loaded and not timer.idle else "disabled"


def _done_since(record: Mapping[str, Any], notice: Failure) -> bool:
    done = record["last_done"]
    return bool(done and notice.at and from_text(done) > from_text(notice.at))


def _is_under_way(config: Config, row: Row | None) -> bool:
    """Ask the job's lock whether the process of a `running` row lives; without one, do not ask."""
    if row is None or row["status"] != "running":
        return False
    try:
        with job_lock(config.paths.locks, row["job_name"]):
            return False
    except TemporaryError:
        return True


def _last_run(row: Row | None) -> LastRun | None:
    if row is None:
        return None
    return LastRun(
        run_id=row["id"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        status=row["status"],
        trigger=row["trigger"],
        error=row["error"],
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
