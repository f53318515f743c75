"""A stand-in for Hudson Rock's Cavalier on loopback, true to its wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digital_footprint.demo.service import Reply, StandIn, json_reply

KNOWN = "is associated with a computer that was infected by an info-stealer"
UNKNOWN = "is not associated with a computer infected by an info-stealer"
VISIT = "Visit https://www.hudsonrock.com/free-tools to discover additional free tools."


@dataclass(slots=True)
class HudsonRockStandIn(StandIn):
    """Infected computers by address; an address that nobody has is the caller's own probe."""

    infections: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    household: frozenset[str] = frozenset()

    def answer(self, path: str, query: Mapping[str, str], _headers: Mapping[str, str]) -> Reply:
        """Answer /search-by-email."""
        if path != "/search-by-email":
            return Reply(404, body="<h1>Not found</h1>")
        address = query.get("email", "")
        if address in self.household:
            self.asked.append(address)
        stealers = self.infections.get(address, [])
        known = KNOWN if stealers else UNKNOWN
        return json_reply(
            {
                "message": f"This email address {known}. {VISIT}",
                "stealers": stealers,
                "total_corporate_services": 0,
                "total_user_services": sum(one["total_user_services"] for one in stealers),
            }
        )


def infection(day: str, family: str) -> dict[str, Any]:
    """Give one infected computer."""
    return {
        "total_corporate_services": 0,
        "total_user_services": 21,
        "date_compromised": f"{day}T10:11:12.000Z",
        "stealer_family": family,
        "computer_name": "DESKTOP-EXAMPLE",
        "operating_system": "Windows 10",
        "malware_path": "Not Found",
        "antiviruses": ["Windows Defender"],
        "ip": "192.0.2.1",
        "top_passwords": ["1*****5"],
        "top_logins": ["j****@example.com"],
    }
