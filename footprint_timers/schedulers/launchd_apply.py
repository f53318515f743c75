"""Carries a plan out with launchd; when a step fails, everything is put back as it was.

enable, bootout, wait until it is gone, write, bootstrap, print: bootout returns before its service
has gone, bootstrap refuses what is still there, and neither says so in words.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from digital_footprint.clock import Clock
from digital_footprint.errors import FootprintError, TemporaryError
from digital_footprint.files import make_directory, write_privately
from footprint_timers import rollback
from footprint_timers.agents import STOP_SECONDS, file_of, label_of
from footprint_timers.launchctl import ABSENT, IN_PROGRESS, Launchctl, refusal
from footprint_timers.model import Change, Keep, Remove, Write
from footprint_timers.schedulers.launchd import Plan

PATIENCE = timedelta(seconds=STOP_SECONDS + 15)
BETWEEN_LOOKS = 0.5
# launchd refuses what others may write; a daemon's file is read by everybody.
DAEMON_MODE = 0o644


def apply(ctl: Launchctl, clock: Clock, units: Path, wanted: Plan) -> None:
    """Carry a plan out.

    Raises FootprintError naming what was refused, TemporaryError while a job of it is running.
    """
    if wanted.is_empty:
        return
    if wanted.busy:
        raise TemporaryError(
            f"{', '.join(wanted.busy)} is running, and launchd would end it; nothing was changed",
            hint="run it again once it has ended: footprint-timers status",
        )
    done = _Done()
    try:
        _carry_out(ctl, clock, units, wanted, done)
    except BaseException as error:
        troubles = _put_back(ctl, clock, units, wanted, done)
        if not isinstance(error, (FootprintError, OSError)):
            raise
        raise _told(error, troubles) from None


@dataclass(frozen=True, slots=True)
class _Done:
    """How far it has come: what has left or is leaving, what may be loaded by now."""

    left: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)


def _carry_out(ctl: Launchctl, clock: Clock, units: Path, wanted: Plan, done: _Done) -> None:
    """Take every step, and note how far it has come."""
    for name in dict.fromkeys((*wanted.off, *wanted.load)):
        _enable(ctl, name)
    for domain, name in wanted.out:
        target = f"{domain}/{label_of(name)}"
        _ask_out(ctl, target)
        done.left.append(name)
        _await_end(ctl, clock, target)
    for change in wanted.changes:
        _apply_change(ctl, units, change)
    for name in wanted.load:
        done.begun.append(name)
        _bootstrap(ctl, ctl.domain, units, name)


def _enable(ctl: Launchctl, name: str) -> None:
    """Clear the mark of an earlier `launchctl disable`, which bootstrap only calls error 5."""
    target = ctl.target(label_of(name))
    ctl.require("enable", target, target)


def _ask_out(ctl: Launchctl, target: str) -> None:
    answer = ctl.call("bootout", target)
    if answer.code not in {0, *ABSENT, *IN_PROGRESS}:
        raise refusal(answer, "bootout", target, "")


def _await_end(ctl: Launchctl, clock: Clock, target: str) -> None:
    deadline = clock.now() + PATIENCE
    while ctl.call("print", target).code == 0:
        if clock.now() >= deadline:
            raise TemporaryError(
                f"launchd has not let go of {target} within {PATIENCE.seconds} seconds",
                hint="run it again in a minute",
            )
        clock.sleep(BETWEEN_LOOKS)


def _bootstrap(ctl: Launchctl, domain: str, units: Path, name: str) -> None:
    path, target = str(units / file_of(name)), f"{domain}/{label_of(name)}"
    ctl.require("bootstrap", target, domain, path, file=path)
    ctl.require("print", target, target)


def _apply_change(ctl: Launchctl, units: Path, change: Change) -> None:
    match change:
        case Write(path, _, new):
            _write(ctl, units / path, new)
        case Remove(path, _):
            (units / path).unlink(missing_ok=True)
        case Keep():
            pass


def _write(ctl: Launchctl, path: Path, text: str) -> None:
    make_directory(path.parent)
    write_privately(path, text)
    if ctl.domain == "system":
        path.chmod(DAEMON_MODE)


def _put_back(ctl: Launchctl, clock: Clock, units: Path, wanted: Plan, done: _Done) -> list[str]:
    """Undo as much as can be undone; give what could not."""
    steps: list[rollback.Step] = [
        *(partial(_unload, ctl, clock, name) for name in done.begun),
        *(partial(_undo_change, ctl, units, change) for change in wanted.changes),
        *(
            partial(_load_again, ctl, clock, domain, units, name)
            for domain, name in wanted.out
            if name in done.left
        ),
        *(partial(_disable, ctl, name) for name in wanted.off),
    ]
    return rollback.undo(steps)


def _unload(ctl: Launchctl, clock: Clock, name: str) -> None:
    target = ctl.target(label_of(name))
    if ctl.call("print", target).code == 0:
        _ask_out(ctl, target)
        _await_end(ctl, clock, target)


def _undo_change(ctl: Launchctl, units: Path, change: Change) -> None:
    match change:
        case Write(path, None, _):
            (units / path).unlink(missing_ok=True)
        case Write(path, str(old), _) | Remove(path, old):
            _write(ctl, units / path, old)
        case Keep():
            pass


def _load_again(ctl: Launchctl, clock: Clock, domain: str, units: Path, name: str) -> None:
    """Load what was loaded before; what had no file cannot come back, and should not have been.

    What is still leaving is waited for: it would be gone a moment after it was taken for loaded.
    """
    _await_end(ctl, clock, f"{domain}/{label_of(name)}")
    if not (units / file_of(name)).exists():
        return
    was_off = label_of(name) in ctl.disabled()  # though it was loaded; so it is refused
    if was_off:
        _enable(ctl, name)
    _bootstrap(ctl, domain, units, name)
    if was_off:
        _disable(ctl, name)


def _disable(ctl: Launchctl, name: str) -> None:
    target = ctl.target(label_of(name))
    ctl.require("disable", target, target)


def _told(error: FootprintError | OSError, troubles: list[str]) -> FootprintError:
    kind = type(error) if isinstance(error, FootprintError) else FootprintError
    state = rollback.state_after(troubles)
    advice = error.hint if isinstance(error, FootprintError) else ""
    return kind(f"the timers were not changed: {error} ({state})", hint=advice or "run it again")
