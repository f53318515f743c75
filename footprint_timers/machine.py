"""What of this machine decides which scheduler it has; a test passes another machine."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from digital_footprint.clock import Clock
from footprint_timers.identity import came_as_root
from footprint_timers.linger import user_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """This machine, and who asks there. `platform`: `darwin` is macOS.

    `is_root`: whoever it is, they may do what only root may.
    """

    platform: str = sys.platform
    user_id: int = field(default_factory=os.getuid)
    user: str = field(default_factory=user_name)
    is_root: bool = field(default_factory=came_as_root)
    home: Path = field(default_factory=Path.home)
    processes: Path = Path("/proc")
    clock: Clock = field(default_factory=Clock)
