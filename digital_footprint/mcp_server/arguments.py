"""Decides what may be given to a tool; what is none of it is refused before anything is opened."""

from typing import Annotated, Literal

from pydantic import Field

Decision = Literal["resolve", "snooze", "accept", "not_me", "reopen"]
Job = Literal["breach_recheck", "dark_web_monitor", "verify_removals", "generate_report"]
RemovalState = Literal[
    "match_found", "removal_requested", "acknowledged", "verification_due", "not_seen_once",
    "removed_verified", "recheck_due", "resurfaced", "blocked", "failed", "dead_end", "escalated",
    "not_me",
]  # fmt: skip
Verdict = Literal["inconclusive", "never_asked", "skipped", "found", "clean"]
Which = Literal["open", "closed", "all"]

FindingId = Annotated[
    int, Field(ge=1, le=2**63 - 1, description="As footprint_list_findings gives it")
]
Limit = Annotated[int, Field(ge=1, le=100, description="How many rows to show")]
PersonId = Annotated[
    int | None, Field(ge=1, le=2**63 - 1, description="Only of the person with this id")
]
RunId = Annotated[int | None, Field(ge=1, le=2**63 - 1, description="The number of a run")]
Said = Annotated[str, Field(min_length=1, max_length=200)]
