"""What was asked of whom and what was not: every identifier against every source."""

from datetime import timedelta
from typing import Any

from digital_footprint import consents, limits, observations, people
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import Identifier
from digital_footprint.service_line import base_url_of
from digital_footprint.sources import Profile, profiles
from digital_footprint.switches import Off, On, switch
from digital_footprint.verdicts import Reason


def list_coverage(
    db: Database, config: Config, *, person_id: int | None = None, source: str | None = None
) -> list[dict[str, Any]]:
    """Give one row per watched identifier and source, in the shape of `coverage --json`.

    `verdict` is the newest check's; None where none was made yet. A source that is off, or that
    the person did not agree to, is `skipped` with its reason, whatever it said before.
    """
    return [
        row
        for profile in profiles()
        if source is None or profile.name == source
        for row in _of_source(db, config, profile)
        if person_id is None or row["person_id"] == person_id
    ]


def list_sources(db: Database, config: Config) -> list[dict[str, Any]]:
    """Give every source with its state, wording, last answer and consents."""
    states = observations.source_states(db)
    return [_source(db, config, profile, states) for profile in profiles()]


def every(config: Config, profile: Profile) -> timedelta:
    """Give the least time between two checks of one identifier."""
    interval = timedelta(days=config.interval_days(profile.job))
    return max(interval, profile.every or interval)


def _of_source(db: Database, config: Config, profile: Profile) -> list[dict[str, Any]]:
    state = switch(db, config, profile)
    consenting = consents.consenting(db, profile)
    return [
        _row(db, identifier, profile, _skipped(state, identifier, consenting))
        for identifier in people.list_identifiers(db)
        if identifier.kind in profile.kinds
    ]


def _skipped(state: On | Off, identifier: Identifier, consenting: frozenset[int]) -> Reason | None:
    """Give why the pair would not be asked now, or None."""
    if isinstance(state, Off):
        return state.reason
    return None if identifier.person_id in consenting else Reason.NO_CONSENT


def _row(
    db: Database, identifier: Identifier, profile: Profile, skipped: Reason | None
) -> dict[str, Any]:
    newest = observations.latest(db, identifier.id, profile.name)
    if skipped is not None:
        newest |= {"verdict": "skipped", "reason": str(skipped), "note": "", "retry_at": None}
    return {
        "person_id": identifier.person_id,
        "person": identifier.person,
        "identifier": identifier.value,
        "source": profile.name,
        **newest,
    }


def _source(
    db: Database, config: Config, profile: Profile, states: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    state = switch(db, config, profile)
    known = states.get(profile.name, {})
    return {
        "name": profile.name,
        "job": profile.job,
        "every_days": every(config, profile).days,
        "state": "on" if isinstance(state, On) else "off",
        "reason": state.reason if isinstance(state, Off) else None,
        "hint": state.hint if isinstance(state, Off) else None,
        "sends": profile.sends,
        "recipient": profile.recipient,
        "base_url": base_url_of(config, profile),
        "price": profile.price,
        "terms": profile.terms,
        "before_consent": profile.before_consent,
        "limits": [one.document() for one in limits.in_force(db, config, profile)],
        "clean_means": profile.clean_means,
        "attribution": profile.attribution,
        "last_asked_at": known.get("last_asked_at"),
        "last_answered_at": known.get("last_answered_at"),
        "last_reason": known.get("last_reason"),
        "blocked_until": known.get("blocked_until"),
        "consents": consents.list_consents(db, profile),
    }
