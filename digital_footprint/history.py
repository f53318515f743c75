"""Says in words what happened to a finding: one sentence for each kind of event."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """What can happen to a finding, as stored in `finding_events`."""

    FIRST_SEEN = "first_seen"
    WITNESSED = "witnessed"
    UPGRADED = "upgraded"
    DETAILS_CHANGED = "details_changed"
    WITHDRAWN = "withdrawn"
    RESURFACED = "resurfaced"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    ACCEPTED = "accepted"
    NOT_ME = "not_me"
    REOPENED = "reopened"


def sentence(event: Event, details: Mapping[str, Any]) -> str:
    """Give an event in words; every name in `details` may be missing."""
    source = details.get("source", "a source")
    match event:
        case Event.FIRST_SEEN:
            known = ", in its first answer about this identifier" if details.get("baseline") else ""
            return f"first seen by {source}{known}"
        case Event.WITNESSED:
            return f"{source} sees it too{_more(details)}"
        case Event.UPGRADED:
            return f"{source} tells more{_added(details)}{_gone(details)}{_edit(details)}"
        case Event.DETAILS_CHANGED:
            return f"{source} tells otherwise: {', '.join(details.get('changed', ()))}"
        case Event.WITHDRAWN:
            return f"no source lists it any more; {source} was the last"
        case Event.RESURFACED:
            return f"it is back: {source} sees it again"
        case Event.RESOLVED:
            return f"you resolved {_what(details)}{_reason(details)}"
        case Event.SNOOZED:
            return f"you put it off until {details.get('until')}{_reason(details)}"
        case Event.ACCEPTED:
            end = f" until {details['until']}" if details.get("until") else ""
            return f"you accepted it{end}{_reason(details)}"
        case Event.NOT_ME:
            return f"you said that it is somebody else{_reason(details)}"
        case Event.REOPENED:
            learnt = "; more is known of it than when you closed it" if _more(details) else ""
            return f"you reopened it{learnt}{_more(details)}{_reason(details)}"


def _more(details: Mapping[str, Any]) -> str:
    raised = ", which makes it more urgent" if details.get("raised") else ""
    return f"{_added(details)}{raised}"


def _added(details: Mapping[str, Any]) -> str:
    return f", new: {', '.join(details['added'])}" if details.get("added") else ""


def _gone(details: Mapping[str, Any]) -> str:
    return f", no longer: {', '.join(details['removed'])}" if details.get("removed") else ""


def _edit(details: Mapping[str, Any]) -> str:
    return f", edited on {details['modified_at'][:10]}" if details.get("modified_at") else ""


def _what(details: Mapping[str, Any]) -> str:
    return ", ".join(details["classes"]) if details.get("classes") else "it"


def _reason(details: Mapping[str, Any]) -> str:
    words = [str(details.get("reason") or "").replace("_", " "), details.get("note") or ""]
    told = ": ".join(word for word in words if word)
    return f" ({told})" if told else ""
