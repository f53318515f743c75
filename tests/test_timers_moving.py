"""Timers that move from one scheduler to another leave nothing behind."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import process
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError, FootprintError
from digital_footprint.output import Result
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import doctor, failures, identity, installation, moving, operations, view
from footprint_timers.machine import Machine
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.site import Site
from tests.fake_crontab import FakeCrontab

pytestmark = pytest.mark.skipif(
    Path("/run/systemd/system").exists(), reason="this machine's own systemd would be asked"
)
THEIRS = "17 3 * * * true\n"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrontab:
    fake = FakeCrontab(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    fake.spool.write_text(THEIRS, "utf-8")
    return fake


@pytest.fixture
def site(fake: FakeCrontab, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A person whose service manager does not run, and whose cron does."""
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.config))
    return Site(
        person=replace(identity.current(), home=tmp_path / "jane"),
        scope="user",
        paths=paths,
        installed=None,
        machine=Machine(platform="linux", processes=fake.processes),
    )


@pytest.fixture
def install(site: Site, db: Database) -> Callable[[Scheduler[Any]], Result]:
    """Install as `install` does, past its refusal of a program in a directory like /tmp."""

    def into(scheduler: Scheduler[Any]) -> Result:
        now = replace(site, installed=installation.read(site.paths))
        leaving = moving.abandoned(now, scheduler, process.run)
        wanted = operations.wish(db, load_config(site.paths), scheduler)
        operations.install(site.paths, scheduler, wanted, abandoned=leaving)
        return view.of_installation(wanted, scheduler, linger=True, due={}, abandoned=leaving)

    return into


def systemd_of(site: Site) -> Scheduler[Any]:
    return site.files("user")


def cron_of(site: Site) -> Scheduler[Any]:
    return replace(site, backend="cron").scheduler(process.run)


def units(site: Site) -> set[str]:
    return {path.name for path in site.person.home.rglob("footprint-*")}


def test_to_cron_and_back_and_each_time_it_is_said_what_went(
    site: Site, fake: FakeCrontab, install: Callable[[Scheduler[Any]], Result]
) -> None:
    install(systemd_of(site))
    before = units(site)
    notice = failures.directory(site.paths) / "footprint-breach_recheck.service"
    notice.parent.mkdir()
    notice.write_text("unit=footprint-breach_recheck.service\n", "utf-8")

    there = install(cron_of(site))

    assert set() == units(site)
    assert "footprint-job" in fake.spool.read_text("utf-8")
    assert not notice.parent.exists()
    record = installation.read(site.paths)
    assert record is not None
    assert ("cron", "user", "crontab", "") == (
        record.backend, record.scope, record.units, record.stamps,
    )  # fmt: skip
    assert {*JOBS} == {name for name in record.jobs if record.slot(name)}
    assert ("systemd", "user") == (
        there.document["moves"]["backend"], there.document["moves"]["scope"],
    )  # fmt: skip
    assert {name for name in before if "@" in name} <= {*there.document["moves"]["removed"]}
    assert any("moved from systemd, user scope" in str(line) for line in there.text)

    back = install(systemd_of(site))

    assert THEIRS == fake.spool.read_text("utf-8")
    assert before == units(site)
    assert any("moved from cron, user scope; crontab loses" in str(line) for line in back.text)
    assert install(systemd_of(site)).document["moves"] is None


@pytest.fixture
def half(site: Site, db: Database, install: Callable[[Scheduler[Any]], Result]) -> Site:
    """A person whose move from systemd to cron was killed in the midst."""
    install(systemd_of(site))
    now = replace(site, installed=installation.read(site.paths))
    cron = replace(site, backend="cron").scheduler(killed_at_writing)
    leaving = moving.abandoned(now, cron, process.run)
    wanted = operations.wish(db, load_config(site.paths), cron)
    child = os.fork()
    if not child:
        operations.install(site.paths, cron, wanted, abandoned=leaving)
        os._exit(0)
    assert -signal.SIGKILL == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert units(site)
    return replace(now, installed=installation.read(site.paths), backend="cron")


