"""What asking about the household takes: look-ups, time at the present limits, runs, price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digital_footprint import consents, limits, pace, people
from digital_footprint.budget import LONGEST_WAIT
from digital_footprint.config import Config
from digital_footprint.coverage import every
from digital_footprint.database import Database
from digital_footprint.model import Identifier
from digital_footprint.scheduler.jobs import seconds_for
from digital_footprint.sources import Profile, profiles
from digital_footprint.switches import On, switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One source. `asked`: identifiers to ask about; `per_run`: as many of them as one run reaches.

    `takes` is the least that the limits allow for one run; `runs` until everybody was asked once.
    All three, and `requests`, mean nothing for a source without limits: it paces itself.
    """

    profile: Profile
    on: bool
    asked: int
    without_consent: int
    limits: tuple[limits.InForce, ...]
    requests: int
    takes: timedelta
    per_run: int
    runs: int
    every: timedelta
    allowed: timedelta

    @property
    def days(self) -> int:
        """Days from the first of these runs to the last."""
        return (self.runs - 1) * self.every.days if self.runs else 0

    @property
    def plan(self) -> str | None:
        """Say which of the service's paid plans reaches for everybody in one run; None: none."""
        if self.profile.secret is None:
            return None
        (smallest, period), *_ = self.profile.limits
        needed = pace.least_rate(self.profile.overhead + self.asked, period, self.allowed)
        if needed <= smallest:
            return f"the smallest is enough ({smallest} requests a minute)"
        return f"one with at least {needed} requests a minute"

    def document(self) -> dict[str, Any]:
        """Give it as `source plan --json` does."""
        return {
            "name": self.profile.name,
            "job": self.profile.job,
            "state": "on" if self.on else "off",
            "identifiers": self.asked,
            "without_consent": self.without_consent,
            "limits": [one.document() for one in self.limits],
            "every_days": self.every.days,
            **self._reckoning(),
            "price": self.profile.price,
            "needs_key": self.profile.secret is not None,
            "plan": self.plan,
        }

    def _reckoning(self) -> dict[str, Any]:
        reckoning = {
            "requests_per_run": self.requests,
            "seconds_per_run": self.takes.total_seconds(),
            "identifiers_per_run": self.per_run,
            "fits_one_run": self.per_run >= self.asked,
            "runs": self.runs,
            "days": self.days,
        }
        return reckoning if self.limits else dict.fromkeys(reckoning)


def forecasts(db: Database, config: Config, *, also_off: bool = False) -> list[Forecast]:
    """Give one for every source that is on; for others too, as if everybody agreed to them."""
    identifiers = people.list_identifiers(db)
    return [
        _of_source(db, config, profile, identifiers, on=on)
        for profile in profiles()
        if (on := isinstance(switch(db, config, profile), On)) or also_off
    ]


def _of_source(
    db: Database, config: Config, profile: Profile, identifiers: Sequence[Identifier], *, on: bool
) -> Forecast:
    mine = [one for one in identifiers if one.kind in profile.kinds]
    consenting = consents.consenting(db, profile)
    asked = len([one for one in mine if one.person_id in consenting or not on])
    allowed = timedelta(seconds=seconds_for(config, profile.job))
    in_force = limits.in_force(db, config, profile)
    wanted = profile.overhead + asked if asked else 0
    times = pace.departures(wanted, {one.period: one.requests for one in in_force})
    requests = pace.going_out(times, patience=LONGEST_WAIT, until=allowed)
    per_run = max(requests - profile.overhead, 0)
    return Forecast(
        profile=profile,
        on=on,
        asked=asked,
        without_consent=len(mine) - asked,
        limits=in_force,
        requests=requests,
        takes=times[requests - 1] if requests else timedelta(),
        per_run=per_run,
        runs=-(-asked // per_run) if per_run else 0,
        every=every(config, profile),
        allowed=allowed,
    )
