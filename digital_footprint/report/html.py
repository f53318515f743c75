"""Decides how the report stands as one HTML file: self-contained, without script, all text data."""

import math
from collections.abc import Callable

from digital_footprint.report import charts, words
from digital_footprint.report.facts import Report
from digital_footprint.templating import render
from digital_footprint.text import is_visible

# The only addresses that a reader is offered to open: who asks for a link, and their licence.
# What else a report brings is shown as text.
LICENCES = {"https://haveibeenpwned.com": "https://creativecommons.org/licenses/by/4.0/"}
SHOWN = 12
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HIDDEN = "\N{REPLACEMENT CHARACTER}"


def to_html(report: Report) -> str:
    """Print a report as one page; what does not show in a text stands in it as a mark."""
    page = render(
        "report/report.html.j2",
        report=report,
        charts=charts,
        lags=charts.lags([item for one in report.lasting for item in one.items], report.day),
        LICENCES=LICENCES,
        SHOWN=SHOWN,
        **_words(),
    )
    hidden = {ord(each): HIDDEN for each in set(page) if each != "\n" and not is_visible(each)}
    return page.translate(hidden)


def human(text: str) -> str:
    """Give a stored date or time as people write it; anything else as it is."""
    is_moment = charts.day_of(text) is not None and len(text) > len("2026-11-22")
    # Beside an hour of UTC stands the day of UTC.
    return f"{human_day(text[:10])}, {text[11:16]} UTC" if is_moment else human_day(text)


def human_day(text: str) -> str:
    """Give the day alone of a stored date, or the local one of a stored time."""
    day = charts.day_of(text)
    if day is None:
        return text
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}".replace(" ", "\N{NO-BREAK SPACE}")


def days(number: float | None) -> str:
    """Give a length in days; without a case it is not known."""
    if number is None or not math.isfinite(number):
        return "not known yet"
    return words.counted(round(number), "day")


def _words() -> dict[str, Callable[..., str]]:
    functions = (human, human_day, days, words.counted, words.state, words.size)
    return {function.__name__: function for function in functions}
