"""How long each law gives a broker for a request, and in which words a letter says it."""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from digital_footprint.clock import local_day
from digital_footprint.removal_events import Law, Requested

# Regulation (EU) 2016/679 art. 12(3), with the EEA's three and the United Kingdom's own copy.
GDPR_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
        "IS", "LI", "NO", "GB",
    }
)  # fmt: skip
CALIFORNIA = "US-CA"
# Brokers fetch the list at least every 45 days, and have 45 more to delete; they do so from
# `DROP_BEGINS` on (California Civil Code 1798.99.86), whatever was filed before.
DROP_OPENED = date(2026, 1, 1)
DROP_BEGINS = date(2026, 8, 1)
DROP_DAYS = (45, 90)


@dataclass(frozen=True, slots=True)
class Term:
    """How long a law gives. `extended`: what it may be put off to, where the law allows that."""

    words: str
    last_day: Callable[[date], date]
    extended: Callable[[date], date] | None = None


@dataclass(frozen=True, slots=True)
class LegalClock:
    """Until when a request is to be fulfilled, and when a law lets that be put off to."""

    law: Law
    due_on: date
    extended_to: date | None

    def overdue(self, today: date) -> bool:
        """Say whether the last day has passed."""
        return today > self.due_on


def term_of(law: Law) -> Term | None:
    """Give how long a law gives for the kind of request that is made under it."""
    return TERMS.get(law)


def legal_clock(request: Requested | None) -> LegalClock | None:
    """Give the clock that runs on a request, or None where no law sets one."""
    if request is None or request.due_on is None:
        return None
    term = term_of(request.law)
    later = term.extended(local_day(request.at)) if term and term.extended else None
    return LegalClock(request.law, request.due_on, later)


def law_of(region: str | None) -> Law:
    """Give the law that a person of a region can call upon."""
    country = (region or "").partition("-")[0]
    if region == CALIFORNIA:
        return Law.CCPA
    return Law.GDPR if country in GDPR_COUNTRIES else Law.NONE


def drop_days(filed_on: date) -> list[date]:
    """Give the days by which every broker has fetched, and has fulfilled, what was filed."""
    return [max(filed_on, DROP_BEGINS) + timedelta(days=days) for days in DROP_DAYS]


def _days(count: int) -> Callable[[date], date]:
    return lambda day: day + timedelta(days=count)


def _months(count: int) -> Callable[[date], date]:
    """Count to the same day some months on, or to that month's last."""

    def later(day: date) -> date:
        years, month = divmod(day.month - 1 + count, 12)
        last = calendar.monthrange(day.year + years, month + 1)[1]
        return date(day.year + years, month + 1, min(day.day, last))

    return later


def _business_days(count: int) -> Callable[[date], date]:
    """Count Mondays to Fridays; a public holiday in between gives the broker no day more here."""

    def later(day: date) -> date:
        for _ in range(count):
            day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
        return day

    return later


TERMS: Mapping[Law, Term] = {
    # Art. 12(3): one month, and two more where it is complex.
    Law.GDPR: Term("one month", _months(1), _months(3)),
    # California Civil Code 1798.130(a)(2): 45 days, once more as many.
    Law.CCPA: Term("45 days", _days(45), _days(90)),
    # 11 CCR 7026(f): an opt-out of sale and sharing; nothing puts it off.
    Law.CCPA_OPT_OUT: Term("15 business days", _business_days(15)),
    Law.DROP: Term("90 days", lambda day: drop_days(day)[-1]),
}
