"""Turns sources on and off: `enabled` in config.toml together with the consents."""

from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint import consents, observations, people
from digital_footprint.config import Config, nearest
from digital_footprint.database import Database
from digital_footprint.errors import UsageError
from digital_footprint.files import edit_toml
from digital_footprint.model import ConsentBasis, Person, Relation
from digital_footprint.sources import Profile, profiles

if TYPE_CHECKING:
    import tomlkit


def profile_of(name: str) -> Profile:
    """Find a source by name.

    Raises UsageError, with the names there are, for any other.
    """
    known = {profile.name: profile for profile in profiles()}
    if name.startswith("broker:"):
        raise UsageError(
            f"{name} is agreed to by saving a listing there, and not otherwise",
            hint="footprint removal remove ID withdraws it with the last listing; "
            "see: footprint removal list",
        )
    if name not in known:
        raise UsageError(
            f"no source is called {name!r}{nearest(name, list(known))}",
            hint=f"sources: {', '.join(known)}",
        )
    return known[name]


def persons_of(db: Database, who: str | None) -> list[Person]:
    """Give the one person meant, or everybody."""
    return people.list_persons(db) if who is None else [people.get_person(db, who)]


def enable(db: Database, config: Config, profile: Profile, persons: list[Person]) -> None:
    """Turn a source on, with a consent of each of the persons to its present wording."""
    with db.transaction():
        # What this command writes into the file is nobody's consent.
        observations.note_configuration_taken(db, profile.name)
        for person in persons:
            consents.give(db, person.id, profile, basis_of(person))
            people.set_consent(db, person, basis_of(person))
    if profile.secret is None or profile.section != profile.service:
        _write_enabled(config.paths.config_file, profile.section, enabled=True)
    elif config.source(profile.section).enabled is False:
        # A keyed source is on by its key.
        _write_enabled(config.paths.config_file, profile.section, enabled=None)


def disable(config: Config, profile: Profile) -> None:
    """Turn a source off for everybody; consents stay recorded."""
    _write_enabled(config.paths.config_file, profile.section, enabled=False)


def withdraw(db: Database, profile: Profile, person: Person) -> None:
    """Withdraw one person's consent to one source."""
    consents.withdraw(db, person.id, profile)


def basis_of(person: Person) -> ConsentBasis:
    """Give why a person is taken to agree: as recorded, else by who they are to the one asked."""
    if person.consent is not None:
        return person.consent
    return ConsentBasis.SELF if person.relation is Relation.SELF else ConsentBasis.GIVEN


def _write_enabled(path: Path, name: str, *, enabled: bool | None) -> None:
    """Set one value in config.toml, or delete it; all else of the person's own is kept."""

    def change(document: "tomlkit.TOMLDocument") -> None:
        sources = document.setdefault("sources", tomlkit.table(is_super_table=True))
        section = sources.setdefault(name, tomlkit.table())
        if enabled is None:
            section.pop("enabled", None)
        else:
            section["enabled"] = enabled

    import tomlkit

    edit_toml(path, change)
