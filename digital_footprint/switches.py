"""Decides whether a source is on: by the file, by its key, and by whether it ever answered."""

from dataclasses import dataclass

from digital_footprint import observations
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.secrets import Secrets
from digital_footprint.sources import Profile
from digital_footprint.verdicts import Reason


@dataclass(frozen=True, slots=True)
class On:
    """Its checks are made; without its key they are inconclusive(not_configured)."""


@dataclass(frozen=True, slots=True)
class Off:
    """No check is made. `hint`: the command that turns it on."""

    reason: Reason
    hint: str


def switch(db: Database, config: Config, profile: Profile) -> On | Off:
    """Say whether a source is on.

    A source that ever answered stays on until `source disable`: a key that got lost must show
    as checks without an answer, not as checks that nobody expects.
    """
    enabled = config.source(profile.section).enabled
    if enabled is None and config.source(profile.service).enabled is False:
        enabled = False
    turn_on = f"footprint source enable {profile.name}"
    if enabled is False:
        return Off(Reason.NO_CONSENT, turn_on)
    if enabled:
        return On()
    if profile.secret is None:
        return Off(Reason.NO_CONSENT, turn_on)
    answered = observations.source_states(db).get(profile.name, {}).get("last_answered_at")
    if answered or Secrets(config.paths).get(profile.secret):
        return On()
    return Off(Reason.NOT_CONFIGURED, f"footprint secret set {profile.secret}")


def turn_on(db: Database, config: Config, profile: Profile) -> str:
    """Say how to turn on a source that is off."""
    state = switch(db, config, profile)
    if isinstance(state, On):
        return f"{profile.name} is on"
    where = f" (a key: {profile.key_from})" if state.reason is Reason.NOT_CONFIGURED else ""
    return f"{profile.name} is off; turn it on with: {state.hint}{where}"
