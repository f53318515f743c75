"""What runs came to, as results to show: the same facts for terminal, JSON and MCP."""

import json
from typing import Any

from digital_footprint.database import Database, Row
from digital_footprint.errors import UsageError
from digital_footprint.model import JobResult
from digital_footprint.output import Result, Table, when


def of_result(result: JobResult) -> Result:
    """Show one run that has just ended."""
    lines = _lines(document_of(result))
    return Result(document_of(result), (*lines, *([f"  {result.hint}"] if result.hint else ())))


def document_of(result: JobResult) -> dict[str, Any]:
    """Give the document of `footprint-job run --json`."""
    return {
        "run_id": result.run_id,
        "job_name": result.job_name,
        "trigger": result.trigger,
        "started_at": result.started_at,
        "completed_at": result.completed_at,
        "status": str(result.status),
        "details": result.details,
        "error": result.error,
    }


def of_history(rows: list[Row]) -> Result:
    """Show several runs, a line each."""
    documents = [_document(row) for row in rows]
    table = Table(
        ("run", "job", "started", "trigger", "status", "answered", "new", "without answer"),
        [
            (
                one["run_id"],
                one["job_name"],
                when(one["started_at"]),
                one["trigger"],
                _status(one),
                _of_checks(one["details"]),
                one["details"].get("new"),
                one["details"].get("inconclusive"),
            )
            for one in documents
        ],
        "No job has run yet. Try: footprint-job run breach_recheck",
    )
    return Result(documents, (table,))


def of_run(db: Database, run_id: int) -> Result:
    """Show one run with each of its checks.

    Raises UsageError when there is none of that number.
    """
    from digital_footprint import looks, observations

    row = db.get_scheduled_run(run_id)
    if row is None:
        raise UsageError(
            f"no run has the number {run_id}", hint="see which there are: footprint-job history"
        )
    checks = observations.of_run(db, run_id) + looks.of_run(db, run_id)
    table = Table(
        ("person", "identifier", "source", "verdict", "reason", "note", "at"),
        [
            (
                each["person"],
                each["identifier"],
                each["source"],
                each["verdict"],
                each["reason"],
                each["note"],
                when(each["observed_at"]),
            )
            for each in checks
        ],
        "it made no check",
    )
    document = _document(row)
    return Result({**document, "checks": checks}, (*_lines(document), table))


def _document(row: Row) -> dict[str, Any]:
    kept = ("job_name", "trigger", "started_at", "completed_at", "status")
    more = ("error", "scheduled_for", "attempt", "invocation_id", "version")
    return {
        "run_id": row["id"],
        **{key: row[key] for key in kept},
        "details": json.loads(row["details"]),
        **{key: row[key] for key in more},
    }


def _lines(document: dict[str, Any]) -> list[str]:
    details = document["details"]
    facts = (
        f"{document['job_name']}: {_status(document)}",
        f"run {document['run_id']}",
        document["trigger"],
        document["started_at"],
    )
    lines = [" · ".join(facts)]
    if document["error"]:
        lines.append(f"  error: {document['error']}")
    for source, counts in details.get("sources", {}).items():
        first, *rest = _sentences(counts)
        lines += [f"  {source}: {first}", *(f"    {line}" for line in rest)]
    return lines + _next(details)


def _next(details: dict[str, Any]) -> list[str]:
    """Say where to look now."""
    looked = "removals_checked" in details
    lines = []
    if details.get("unverifiable"):
        lines.append(
            f"  {details['unverifiable']} could not be verified five times in a row: look yourself"
        )
    if details.get("found") or (looked and details["checks"]):
        shown = "footprint removal list" if looked else "footprint findings"
        lines.append(f"  look at them with: {shown}")
    if details.get("inconclusive"):
        shown = "footprint removal list" if looked else "footprint coverage"
        lines.append(f"  no answer is not a clean one; who was not answered: {shown}")
    return lines


def _status(document: dict[str, Any]) -> str:
    reason = document["details"].get("reason")
    return f"{document['status']} ({reason})" if reason else str(document["status"])


def _of_checks(details: dict[str, Any]) -> str:
    if not details.get("planned"):
        return ""
    return f"{details['answered'] + details['carried']} of {details['planned']}"


def _sentences(counts: dict[str, Any]) -> list[str]:
    """Say, a line each, what one source answered and what it did not."""
    parts = [f"{_of_checks(counts)} checks answered", _found(counts)]
    if counts["carried"]:
        parts.append(f"{counts['carried']} taken over from the interrupted run")
    if counts["undetailed"]:
        parts.append(f"{counts['undetailed']} without details yet: the catalogue has none for them")
    if counts["reasons"]:
        reasons = (f"{reason} {count}" for reason, count in counts["reasons"].items())
        parts.append(f"without answer: {', '.join(reasons)}")
    return parts


def _found(counts: dict[str, Any]) -> str:
    if "verified" not in counts:
        return f"{counts['new']} new and {counts['known']} known findings, {counts['clean']} clean"
    back = f" ({counts['new']} of them back again)" if counts["new"] else ""
    gone = f" ({counts['verified']} of them verified as removed now)" if counts["verified"] else ""
    return f"{counts['found']} listed{back}, {counts['clean']} not listed{gone}"
