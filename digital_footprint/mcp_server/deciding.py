"""Decides what an assistant may say of a finding on the person's behalf: what the CLI takes too."""

from dataclasses import dataclass

from digital_footprint import findings
from digital_footprint.decisions import Because, because, day, decide
from digital_footprint.errors import UsageError
from digital_footprint.life import Accept, Deed, Disown, Reopen, Resolve, Snooze
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.answers import DecisionAnswer
from digital_footprint.mcp_server.arguments import Decision

# So that the person sees in the history whose hand it was.
THROUGH = "through the MCP server"
TAKES: dict[Decision, tuple[str, ...]] = {
    "resolve": ("reason", "data_classes"),
    "snooze": ("until",),
    "accept": ("reason", "until"),
    "not_me": (),
    "reopen": (),
}
NEEDS: dict[Decision, str] = {"resolve": "reason", "snooze": "until"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a decision comes with; None where it was left out."""

    reason: str | None = None
    until: str | None = None
    data_classes: list[str] | None = None


def set_state(home: Home, finding_id: int, decision: Decision, given: Given) -> DecisionAnswer:
    """Carry a decision out. Raises UsageError where it makes no sense; then nothing is changed."""
    _refuse_other(decision, given)
    why = because(given.reason, None) if given.reason else Because()
    note = f"{why.note}; {THROUGH}" if why.note else THROUGH
    decide(home.db, finding_id, _deed(decision, given), Because(why.means, note))
    one = findings.show_finding(home.db, finding_id)
    closed = decision != "reopen"
    until = f" until {one['until']}" if one["until"] else ""
    undo = f"footprint_set_finding_state with reopen, or: footprint finding reopen {finding_id}"
    return DecisionAnswer(
        summary=f"finding {finding_id} is {one['state']}{until}"
        + (f"; to take that back: {undo}" if closed else ""),
        finding_id=finding_id,
        state=str(one["state"]),
        until=one["until"],
        urgency=str(one["urgency"]),
        undo=undo if closed else None,
    )


def _refuse_other(decision: Decision, given: Given) -> None:
    """Refuse what a decision has no use for: whoever gave it meant something else."""
    told = {"reason": given.reason, "until": given.until, "data_classes": given.data_classes}
    for name, value in told.items():
        if value is not None and name not in TAKES[decision]:
            raise UsageError(f"{decision} takes no {name}", hint=f"leave {name} out")
    needed = NEEDS.get(decision)
    if needed and not told[needed]:
        raise UsageError(f"{decision} needs {needed}", hint=f"ask the person for {needed}")


def _deed(decision: Decision, given: Given) -> Deed:
    until = day(given.until) if given.until else None
    match decision:
        case "resolve":
            return Resolve(frozenset(given.data_classes) if given.data_classes else None)
        case "snooze":
            return Snooze(day(given.until or ""))
        case "accept":
            return Accept(until)
        case "not_me":
            return Disown()
        case "reopen":
            return Reopen()
