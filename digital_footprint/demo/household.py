"""The household of the demo, what its stand-in knows of it, and what therefore has to be found."""

from dataclasses import dataclass
from typing import Any

from digital_footprint.model import ConsentBasis, Relation

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

# What becomes public between the first run and the second.
NEW_BREACH = ("jane@example.com", "ExampleHotel")

VERDICTS = {
    "jane@example.com": "found",
    "jane.doe@work.example": "clean",
    "john@example.com": "found",
    "robin@example.com": "inconclusive",
    "alex@example.com": "skipped",
}
FIRST_FINDINGS = {
    ("jane@example.com", "exampleshop", 1),
    ("jane@example.com", "exampleforum", 3),
    ("john@example.com", "examplestealerlogs", 0),
}
SECOND_FINDINGS = FIRST_FINDINGS | {("jane@example.com", "examplehotel", 2)}


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
