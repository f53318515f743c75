"""Decides whether the database says enough for "nothing was found" to mean anything."""

from datetime import datetime, timedelta
from typing import Any

from digital_footprint import people
from digital_footprint.clock import from_text, utc_now
from digital_footprint.coverage import every, list_coverage
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.answers import Checks
from digital_footprint.scheduler.due import late_after
from digital_footprint.sources import profiles

ANSWERS = ("found", "clean")


def checks_of(home: Home, person_id: int | None = None) -> Checks:
    """Count the checks of everybody, or of one person, from the newest observation of each."""
    rows = list_coverage(home.db, home.config, person_id=person_id)
    late = _late(home, rows, utc_now())
    answered = [row for row in rows if row["verdict"] in ANSWERS]
    dates = sorted(row["observed_at"] for row in answered)
    count = {
        "asked_for": sum(row["verdict"] != "skipped" for row in rows),
        "answered": len(answered),
        "out_of_date": late,
        "unanswered": sum(row["verdict"] == "inconclusive" for row in rows),
        "never_asked": sum(row["verdict"] is None for row in rows),
        "skipped": sum(row["verdict"] == "skipped" for row in rows),
    }
    return Checks(
        **count,
        oldest_answer=dates[0] if dates else None,
        newest_answer=dates[-1] if dates else None,
        trouble=_trouble(home, count, dates),
    )


def _late(home: Home, rows: list[dict[str, Any]], now: datetime) -> int:
    """Count the answers that are older than the next one should be."""
    spans = {one.name: every(home.config, one) for one in profiles()}
    return sum(
        row["verdict"] in ANSWERS and _is_late(row["observed_at"], spans[row["source"]], now)
        for row in rows
    )


def _is_late(answered_at: str, span: timedelta, now: datetime) -> bool:
    return now > late_after(from_text(answered_at), span.days)


def _trouble(home: Home, count: dict[str, int], dates: list[str]) -> str | None:
    if count["asked_for"] + count["skipped"] == 0:
        return f"Nothing is checked: {people.nobody_to_ask_about(home.db)}"
    if not count["asked_for"]:
        return "Nothing is checked: no source is on and agreed to. Next step: footprint source list"
    if not count["answered"] and count["unanswered"]:
        return (
            "No check has an answer, so nothing is known. "
            "Next step: see the reasons with footprint_coverage"
        )
    if not count["answered"]:
        return (
            "No check was made yet, so nothing is known. "
            "Next step: footprint_run_job with breach_recheck"
        )
    if count["answered"] == count["out_of_date"]:
        return (
            f"All that is known is out of date: the newest answer is of {dates[-1]}. "
            "Next step: see why with footprint_schedule_status, then footprint_run_job"
        )
    return None
