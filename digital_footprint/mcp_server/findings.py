"""Decides what an assistant is told of findings, and which of it stands as outside words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from digital_footprint import findings, people
from digital_footprint.clock import day_of
from digital_footprint.life import OPEN_STATES
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.answers import (
    Advice,
    Checks,
    Datum,
    Factor,
    Finding,
    FindingAnswer,
    FindingsAnswer,
    Happened,
    Witness,
)
from digital_footprint.mcp_server.arguments import Which
from digital_footprint.mcp_server.checks import checks_of
from digital_footprint.mcp_server.untrusted import Outside, Words, name_of
from digital_footprint.text import DESCRIPTION_LIMIT

CLASSES = 600
WITNESSES = 20
EVENTS = 20
DATA = 200


def list_findings(home: Home, which: Which, person_id: int | None, limit: int) -> FindingsAnswer:
    """Give the findings in their order. Raises UsageError where there is no such person."""
    if person_id is not None:
        people.get_person(home.db, str(person_id))
    found = findings.list_findings(home.db, person_id=person_id)
    chosen = [one for one in found if which == "all" or _is_open(one) == (which == "open")]
    shown = [_finding(home.words, one) for one in chosen[:limit]]
    checks = checks_of(home, person_id)
    return FindingsAnswer(
        summary=_list_words(len(found), len(chosen), which, checks, shown),
        total=len(found),
        by_state=_counted(found, "state"),
        matching=len(chosen),
        by_urgency=_counted(chosen, "urgency"),
        checks=checks,
        findings=shown,
    )


def explain_finding(home: Home, finding_id: int) -> FindingAnswer:
    """Give one finding with everything. Raises UsageError when there is none."""
    one = findings.show_finding(home.db, finding_id)
    words, details = home.words, one["details"] or {}
    shown = _finding(words, one)
    hidden = _is_hidden(words, one)
    told_by = shown.sources
    return FindingAnswer(
        summary=_words(shown),
        finding=shown,
        description=None if hidden else _description(words, details, told_by),
        site=None if hidden else words.outside(details.get("domain"), *told_by),
        known_since=day_of(details.get("added_on")),
        accounts=details.get("accounts"),
        marks=[mark for mark in details.get("flags", ()) if name_of(mark) == mark],
        factors=_factors(words, one["assessment"], told_by),
        actions=[Advice(**action) for action in one["actions"]],
        data=[_datum(words, each, told_by) for each in one["resolutions"][:DATA]],
        witnesses=[_witness(words, each, hidden=hidden) for each in one["seen_by"][:WITNESSES]],
        events_total=len(one["events"]),
        events=[_event(words, each, told_by) for each in reversed(one["events"][-EVENTS:])],
        commands=_commands(finding_id, one["state"]),
    )


def _finding(words: Words, one: Mapping[str, Any]) -> Finding:
    sources = list(map(name_of, one["witnesses"][:WITNESSES]))
    title = None if _is_hidden(words, one) else words.outside(one["title"], *sources)
    kept = ("kind", "sensitive", "tier", "until", "claimed", "first_seen_at", "last_seen_at")
    return Finding(
        finding_id=one["id"],
        person=words.cleaned(one["person"]),
        identifier=words.identifier(one["identifier"]),
        title=title,
        urgency=str(one["urgency"]),
        state=str(one["state"]),
        data_classes=words.outside(", ".join(one["data_classes"]), *sources, limit=CLASSES),
        occurred_on=day_of(one["occurred_on"]),
        sources=sources,
        **{key: one[key] for key in kept},
    )


def _is_hidden(words: Words, one: Mapping[str, Any]) -> bool:
    """Say whether even its name is nobody else's business, and so not this program's to send."""
    return bool(one["sensitive"]) and not words.shows_addresses


def _is_open(one: Mapping[str, Any]) -> bool:
    return one["state"] in OPEN_STATES


def _counted(found: Sequence[Mapping[str, Any]], key: str) -> dict[str, int]:
    return dict(sorted(Counter(str(one[key]) for one in found).items()))


def _description(
    words: Words, details: Mapping[str, Any], told_by: Sequence[str]
) -> Outside | None:
    return words.outside(details.get("description"), *told_by, limit=DESCRIPTION_LIMIT)


def _factors(words: Words, told: Mapping[str, Any], told_by: Sequence[str]) -> list[Factor]:
    """Give the four reasons; a reason may name a kind of data as its source does."""
    return [
        Factor(name=name, word=one["word"], why=words.outside(one["why"], *told_by, limit=CLASSES))
        for name, one in told.items()
        if name != "urgency"
    ]


def _datum(words: Words, each: Mapping[str, Any], told_by: Sequence[str]) -> Datum:
    return Datum(
        data_class=words.outside(each["data_class"], *told_by),
        resolved_at=each["resolved_at"],
        reason=each["reason"],
        note=words.outside(each["note"], "person"),
    )


def _witness(words: Words, each: Mapping[str, Any], *, hidden: bool) -> Witness:
    source = name_of(each["source"])
    return Witness(
        source=source,
        title=None if hidden else words.outside(each["title"], source),
        first_seen=each["first_seen"],
        last_seen=each["last_seen"],
        missed=each["missed"],
    )


def _event(words: Words, each: Mapping[str, Any], told_by: Sequence[str]) -> Happened:
    return Happened(
        at=each["at"],
        event=each["event"],
        text=words.outside(each["text"], "person", *told_by, limit=CLASSES),
        run_id=each["run"],
    )


def _commands(finding_id: int, state: str) -> list[str]:
    """Give what the person can type; where it is closed, what takes that back."""
    if state not in OPEN_STATES:
        return [f"footprint finding reopen {finding_id}"]
    return [
        f"footprint finding resolve {finding_id} --reason WHAT_YOU_DID",
        f"footprint finding snooze {finding_id} --until YYYY-MM-DD",
        f"footprint finding accept {finding_id}",
        f"footprint finding not-me {finding_id}",
    ]


def _list_words(
    total: int, matching: int, which: Which, checks: Checks, shown: Sequence[Finding]
) -> str:
    asked = "" if which == "all" else f", {which}: {matching}"
    counted = f"Findings recorded: {total}{asked}" if total else "No findings are recorded"
    return "\n".join([f"{counted}. {checks.sentence}.", *map(_words, shown)])


def _words(one: Finding) -> str:
    until = f" until {one.until}" if one.until else ""
    claimed = ", claimed" if one.claimed else ""
    return (
        f"finding {one.finding_id}: {one.kind}, tier {one.tier}, {one.urgency}, "
        f"{one.state}{until}{claimed}, first seen {one.first_seen_at[:10]}"
    )
