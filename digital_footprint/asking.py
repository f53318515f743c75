"""What a run brings along when it asks outside services."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digital_footprint.clock import Clock
from digital_footprint.config import Config
from digital_footprint.database import Database
from digital_footprint.model import Progress
from digital_footprint.process import FeedingRunner
from digital_footprint.tally import Pair

if TYPE_CHECKING:
    from digital_footprint.http import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Where it reads and writes, what it takes over, whose time and whose eyes it works by."""

    db: Database
    config: Config
    run_id: int
    carried: frozenset[Pair]
    all_due: bool = False
    clock: Clock
    progress: Progress
    run: FeedingRunner
    limits: "Limits | None" = None
