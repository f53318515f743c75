"""What was missed while the machine was off is made up, by the jobs' own units and nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import agents, calendars, catalogue, catch_up, installation, operations
from footprint_timers.installation import Installation, Period
from footprint_timers.model import Slot
from footprint_timers.schedulers.launchd_domain import Launchd
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.trigger import identify
from tests.fake_systemd import FakeSystemd
from tests.mac import Mac
from tests.test_timers_launchd_calendar import FIELDS, is_fired

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = utc_now()


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mac:
    return Mac(tmp_path / "mac", monkeypatch)


@pytest.fixture
def plain(paths: Paths) -> Config:
    return load_config(paths)


@pytest.fixture
def launchd(mac: Mac, db: Database, plain: Config) -> Launchd:
    """All jobs installed with launchd, a year ago."""
    scheduler = mac.connect()
    wanted = operations.wish(db, plain, scheduler)
    operations.install(plain.paths, scheduler, wanted)
    record = installation.read(plain.paths)
    assert record is not None
    installation.write(plain.paths, since(record, NOW - 365 * DAY))
    mac.calls()
    return scheduler


def since(record: Installation, moment: datetime) -> Installation:
    jobs = {
        name: tuple(Period(slot=one.slot, since=to_text(moment)) for one in periods)
        for name, periods in record.jobs.items()
    }
    return Installation(
        backend=record.backend, scope=record.scope, units=record.units, stamps="", jobs=jobs
    )


def done(db: Database, name: str, ago: timedelta, status: str = "success") -> None:
    run_id = db.insert_scheduled_run(name, to_text(NOW - ago))
    db.update_scheduled_run(run_id, status=status)


def outcomes(db: Database, config: Config, scheduler: Launchd) -> dict[str, str]:
    record = installation.read(config.paths)
    assert record is not None
    return {one.job: one.why for one in catch_up.catch_up(db, config, record, scheduler)}


def test_only_what_is_overdue_is_started_and_by_its_own_agent(
    mac: Mac, db: Database, plain: Config, launchd: Launchd
) -> None:
    done(db, "breach_recheck", 8 * DAY)
    done(db, "dark_web_monitor", 2 * DAY)
    done(db, "verify_removals", 40 * HOUR)
    done(db, "generate_report", 6 * DAY)

    found = outcomes(db, plain, launchd)

    assert {"breach_recheck": "", "verify_removals": ""} == found
    assert [
        ["kickstart", "gui/501/footprint-timers.breach_recheck"],
        ["kickstart", "gui/501/footprint-timers.verify_removals"],
    ] == mac.changing()
    rows = db.query("SELECT id FROM scheduled_runs", {})
    assert 4 == len(rows), "it has run nothing itself"
    assert "catchup\n" == (plain.paths.locks / "breach_recheck.trigger").read_text(encoding="utf-8")


def test_what_runs_or_has_just_failed_is_left_alone(
    mac: Mac, db: Database, plain: Config, launchd: Launchd
) -> None:
    for name in JOBS:
        done(db, name, timedelta(minutes=1))
    done(db, "breach_recheck", 8 * DAY)
    mac.change("footprint-timers.breach_recheck", state="running")
    db.update_scheduled_run(2, status="failed")

    found = outcomes(db, plain, launchd)

    assert "ran less than six hours ago" in found["dark_web_monitor"]
    assert {"dark_web_monitor"} == found.keys() - {"breach_recheck"}
    assert [] == mac.changing()


def test_a_fresh_installation_starts_nothing_and_what_was_never_done_is_not_left_for_ever(
    mac: Mac, db: Database, plain: Config, launchd: Launchd
) -> None:
    record = installation.read(plain.paths)
    assert record is not None

    fresh = catch_up.overdue(db, plain, since(record, NOW), NOW)
    three_days = catch_up.overdue(db, plain, since(record, NOW - 3 * DAY), NOW)

    assert [] == fresh
    assert ["dark_web_monitor", "verify_removals"] == sorted(three_days)


def test_a_job_that_is_switched_off_or_not_installed_is_never_overdue(
    db: Database, paths: Paths, plain: Config, launchd: Launchd
) -> None:
    paths.config_file.write_text("[jobs.breach_recheck]\nenabled = false\n", encoding="utf-8")
    record = installation.read(paths)
    assert record is not None

    assert "breach_recheck" in catch_up.overdue(db, plain, record, NOW)
    assert "breach_recheck" not in catch_up.overdue(db, load_config(paths), record, NOW)
    nothing = installation.with_slots(record, {}, NOW)
    assert [] == catch_up.overdue(db, plain, nothing, NOW)


def test_an_agent_that_launchd_does_not_start_is_told_and_leaves_no_note(
    mac: Mac, db: Database, plain: Config, launchd: Launchd
) -> None:
    mac.unload("footprint-timers.breach_recheck")
    record = installation.read(plain.paths)
    assert record is not None

    found = catch_up.catch_up(db, plain, record, launchd)

    assert ["breach_recheck"] == [one.job for one in found if one.refused]
    assert not (plain.paths.locks / "breach_recheck.trigger").exists()


def test_with_systemd_too_it_only_starts_units(tmp_path: Path, db: Database, plain: Config) -> None:
    linux = tmp_path / "linux"
    linux.mkdir()
    fake = FakeSystemd(linux)
    scheduler = Systemd(fake.connect())
    wanted = operations.wish(db, plain, scheduler)
    operations.install(plain.paths, scheduler, wanted)
    record = installation.read(plain.paths)
    assert record is not None
    done(db, "breach_recheck", 8 * DAY)
    fake.calls.clear()

    found = catch_up.catch_up(db, plain, since(record, NOW), scheduler)

    assert ["breach_recheck"] == catch_up.names_of(found)
    service = "footprint-breach_recheck.service"
    assert [("reset-failed", service), ("start", "--no-block", service)] == fake.changing()


def test_the_small_log_of_launchd_stays_small(tmp_path: Path) -> None:
    log = tmp_path / "launchd.log"
    catch_up.trim(log)
    log.write_text("".join(f"line {number}\n" for number in range(200_000)), encoding="utf-8")
    inode = log.stat().st_ino

    catch_up.trim(log)

    lines = log.read_text(encoding="utf-8").splitlines()
    assert "line 199999" == lines[-1]
    assert lines[0].startswith("line ")
    assert log.stat().st_size < catch_up.LOG_KEPT
    assert inode == log.stat().st_ino, "launchd has this very file open"


def started_by(
    paths: Paths, moment: datetime, label: str = "footprint-timers.breach_recheck"
) -> tuple[str, str | None]:
    def no_process(*_words: object, **_options: object) -> None:
        pytest.fail("launchd has nobody to ask")

    environ = {"XPC_SERVICE_NAME": label}
    found = identify("breach_recheck", paths, no_process, environ=environ, now=moment)  # type: ignore[arg-type]
    return found.trigger, found.scheduled_for


@pytest.fixture
def nightly(paths: Paths) -> datetime:
    """Installed on the first day of March, to fire each day; given is the slot of the fifth."""
    slot = Slot(interval_days=1, phase=0, hour=4, minute=17, yearless=True)
    jobs = {"breach_recheck": (Period(slot=slot, since="2026-03-01T12:00:00Z"),)}
    installation.write(
        paths, Installation(backend="launchd", scope="user", units="", stamps="", jobs=jobs)
    )
    return datetime(2026, 3, 5, 4, 17).astimezone()


def test_a_slot_belongs_to_the_first_start_after_it(paths: Paths, nightly: datetime) -> None:
    assert ("timer", to_text(nightly)) == started_by(paths, nightly + timedelta(seconds=2))
    assert ("manual", None) == started_by(paths, nightly + HOUR)
    assert ("timer", to_text(nightly + DAY)) == started_by(paths, nightly + DAY + HOUR)


def test_what_the_catch_up_starts_is_its_own_and_takes_the_slot(
    paths: Paths, nightly: datetime
) -> None:
    note = paths.locks / "breach_recheck.trigger"
    note.parent.mkdir(parents=True)
    note.write_text("catchup", encoding="utf-8")

    assert ("catchup", None) == started_by(paths, nightly + HOUR)
    assert ("manual", None) == started_by(paths, nightly + 2 * HOUR)


@pytest.mark.parametrize(
    "label", ["footprint-timers.verify_removals", "0", "application.com.apple.Terminal.1"]
)
def test_outside_of_its_agent_a_start_is_one_by_hand(
    paths: Paths, nightly: datetime, label: str
) -> None:
    assert ("manual", None) == started_by(paths, nightly + HOUR, label)


def test_a_start_before_the_first_slot_is_one_by_hand(paths: Paths, nightly: datetime) -> None:
    assert ("manual", None) == started_by(paths, nightly - 4 * DAY + 8 * HOUR)


class Household:
    """A Mac over weeks: on for some hours, off for some; nothing fires while it is off."""

    base = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config = db, config
        jobs = catalogue.without_years(catalogue.all_jobs(config, "seed"))
        self.slots = {job.name: job.slot for job in jobs}
        self.catch_up = agents.catch_up_of(jobs).slot

    def events(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
        yield start, agents.CATCH_UP
        slots = {**self.slots, agents.CATCH_UP: self.catch_up}
        found = []
        for name, slot in slots.items():
            entries = calendars.calendar_intervals(slot)
            day = start.replace(hour=slot.hour, minute=slot.minute, second=0)
            while day < end:
                fields = {key: int(day.strftime(FIELDS[key])) for key in FIELDS}
                if day > start and any(is_fired(one, fields) for one in entries):
                    found.append((day, name))
                day += DAY
        yield from sorted(found)
        yield end, ""

    def longest_overdue(self, spans: list[tuple[float, float]]) -> timedelta:
        """Live through (hours on, hours off); give the longest time over an interval while on."""
        moment = Household.base
        jobs = {
            name: (Period(slot=slot, since=to_text(moment)),) for name, slot in self.slots.items()
        }
        record = Installation(backend="launchd", scope="user", units="", stamps="", jobs=jobs)
        last = dict.fromkeys(self.slots, moment)
        self.run(last, list(self.slots), moment)
        worst = timedelta()
        for on, off in spans:
            end = moment + on * HOUR
            for at, what in self.events(moment, end):
                if what == agents.CATCH_UP:
                    self.run(last, catch_up.overdue(self.db, self.config, record, at), at)
                elif what:
                    self.run(last, [what], at)
                worst = max(worst, *(at - last[name] - slot.interval_days * DAY
                                     for name, slot in self.slots.items()))  # fmt: skip
            moment = end + off * HOUR
        # Each example has years of its own, in the one database.
        Household.base = moment + 400 * DAY
        return worst

    def run(self, last: dict[str, datetime], names: list[str], at: datetime) -> None:
        for name in names:
            run_id = self.db.insert_scheduled_run(name, to_text(at))
            self.db.update_scheduled_run(run_id, status="success")
            last[name] = at


HOURS = st.floats(0.1, 200)


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    home = tmp_path_factory.mktemp("household")
    paths = Paths(home, home, home)
    with Database.open(paths.database) as db:
        yield Household(db, load_config(paths))


@settings(deadline=None, max_examples=40)
@given(spans=st.lists(st.tuples(HOURS, HOURS), min_size=1, max_size=12))
def test_no_job_is_overdue_for_a_day_while_the_machine_is_on(
    household: Household, spans: list[tuple[float, float]]
) -> None:
    assert household.longest_overdue(spans) <= DAY
