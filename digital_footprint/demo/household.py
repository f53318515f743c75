"""The household of the demo, what the stand-ins know of it, and what therefore has to be found."""

from dataclasses import dataclass
from typing import Any

from digital_footprint.demo.ahmia import Onion
from digital_footprint.demo.hudsonrock import infection
from digital_footprint.demo.xposedornot import example_shop
from digital_footprint.model import ConsentBasis, Relation

Expected = tuple[str, str, int, tuple[str, ...]]
"""A finding: address, title, tier, witnesses."""

KEY = "00000000000000000000000000000000"


@dataclass(frozen=True, slots=True)
class Member:
    """One fictitious person; without a basis nothing of theirs may be sent."""

    name: str
    relation: Relation
    consent: ConsentBasis | None
    emails: tuple[str, ...]
    region: str | None = None


HOUSEHOLD = (
    Member(
        "Jane Doe",
        Relation.SELF,
        ConsentBasis.SELF,
        ("jane@example.com", "jane.doe@work.example"),
        "DE",
    ),
    Member("John Doe", Relation.PARTNER, ConsentBasis.GIVEN, ("john@example.com",)),
    Member("Robin Doe", Relation.CHILD, ConsentBasis.GUARDIAN, ("robin@example.com",)),
    Member("Alex Doe", Relation.SIBLING, None, ("alex@example.com",)),
)

ACCOUNTS = {
    "jane@example.com": ["ExampleShop", "ExampleForum"],
    "john@example.com": ["ExampleStealerLogs"],
    "alex@example.com": ["ExampleShop"],
}
BROKEN = frozenset({"robin@example.com"})
PASTES = {
    "john@example.com": [
        {
            "Source": "Pastebin",
            "Id": "ExAmPlE1",
            "Title": "example.com combo",
            "Date": "2024-05-01T12:00:00Z",
            "EmailCount": 139,
        }
    ]
}
# The shop's breach again, under a spelling of its own: one finding with two witnesses.
XPOSEDORNOT = {"jane@example.com": [example_shop()]}
SHIELDED = frozenset({"robin@example.com"})
HUDSONROCK = {"john@example.com": [infection("2025-06-02", "RedLine")]}
ONIONS = (
    Onion("e" * 56 + ".onion", "Fresh combo list", "contains jane@example.com:hunter2 and more"),
    # It shares a word with every address of the household, and shows none of them.
    Onion("f" * 56 + ".onion", "How to register example.com", "A page about domains."),
)

# Who agreed to what beside Have I Been Pwned; whatever stands in none of these is off.
AGREED = {
    "xposedornot": ("Jane Doe", "John Doe", "Robin Doe"),
    "hudsonrock": ("Jane Doe", "John Doe", "Robin Doe"),
    "ahmia": ("Jane Doe",),
}

# What becomes public between the first run and the second.
NEW_BREACH = ("jane@example.com", "ExampleHotel")


def _verdicts(jane: str, work: str, john: str, robin: str) -> dict[str, str]:
    """Give what has to come of each address; of Alex nothing may be sent to anybody."""
    return {
        "jane@example.com": jane,
        "jane.doe@work.example": work,
        "john@example.com": john,
        "robin@example.com": robin,
        "alex@example.com": "skipped",
    }


OFF = _verdicts("skipped", "skipped", "skipped", "skipped")
FIRST_VERDICTS = {
    "hibp_breaches": _verdicts("found", "clean", "found", "inconclusive"),
    "hibp_pastes": _verdicts("clean", "clean", "found", "clean"),
    "xposedornot": _verdicts("found", "clean", "clean", "inconclusive"),
    "hudsonrock": _verdicts("clean", "clean", "found", "clean"),
    "ahmia": _verdicts("found", "clean", "skipped", "skipped"),
    "leakcheck": OFF,
    "holehe": OFF,
    "user_scanner": OFF,
}
# By then XposedOrNot answers nonsense: nobody is clean for that, and no finding is gone.
SECOND_VERDICTS = {
    **FIRST_VERDICTS,
    "xposedornot": _verdicts("inconclusive", "inconclusive", "inconclusive", "inconclusive"),
}

FIRST_FINDINGS: set[Expected] = {
    ("jane@example.com", "Example Shop", 1, ("hibp_breaches", "xposedornot")),
    ("jane@example.com", "Example Forum", 3, ("hibp_breaches",)),
    ("john@example.com", "Example Stealer Logs", 0, ("hibp_breaches",)),
    ("john@example.com", "example.com combo", 2, ("hibp_pastes",)),
    ("john@example.com", "infostealer log: RedLine", 0, ("hudsonrock",)),
    ("jane@example.com", "Fresh combo list", 3, ("ahmia",)),
}
SECOND_FINDINGS = FIRST_FINDINGS | {
    ("jane@example.com", "Example Hotel", 2, ("hibp_breaches",)),
}


def catalogue() -> list[dict[str, Any]]:
    """Give the stand-in's public catalogue, in HIBP's breach model."""
    return [
        _breach(
            "ExampleShop",
            "Example Shop",
            "2024-03-09",
            ["Email addresses", "Passwords", "Names"],
            "In March 2024 the web shop <a href='https://shop.example'>Example Shop</a> lost its "
            "customers' passwords, hashed with <em>MD5</em>.",
        ),
        _breach(
            "ExampleForum",
            "Example Forum",
            "2019-11-02",
            ["Email addresses", "Usernames", "IP addresses"],
            "In November 2019 a forum's members were published.",
        ),
        _breach(
            "ExampleStealerLogs",
            "Example Stealer Logs",
            "2025-06-17",
            ["Email addresses", "Passwords"],
            "Collected by malware on the devices of those listed.",
            IsStealerLog=True,
            IsMalware=True,
        ),
        _breach(
            "ExampleHotel",
            "Example Hotel",
            "2026-08-30",
            ["Email addresses", "Dates of birth", "Travel plans"],
            "In August 2026 a hotel's bookings were taken.",
        ),
    ]


def _breach(
    name: str, title: str, day: str, classes: list[str], description: str, **flags: bool
) -> dict[str, Any]:
    return {
        "Name": name,
        "Title": title,
        "Domain": f"{name.removeprefix('Example').lower()}.example",
        "BreachDate": day,
        "AddedDate": f"{day}T00:00:00Z",
        "ModifiedDate": f"{day}T00:00:00Z",
        "PwnCount": 1_234_567,
        "Description": description,
        "DataClasses": classes,
        "IsVerified": True,
        "IsFabricated": False,
        "IsSensitive": False,
        "IsRetired": False,
        "IsSpamList": False,
        "IsMalware": False,
        "IsSubscriptionFree": False,
        "IsStealerLog": False,
        **flags,
    }
