"""The stand-ins that the demo asks, each with what it knows of the household."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from digital_footprint.demo import household
from digital_footprint.demo.ahmia import AhmiaStandIn
from digital_footprint.demo.hibp import HibpStandIn
from digital_footprint.demo.hudsonrock import HudsonRockStandIn
from digital_footprint.demo.service import StandIn
from digital_footprint.demo.xposedornot import XposedOrNotStandIn


@dataclass(frozen=True, slots=True)
class Services:
    """All stand-ins."""

    hibp: HibpStandIn
    xposedornot: XposedOrNotStandIn
    hudsonrock: HudsonRockStandIn
    ahmia: AhmiaStandIn

    def base_urls(self) -> dict[str, str]:
        """Give by section of config.toml where each is asked."""
        return {section: service.base_url for section, service in self._by_section().items()}

    def accounts_asked(self) -> dict[str, list[str]]:
        """Give by service the addresses it was asked about, sorted."""
        return {
            name: sorted(service.accounts_asked()) for name, service in self._by_section().items()
        }

    def _by_section(self) -> Mapping[str, StandIn]:
        return {
            "hibp": self.hibp,
            "xposedornot": self.xposedornot,
            "hudsonrock": self.hudsonrock,
            "ahmia": self.ahmia,
        }


@contextmanager
def services() -> Iterator[Services]:
    """Serve until the end of the block."""
    accounts = {account: list(names) for account, names in household.ACCOUNTS.items()}
    everybody = frozenset(email for one in household.HOUSEHOLD for email in one.emails)
    with (
        HibpStandIn(
            accounts=accounts,
            catalogue=household.catalogue(),
            broken=household.BROKEN,
            pastes=dict(household.PASTES),
        ) as hibp,
        XposedOrNotStandIn(
            breaches=household.XPOSEDORNOT, shielded=household.SHIELDED, household=everybody
        ) as xposedornot,
        HudsonRockStandIn(infections=household.HUDSONROCK, household=everybody) as hudsonrock,
        AhmiaStandIn(pages=household.ONIONS) as ahmia,
    ):
        yield Services(hibp, xposedornot, hudsonrock, ahmia)
