"""Decides which report an assistant is given: one built now, and shareable unless all may be shown.

A report is written for people and full of other people's titles. So the whole of it is one field
of outside words: it keeps its lines, and nothing of it stands outside of that field.
"""

from digital_footprint.clock import utc_now
from digital_footprint.mcp_server.access import Home
from digital_footprint.mcp_server.answers import ReportAnswer
from digital_footprint.mcp_server.untrusted import Outside, masked
from digital_footprint.text import is_visible

LONGEST = 200_000


def latest_report(home: Home) -> ReportAnswer:
    """Build the household's report. Raises FootprintError."""
    from digital_footprint.report.build import build
    from digital_footprint.report.facts import Redaction
    from digital_footprint.report.printing import Form, printed

    redaction = Redaction.FULL if home.words.shows_addresses else Redaction.SHAREABLE
    built = build(home.db, home.config, now=utc_now(), redaction=redaction)
    text = _visible(printed(built, Form.MD))
    shown = text if home.words.shows_addresses else masked(text)
    return ReportAnswer(
        built_at=built.built_at,
        redaction=str(redaction),
        media_type="text/markdown",
        cut=len(shown) > LONGEST,
        report=Outside(value=shown[:LONGEST], source="report"),
    )


def _visible(text: str) -> str:
    """Give what shows of a text; its lines are its structure."""
    return "".join(filter(lambda one: one == "\n" or is_visible(one), text))
