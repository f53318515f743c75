"""What people read of a source: at a glance, in full, before they agree, and what it takes."""

from collections.abc import Sequence
from typing import Any

from digital_footprint.forecast import Forecast
from digital_footprint.limits import InForce
from digital_footprint.output import Table, when
from digital_footprint.sources import Profile

NAMES_SHOWN = 3
CAUTION = (
    "Times are the least that the limits allow: answers and repeated requests come on top,\n"
    "and jobs that share a key share its limit. Prices are from 2026: the service's own page\n"
    "has today's."
)
Text = tuple[str | Table, ...]


def at_a_glance(documents: Sequence[dict[str, Any]]) -> Text:
    """Give a line for each source."""
    rows = [
        (
            one["name"],
            one["job"],
            _state(one),
            when(one["last_answered_at"]) or "never",
            _agreed(one["consents"]),
        )
        for one in documents
    ]
    return (
        Table(("source", "job", "state", "last answer", "agreed"), rows, ""),
        "What is sent to whom, price and terms: footprint source show NAME",
        *(
            ("A broker, by saving a listing there; to end it: footprint removal remove ID",)
            if any(one["name"].startswith("broker:") for one in documents)
            else ()
        ),
        "What asking about your household takes: footprint source plan --all",
    )


def in_full(documents: Sequence[dict[str, Any]]) -> Text:
    """Give all of what is told of each source."""
    return tuple(part for one in documents for part in _in_full(one))


def before_consent(profile: Profile) -> tuple[str, ...]:
    """Give what somebody has to know before they agree."""
    return (
        f"{profile.name} sends {profile.sends}",
        f"  to {profile.recipient}",
        f"  price: {profile.price}; terms: {profile.terms}",
        *([f"  know this: {profile.before_consent}"] if profile.before_consent else ()),
    )


def of_plan(reckoned: Sequence[Forecast]) -> Text:
    """Give a line for each source, and then what a line has no room for."""
    headings = ("source", "state", "asked about", "requests a run", "limit", "takes", "all asked")
    rows = [
        (
            one.profile.name,
            "on" if one.on else "off",
            one.asked,
            one.requests if one.limits else "",
            ", ".join(map(str, one.limits)) or "its own pace",
            _lasting(one),
            _runs(one),
        )
        for one in reckoned
    ]
    empty = "No source is on. What each would take: footprint source plan --all"
    return (Table(headings, rows, empty), *_notes(reckoned))


def _notes(reckoned: Sequence[Forecast]) -> list[str]:
    """Say what is true of several sources once."""
    facts = [(one, f"price: {one.profile.price}") for one in reckoned]
    facts += [(one, f"plan needed: {one.plan}") for one in reckoned if one.plan]
    facts += [
        (one, f"not asked about, for want of consent: {one.without_consent}")
        for one in reckoned
        if one.without_consent
    ]
    said: dict[str, list[str]] = {}
    for one, fact in facts:
        said.setdefault(fact, []).append(one.profile.name)
    notes = [f"{fact} ({', '.join(names)})" for fact, names in said.items()]
    return [*notes, CAUTION] if notes else []


def _lasting(one: Forecast) -> str:
    """Say how long one run is; what paces itself is not reckoned."""
    if not one.limits:
        return ""
    seconds = int(one.takes.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    return f"{-(-seconds // 60)} min"


def _runs(one: Forecast) -> str:
    if not one.limits:
        return "minutes for each"
    if not one.asked:
        return "nobody to ask about"
    if not one.runs:
        return "never: the limit is used up before"
    return "in one run" if one.runs == 1 else f"after {one.runs} runs, {one.days} days"


def _state(one: dict[str, Any]) -> str:
    return "on" if one["state"] == "on" else f"off ({one['reason']})"


def _agreed(consents: Sequence[dict[str, Any]]) -> str:
    names = [each["person"] for each in consents if each["basis"]]
    if not names:
        return "nobody"
    if len(names) == len(consents):
        return f"all {len(names)}" if len(names) > 1 else names[0]
    return ", ".join(names) if len(names) <= NAMES_SHOWN else f"{len(names)} of {len(consents)}"


def _in_full(one: dict[str, Any]) -> list[str | Table]:
    hint = "" if one["state"] == "on" else f": {one['hint']}"
    failed = f"; last failure: {one['last_reason']}" if one["last_reason"] else ""
    asked_at = f", asked at {one['base_url']}" if one["base_url"] else ""
    lines = [
        f"{one['name']}: {_state(one)}{hint}",
        f"  for         {one['job']}, at most every {_days(one['every_days'])}",
        f"  sends       {one['sends']}",
        f"  to          {one['recipient']}{asked_at}",
        f"  price       {one['price']}",
        f"  terms       {one['terms']}",
        *([f"  know this   {one['before_consent']}"] if one["before_consent"] else ()),
        f"  limit       {_limits(one['limits'])}",
        f"  clean means {one['clean_means']}",
        f"  last answer {one['last_answered_at'] or 'never'}{failed}",
    ]
    consents = [
        (each["person"], each["basis"] or "none: nothing of theirs is sent")
        for each in one["consents"]
    ]
    return [*lines, Table(("person", "consent"), consents, "  nobody is registered")]


def _limits(documents: Sequence[dict[str, Any]]) -> str:
    shown = [
        f"{InForce.of(each)}{' (its own word)' if each['told_by_service'] else ''}"
        for each in documents
    ]
    return ", ".join(shown) or "its own pace: a program of its own sends"


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"
