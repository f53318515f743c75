"""What an installation or its removal would do, or has done, as results to show."""

from datetime import datetime
from pathlib import Path
from typing import Any

from digital_footprint.clock import local_time, to_text
from digital_footprint.output import Result
from footprint_timers import plan, sandbox
from footprint_timers.moving import Abandoned
from footprint_timers.operations import Wish
from footprint_timers.schedulers.scheduler import Plan, Scheduler


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


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)
