"""Remembers when a report was opened, and whose: the table `report_openings`."""

from datetime import datetime

from digital_footprint.clock import to_text
from digital_footprint.database import Database


def record(db: Database, person_id: int | None, at: datetime) -> None:
    """Enter that somebody had a report before their eyes; `person_id` None: the household's."""
    db.insert("report_openings", {"person_id": person_id, "opened_at": to_text(at)})
