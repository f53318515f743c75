"""Decides the shape in which findings are shown: the documents of --json."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from digital_footprint.actions import Action, actions_for
from digital_footprint.assessment import Assessment
from digital_footprint.database import Row
from digital_footprint.dossier import Dossier, Witness
from digital_footprint.history import Event, sentence
from digital_footprint.life import OPEN_STATES, State, state
from digital_footprint.severity import slug
from digital_footprint.testimony import to_columns


def listed(one: Dossier, assessment: Assessment, day: date) -> dict[str, Any]:
    """Give a finding as a list shows it."""
    witnesses = _in_order(one)
    return {
        "id": one.id,
        "person": one.person,
        "identifier": one.identifier,
        "source": witnesses[0].source,
        "witnesses": [each.source for each in witnesses],
        "kind": one.kind,
        "key": one.key,
        "title": one.facts.title,
        "tier": one.tier,
        "data_classes": list(one.facts.data_classes),
        "occurred_on": one.facts.occurred_on,
        "first_seen_at": one.first_seen_at,
        "last_seen_at": one.last_seen_at,
        "state": state(one.life, day),
        "until": one.until and one.until.isoformat(),
        "urgency": assessment.urgency,
        "claimed": assessment.confidence.word == "claimed",
        "sensitive": one.is_sensitive,
    }


def shown(one: Dossier, assessment: Assessment, events: Sequence[Row], day: date) -> dict[str, Any]:
    """Give a finding with everything that is known of it."""
    return {
        **listed(one, assessment, day),
        "details": _json(one.facts, "details"),
        "assessment": _assessment(assessment),
        "actions": [asdict(action) for action in _actions(one, day)],
        "resolutions": _resolutions(one),
        "seen_by": [_witness(each) for each in _in_order(one)],
        "events": [
            {**event, "text": sentence(Event(event["event"]), event["details"])} for event in events
        ],
    }


def summary(one: Dossier, assessment: Assessment, day: date) -> dict[str, Any]:
    """Give of a finding what stands beside its person."""
    return {
        "id": one.id,
        "title": hidden_title(one.id) if one.is_sensitive else one.facts.title,
        "tier": one.tier,
        "state": state(one.life, day),
        "urgency": assessment.urgency,
    }


def without_name(document: dict[str, Any]) -> dict[str, Any]:
    """Give a listed finding with its name hidden, where its very name is sensitive."""
    if not document["sensitive"]:
        return document
    return {**document, "title": hidden_title(document["id"]), "key": None}


def hidden_title(finding_id: int) -> str:
    """Give what stands in place of a name that is nobody else's business."""
    return f"sensitive: name hidden (finding {finding_id})"


def _in_order(one: Dossier) -> list[Witness]:
    return sorted(one.witnesses, key=lambda each: (each.first_seen, each.source))


def _assessment(assessment: Assessment) -> dict[str, Any]:
    factors = {
        name: getattr(assessment, name) for name in ("level", "freshness", "confidence", "control")
    }
    return {
        "urgency": assessment.urgency,
        **{name: {"word": one.word, "why": one.why} for name, one in factors.items()},
    }


def _actions(one: Dossier, day: date) -> tuple[Action, ...]:
    """Give what is left to be done; nothing where it is closed, but what is put off keeps it."""
    exposure = one.exposure(day)
    if exposure.state not in OPEN_STATES | {State.SNOOZED}:
        return ()
    if exposure.data_classes and not exposure.left:
        return ()
    details = one.facts.details
    return actions_for(
        one.kind,
        exposure.left,
        flags=one.facts.flags,
        description=details.description if details else "",
        region=one.region,
    )


def _resolutions(one: Dossier) -> list[dict[str, Any]]:
    """Give every class of data with how it was dealt with, or that it was not."""
    known = {each.data_class: each for each in one.resolutions}
    rows = []
    for name in one.facts.data_classes:
        done = known.get(slug(name))
        rows.append(
            {
                "data_class": name,
                "resolved_at": done and done.resolved_at,
                "reason": done and done.reason,
                "note": done.note if done else "",
            }
        )
    return rows


def _witness(one: Witness) -> dict[str, Any]:
    return {
        "source": one.source,
        "source_key": one.source_key,
        "first_seen": one.first_seen,
        "last_seen": one.last_seen,
        "missed": one.missed,
        "title": one.facts.title,
        "data_classes": list(one.facts.data_classes),
        "occurred_on": one.facts.occurred_on,
    }


def _json(facts: Any, column: str) -> Any:
    return json.loads(to_columns(facts)[column] or "null")
