"""systemd's own persistence is kept at the last done, before, during and after a run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_footprint.clock import to_text
from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from footprint_timers import failures, installation, stamps
from footprint_timers.installation import Installation
from footprint_timers.trigger import Activation
from footprint_timers.unit_run import in_step

JOB = "breach_recheck"
SLOT = datetime(2026, 10, 26, 4, 17, tzinfo=UTC)
EARLIER = SLOT - timedelta(days=7)
FIRED = Activation(trigger="timer", since=to_text(SLOT), scheduled_for=to_text(SLOT))
BY_HAND = Activation(trigger="manual", since=to_text(SLOT))


@pytest.fixture
def place(tmp_path: Path, paths: Paths) -> Path:
    place = tmp_path / "stamps"
    installation.write(
        paths, Installation(backend="systemd", scope="user", units="/u", stamps=str(place))
    )
    return place


def record(db: Database, start: datetime, status: str) -> None:
    number = db.insert_scheduled_run(JOB, to_text(start))
    db.update_scheduled_run(number, status=status)


def stamp(place: Path) -> datetime | None:
    return stamps.read_time(stamps.stamp_of(place, JOB))


def systemd_fires(place: Path) -> None:
    """The manager touches the stamp before it starts the unit."""
    stamps.write_stamp(place, JOB, SLOT + timedelta(minutes=3))


def test_while_a_run_is_under_way_the_stamp_stands_at_the_last_done(
    db: Database, paths: Paths, place: Path
) -> None:
    record(db, EARLIER, "success")
    systemd_fires(place)

    with in_step(db, paths, JOB, FIRED):
        assert stamp(place) == EARLIER
        record(db, SLOT, "success")

    assert stamp(place) == SLOT


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_that_was_not_done_leaves_it_there(
    db: Database, paths: Paths, place: Path, status: str
) -> None:
    record(db, EARLIER, "success")
    systemd_fires(place)

    with in_step(db, paths, JOB, FIRED):
        record(db, SLOT, status)

    assert stamp(place) == EARLIER


def test_a_first_run_that_is_cut_off_is_owed_from_its_slot_on(
    db: Database, paths: Paths, place: Path
) -> None:
    systemd_fires(place)

    with in_step(db, paths, JOB, FIRED):
        assert stamp(place) == SLOT - timedelta(seconds=1)


def test_a_first_run_by_hand_owes_nothing(db: Database, paths: Paths, place: Path) -> None:
    with in_step(db, paths, JOB, BY_HAND):
        assert stamp(place) is None


def test_without_an_installation_no_stamp_is_made(
    db: Database, paths: Paths, tmp_path: Path
) -> None:
    with in_step(db, paths, JOB, FIRED):
        record(db, SLOT, "success")

    assert list(tmp_path.rglob("stamp-*")) == []


def test_a_record_that_nobody_can_read_stops_no_run(
    db: Database, paths: Paths, place: Path
) -> None:
    installation.file_of(paths).write_text('{"jobs": 7}', encoding="utf-8")

    with in_step(db, paths, JOB, FIRED):
        record(db, SLOT, "success")

    with pytest.raises(ConfigurationError, match="cannot be read"):
        installation.read(paths)


@pytest.mark.parametrize(("status", "left"), [("success", 0), ("skipped", 0), ("failed", 1)])
def test_the_notice_of_a_failure_stands_until_a_run_is_done(
    db: Database, paths: Paths, place: Path, status: str, left: int
) -> None:
    notice = failures.directory(paths) / f"footprint-{JOB}.service"
    notice.parent.mkdir(parents=True)
    notice.write_text(
        "unit=x\nresult=exit-code\nexit_status=203\nat=2026-10-26T04:00:00Z\n", encoding="utf-8"
    )

    with in_step(db, paths, JOB, FIRED):
        record(db, SLOT, status)

    assert len(failures.read(paths)) == left


def test_a_stamp_that_stands_already_is_not_touched(place: Path) -> None:
    stamps.write_stamp(place, JOB, EARLIER)
    before = stamps.stamp_of(place, JOB).stat().st_ctime_ns

    stamps.write_stamp(place, JOB, EARLIER)

    assert stamps.stamp_of(place, JOB).stat().st_ctime_ns == before


def test_the_stamps_lie_where_the_manager_s_environment_says() -> None:
    assert str(stamps.stamp_directory({"HOME": "/home/a"})) == "/home/a/.local/share/systemd/timers"
    assert str(stamps.stamp_directory({"HOME": "/h", "XDG_DATA_HOME": "/d"})) == "/d/systemd/timers"


def test_the_record_comes_back_as_it_was_written(paths: Paths, place: Path) -> None:
    found = installation.read(paths)

    assert found == Installation(backend="systemd", scope="user", units="/u", stamps=str(place))
