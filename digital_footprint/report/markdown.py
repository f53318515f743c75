"""Prints the report as Markdown that reads well as plain text; text from outside stays text."""

import re

from digital_footprint.report import words
from digital_footprint.report.facts import Report
from digital_footprint.templating import render
from digital_footprint.text import plain

LIMIT = 2000
# Letters, digits and the punctuation that no renderer gives a meaning, wherever it stands: no
# list begins with it, and no domain, address or smiley comes of its dots and colons.
HARMLESS = re.compile(
    r"(?!\d+[.)])[^\W_](?:[^\W_]|[ ,'()/?-]|[.:;!](?= |$)|(?<=\d)\.(?=\d)|(?<=[^\W_])_(?=[^\W_]))*"
)
HOLES = re.compile(r"\n{3,}")
BACKTICKS = re.compile(r"`+")
NOTHING = "(no text)"
PIPE = "&#124;"


def to_markdown(report: Report) -> str:
    """Give the report as CommonMark with GitHub's tables."""
    text = render("report/report.md.j2", report=report, text=escaped, words=words)
    # A part that has nothing to say leaves no hole.
    return HOLES.sub("\n\n", text).rstrip("\n") + "\n"


def escaped(text: object) -> str:
    """Give a text that shows as itself in CommonMark and at GitHub, and is never markup.

    What could mean anything stands as code: there no renderer sees links, marks or HTML. A pipe
    ends a table's cell even there, and so stands as its entity between two pieces of code.
    """
    line = plain(str(text), limit=LIMIT)
    if HARMLESS.fullmatch(line):
        return line
    return PIPE.join(_code(part) for part in line.split("|")) or NOTHING


def _code(text: str) -> str:
    if not text.strip():
        # A code span of spaces alone is none; between pipes they mean nothing.
        return text
    fence = "`" * (max(map(len, BACKTICKS.findall(text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"
