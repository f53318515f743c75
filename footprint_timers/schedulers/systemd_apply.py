"""Carries a plan out, step by step; when one fails, everything is put back and the step is named.

No step starts a job by surprise. A timer whose file changes is stopped, its stamp set to now,
and started again: the manager looks at a stamp only when a timer starts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from digital_footprint.clock import utc_now
from digital_footprint.errors import FootprintError
from digital_footprint.files import write_all_privately
from footprint_timers import keeping, plan, rollback
from footprint_timers.keeping import Kept
from footprint_timers.manager import WANTS, Manager
from footprint_timers.model import Change, Remove, Write, timer_of
from footprint_timers.schedulers.systemd import Plan
from footprint_timers.stamps import read_time, stamp_of_unit, write_stamp, write_time

Stamps = Mapping[Path, datetime | None]
Step = tuple[str, Callable[[], object]]


def apply(manager: Manager, wanted: Plan) -> None:
    """Carry a plan out; when a step fails, everything is put back as it was.

    Raises FootprintError naming the step that failed.
    """
    if not wanted.is_empty:
        with manager.rights():
            _apply(manager, wanted)


def _apply(manager: Manager, wanted: Plan) -> None:
    timers = (*wanted.stop, *map(timer_of, wanted.start))
    stamps = {path: read_time(path) for path in (stamp_of_unit(manager.stamps, t) for t in timers)}
    names = plan.paths(wanted.changes)
    kept = keeping.keep(manager.units, names, manager.units / WANTS, manager.stamps)
    try:
        for doing, step in _steps(manager, wanted):
            _take(manager, doing, step)
    except BaseException as error:
        troubles = _put_back(manager, wanted, kept, stamps)
        keeping.forget(manager.units)
        if not isinstance(error, FootprintError):
            raise
        raise _with_state(error, troubles) from None
    _settle(manager, wanted)
    keeping.forget(manager.units)


def _steps(manager: Manager, wanted: Plan) -> Iterator[Step]:
    """Give what is done one after the other, each with the words for it."""
    yield _asking(manager, "stop", wanted.stop)
    yield _asking(manager, "disable", wanted.disable)
    yield "write the units", partial(_apply_changes, manager, wanted.changes)
    yield "set the stamps", partial(_seed, manager.stamps, wanted)
    # The one reload that follows reads the new links too; `enable` would make its own.
    yield _asking(manager, "enable", [*map(timer_of, wanted.enable)], "--no-reload")
    if wanted.reload or wanted.enable:
        yield "let systemd read the units anew", partial(_ask, manager, "daemon-reload")
    yield _asking(manager, "start", [*map(timer_of, wanted.start)])


def _asking(manager: Manager, verb: str, units: Sequence[str], *options: str) -> Step:
    words = (verb, *options, *units)
    return f"{verb} {' '.join(units)}", partial(_ask, manager, *words) if units else tuple


def _ask(manager: Manager, *words: str) -> None:
    answer = manager.call(*words)
    if answer.code:
        raise FootprintError(answer.complaint())


def _apply_changes(manager: Manager, changes: Sequence[Change]) -> None:
    """Remove what goes, write what comes: all of it beside its place before any is put there."""
    directory = manager.units
    texts = {directory / one.path: one.new for one in changes if isinstance(one, Write)}
    for path in texts:
        if path.is_symlink():  # a mask, or somebody's own; it is kept as any other
            path.unlink()
    write_all_privately(texts)
    if manager.account:
        for path in texts:
            path.chmod(0o644)  # whoever they are run for has to read them; they hold no secret
    for change in changes:
        if isinstance(change, Remove):
            (directory / change.path).unlink(missing_ok=True)


def _seed(stamps: Path, wanted: Plan) -> None:
    now = utc_now()
    for name in wanted.start:
        write_stamp(stamps, name, now if name in wanted.quiet else wanted.seeds[name])


def _settle(manager: Manager, wanted: Plan) -> None:
    """Do what follows once the new state stands."""
    for name in wanted.remembered:
        # The timer has read its stamp; from here on it is the last done again.
        write_stamp(manager.stamps, name, wanted.seeds[name])
    if not wanted.gone:
        return
    # Only now: with its file gone, a service that is stopped calls no failure handler.
    manager.call("stop", *wanted.gone)
    manager.call("reset-failed", *wanted.gone)
    for unit in wanted.gone:
        write_time(stamp_of_unit(manager.stamps, unit), None)


def _put_back(manager: Manager, wanted: Plan, kept: Kept, stamps: Stamps) -> list[str]:
    """Undo as much as can be undone; give what could not."""
    if wanted.start:
        manager.call("stop", *map(timer_of, wanted.start))
    steps: list[rollback.Step] = [
        partial(keeping.put_back, kept),
        partial(_ask, manager, "daemon-reload"),
        partial(_restart_quietly, manager, wanted.stop),
        *(partial(write_time, *stamp) for stamp in stamps.items()),
        partial(keeping.drop_directories, kept),
    ]
    return rollback.undo(steps)


def _restart_quietly(manager: Manager, timers: Sequence[str]) -> None:
    for timer in timers:
        write_time(stamp_of_unit(manager.stamps, timer), utc_now())
    if timers:
        _ask(manager, "start", *timers)


def _take(manager: Manager, doing: str, step: Callable[[], object]) -> None:
    """Take a step; its failure names it and says what to do, the exit code stays its own."""
    try:
        step()
    except (FootprintError, OSError) as error:
        kind = type(error) if isinstance(error, FootprintError) else FootprintError
        message = f"the timers were not changed, for this step failed: {doing} ({error})"
        raise kind(message, hint=_advice(manager, error)) from None


def _with_state(error: FootprintError, troubles: list[str]) -> FootprintError:
    state = rollback.state_after(troubles)
    return type(error)(error.message, hint=f"{state}; {error.hint}, then run it again")


def _advice(manager: Manager, error: FootprintError | OSError) -> str:
    text = str(error)
    if isinstance(error, FootprintError) and error.hint:
        return error.hint
    if "masked" in text:
        return f"unmask the unit ({manager.typed('unmask UNIT')})"
    if any(word in text.lower() for word in ("connect", "bus", "endpoint")):
        return f"see why systemd does not answer ({manager.typed('status')})"
    journal = "sudo journalctl" if manager.account else "journalctl --user"
    return f"see what systemd says of it ({journal} --lines=20)"
