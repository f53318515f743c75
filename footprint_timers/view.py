"""What the commands of footprint-timers have found out, as results to show."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from digital_footprint.clock import to_text
from digital_footprint.output import Result, Table
from digital_footprint.schedule import Failure, Missed, ScheduleStatus
from footprint_timers import calendars, plan
from footprint_timers.audit import JobAudit
from footprint_timers.catch_up import Outcome, names_of
from footprint_timers.causes import Cause
from footprint_timers.examination import Finding
from footprint_timers.model import Job
from footprint_timers.operations import Wish
from footprint_timers.schedulers.scheduler import Plan, Scheduler

SHOWN = 5
WORDS = {
    Cause.OFF: "the machine was off",
    Cause.ASLEEP: "the machine was asleep",
    Cause.LOGGED_OUT: "you were logged out, and linger was off",
    Cause.DISABLED: "its timer does not run: footprint-timers install",
    Cause.COULD_NOT_START: "it could not start: footprint-timers doctor",
    Cause.UNKNOWN: "nothing here tells why",
}


def of_status(status: ScheduleStatus) -> Result:
    """Show how the schedule stands."""
    table = Table(
        ("job", "every", "state", "next due", "last run", "last done"),
        [
            (
                job.name,
                f"{job.interval_days} days",
                f"{job.state} (changed: run install)" if job.drift and job.installed else job.state,
                _local(job.next_due),
                f"{_local(job.last_run.started_at)} {job.last_run.status}" if job.last_run else "",
                _local(job.last_success_at),
            )
            for job in status.jobs
        ],
        "no job exists",
    )
    where = f"{status.backend}, {status.scope} scope" if status.backend else "no scheduler answers"
    alone = status.backend and not status.linger
    reason = " (linger is off)" if status.backend == "systemd" else ""
    linger = f"; timers fire only while you are logged in{reason}" if alone else ""
    notes = [_failure_line(one) for one in status.failures] + _missed_lines(status.missed)
    return Result(asdict(status), (f"{where}{linger}", table, *notes))


def of_plan(wanted: Wish[Any], units: str) -> Result:
    """Show what an installation would change, and whether it starts a job."""
    steps = wanted.plan.steps()
    document = {
        "drift": not wanted.plan.is_empty,
        "units": units,
        "changes": _changes(wanted.plan),
        "steps": steps,
        "starts": list(wanted.plan.surprises),
        "diff": plan.diff(wanted.plan.changes),
    }
    if wanted.plan.is_empty:
        return Result(document, ("nothing to change",))
    starts = ", ".join(wanted.plan.surprises)
    sentence = f"starts at once, being due: {starts}" if starts else "no job is started by this"
    text = plan.diff(wanted.plan.changes).rstrip("\n")
    return Result(document, (*([text] if text else []), *steps, sentence))


def of_installation(
    wanted: Wish[Any],
    scheduler: Scheduler[Any],
    *,
    linger: bool,
    due: dict[str, datetime | None],
) -> Result:
    """Show what an installation has changed, and when each job fires next."""
    document = {
        "backend": scheduler.name,
        "scope": scheduler.scope,
        "linger": linger,
        "units": str(scheduler.units),
        "program": wanted.program,
        "changed": not wanted.plan.is_empty,
        "changes": _changes(wanted.plan),
        "jobs": [{"name": name, "next_due": _utc(moment)} for name, moment in due.items()],
    }
    did = (
        "nothing had to be changed"
        if wanted.plan.is_empty
        else f"timers installed in {scheduler.units}"
    )
    lines = [f"  {name} fires next: {_local(_utc(moment))}" for name, moment in due.items()]
    return Result(document, (did, *lines, "see: footprint-timers status"))


def of_removal(wanted: Plan, undo: str | None) -> Result:
    """Show what an uninstallation has removed."""
    names = [change["path"] for change in _changes(wanted)]
    document = {"removed": names, "linger_undo": undo}
    did = f"removed: {', '.join(names)}" if names else "no timer of ours is installed"
    advice = (f"linger was turned on by install; to turn it off: {undo}",) if undo else ()
    return Result(document, (did, *advice))


def of_catch_up(outcomes: Sequence[Outcome]) -> Result:
    """Show which overdue jobs were started, and why the others were not."""
    document = {
        "started": names_of(outcomes),
        "left_alone": [{"job": one.job, "why": one.why} for one in outcomes if one.why],
    }
    lines = [
        f"{one.job}: {'not started: ' + one.why if one.why else 'started'}" for one in outcomes
    ]
    return Result(document, tuple(lines or ["nothing is overdue"]))


def of_audit(audits: Sequence[JobAudit], late: Sequence[str]) -> Result:
    """Show how many firings were due, and which of them left no row."""
    missed = [one for each in audits for one in each.missed]
    document = {
        "jobs": [
            {
                "name": one.name,
                "since": one.since,
                "expected": one.expected,
                "recorded": one.recorded,
                "late": one.name in late,
            }
            for one in audits
        ],
        "missed": [asdict(one) for one in missed],
    }
    table = Table(
        ("job", "since", "expected", "recorded", "missed", "late"),
        [
            (one.name, _local(one.since), one.expected, one.recorded, len(one.missed),
             "yes" if one.name in late else "no")
            for one in audits
        ],
        "nothing was ever installed here: footprint-timers install",
    )  # fmt: skip
    return Result(document, (table, *_missed_lines(missed)))


def of_examination(findings: Sequence[Finding], mended: Sequence[str]) -> Result:
    """Show every check, what mends those that failed, and what was mended just now."""
    document = {
        "ok": all(one.ok for one in findings),
        "mended": list(mended),
        "checks": [
            {"name": one.name, "ok": one.ok, "found": one.found, "fix": "" if one.ok else one.fix}
            for one in findings
        ],
    }
    lines = [
        f"{'ok  ' if one.ok else 'FAIL'} {one.name}: {one.found}"
        + (f"\n     fix: {one.fix}" if one.fix and not one.ok else "")
        for one in findings
    ]
    told = [f"mended: {name}" for name in mended]
    wrong = sum(not one.ok for one in findings)
    last = f"{wrong} of {len(findings)} checks failed" if wrong else "all is well"
    return Result(document, (*told, *lines, last))


def of_explanation(jobs: Sequence[Job], now: datetime) -> Result:
    """Show each job's calendar, its next firings, its true gaps, and what is wrong with them."""
    documents = [_explanation(job, now) for job in jobs]
    return Result(documents, tuple(line for one in documents for line in _explained(one)))


