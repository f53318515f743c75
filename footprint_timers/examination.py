"""One finding of the doctor, and the commands that mend the most."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INSTALL = "footprint-timers install"
INSTALL_AGAIN = "./install.sh"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `fix`: the command that mends it; `mend`: the same, where it is safe.

    `name`: what was looked at, one word or two.
    """

    name: str
    ok: bool
    found: str
    fix: str = ""
    mend: Callable[[], object] | None = None


def compared(
    name: str, seen: Mapping[str, Any], here: Mapping[str, Any], install: str
) -> Iterator[Finding]:
    """Compare what a selftest found where a scheduler starts jobs with what it finds here."""
    wrong = [one for one in seen["checks"] if not one["ok"]]
    yield from (
        Finding(f"{name}: {one['name']}", False, one["found"], one["hint"]) for one in wrong
    )
    if seen["database_id"] != here["database_id"]:
        found = f"it works with {seen['database']}, this shell with {here['database']}"
        yield Finding(name, False, found, install)
    elif not wrong:
        yield Finding(name, True, f"runs {seen['executable']} on the same database")
