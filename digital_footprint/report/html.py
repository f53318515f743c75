"""Prints the report as one HTML file that loads nothing."""

from html import escape

from digital_footprint.report.facts import Report
from digital_footprint.report.markdown import to_markdown


def to_html(report: Report) -> str:
    """Give the report as its Markdown, readable in a browser as it is."""
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<title>Exposure report</title></head>\n"
        f'<body><pre style="white-space: pre-wrap">{escape(to_markdown(report))}</pre></body>'
        "</html>\n"
    )