def _explanation(job: Job, now: datetime) -> dict[str, Any]:
    span = timedelta(days=SHOWN * 31 + 1)
    today = now.astimezone().date()
    holes = calendars.holes(job.slot, today)
    return {
        "name": job.name,
        "interval_days": job.slot.interval_days,
        "on_calendar": list(calendars.on_calendar(job.slot)),
        "next": [to_text(one) for one in calendars.firings(job.slot, now, now + span)][:SHOWN],
        "gaps": {str(days): count for days, count in calendars.gaps(job.slot, today).items()},
        "warnings": [
            f"the clocks jump over {job.slot.hour:02}:{job.slot.minute:02} on {day}: no run then"
            for day in holes
            if calendars.fires_on(job.slot, day)
        ],
    }


def _explained(one: dict[str, Any]) -> list[str]:
    gaps = ", ".join(f"{days} days {count} times" for days, count in one["gaps"].items())
    return [
        f"{one['name']}: every {one['interval_days']} days",
        *(f"  OnCalendar={line}" for line in one["on_calendar"]),
        f"  next: {', '.join(_local(moment) for moment in one['next'])}",
        f"  gaps over ten years: {gaps}",
        *(f"  warning: {warning}" for warning in one["warnings"]),
    ]


def _changes(wanted: Plan) -> list[dict[str, str]]:
    verbs = {"Write": "write", "Remove": "remove"}
    return [
        {"path": change.path, "action": verbs[type(change).__name__]}
        for change in wanted.changes
        if type(change).__name__ in verbs
    ]


def _missed_lines(missed: Sequence[Missed]) -> list[str]:
    return [
        f"missed: {one.job} {_local(one.scheduled_for)}, {WORDS[Cause(one.cause)]}"
        for one in missed
    ]


def _failure_line(failure: Failure) -> str:
    meaning = f": {failure.meaning}" if failure.meaning else ""
    status = f", exit status {failure.exit_status}" if failure.exit_status else ""
    return f"failed: {failure.unit} {_local(failure.at)} ({failure.result}{status}){meaning}"


def _local(moment: str | None) -> str:
    """Give a moment for people: in their own time."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
