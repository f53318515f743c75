"""Counts of a run: kept up check by check they are those of the rows."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digital_footprint import observations
from digital_footprint.config import Config, load_config
from digital_footprint.database import Database
from digital_footprint.model import NoProgress, Person
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.interruptions import Interrupted
from digital_footprint.scheduler.jobs import job_breach_recheck
from digital_footprint.tally import RunningTally, tally
from digital_footprint.verdicts import (
    Clean,
    FindingCounts,
    FindingKind,
    Found,
    Inconclusive,
    Reason,
    Sighting,
    Skipped,
    Verdict,
)
from tests.conftest import add
from tests.wire import Wire, names

AT = "2026-11-22T03:17:00Z"
FOUND = Found((Sighting(kind=FindingKind.BREACH, key="adobe", title="Adobe", source_key="Adobe"),))
VERDICTS: tuple[tuple[Verdict, FindingCounts], ...] = (
    (FOUND, FindingCounts(found=3, new=1, baseline=1, undetailed=2)),
    (FOUND, FindingCounts(found=2)),
    (Clean(), FindingCounts()),
    (Inconclusive(Reason.TIMEOUT), FindingCounts()),
    (Inconclusive(Reason.RATE_LIMITED, "", datetime(2026, 11, 22, tzinfo=UTC)), FindingCounts()),
    (Skipped(Reason.NO_CONSENT), FindingCounts()),
)
SOURCES = ("hibp_breaches", "xposedornot")


@pytest.fixture
def household(db: Database) -> list[Person]:
    return [
        add(db, "Jane Doe", "jane@example.com", "j.doe@work.example"),
        add(db, "John Doe", "john@example.com"),
    ]


@given(
    data=st.lists(st.tuples(st.sampled_from(SOURCES), st.integers(0, 2), st.sampled_from(VERDICTS)),
                  unique_by=lambda one: one[:2]),
    carried=st.frozensets(st.sampled_from([(1, SOURCES[0]), (3, SOURCES[1])])),
)  # fmt: skip
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_counted_check_by_check_is_counted_from_the_rows(
    db: Database,
    household: list[Person],
    data: list[tuple[str, int, tuple[Verdict, FindingCounts]]],
    carried: frozenset[tuple[int, str]],
) -> None:
    identifiers = [one for person in household for one in person.identifiers]
    planned = {(one.id, source) for one in identifiers for source in SOURCES}
    run_id = db.insert_scheduled_run("breach_recheck", AT)
    counted = RunningTally(db, run_id, planned, carried)

    for source, index, (verdict, counts) in data:
        identifier = identifiers[index]
        observations.record(
            db, identifier, run_id=run_id, source=source, verdict=verdict, counts=counts, at=AT
        )
        counted.add(source, identifier, verdict, counts)

    assert tally(db, run_id, planned, carried) == counted.details


def test_a_run_broken_off_has_its_counts_from_the_rows_for_every_source(
    db: Database, config: Config, wire: Wire
) -> None:
    add(db, "Jane Doe", "jane@example.com", "j.doe@work.example")
    add(db, "Alex Doe", "alex@example.com", consent=False)
    with config.paths.config_file.open("a", encoding="utf-8") as file:
        file.write(f'[sources.xposedornot]\nenabled = true\nbase_url = "{wire.base_url}"\n')
    wire.accounts["jane@example.com"] = names("Adobe")

    class Stopper(NoProgress):
        def step(self, label: str) -> None:
            assert "hibp_breaches" == label
            raise Interrupted(15)

    result = job_breach_recheck(db, load_config(config.paths), Options(progress=Stopper()))

    (row,) = db.get_run_history()
    details = json.loads(row["details"])
    assert ("interrupted", details) == (result.status, result.details), result.error
    assert (6, 6, 1) == (details["planned"], details["checks"], details["answered"])
    assert {"interrupted": 1, "no_consent": 1} == details["sources"]["hibp_breaches"]["reasons"]
    assert {"interrupted": 3} == details["sources"]["xposedornot"]["reasons"]
