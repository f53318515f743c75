"""Decides which responses refuse, in the words that mean the same at all services."""

import email.utils
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digital_footprint.clock import utc_now
from digital_footprint.verdicts import Reason, Unanswered

if TYPE_CHECKING:
    from digital_footprint.http import Answer

# A header gone wrong must not blind a source for years.
LONGEST_BLOCK = timedelta(days=1)


def accepted(answer: "Answer") -> "Answer":
    """Raise for every refusal that means the same at all services."""
    note = f"status {answer.status}"
    # A challenge page is one whatever its status: 403, 429 and 503 are all in use.
    if "cf-mitigated" in answer.headers:
        raise Unanswered(Reason.BLOCKED, f"{note}, bot challenge", status=answer.status)
    match answer.status:
        case 401:
            raise Unanswered(Reason.UNAUTHORISED, note, status=answer.status)
        case 403 if "cf-ray" in answer.headers:
            raise Unanswered(Reason.BLOCKED, f"{note} at the edge", status=answer.status)
        case 429:
            raise Unanswered(
                Reason.RATE_LIMITED, note, retry_at=_retry_at(answer), status=answer.status
            )
        case status if status >= 500:
            raise Unanswered(
                Reason.SERVER_ERROR, note, retry_at=_retry_at(answer), status=answer.status
            )
        case _:
            return answer


def _retry_at(answer: "Answer") -> datetime | None:
    """Read Retry-After, whole seconds or an HTTP date (RFC 9110, 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    now = utc_now()
    if text.isdecimal() and len(text) < 10:
        return now + min(timedelta(seconds=int(text)), LONGEST_BLOCK)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware, now), now + LONGEST_BLOCK)
