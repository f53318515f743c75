"""What is wrong with the watcher itself is told once for each time it goes wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from digital_footprint.alerts import notices
from digital_footprint.alerts.notices import Trouble
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.schedule import Failure
from digital_footprint.scheduler.jobs import JOBS
from tests.conftest import CommandLine

NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

Runs = Callable[..., int]


@pytest.fixture
def ran(db: Database) -> Runs:
    """Enter a run that began so long ago."""

    def enter(job: str, ago: timedelta, status: str = "success", **details: object) -> int:
        at = to_text(NOW - ago)
        run = db.insert_scheduled_run(job, at)
        attempt = details.pop("attempt", 1)
        db.update_scheduled_run(
            run, status=status, completed_at=at, details=dict(details), attempt=attempt
        )
        return run

    return enter


@pytest.fixture
def others(ran: Runs) -> Callable[[str], None]:
    """Let every job but one have been done today."""

    def enter(but: str) -> None:
        for job in JOBS:
            if job != but:
                ran(job, HOUR)

    return enter


def found(db: Database, config: Config, *failures: Failure) -> list[tuple[str, str, str]]:
    seen = notices.troubles(db, config, failures, NOW)
    return [(one.event, one.subject, one.episode) for one in seen]


def test_a_household_that_began_today_has_no_trouble(
    db: Database, config: Config, ran: Runs
) -> None:
    assert [] == found(db, config)
    ran("breach_recheck", HOUR)
    assert [] == found(db, config)


def test_a_sibling_that_did_not_come_is_late(db: Database, config: Config, ran: Runs) -> None:
    ran("breach_recheck", 9 * DAY)
    ran("dark_web_monitor", 1 * DAY)
    ran("generate_report", 1 * DAY)
    ran("verify_removals", 0 * DAY)

    assert [("late", "breach_recheck", to_text(NOW - 9 * DAY))] == found(db, config)


def test_what_never_came_is_late_once_it_had_the_time(
    db: Database, config: Config, ran: Runs
) -> None:
    for days in range(9, -1, -1):
        ran("verify_removals", days * DAY)

    events = found(db, config)

    assert ("late", "breach_recheck", "never") in events
    assert ("late", "dark_web_monitor", "never") in events


def test_after_a_long_night_whoever_comes_first_does_not_tell_of_the_others(
    db: Database, config: Config, ran: Runs
) -> None:
    for job in ("breach_recheck", "dark_web_monitor", "verify_removals"):
        ran(job, 30 * DAY)
    ran("verify_removals", timedelta(minutes=1))

    assert [] == found(db, config)


def test_a_job_with_nothing_to_do_is_not_late(db: Database, config: Config, ran: Runs) -> None:
    for days in range(9, -1, -1):
        ran("verify_removals", days * DAY)
        ran("dark_web_monitor", days * DAY, "skipped", reason="nothing_configured")
    ran("breach_recheck", DAY)
    ran("generate_report", DAY)

    assert [] == found(db, config)


def test_one_failure_is_none_two_in_a_row_are(
    db: Database, config: Config, ran: Runs, others: Callable[[str], None]
) -> None:
    others("dark_web_monitor")
    ran("dark_web_monitor", 6 * DAY)
    ran("dark_web_monitor", 3 * DAY, "failed")
    assert [] == found(db, config)

    ran("dark_web_monitor", 0 * DAY, "interrupted")
    assert [("failing", "dark_web_monitor", to_text(NOW - 3 * DAY))] == found(db, config)

    ran("dark_web_monitor", 0 * DAY)
    assert [] == found(db, config)


def test_what_is_tried_again_at_once_counts_as_one_failure(
    db: Database, config: Config, ran: Runs
) -> None:
    for attempt in range(1, 6):
        ran("dark_web_monitor", HOUR - attempt * timedelta(minutes=5), "failed", attempt=attempt)

    assert [] == found(db, config)


def failure(job: str, ago: timedelta) -> Failure:
    unit = f"footprint-{job}.service"
    at = to_text(NOW - ago)
    return Failure(job=job, unit=unit, result="exit-code", exit_status="203", at=at, meaning="")


def test_a_unit_that_left_no_row_could_not_start(db: Database, config: Config, ran: Runs) -> None:
    ran("breach_recheck", 7 * DAY)

    assert [("not_started", "breach_recheck", to_text(NOW - HOUR))] == found(
        db, config, failure("breach_recheck", HOUR)
    )


def test_a_unit_whose_row_says_why_it_failed_did_start(
    db: Database, config: Config, ran: Runs
) -> None:
    ran("breach_recheck", HOUR, "failed")

    assert [] == found(db, config, failure("breach_recheck", HOUR - timedelta(minutes=1)))


def counts(answered: int, **reasons: int) -> dict[str, object]:
    mine = {"answered": answered, "inconclusive": sum(reasons.values()), "reasons": reasons}
    return {"sources": {"hibp_breaches": mine}}


@pytest.mark.parametrize(
    ("past", "blind"),
    [
        ([counts(2)], None),
        ([counts(2), counts(0, blocked=2)], None),
        ([counts(2), counts(0, blocked=2), counts(0, unauthorised=2)], 1),
        ([counts(2), counts(0, blocked=2), counts(1, blocked=1)], None),
        ([counts(0, blocked=2), counts(0, blocked=2), counts(0, blocked=2)], 2),
        ([counts(2), counts(0, interrupted=2), counts(0, interrupted=2)], None),
    ],
    ids=["answers", "once", "twice", "one of two", "never answered", "we broke off"],
)
def test_a_source_is_blind_after_two_intervals(
    db: Database,
    config: Config,
    ran: Runs,
    others: Callable[[str], None],
    past: list[dict[str, object]],
    blind: int | None,
) -> None:
    """Weekly runs, the newest today; `blind`: how many weeks ago the silence began."""
    others("breach_recheck")
    for ago, details in zip(range(len(past) - 1, -1, -1), past, strict=True):
        ran("breach_recheck", 7 * ago * DAY, "partial", **details)

    expected = [] if blind is None else [("blind", "hibp_breaches", to_text(NOW - 7 * blind * DAY))]
    assert expected == found(db, config)


def test_tries_of_one_evening_do_not_make_a_source_blind(
    db: Database, config: Config, ran: Runs
) -> None:
    for hours in (3, 2, 1):
        ran("breach_recheck", hours * HOUR, "failed", attempt=4 - hours, **counts(0, network=2))

    assert [] == found(db, config)


def test_an_episode_is_told_once_and_the_next_one_again(
    db: Database, config: Config, ran: Runs
) -> None:
    told: list[Trouble] = []
    ran("breach_recheck", 9 * DAY)
    for job in ("dark_web_monitor", "verify_removals", "generate_report"):
        ran(job, 1 * DAY)

    for _ in range(3):
        notices.raise_new(db, config, (), NOW, told.append)
    assert [("late", "breach_recheck")] == [(one.event, one.subject) for one in told]
    (notice,) = notices.open_notices(db)
    assert "breach_recheck is late: last done on 2026-11-13" == notice.text

    ran("breach_recheck", 0 * DAY)
    notices.raise_new(db, config, (), NOW, told.append)
    assert () == notices.open_notices(db)

    later = NOW + 10 * DAY
    ran("verify_removals", -9 * DAY)
    ran("dark_web_monitor", -9 * DAY)
    ran("generate_report", -9 * DAY)
    notices.raise_new(db, config, (), later, told.append)
    assert ["late", "late"] == [one.event for one in told]


def test_what_could_not_be_told_was_not_raised(db: Database, config: Config, ran: Runs) -> None:
    """Notice and outbox row are one transaction."""
    ran("breach_recheck", 9 * DAY)
    ran("verify_removals", 1 * DAY)
    ran("dark_web_monitor", 1 * DAY)

    def fail(_one: Trouble) -> None:
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        notices.raise_new(db, config, (), NOW, fail)

    assert () == notices.open_notices(db)
    assert [] == db.query("SELECT * FROM notices")


def test_every_event_has_words_and_a_command() -> None:
    for event in ("late", "failing", "not_started", "blind"):
        text, hint = notices.words(event, "breach_recheck", "2026-11-13T04:00:00Z")
        assert "2026-11-13" in text
        assert hint.startswith("footprint")
    assert "has never been done" in notices.words("late", "breach_recheck", "never")[0]
    with pytest.raises(ValueError, match="drill"):
        notices.words("drill", "x", "y")


def test_any_run_raises_what_is_wrong_with_its_siblings(
    paths: Paths, db: Database, ran: Runs, run: CommandLine
) -> None:
    """Through the real command, with what the failure handler left on the disk."""
    place = paths.state / "failures"
    place.mkdir(parents=True)
    (place / "footprint-breach_recheck.service").write_text(
        f"unit=footprint-breach_recheck.service\nresult=exit-code\nexit_status=203\n"
        f"at={to_text(utc_now())}\n",
        encoding="utf-8",
    )
    paths.config_file.write_text('[alerts.channels.screen]\nkind = "desktop"\n', encoding="utf-8")
    db.insert("channels", {"name": "screen", "known_since": to_text(utc_now())})

    for _ in range(2):
        assert 0 == run("footprint-job", "run", "verify_removals").code

    (row,) = db.query("SELECT * FROM outbox WHERE event = 'not_started'")
    assert ("screen", "breach_recheck") == (row["channel"], json.loads(row["details"])["subject"])
    (notice,) = notices.open_notices(db)
    assert "breach_recheck could not start" in notice.text
