"""Prints the report as one HTML file that loads nothing."""

from html import escape

from digital_footprint.report.facts import Report
from digital_footprint.report.markdown import PIPE, to_markdown


def to_html(report: Report) -> str:
    """Give the report as its Markdown, readable in a browser as it is."""
    # No renderer comes between: a pipe is one.
    text = to_markdown(report).replace(PIPE, "|")
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>Exposure report</title></head>\n"
        f'<body><pre style="white-space: pre-wrap">{escape(text)}</pre></body>'
        "</html>\n"
    )
