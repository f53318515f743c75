"""Turns sources on and off: `enabled` in config.toml together with the consents."""

from pathlib import Path

from digital_footprint import consents, people
from digital_footprint.config import Config, nearest
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, UsageError
from digital_footprint.files import make_directory, write_privately
from digital_footprint.model import ConsentBasis, Person, Relation
from digital_footprint.secrets import Secrets
from digital_footprint.sources import Profile, profiles


def profile_of(name: str) -> Profile:
    """Find a source by name.

    Raises UsageError, with the names there are, for any other.
    """
    known = {profile.name: profile for profile in profiles()}
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
        for person in persons:
            consents.give(db, person.id, profile, _basis(person))
    # A keyed source is on by its key; to write `true` would only say it twice.
    if profile.secret is None or config.source(profile.service).enabled is False:
        _write_enabled(config.paths.config_file, profile.service, enabled=True)


def disable(config: Config, profile: Profile) -> None:
    """Turn a source off for everybody; consents stay recorded."""
    _write_enabled(config.paths.config_file, profile.service, enabled=False)


def withdraw(db: Database, profile: Profile, person: Person) -> None:
    """Withdraw one person's consent to one source."""
    consents.withdraw(db, person.id, profile.name)


def missing_key(config: Config, profile: Profile) -> str | None:
    """Give the command that sets the source's key, where it has none."""
    if profile.secret is None or Secrets(config.paths).get(profile.secret):
        return None
    return f"footprint secret set {profile.secret}"


def _basis(person: Person) -> ConsentBasis:
    """Give why a person is taken to agree: as recorded, else by who they are to the one asked."""
    if person.consent is not None:
        return person.consent
    return ConsentBasis.SELF if person.relation is Relation.SELF else ConsentBasis.GIVEN


def _write_enabled(path: Path, service: str, *, enabled: bool) -> None:
    """Set one value in config.toml, every comment and blank of the person's own kept."""
    import tomlkit

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    sources = document.setdefault("sources", tomlkit.table(is_super_table=True))
    section = sources.setdefault(service, tomlkit.table())
    section["enabled"] = enabled
    make_directory(path.parent)
    if path.is_symlink():
        raise ConfigurationError(
            f"{path} is a link; it is not replaced by a file",
            hint=f"set enabled = {str(enabled).lower()} under [sources.{service}] by hand",
        )
    write_privately(path, tomlkit.dumps(document))
