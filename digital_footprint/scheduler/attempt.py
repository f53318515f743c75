"""One attempt of one job: its lock, its one row, its end, its line in the log."""

import json
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digital_footprint import __version__
from digital_footprint.clock import Clock, boot_id, to_text
from digital_footprint.config import Paths
from digital_footprint.database import Database, explain
from digital_footprint.errors import FootprintError, TemporaryError
from digital_footprint.model import JobResult, NoProgress, Progress, RunStatus
from digital_footprint.process import FeedingRunner, run
from digital_footprint.scheduler import log
from digital_footprint.scheduler.interruptions import Interrupted, Interruptions
from digital_footprint.scheduler.locks import job_lock
from digital_footprint.tally import tally

if TYPE_CHECKING:
    from digital_footprint.http import Limits
    from digital_footprint.schedule import Failure

WITHOUT_A_WORD = "ended without a word: killed, or the power was lost"
GOES_ON = (
    "what was answered stands, and a run within a day goes on from there: "
    "footprint-job run {job_name}"
)


@dataclass(frozen=True, slots=True)
class Options:
    """How a run was started, and what it brings along.

    `carry`: whether answers of an interrupted run are taken up. `scheduled_for`: UTC text.
    `limits`: how long a service may take; absent: the client's own. `failures`: the notices of
    units that the operating system could not run.
    """

    trigger: str = "manual"
    carry: bool = True
    scheduled_for: str | None = None
    attempt: int = 1
    invocation_id: str | None = None
    clock: Clock = field(default_factory=Clock)
    progress: Progress = field(default_factory=NoProgress)
    run: FeedingRunner = run
    limits: "Limits | None" = None
    failures: "tuple[Failure, ...]" = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the work of a job came to."""

    status: RunStatus
    details: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    exit_code: int = 0
    hint: str = ""
    """What to do next, where nothing could be done."""


Work = Callable[[int], Outcome]


def attempt(
    db: Database,
    paths: Paths,
    job_name: str,
    work: Work,
    *,
    seconds: float,
    options: Options,
) -> JobResult:
    """Do `work(run_id)` under the job's lock, within `seconds`, as exactly one row.

    Whatever `work` raises ends the row. A signal ends it as `interrupted`; then
    `JobResult.signal` names it, and the caller ends the process by it.
    Raises TemporaryError, without a row, when the job is running already.
    """
    with job_lock(paths.locks, job_name), Interruptions(seconds) as interruptions:
        end_dead_rows(db, job_name, WITHOUT_A_WORD)
        run_id = _begin(db, job_name, to_text(options.clock.now()), options)
        outcome = _outcome_of(work, run_id, db, interruptions)
        if outcome.status is RunStatus.INTERRUPTED:
            outcome = replace(outcome, hint=GOES_ON.format(job_name=job_name))
        try:
            result = _finish(db, run_id, outcome, options)
        except sqlite3.Error as error:
            if interruptions.stopped_by is None:
                raise
            # The row stays `running` for the next run to find; the process is to end by its signal.
            result = _unrecorded(db, job_name, outcome, options, error)
        warning = result.warning or _log(paths, result)
    return replace(result, signal=interruptions.stopped_by, warning=warning)


def end_dead_rows(db: Database, job_name: str, error: str) -> int:
    """Mark every `running` row of a job `interrupted`; only for who holds the job's lock.

    Gives how many. When they ended nobody knows: `completed_at` stays empty.
    """
    return db.execute(
        """
        UPDATE scheduled_runs SET status = 'interrupted', error = :error
        WHERE job_name = :job_name AND status = 'running'
        """,
        {"job_name": job_name, "error": error},
    )


def sentence_of(error: Exception, db: Database) -> str:
    """Say what went wrong and what to do next; never what a database or a library put into it."""
    match error:
        case FootprintError():
            return _sentence(error)
        case sqlite3.Error():
            return _sentence(explain(error, db.path))
        case _:
            return _place(error)


def _begin(db: Database, job_name: str, started_at: str, options: Options) -> int:
    with db.transaction():
        run_id = db.insert_scheduled_run(job_name, started_at)
        db.update_scheduled_run(
            run_id,
            trigger=options.trigger,
            scheduled_for=options.scheduled_for,
            attempt=options.attempt,
            boot_id=boot_id(),
            invocation_id=options.invocation_id,
            version=__version__,
        )
    return run_id


def _outcome_of(work: Work, run_id: int, db: Database, interruptions: Interruptions) -> Outcome:
    try:
        with interruptions.open():
            return work(run_id)
    except Interrupted as interrupted:
        why = "out of time" if interrupted.number == signal.SIGALRM else str(interrupted)
        return _broken_off(db, run_id, RunStatus.INTERRUPTED, why, TemporaryError.exit_code)
    except FootprintError as error:
        return _broken_off(db, run_id, RunStatus.FAILED, _sentence(error), error.exit_code)
    except sqlite3.Error as error:
        explained = explain(error, db.path)
        return _broken_off(db, run_id, RunStatus.FAILED, _sentence(explained), explained.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is an error of ours and ends the row
        return _broken_off(db, run_id, RunStatus.FAILED, _place(error), 1)


def _broken_off(
    db: Database, run_id: int, status: RunStatus, error: str, exit_code: int
) -> Outcome:
    """Keep the counts that were committed with each check."""
    db.rollback()
    row = db.get_scheduled_run(run_id) or {"details": "{}"}
    details = json.loads(row["details"]) or tally(db, run_id)
    return Outcome(status, details, error, exit_code)


def _log(paths: Paths, result: JobResult) -> str:
    """Write the log line; say what kept it from being written. The row stands either way."""
    try:
        log.write(paths.log, paths.locks, result)
    except FootprintError as error:
        return _sentence(error)
    except OSError as error:
        return f"{paths.log} cannot be written: {error.strerror}"
    return ""


def _finish(db: Database, run_id: int, outcome: Outcome, options: Options) -> JobResult:
    completed_at = to_text(options.clock.now())
    db.update_scheduled_run(
        run_id,
        completed_at=completed_at,
        status=outcome.status,
        details=outcome.details,
        error=outcome.error,
    )
    row = db.get_scheduled_run(run_id) or {}
    return JobResult(
        job_name=row["job_name"],
        started_at=row["started_at"],
        completed_at=completed_at,
        status=outcome.status,
        details=outcome.details,
        error=outcome.error,
        run_id=run_id,
        trigger=options.trigger,
        exit_code=outcome.exit_code,
        hint=outcome.hint,
    )


def _unrecorded(
    db: Database, job_name: str, outcome: Outcome, options: Options, error: sqlite3.Error
) -> JobResult:
    now = to_text(options.clock.now())
    return JobResult(
        job_name=job_name,
        started_at=now,
        completed_at=now,
        status=outcome.status,
        details=outcome.details,
        error=outcome.error,
        warning=_sentence(explain(error, db.path)),
    )


def _sentence(error: FootprintError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _place(error: Exception) -> str:
    """Say what went wrong and where in our code; the message may hold a person's data."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = "/".join(Path(frame.filename).parts[-2:])
    return f"{type(error).__name__} in {place}:{frame.lineno} ({frame.name})"
