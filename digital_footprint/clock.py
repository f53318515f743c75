"""Time as it is passed in: what o'clock it is, and how to wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from digital_footprint.model import utc_now


@dataclass(frozen=True, slots=True)
class Clock:
    """The machine's own time; a test passes one whose `sleep` moves its `now`."""

    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
