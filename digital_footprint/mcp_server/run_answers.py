"""Decides the shape of what is told of the schedule and of runs.

Nothing heavy is imported here: shapes are told at the start, data is read when it is asked for.
Answers are dataclasses without slots: the library would take a slot for a default.
"""

from dataclasses import dataclass
from typing import Literal

from digital_footprint.mcp_server.untrusted import Outside
from digital_footprint.schedule import Failure, JobStatus, Missed


@dataclass(frozen=True)
class RunSummary:
    """One run of the recent history; `completed_at` is None while it runs or when it was killed."""

    run_id: int
    job: str
    started_at: str
    completed_at: str | None
    status: str
    trigger: str
    error: str | None


@dataclass(frozen=True)
class ScheduleAnswer:
    """What footprint_schedule_status answers: the schedule, missed firings, newest runs first."""

    summary: str
    checked_at: str
    backend: str | None
    linger: bool
    trouble: str
    jobs: list[JobStatus]
    missed: list[Missed]
    failures: list[Failure]
    history: list[RunSummary]


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What checks came to. Neither inconclusive nor skipped is clean."""

    planned: int
    answered: int
    found: int
    new: int
    known: int
    clean: int
    inconclusive: int
    skipped: int
    carried: int


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one job. `reason`: why there was nothing to do. Times as UTC text."""

    run_id: int
    job: str
    status: str
    reason: str | None
    trigger: str
    scheduled_for: str | None
    started_at: str
    completed_at: str | None
    attempt: int
    checks: Counts
    error: Outside | None


@dataclass(frozen=True, kw_only=True)
class RunsAnswer:
    """What footprint_list_runs answers, the newest first. `total`: how many there are."""

    summary: str
    total: int
    by_status: dict[str, int]
    runs: list[Run]


@dataclass(frozen=True, kw_only=True)
class OfSource:
    """What one source came to in one run; `reasons`: how often each kept it from answering."""

    source: str
    checks: Counts
    reasons: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of one run; `note` may quote the service."""

    person: str
    identifier: Outside | str
    source: str
    verdict: str
    reason: str | None
    note: Outside | None
    retry_at: str | None
    observed_at: str


@dataclass(frozen=True, kw_only=True)
class RunAnswer:
    """What footprint_run_status answers.

    `phase`: starting (no row yet), running, ended, died (killed without a word) or not_started.
    `checks_total` of which `checks` are the first, those without an answer before the others.
    """

    summary: str
    phase: str
    run: Run | None
    sources: list[OfSource]
    checks_total: int
    checks: list[Check]


@dataclass(frozen=True, kw_only=True)
class StartAnswer:
    """What footprint_run_job answers: either `run_id` or `ticket` follows it.

    `how`: unit (the scheduler starts the job's own) or process; None where it is running already.
    """

    summary: str
    job: str
    outcome: Literal["started", "already_running"]
    how: Literal["unit", "process"] | None
    run_id: int | None
    ticket: str | None
