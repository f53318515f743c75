"""A stand-in for XposedOrNot on loopback, true to its wire format (XposedOrNot-API at 07a267e)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digital_footprint.demo.service import Reply, StandIn, json_reply

CANARY = "test@example.com"


@dataclass(slots=True)
class XposedOrNotStandIn(StandIn):
    """Breaches by address. `shielded`: addresses it hides, behind the 404 of its own errors."""

    breaches: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)
    shielded: frozenset[str] = frozenset()
    household: frozenset[str] = frozenset()

    def answer(self, path: str, query: Mapping[str, str], _headers: Mapping[str, str]) -> Reply:
        """Answer /v1/breach-analytics."""
        address = query.get("email", "")
        if address in self.household:
            self.asked.append(address)
        if path != "/v1/breach-analytics" or address in self.shielded:
            return json_reply({"detail": "Not found"}, 404)
        known = [_breach("Adobe", "adobe.com", "Passwords")] if address == CANARY else []
        return json_reply(_analytics(self.breaches.get(address, known)))


def _analytics(breaches: list[dict[str, Any]]) -> dict[str, Any]:
    """Give an answer; without a breach its parts are null, and its summary empty texts."""
    sites = ";".join(one["breach"] for one in breaches)
    return {
        "BreachMetrics": None,
        "BreachesSummary": {"domain": "", "site": sites, "tmpstmp": ""},
        "ExposedBreaches": {"breaches_details": breaches} if breaches else None,
        "ExposedPastes": None,
        "PasteMetrics": None,
        "PastesSummary": {"cnt": 0, "domain": "", "tmpstmp": ""},
    }


def _breach(name: str, domain: str, data: str) -> dict[str, Any]:
    return {
        "breach": name,
        "details": f"{name} lost its customers' data.",
        "domain": domain,
        "industry": "Retail",
        "logo": "",
        "password_risk": "easytocrack",
        "references": "",
        "searchable": "Yes",
        "verified": "Yes",
        "xposed_data": data,
        "xposed_date": "2024",
        "xposed_records": 1_234_567,
    }


def example_shop() -> dict[str, Any]:
    """Give the breach of the demo's shop, under the name that it has here."""
    return _breach("Example-Shop", "shop.example", "Email addresses;Passwords;Names")
