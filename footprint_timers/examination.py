"""One finding of the doctor, and the commands that mend the most."""

from collections.abc import Callable
from dataclasses import dataclass

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
