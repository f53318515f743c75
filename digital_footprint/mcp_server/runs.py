"""Decides what an assistant is told of runs: the list of them, and one with its checks."""

import json
from collections.abc import Mapping
from typing import Any

from digital_footprint import looks, observations
from digital_footprint.clock import to_text, utc_now
from digital_footprint.database import Row
from digital_footprint.errors import TemporaryError, UsageError
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.run_answers import (
    Check,
    Counts,
    OfSource,
    Run,
    RunAnswer,
    RunsAnswer,
)
from digital_footprint.mcp_server.untrusted import Words, name_of
from digital_footprint.model import SkipReason
from digital_footprint.scheduler.locks import job_lock

COUNTS = (
    "planned", "answered", "found", "new", "known", "clean", "inconclusive", "skipped", "carried",
)  # fmt: skip
UNANSWERED_FIRST = ("inconclusive", "skipped")
ERROR = 500


def list_runs(home: Home, job: str | None, limit: int) -> RunsAnswer:
    """Give the newest runs. Raises UsageError where there was none at all."""
    counted = home.db.query(
        """
        SELECT status, count(*) AS runs FROM scheduled_runs
        WHERE :job IS NULL OR job_name = :job GROUP BY status ORDER BY status
        """,
        {"job": job},
    )
    by_status = {row["status"]: row["runs"] for row in counted}
    total = sum(by_status.values())
    if not total:
        of_it = f"{job} has" if job else "no job has"
        never = "never run" if job else "run yet"
        raise UsageError(
            f"{of_it} {never}, so nothing is known",
            hint=f"footprint_run_job, or: footprint-job run {job or 'breach_recheck'}",
        )
    shown = [_run(home, row) for row in home.db.get_run_history(limit, job_name=job)]
    return RunsAnswer(
        summary=_list_words(total, by_status, shown), total=total, by_status=by_status, runs=shown
    )


def show_run(home: Home, run_id: int, limit: int) -> RunAnswer:
    """Give one run. Raises UsageError when there is none of that number."""
    row = home.db.get_scheduled_run(run_id)
    if row is None:
        raise UsageError(
            f"no run has the number {run_id}", hint="see which there are: footprint_list_runs"
        )
    made = observations.of_run(home.db, run_id) + looks.of_run(home.db, run_id)
    made.sort(key=lambda one: one["verdict"] not in UNANSWERED_FIRST)
    run, phase = _run(home, row), phase_of(home, row)
    return RunAnswer(
        summary=f"{_words(run)}; {phase}",
        phase=phase,
        run=run,
        sources=_sources(json.loads(row["details"])),
        checks_total=len(made),
        checks=[_check(home.words, one) for one in made[:limit]],
    )


def phase_of(home: Home, row: Row) -> str:
    """Say whether a run is under way. Only the job's lock knows whether its process lives."""
    if row["status"] != "running":
        return "ended"
    try:
        with job_lock(home.config.paths.locks, row["job_name"]):
            return "died"
    except TemporaryError:
        return "running"


def _run(home: Home, row: Row) -> Run:
    details = json.loads(row["details"])
    reason = details.get("reason")
    kept = ("status", "trigger", "scheduled_for", "started_at", "completed_at", "attempt")
    return Run(
        run_id=row["id"],
        job=row["job_name"],
        reason=reason if reason in set(SkipReason) else None,
        checks=_counts(details),
        error=home.words.outside(row["error"], "run", limit=ERROR),
        **{key: row[key] for key in kept},
    )


def _counts(details: Mapping[str, Any]) -> Counts:
    return Counts(**{key: _number(details.get(key)) for key in COUNTS})


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _sources(details: Mapping[str, Any]) -> list[OfSource]:
    return [
        OfSource(source=name_of(name), checks=_counts(counts), reasons=counts.get("reasons", {}))
        for name, counts in sorted(details.get("sources", {}).items())
    ]


def _check(words: Words, one: Mapping[str, Any]) -> Check:
    source = name_of(one["source"])
    is_page = source.startswith("broker:")
    page = words.address_of_page(one["identifier"], source) if is_page else None
    return Check(
        person=words.cleaned(one["person"]),
        identifier=page or words.identifier(one["identifier"]),
        source=source,
        verdict=one["verdict"],
        reason=one["reason"],
        note=words.outside(one["note"], source),
        retry_at=one["retry_at"],
        observed_at=one["observed_at"],
    )


def _list_words(total: int, by_status: Mapping[str, int], shown: list[Run]) -> str:
    counted = ", ".join(f"{status} {count}" for status, count in by_status.items())
    head = f"Runs recorded: {total} ({counted}), now {to_text(utc_now())}; the newest {len(shown)}:"
    return "\n".join([head, *map(_words, shown)])


def _words(run: Run) -> str:
    counts = run.checks
    reason = f" ({run.reason})" if run.reason else ""
    told = f"run {run.run_id}: {run.job} {run.status}{reason}, {run.trigger}, {run.started_at}"
    if not counts.planned:
        return told
    return (
        f"{told}; {counts.answered + counts.carried} of {counts.planned} checks answered, "
        f"{counts.new} new, {counts.inconclusive} without an answer"
    )
