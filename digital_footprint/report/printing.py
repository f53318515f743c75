"""Decides in which forms a report is printed, and under which names it is kept."""

import json
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digital_footprint.files import write_all_privately, write_privately

if TYPE_CHECKING:
    from digital_footprint.report.facts import Report


class Form(StrEnum):
    """How a report is printed."""

    MD = "md"
    HTML = "html"
    JSON = "json"


KEPT = (Form.MD, Form.HTML)


def printed(report: "Report", form: Form) -> str:
    """Print a report."""
    # Imported here: whoever wants one form does not wait for the others.
    match form:
        case Form.MD:
            from digital_footprint.report.markdown import to_markdown

            return to_markdown(report)
        case Form.HTML:
            from digital_footprint.report.html import to_html

            return to_html(report)
        case Form.JSON:
            return json.dumps(document(report), indent=2) + "\n"


def document(report: "Report") -> dict[str, Any]:
    """Give a report in the shape of `report --format json`."""
    return {**asdict(report), "day": report.day.isoformat()}


def keep(report: "Report", directory: Path) -> None:
    """Write the dated files and the latest, all of them or none.

    The latest are copies, not links: they can be read from wherever the directory is shown, and
    stay whole while the dated ones are replaced, moved or deleted.
    Raises ConfigurationError or FootprintError where they cannot be written; then all is as it was.
    """
    texts = {form: printed(report, form) for form in KEPT}
    write_all_privately(
        {
            directory / f"{name}.{form}": text
            for form, text in texts.items()
            for name in (report.day.isoformat(), "latest")
        }
    )


def write_opened(report: "Report", directory: Path, form: Form) -> Path:
    """Write the one file of the day that a person has opened in a program of theirs.

    Its name tells only the day: of whom it is about, and how much it hides, nothing.
    """
    path = opened_path(report.day, directory, form)
    write_privately(path, printed(report, form))
    return path


def opened_path(day: date, directory: Path, form: Form) -> Path:
    """Give where the opened report of a day lies."""
    return directory / f"{day.isoformat()}-opened.{form}"
