"""Decides what an assistant is told of the schedule: how each job stands, and what is missing."""

import re
from dataclasses import asdict, replace

from digital_footprint.clock import to_text, utc_now
from digital_footprint.database import Row
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.run_answers import RunSummary, ScheduleAnswer
from digital_footprint.mcp_server.untrusted import Words
from digital_footprint.schedule import (
    Failure,
    JobStatus,
    ScheduleReader,
    ScheduleStatus,
)

# What a run's row says in our words alone; all else may quote a file that somebody else wrote.
OUR_WORDS = re.compile(
    r"no source answered: [a-z_0-9, ]+|killed: [a-z-]+|out of time|SIG[A-Z]+|stopped by SIG[A-Z]+"
    r"|ended without a word: killed, or the power was lost"
)


def schedule_status(home: Home, read: ScheduleReader, history_limit: int) -> ScheduleAnswer:
    """Put the schedule together. Raises FootprintError."""
    status, trouble = read(home.db, home.config)
    jobs = [_job(one) for one in status.jobs]
    failures = [_failure(one, home.words) for one in status.failures]
    trouble = home.words.cleaned(trouble.replace("\n  next: ", ". Next step: "), 600)
    return ScheduleAnswer(
        summary=_summary(replace(status, jobs=tuple(jobs), failures=tuple(failures)), trouble),
        checked_at=to_text(utc_now()),
        backend=status.backend,
        linger=status.linger,
        trouble=trouble,
        jobs=jobs,
        missed=list(status.missed),
        failures=failures,
        history=[_run(row) for row in home.db.get_run_history(history_limit)],
    )


def our_words(error: str | None, run_id: int) -> str | None:
    """Give a run's error where it is ours to the last word, else where to read it as data."""
    if error is None or OUR_WORDS.fullmatch(error):
        return error
    return f"told by footprint_run_status with run_id {run_id}"


def _job(one: JobStatus) -> JobStatus:
    if one.last_run is None:
        return one
    error = our_words(one.last_run.error, one.last_run.run_id)
    return replace(one, last_run=replace(one.last_run, error=error))


def _failure(one: Failure, words: Words) -> Failure:
    """Give a notice; it is a file that others could have written into."""
    return Failure(**{name: words.cleaned(text, 80) for name, text in asdict(one).items()})


def _run(row: Row) -> RunSummary:
    kept = ("started_at", "completed_at", "status", "trigger")
    return RunSummary(
        run_id=row["id"],
        job=row["job_name"],
        error=our_words(row["error"], row["id"]),
        **{key: row[key] for key in kept},
    )


def _summary(status: ScheduleStatus, trouble: str) -> str:
    """Say the same in a few lines."""
    lines = [_line_of(job) for job in status.jobs]
    lines += [f"{one.unit} failed: {one.result} {one.exit_status}" for one in status.failures]
    if status.missed:
        newest = status.missed[-1]
        lines.append(
            f"{len(status.missed)} expected runs are missing; the newest: {newest.job},"
            f" {newest.scheduled_for} (cause {newest.cause})"
        )
    if status.backend is None:
        lines.append("No scheduler answers: nothing starts these jobs by itself.")
    if trouble:
        lines.append(trouble)
    return "\n".join(lines)


def _line_of(job: JobStatus) -> str:
    last = job.last_run
    parts = [
        f"{job.name}: {job.state}",
        f"last run {last.started_at} {last.status}" if last else "never run",
        f"last done {job.last_success_at}" if job.last_success_at else "never done",
        f"next start {job.next_due}" if job.next_due else "no next start is known",
    ]
    return "; ".join(parts + ["overdue"] * job.overdue)
