"""Decides what a message says: numbers and a command to run, or names too where people agreed.

No word of a message is markup anywhere: what came from outside keeps its letters and digits.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from digital_footprint.alerts import notices
from digital_footprint.alerts.items import (
    FINDING_EVENTS,
    REMOVAL_EVENTS,
    Item,
    Totals,
)
from digital_footprint.alerts.outbox import Event
from digital_footprint.alerts.sending import Letter
from digital_footprint.text import plain

NAMED_AT_MOST = 10
TITLE_LIMIT = 60
# What titles and names are made of; all else might be a link, a mention or markup to somebody.
HARMLESS = frozenset(" .,'&+-")
PROGRAM = "Footprint"

AGAIN = "This may have reached you before: nobody knows how sending it ended."
DRILL = "This is a drill: alerts reach you here. Nothing was found, and nothing is to be done."
NEW_CHANNEL = "From now on this channel is told what changes."

FINDING_PHRASES = {
    Event.NEW: ("new finding", "new findings"),
    Event.BASELINE: ("finding in a first answer", "findings in first answers"),
    Event.RESURFACED: ("finding is back", "findings are back"),
    Event.UPGRADED: ("finding is graver than it was", "findings are graver than they were"),
}
REMOVAL_PHRASES = {
    Event.REMOVED: ("listing is gone for sure", "listings are gone for sure"),
    Event.LISTED_AGAIN: ("listing is back", "listings are back"),
}
NOTICES = frozenset({Event.LATE, Event.FAILING, Event.NOT_STARTED, Event.BLIND})
COMMANDS = {
    **dict.fromkeys(FINDING_EVENTS, "footprint findings"),
    Event.OPEN: "footprint findings",
    **dict.fromkeys(REMOVAL_EVENTS, "footprint removal list"),
    Event.REPORT: "footprint report",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is told: `named`, the persons who agreed; `again`, whether it may have arrived."""

    named: Collection[int] = ()
    again: bool = False


def compose(items: Sequence[Item], totals: Totals, manner: Manner) -> Letter:
    """Give the message that tells of these items, of which there is at least one."""
    if all(one.event is Event.DRILL for one in items):
        return Letter(f"{PROGRAM}: a drill", DRILL)
    phrases = _phrases(items, totals)
    lines = [f"{_sentence(phrases)}{_of_all(items, totals)}", *_names(items, manner.named)]
    if any(one.event is Event.OPEN for one in items):
        lines.append(NEW_CHANNEL)
    commands = dict.fromkeys(map(_command, items))
    lines.append(f"See: {'; '.join(commands)}")
    # Where a phone shows one line alone, it has to be what is told.
    lines += [AGAIN] if manner.again else []
    return Letter(f"{PROGRAM}: {phrases[0]}", "\n".join(lines))


def harmless(text: str) -> str:
    """Give the letters and digits of what came from outside, on one line."""
    kept = "".join(one if one.isalnum() or one in HARMLESS else " " for one in plain(text))
    return plain(kept, limit=TITLE_LIMIT)


def names_of(items: Sequence[Item], named: Collection[int]) -> frozenset[int]:
    """Give the persons whom a message names."""
    return frozenset(
        one.person_id for one in items if one.person_id is not None and _may_be_named(one, named)
    )


def _phrases(items: Sequence[Item], totals: Totals) -> list[str]:
    """Say what there is, each in a few words, the findings first."""
    counts = Counter(one.event for one in items)
    said = [_count(counts[event], FINDING_PHRASES[event]) for event in FINDING_PHRASES]
    if counts[Event.OPEN]:
        all_of_them = _count(totals.all, ("finding", "findings"))
        said.append(f"{totals.open} open of {all_of_them}" if all_of_them else "no finding yet")
    said = [phrase for phrase in said if phrase]
    if said:
        said += _urgent(items, totals)
    said += [_count(counts[event], REMOVAL_PHRASES[event]) for event in REMOVAL_PHRASES]
    said += [_notice(one)[0] for one in items if one.event in NOTICES]
    said += ["a new report"] if counts[Event.REPORT] else []
    return [phrase for phrase in said if phrase]


def _notice(one: Item) -> tuple[str, str]:
    """Give what is wrong with the watcher, in names of its own, and the command that shows it."""
    return notices.words(one.event, one.thing, one.episode)


def _command(one: Item) -> str:
    return _notice(one)[1] if one.event in NOTICES else COMMANDS[one.event]


def _urgent(items: Sequence[Item], totals: Totals) -> list[str]:
    """Say how much of it cannot wait."""
    if any(one.event is Event.OPEN for one in items):
        urgent, logs = totals.urgent, totals.stealer_logs
    else:
        found = [one for one in items if one.event in FINDING_EVENTS]
        urgent = sum(one.is_urgent for one in found)
        logs = sum(one.stealer_log for one in found)
    if not urgent:
        return []
    which = _count(logs, ("stealer log", "stealer logs"))
    return [f"{urgent} to act on today{f' ({which})' if which else ''}"]


def _of_all(items: Sequence[Item], totals: Totals) -> str:
    if not any(one.event in FINDING_EVENTS for one in items):
        return ""
    return f" {totals.open} open of {totals.all}."


def _names(items: Sequence[Item], named: Collection[int]) -> list[str]:
    """Name what may be named, the most urgent first; of a crowd only the first."""
    lines = [_line(one) for one in items if _may_be_named(one, named)]
    more = len(lines) - NAMED_AT_MOST
    return lines[:NAMED_AT_MOST] + ([f"and {more} more"] if more > 0 else [])


def _may_be_named(one: Item, named: Collection[int]) -> bool:
    return one.person_id in named and bool(one.title) and not one.sensitive


def _line(one: Item) -> str:
    person, title = harmless(one.person), harmless(one.title)
    if one.removal is not None:
        how = "gone for sure" if one.event is Event.REMOVED else "listed again"
        return f"{person}: {title}, {how} (footprint removal show {one.removal})"
    act = ", act today" if one.is_urgent else ""
    return f"{person}: {title} ({harmless(one.kind)}{act}) (footprint finding show {one.finding})"


def _count(number: int, words: tuple[str, str]) -> str:
    """Give a number with its noun, or nothing of nothing."""
    return f"{number} {words[number != 1]}" if number else ""


def _sentence(phrases: Sequence[str]) -> str:
    text = ", ".join(phrases)
    # The name of a job is written as it is.
    is_name = "_" in text.partition(" ")[0]
    return f"{text}." if is_name else f"{text[:1].upper()}{text[1:]}."