def test_what_a_killed_move_has_left_goes_with_the_rest(
    site: Site, half: Site, fake: FakeCrontab
) -> None:
    cron = cron_of(site)
    left = moving.left_behind(half, cron, process.run)

    operations.uninstall(site.paths, cron, moving.plan_removal(cron), abandoned=left)

    assert set() == units(site)
    assert THEIRS == fake.spool.read_text("utf-8")
    assert installation.read(site.paths) is None


def test_a_move_that_was_killed_is_told_by_doctor_and_finished_by_the_next_installation(
    site: Site, half: Site, db: Database, install: Callable[[Scheduler[Any]], Result]
) -> None:
    found = {
        one.name: one for one in doctor.examine(db, load_config(site.paths), process.run, half)
    }
    assert "a move from systemd, user scope was cut off" in found["move"].found
    assert "footprint-timers install" == found["move"].fix
    # What mends units alone finishes no move, and does not forget it.
    cron = cron_of(site)
    operations.install(site.paths, cron, operations.wish(db, load_config(site.paths), cron))
    assert units(site)

    install(cron_of(site))

    assert set() == units(site)
    record = installation.read(site.paths)
    assert record is not None
    assert ("cron", None) == (record.backend, record.leaving)


def test_no_third_place_is_begun_while_a_move_is_cut_off(
    site: Site, half: Site, fake: FakeCrontab
) -> None:
    before, lines = units(site), fake.spool.read_text("utf-8")

    with pytest.raises(ConfigurationError, match="was cut off; nothing was changed") as refused:
        moving.abandoned(half, site.files("system"), process.run)

    assert "finish it first: footprint-timers install --backend cron --scope user" == (
        refused.value.hint
    )
    assert (before, lines) == (units(site), fake.spool.read_text("utf-8"))


def test_timers_whose_record_is_lost_are_told_by_doctor_with_what_takes_them_up_again(
    site: Site, db: Database, install: Callable[[Scheduler[Any]], Result]
) -> None:
    install(systemd_of(site))
    installation.remove(site.paths)
    cron = replace(site, backend="cron")

    named = {
        one.name: one for one in doctor.examine(db, load_config(site.paths), process.run, cron)
    }

    assert f"nothing is recorded of them in {site.paths.state}" in named["record"].found
    assert "lost: footprint-timers install --scope user; else" in named["record"].fix
    install(systemd_of(site))
    back = replace(cron, installed=installation.read(site.paths))
    found = doctor.examine(db, load_config(site.paths), process.run, back)
    assert "record" not in {one.name for one in found}


def killed_at_writing(argv: Sequence[str], **how: Any) -> process.Completed:
    if any("crontab - <" in word for word in argv):
        os.kill(os.getpid(), signal.SIGKILL)
    return process.run(argv, **how)


def test_lines_that_no_daemon_reads_any_more_go_as_well(
    site: Site, fake: FakeCrontab, install: Callable[[Scheduler[Any]], Result]
) -> None:
    install(cron_of(site))
    fake.daemon("/bin/true")

    install(systemd_of(site))

    assert THEIRS == fake.spool.read_text("utf-8")


def test_lines_that_nothing_can_take_out_keep_the_jobs_where_they_are(
    site: Site,
    fake: FakeCrontab,
    install: Callable[[Scheduler[Any]], Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(cron_of(site))
    lines = fake.spool.read_text("utf-8")
    fake.misbehave("refuses")

    with pytest.raises(FootprintError, match="bad minute"):
        install(systemd_of(site))
    assert set() == units(site)
    monkeypatch.setenv("PATH", str(fake.place / "none"))
    with pytest.raises(ConfigurationError, match="installed with cron, user scope") as caught:
        install(systemd_of(site))

    assert caught.value.hint
    assert set() == units(site)
    assert lines == fake.spool.read_text("utf-8")
    record = installation.read(site.paths)
    assert record is not None
    assert "cron" == record.backend


def test_removing_what_another_scheduler_never_had_keeps_the_record_of_the_one_that_has(
    site: Site, install: Callable[[Scheduler[Any]], Result]
) -> None:
    install(systemd_of(site))
    cron = cron_of(site)

    operations.uninstall(site.paths, cron, moving.plan_removal(cron))

    record = installation.read(site.paths)
    assert record is not None
    assert "systemd" == record.backend
    assert units(site)
