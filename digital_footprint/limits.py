"""Which limits a source is held to: the service's own word, else what is assumed of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from digital_footprint.budget import key_id, learned
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.secrets import Secrets
from digital_footprint.sources import Profile

UNITS = {
    timedelta(seconds=1): "second",
    timedelta(minutes=1): "minute",
    timedelta(hours=1): "hour",
    timedelta(days=1): "day",
}


@dataclass(frozen=True, slots=True)
class InForce:
    """One limit; `told`: by the service itself."""

    requests: int
    period: timedelta
    told: bool

    def __str__(self) -> str:
        """Say it as people do: 25 an hour."""
        unit = UNITS.get(self.period)
        if unit is None:
            return f"{self.requests} in {self.period.total_seconds():g} s"
        return f"{self.requests} {'an' if unit == 'hour' else 'a'} {unit}"

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read back what `document` gave."""
        period = timedelta(seconds=document["period_seconds"])
        return cls(document["requests"], period, document["told_by_service"])

    def document(self) -> dict[str, Any]:
        """Give it as `source list --json` does."""
        return {
            "requests": self.requests,
            "period_seconds": self.period.total_seconds(),
            "told_by_service": self.told,
        }


def in_force(db: Database, config: Config, profile: Profile) -> tuple[InForce, ...]:
    """Give the limits that a run would keep to now, the shortest period first."""
    key = Secrets(config.paths).get(profile.secret) if profile.secret else None
    told = learned(db, service=profile.service, key_id=key_id(key))
    assumed = {period: count for count, period in profile.limits}
    return tuple(
        InForce(count, period, period in told)
        for period, count in sorted({**assumed, **told}.items())
    )
