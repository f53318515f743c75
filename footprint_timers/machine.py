"""What of this machine decides which scheduler it has; a test passes another machine."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from digital_footprint.clock import Clock


def _sudo_user() -> str | None:
    return os.environ.get("SUDO_USER")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """This machine and this user. `platform`: `darwin` is macOS. `sudo_user`: who became root."""

    platform: str = sys.platform
    user_id: int = field(default_factory=os.getuid)
    sudo_user: str | None = field(default_factory=_sudo_user)
    home: Path = field(default_factory=Path.home)
    processes: Path = Path("/proc")
    clock: Clock = field(default_factory=Clock)
