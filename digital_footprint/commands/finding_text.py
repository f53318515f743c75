"""Decides how one finding reads on a terminal: why it is urgent, what to do, what happened."""

from typing import Any

from digital_footprint.life import OPEN_STATES, State
from digital_footprint.output import Table, when
from digital_footprint.sources import Profile, profiles

TIERS = {
    0: "0 stealer log",
    1: "1 critical",
    2: "2 sensitive",
    3: "3 contact",
    4: "4 profile",
}


def finding_text(one: dict[str, Any]) -> tuple[str | Table, ...]:
    """Give the parts in which `finding show` prints a document of `show_finding`."""
    details = one["details"] or {}
    story = (details["description"],) if details.get("description") else ()
    return (
        f"{one['kind']} {one['id']}: {one['title']}{' (claimed)' if one['claimed'] else ''}",
        *_facts(one, details),
        *story,
        "",
        *_factors(one["assessment"]),
        *_to_do(one),
        *_dealt_with(one),
        "",
        _events(one),
        *attributions(set(one["witnesses"])),
    )


def state_words(one: dict[str, Any]) -> str:
    """Give a finding's state as a person reads it, with the day it ends where it does."""
    words = str(one["state"]).replace("_", " ")
    if one["until"] is None:
        return words
    if one["state"] in (State.SNOOZED, State.ACCEPTED):
        return f"{words} until {one['until']}"
    return f"{words} again, because {one['until']} is over"


def outcome(one: dict[str, Any]) -> str:
    """Give in one sentence how a finding stands after the person spoke of it."""
    if one["state"] == State.NOT_ME:
        return f"finding {one['id']} is somebody else's: it will not be mentioned again"
    return f"finding {one['id']} is {state_words(one)}"


def attributions(names: set[str]) -> list[str]:
    """Give the sentences by which sources want to be named."""
    return list(dict.fromkeys(one.attribution for one in of_names(names)))


def of_names(names: set[str]) -> list[Profile]:
    """Give what is told of the sources of these names."""
    return [profile for profile in profiles() if profile.name in names]


def _facts(one: dict[str, Any], details: dict[str, Any]) -> list[str]:
    facts = [
        ("tier", TIERS[one["tier"]]),
        ("person", one["person"]),
        ("identifier", one["identifier"]),
        ("occurred on", one["occurred_on"]),
        ("known since", details.get("added_on")),
        ("first seen", one["first_seen_at"]),
        ("last seen", one["last_seen_at"]),
        ("state", f"{state_words(one)}{_since(one)}"),
        ("data", ", ".join(one["data_classes"]) or "not known yet"),
        ("site", details.get("domain")),
        ("accounts", details.get("accounts")),
        ("marks", ", ".join(details.get("flags", ()))),
        ("seen by", "; ".join(map(_seen, one["seen_by"]))),
    ]
    return [f"{label:<12} {value}" for label, value in facts if value not in (None, "")]


def _since(one: dict[str, Any]) -> str:
    """Give the day of the newest event that brought this very state; none where time did."""
    if one["until"] and one["state"] in OPEN_STATES:
        return ""
    days = [each["at"] for each in one["events"] if each["details"].get("state") == one["state"]]
    return f", since {days[-1][:10]}" if days else ""


def _seen(witness: dict[str, Any]) -> str:
    missed = f", not in its last {witness['missed']} answers" if witness["missed"] else ""
    return f"{witness['source']} ({witness['last_seen'][:10]}{missed})"


def _factors(assessment: dict[str, Any]) -> list[str]:
    names = ("level", "freshness", "confidence", "control")
    return [
        f"{'urgency':<12} {assessment['urgency']}, because of",
        *(f"  {name:<12} {assessment[name]['word']}: {assessment[name]['why']}" for name in names),
    ]


def _to_do(one: dict[str, Any]) -> list[str]:
    if not one["actions"]:
        return []
    lines = ["", "what to do"]
    for number, action in enumerate(one["actions"], start=1):
        lines += [
            f"{number}. {action['title']} ({_minutes(action['minutes'])})",
            f"   {action['about']}",
            *(f"   - {step}" for step in action["steps"]),
            f"   done when: {action['done_when']}",
            f"   ends: {action['decays_when']}",
        ]
    return [*lines, f"then tell: footprint finding resolve {one['id']} --reason WHAT_YOU_DID"]


def _minutes(count: int) -> str:
    return f"about {count} minutes" if count else "no time at all"


def _dealt_with(one: dict[str, Any]) -> list[str | Table]:
    """Give what became of each kind of data, once something became of one."""
    if not any(each["resolved_at"] for each in one["resolutions"]):
        return []
    rows = [
        (each["data_class"], when(each["resolved_at"]) or "open", _how(each))
        for each in one["resolutions"]
    ]
    return ["", Table(("kind of data", "dealt with", "how"), rows, "")]


def _how(resolution: dict[str, Any]) -> str:
    words = [(resolution["reason"] or "").replace("_", " "), resolution["note"]]
    return ": ".join(word for word in words if word)


def _events(one: dict[str, Any]) -> Table:
    rows = [
        (
            when(event["at"]),
            event["text"],
            str(event["details"].get("state", "")).replace("_", " "),
            event["run"],
        )
        for event in one["events"]
    ]
    return Table(("when", "what happened", "state", "run"), rows, "")
