"""What the commands of footprint-timers have found out, as results to show."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from digital_footprint.clock import to_text
from digital_footprint.output import Result, Table
from digital_footprint.schedule import Failure, Missed
from footprint_timers import plan, sandbox
from footprint_timers.audit import JobAudit
from footprint_timers.catch_up import Outcome, names_of
from footprint_timers.causes import Cause
from footprint_timers.examination import Finding
from footprint_timers.moving import Abandoned
from footprint_timers.operations import Wish
from footprint_timers.schedulers.scheduler import Plan, Scheduler

WORDS = {
    Cause.OFF: "the machine was off",
    Cause.ASLEEP: "the machine was asleep",
    Cause.LOGGED_OUT: "you were logged out, and linger was off",
    Cause.DISABLED: "its timer does not run: footprint-timers install",
    Cause.COULD_NOT_START: "it could not start: footprint-timers doctor",
    Cause.UNKNOWN: "nothing here tells why",
}


def of_plan(
    wanted: Wish[Any], scheduler: Scheduler[Any], abandoned: Abandoned | None = None
) -> Result:
    """Show what an installation would change, and whether it starts a job."""
    steps = wanted.plan.steps()
    document = {
        "drift": not wanted.plan.is_empty,
        "backend": scheduler.name,
        "scope": scheduler.scope,
        "units": str(scheduler.units),
        "changes": _changes(wanted.plan),
        "steps": steps,
        "starts": list(wanted.plan.surprises),
        "diff": plan.diff(wanted.plan.changes),
        "sandbox": _sandboxes(wanted),
        "moves": _moves(abandoned),
    }
    levels, moves = _levels(wanted), _moves_told(abandoned)
    if wanted.plan.is_empty and not moves:
        return Result(document, ("nothing to change", *levels))
    starts = ", ".join(wanted.plan.surprises)
    when = "starts at once, being due" if scheduler.root is None else "starts at the next boot"
    sentence = f"{when}: {starts}" if starts else "no job is started by this"
    text = plan.diff(wanted.plan.changes).rstrip("\n")
    return Result(document, (*([text] if text else []), *steps, *moves, *levels, sentence))


def of_installation(
    wanted: Wish[Any],
    scheduler: Scheduler[Any],
    *,
    linger: bool,
    due: dict[str, datetime | None],
    abandoned: Abandoned | None = None,
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
        "sandbox": _sandboxes(wanted),
        "moves": _moves(abandoned),
        "started": scheduler.root is None,
    }
    done = f"timers installed in {scheduler.units}"
    did = "nothing had to be changed" if wanted.plan.is_empty else done
    lines = [f"  {name} fires next: {local_time(_utc(moment))}" for name, moment in due.items()]
    if scheduler.root is not None:
        lines = ["  nothing was started here: they run from the next boot on"]
    told = (*_moves_told(abandoned), *lines, *_levels(wanted))
    return Result(document, (did, *told, "see: footprint-timers status"))


def of_removal(wanted: Plan, undo: str | None, *, abandoned: Abandoned | None = None) -> Result:
    """Show what an uninstallation has removed, and what an unfinished move had left elsewhere."""
    plans = (wanted, abandoned.plan) if abandoned else (wanted,)
    names = [change["path"] for one in plans for change in _changes(one)]
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


def with_backup(shown: Result, backup: Path | None, scheduler: Scheduler[Any]) -> Result:
    """Say where the copies of files lie that were edited by hand, and how they come back."""
    lines = shown.text
    if backup is not None:
        lines = (
            *lines,
            f"what was edited by hand is kept in {backup}",
            f"to have it back: {scheduler.restoring(backup)}",
        )
    document = {**shown.document, "backup": None if backup is None else str(backup)}
    return Result(document, lines)


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
            (one.name, local_time(one.since), one.expected, one.recorded, len(one.missed),
             "yes" if one.name in late else "no")
            for one in audits
        ],
        "nothing was ever installed here: footprint-timers install",
    )  # fmt: skip
    return Result(document, (table, *missed_lines(missed)))


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


def _moves(abandoned: Abandoned | None) -> dict[str, Any] | None:
    """Give what another scheduler loses, because the timers move to this one."""
    if abandoned is None:
        return None
    return {
        "backend": abandoned.scheduler.name,
        "scope": abandoned.scheduler.scope,
        "units": str(abandoned.scheduler.units),
        "removed": list(plan.paths(abandoned.plan.changes)),
    }


def _moves_told(abandoned: Abandoned | None) -> list[str]:
    if abandoned is None:
        return []
    left = abandoned.scheduler
    names = ", ".join(plan.paths(abandoned.plan.changes)) or "nothing, for nothing is left there"
    return [f"moved from {left.name}, {left.scope} scope; {left.units} loses: {names}"]


def _changes(wanted: Plan) -> list[dict[str, str]]:
    verbs = {"Write": "write", "Remove": "remove"}
    return [
        {"path": change.path, "action": verbs[type(change).__name__]}
        for change in wanted.changes
        if type(change).__name__ in verbs
    ]


def _sandboxes(wanted: Wish[Any]) -> dict[str, Any]:
    """Give the level asked for, and each job's with its proof."""
    jobs = [
        {"name": name, "level": one.level, "proved": list(one.proved), "because": one.because}
        for name, one in wanted.proofs.items()
    ]
    return {"asked": wanted.sandbox, "jobs": jobs}


def _levels(wanted: Wish[Any]) -> list[str]:
    return [f"  sandbox of {sandbox.told(name, one)}" for name, one in wanted.proofs.items()]


def missed_lines(missed: Sequence[Missed]) -> list[str]:
    """Give a line for each firing that left no row, with its cause in words."""
    return [
        f"missed: {one.job} {local_time(one.scheduled_for)}, {WORDS[Cause(one.cause)]}"
        for one in missed
    ]


def failure_line(failure: Failure) -> str:
    """Give what the handler of failures has noted of one unit."""
    meaning = f": {failure.meaning}" if failure.meaning else ""
    status = f", exit status {failure.exit_status}" if failure.exit_status else ""
    return f"failed: {failure.unit} {local_time(failure.at)} ({failure.result}{status}){meaning}"


def local_time(moment: str | None) -> str:
    """Give a moment for people: in their own time."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
