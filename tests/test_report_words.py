"""What a report says is true to the letter: days are local, nothing is said twice or forgotten."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from digital_footprint.report import words
from digital_footprint.report.build import build
from digital_footprint.report.html import human, human_day, to_html
from digital_footprint.report.markdown import to_markdown
from tests.households import NOW, Household, one_breach


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where a day begins ten hours before it does in UTC."""
    monkeypatch.setenv("TZ", "Australia/Brisbane")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_days_are_local_and_an_hour_of_utc_has_its_own_day(home: Path) -> None:
    evening = "2026-11-20T20:00:00Z"
    assert "2026-11-21" == words.day(evening)
    assert "21 Nov 2026" == human_day(evening).replace("\xa0", " ")
    assert "20 Nov 2026, 20:00 UTC" == human(evening).replace("\xa0", " ")

    house = one_breach(home)
    for table, column in (("observations", "observed_at"), ("finding_events", "at")):
        house.db.execute("DROP TRIGGER IF EXISTS finding_events_append_only")
        house.db.execute(f"UPDATE {table} SET {column} = '{evening}'")
    report = build(house.db, house.config, now=NOW)

    assert "found on 2026-11-21" in to_markdown(report)
    assert "- 2026-11-21 new" in to_markdown(report)
    assert "found on 2026-11-20" not in to_markdown(report)


def test_two_sources_of_one_service_are_thanked_once(home: Path) -> None:
    report = build((house := one_breach(home)).db, house.config, now=NOW)

    texts = [(one.text, one.url) for one in report.attributions]
    assert sorted(set(texts)) == sorted(texts)
    assert 1 == to_html(report).count('href="https://haveibeenpwned.com"')


def test_what_was_checked_once_is_not_called_unchecked(home: Path) -> None:
    house = one_breach(home)
    assert answered(house) > 0
    house.db.execute("UPDATE consents SET withdrawn_at = '2026-11-22T11:00:00Z'")

    verdict = build(house.db, house.config, now=NOW).verdict

    assert verdict.startswith("Nothing is checked any more: no source is on")


def answered(house: Household) -> int:
    rows = house.db.query(
        "SELECT count(*) AS n FROM observations WHERE verdict IN ('found', 'clean')"
    )
    return int(rows[0]["n"])
