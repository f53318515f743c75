"""The reports that were reviewed: five households, printed on a fixed day."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from digital_footprint.report.build import build
from digital_footprint.report.facts import Report
from digital_footprint.report.html import to_html
from digital_footprint.report.markdown import to_markdown
from tests.households import HOUSEHOLDS, NOW, Household

GOLDEN = Path(__file__).parent / "golden" / "report"
STYLE = Path(__file__).parent.parent / "templates" / "report" / "style.css"


def report_of(house: Household) -> Report:
    """Golden files outlive releases and SQLite's: in them the version is 0, the file small."""
    report = build(house.db, house.config, now=NOW)
    return replace(report, watcher=replace(report.watcher, version="0", database_bytes=0))


@pytest.fixture(autouse=True)
def _days_of_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Days are told as the machine's zone has them; the reviewed pages are of UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", HOUSEHOLDS)
def test_the_report_is_the_reviewed_one(home: Path, name: str) -> None:
    report = report_of(HOUSEHOLDS[name](home))

    assert_reviewed(f"{name}.md", to_markdown(report))
    # How it looks is seen in a browser; here stands what it says.
    assert_reviewed(f"{name}.html", to_html(report).replace(STYLE.read_text("utf-8"), ""))


def assert_reviewed(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_nothing_is_called_clean_where_nobody_answered(home: Path) -> None:
    house = HOUSEHOLDS["stealer"](home)
    text = to_markdown(report_of(house)).partition("## Words and method")[0]

    assert "clean" not in text.casefold().replace("clean the device", "").replace(
        "the device is clean or gone", ""
    ).replace("device_cleaned", "")


def test_a_household_with_nobody_says_exactly_that(home: Path) -> None:
    report = report_of(HOUSEHOLDS["empty"](home))

    assert (
        "Nobody is registered yet: nothing is watched, and nothing was checked." == report.verdict
    )
    assert ["Register who is to be watched"] == [task.title for task in report.do_now]
