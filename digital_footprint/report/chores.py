"""Decides what is to be done about listings, and about the watcher itself."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from digital_footprint.assessment import Urgency
from digital_footprint.legal_clock import legal_clock
from digital_footprint.removal_dates import IN_A_ROW, trailing_unsure
from digital_footprint.removal_events import Law
from digital_footprint.removal_log import Removal
from digital_footprint.removal_states import (
    Blocked,
    DeadEnd,
    Escalated,
    Failed,
    MatchFound,
    NotMe,
    Resurfaced,
    request_of,
)
from digital_footprint.report.cases import Case
from digital_footprint.report.coverage import Asking
from digital_footprint.report.exposures import removal_subject
from digital_footprint.report.facts import Coverage, JobCard, Subject, Task
from digital_footprint.report.scope import Scope, counted, local_day
from digital_footprint.sources import profiles

CHORES = Path(__file__).parent / "chores.toml"
SUBJECTS = 5
COMMANDS_FOR = 2
TROUBLED = ("never", "late", "failing")
REFUSED = ("unauthorised", "not_configured")


def of_listings(scope: Scope, case: Case) -> Iterator[Task]:
    """Give what one person's listings ask for, one task for all that ask for the same."""
    for chore in ("ask", "overdue", "look"):
        mine = [one for one in case.removals if chore_of(scope, one) == chore]
        if mine:
            yield _task(
                chore,
                person=case.name,
                why=tuple(_why(chore, one) for one in mine[:SUBJECTS]),
                subjects=[removal_subject(scope, one) for one in mine],
                times=len(mine),
                commands=[each for one in mine[:COMMANDS_FOR] for each in _commands(chore, one)],
            )


def chore_of(scope: Scope, one: Removal) -> str | None:
    """Give what a listing asks of its person now, or None."""
    state = one.state
    if isinstance(state, NotMe | DeadEnd | Escalated):
        return None
    if isinstance(state, Blocked) or len(trailing_unsure(one.history)) >= IN_A_ROW:
        return "look"
    if isinstance(state, MatchFound | Resurfaced):
        return "ask"
    asked = request_of(state)
    clock = legal_clock(asked)
    over = clock is not None and clock.overdue(scope.today)
    if asked is not None and (over or isinstance(state, Failed)):
        # A request through DROP went to no broker: there is nothing to remind of.
        return "ask" if asked.law is Law.DROP else "overdue"
    return None


def of_the_watcher(
    asking: Asking, coverage: Coverage, jobs: Sequence[JobCard], people: int
) -> Iterator[Task]:
    """Give what keeps the watch from seeing anything, or some of it."""
    if not people:
        yield _task("nobody")
        return
    if not coverage.checks:
        yield _task("silent")
    elif not asking.ever_asked:
        yield _task("unchecked")
    yield from _keys(coverage)
    troubled = [one for one in jobs if one.state in TROUBLED]
    if troubled and asking.ever_asked:
        yield _task(
            "jobs",
            why=tuple(f"{one.name}: {_trouble(one)}" for one in troubled),
            subjects=[_subject("job", one.name) for one in troubled],
        )


def _keys(coverage: Coverage) -> Iterator[Task]:
    """Give one task for each key: several sources may share one."""
    refused = {
        one.name: sum(count for reason, count in one.reasons if reason in REFUSED)
        for one in coverage.sources
        if one.state == "on"
    }
    secrets = dict.fromkeys(
        one.secret for one in profiles() if one.secret and refused.get(one.name)
    )
    for secret in secrets:
        names = [one.name for one in profiles() if one.secret == secret and refused.get(one.name)]
        yield _task(
            "key",
            why=tuple(f"{name}: {counted(refused[name], 'check')} refused" for name in names),
            subjects=[_subject("source", name) for name in names],
            commands=[f"footprint secret set {secret}"],
        )


def _task(
    chore: str,
    *,
    person: str | None = None,
    why: tuple[str, ...] = (),
    subjects: Sequence[Subject] = (),
    times: int = 1,
    commands: Sequence[str] = (),
) -> Task:
    words = _chores()[chore]
    return Task(
        urgency=str(Urgency(words["urgency"])),
        title=words["title"],
        person=person,
        about=words["about"],
        why=why,
        subjects=tuple(subjects[:SUBJECTS]),
        more=max(len(subjects) - SUBJECTS, 0),
        steps=tuple(words["steps"]),
        minutes=words["minutes"] * times,
        done_when=words["done_when"],
        commands=tuple(commands) or tuple(words.get("commands", ())),
    )


def _why(chore: str, one: Removal) -> str:
    clock = legal_clock(request_of(one.state))
    match chore:
        case "ask" if isinstance(one.state, Resurfaced):
            return f"removal {one.id}: it was gone, and stands there again"
        case "ask":
            return f"removal {one.id}: no request is open"
        case "overdue" if clock is not None:
            return f"removal {one.id}: the law gave them until {clock.due_on}"
        case "overdue":
            return f"removal {one.id}: it still stands there after the broker's own time"
        case _:
            unsure = len(trailing_unsure(one.history))
            return f"removal {one.id}: {counted(unsure, 'look')} in a row told nothing"


def _commands(chore: str, one: Removal) -> list[str]:
    draft, mark = f"footprint removal draft {one.id}", f"footprint removal mark {one.id}"
    match chore:
        case "ask":
            return [draft, f"{mark} requested"]
        case "overdue":
            return [f"{draft} --kind follow-up", f"{mark} escalated"]
        case _:
            return [f"footprint removal show {one.id}", f"{mark} listed", f"{mark} not-listed"]


def _subject(kind: str, name: str) -> Subject:
    return Subject(kind=kind, id=None, title=name, identifier=None, site=None)


def _trouble(one: JobCard) -> str:
    match one.state:
        case "never":
            return "it never ran"
        case "late":
            return f"it is late; last done {local_day(one.last_done_at) or 'never'}"
        case _:
            return f"its last run ended as {one.last_status}"


@cache
def _chores() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(CHORES.read_text(encoding="utf-8"))
