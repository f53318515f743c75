"""Who agreed to what, the brokers of saved listings among it, in the shape of sources."""

from typing import Any

from digital_footprint import consents
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.listing_url import origin_and_path
from digital_footprint.model import Person
from digital_footprint.pace import GAP
from digital_footprint.removal_log import CONSENT_VERSION, wording
from digital_footprint.sources import profiles
from digital_footprint.verdicts import Reason

BROKER = "broker:"
GIVE = "footprint removal add --person PERSON --broker {slug} --url URL"
WITHDRAW = "footprint removal remove ID"


def of_person(db: Database, person: Person) -> list[dict[str, Any]]:
    """Give what stands of a person's consents, each with the command that withdraws it."""
    versions = {profile.name: profile.consent_version for profile in profiles()}
    return [
        {
            "source": row["source"],
            "basis": row["basis"],
            "given_at": row["given_at"],
            "withdraw": _withdraw(db, row["source"], person.id),
        }
        for row in consents.standing(db, person.id)
        if row["version"] == versions.get(row["source"], CONSENT_VERSION)
    ]


def list_brokers(db: Database, config: Config) -> list[dict[str, Any]]:
    """Give every broker at which a listing is watched, in the shape of `source list --json`."""
    rows = db.query(_WATCHED)
    return [
        _broker(db, config, slug, [row for row in rows if row["broker"] == slug])
        for slug in dict.fromkeys(row["broker"] for row in rows)
    ]


def _broker(
    db: Database, config: Config, slug: str, listings: list[dict[str, Any]]
) -> dict[str, Any]:
    agreed = consents.list_consents(db, wording(slug))
    is_on = any(one["basis"] for one in agreed)
    hosts = {origin_and_path(one["url"])[0].partition("://")[2] for one in listings}
    return {
        "name": f"{BROKER}{slug}",
        "job": "verify_removals",
        "every_days": config.interval_days("verify_removals"),
        "state": "on" if is_on else "off",
        "reason": None if is_on else Reason.NO_CONSENT,
        "hint": None if is_on else GIVE.format(slug=slug),
        "sends": "the address of each saved listing, which may hold a name, and nothing else",
        "recipient": ", ".join(sorted(hosts)),
        "base_url": None,
        "price": "free",
        "terms": "the broker's own",
        "before_consent": f"saving a listing is the consent; {WITHDRAW} withdraws it",
        "limits": [
            {"requests": 1, "period_seconds": GAP.total_seconds(), "told_by_service": False}
        ],
        "clean_means": "the listing was not shown, which counts after two looks days apart",
        "attribution": "",
        "last_asked_at": _newest(listings, "asked_at"),
        "last_answered_at": _newest(listings, "answered_at"),
        "last_reason": None,
        "blocked_until": None,
        "consents": agreed,
    }


def _newest(listings: list[dict[str, Any]], key: str) -> str | None:
    return max((one[key] for one in listings if one[key]), default=None)


def _watched_ids(db: Database, person_id: int, source: str) -> list[int]:
    rows = db.query(
        """
        SELECT id FROM removals WHERE person_id = :person AND broker = :broker
        AND removed_at IS NULL ORDER BY id
        """,
        {"person": person_id, "broker": source.removeprefix(BROKER)},
    )
    return [row["id"] for row in rows]


def _withdraw(db: Database, source: str, person_id: int) -> str:
    """Give the command that withdraws a consent: at a broker, one for each listing there."""
    if source.startswith(BROKER):
        watched = _watched_ids(db, person_id, source)
        return "; ".join(f"footprint removal remove {one}" for one in watched) or WITHDRAW
    return f"footprint source disable {source} --person {person_id}"


_WATCHED = """
SELECT r.broker, r.url,
       (SELECT max(e.at) FROM removal_events AS e WHERE e.removal_id = r.id
        AND e.run_id IS NOT NULL AND e.event IN ('listed', 'not_listed', 'inconclusive'))
           AS asked_at,
       (SELECT max(e.at) FROM removal_events AS e WHERE e.removal_id = r.id
        AND e.run_id IS NOT NULL AND e.event IN ('listed', 'not_listed')) AS answered_at
FROM removals AS r WHERE r.removed_at IS NULL ORDER BY r.broker, r.id
"""
