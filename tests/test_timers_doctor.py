"""What doctor says of the machine and of whose timers there are, and what it mends by itself."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import process
from digital_footprint.clock import to_text, utc_now
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from footprint_timers import (
    doctor,
    doctor_machine,
    doctor_units,
    identity,
    installation,
    operations,
)
from footprint_timers.examination import Finding
from footprint_timers.installation import Installation
from footprint_timers.machine import Machine
from footprint_timers.model import Proof, Scope
from footprint_timers.schedulers.scheduler import Scheduler
from footprint_timers.site import Site
from tests.fake_crontab import FakeCrontab

pytestmark = pytest.mark.skipif(
    Path("/run/systemd/system").exists(), reason="this machine's own systemd would be asked"
)
# As the real one: a name it does not know is no error, and gives nothing.
TIMEDATECTL = """#!/bin/sh
for word; do
    case $word in
        --property=CanNTP) echo CanNTP={can} ;;
        --property=NTP) echo NTP={on} ;;
    esac
done
"""
AHEAD = "2099-01-01T00:00:00Z"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCrontab:
    fake = FakeCrontab(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    return fake


@pytest.fixture
def keeps_time(fake: FakeCrontab, tmp_path: Path) -> Callable[[str, str], None]:
    """Make a machine that could keep its clock right by the network, or does."""

    def make(can: str, on: str) -> None:
        program = tmp_path / "bin/timedatectl"
        program.write_text(TIMEDATECTL.format(can=can, on=on), "utf-8")
        program.chmod(0o755)

    return make


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


def installed_with(backend: str, leaving: tuple[str, Scope] | None = None) -> Installation:
    return Installation(backend=backend, scope="user", units="/u", stamps="", leaving=leaving)


def cron_of(site: Site) -> Scheduler[Any]:
    return replace(site, backend="cron").scheduler(process.run)


def install(site: Site, db: Database) -> None:
    cron = cron_of(site)
    operations.install(site.paths, cron, operations.wish(db, load_config(site.paths), cron))


def looked_at(site: Site, db: Database) -> dict[str, Finding]:
    found = doctor_machine.examine(db, site.paths, process.run, site)
    return {one.name: one for one in found}


def row(db: Database, started_at: str) -> None:
    db.update_scheduled_run(db.insert_scheduled_run("verify_removals", started_at), status="failed")


@pytest.mark.parametrize(("can", "on", "ok"), [("yes", "no", False), ("yes", "yes", True)])
def test_network_time_that_is_off_is_told(
    site: Site, db: Database, keeps_time: Callable[[str, str], None], can: str, on: str, ok: bool
) -> None:
    keeps_time(can, on)

    clock = looked_at(site, db)["clock"]

    assert ok is clock.ok
    assert ("" if ok else "sudo timedatectl set-ntp true") == clock.fix


def test_who_cannot_keep_time_by_the_network_is_told_nothing_of_it(
    site: Site, db: Database, keeps_time: Callable[[str, str], None]
) -> None:
    keeps_time("no", "no")

    assert looked_at(site, db)["clock"].ok


@pytest.mark.parametrize(
    ("can", "first"), [("yes", "sudo timedatectl set-ntp true"), ("no", "date")]
)
def test_a_newest_run_that_lies_ahead_is_told_until_another_is_recorded(
    site: Site, db: Database, keeps_time: Callable[[str, str], None], can: str, first: str
) -> None:
    keeps_time(can, "no" if can == "no" else "yes")
    row(db, AHEAD)

    clock = looked_at(site, db)["clock"]

    assert not clock.ok
    assert AHEAD in clock.found
    assert f"{first}; once the clock is right: footprint-job run verify_removals" == clock.fix
    row(db, to_text(utc_now()))
    assert looked_at(site, db)["clock"].ok


@pytest.mark.parametrize(
    ("installed", "fix"),
    [
        (None, "footprint-timers install"),
        (installed_with("systemd"), "footprint-timers uninstall --backend cron --force"),
        (installed_with("cron"), ""),
        # It is `move` that tells of these, and install that ends it.
        (installed_with("systemd", ("cron", "user")), ""),
    ],
    ids=["no record", "of systemd", "of cron", "from cron"],
)
def test_our_own_lines_are_told_where_no_record_knows_them(
    site: Site, db: Database, installed: Installation | None, fix: str
) -> None:
    install(site, db)

    found = looked_at(replace(site, installed=installed), db)["crontab"]

    assert (not fix, fix) == (found.ok, found.fix)


def test_lines_of_a_persons_own_that_run_jobs_are_shown(
    site: Site, db: Database, fake: FakeCrontab
) -> None:
    install(site, db)
    fake.spool.write_text(
        f"1 4 * * * python3 scheduler.py\n{fake.spool.read_text('utf-8')}", encoding="utf-8"
    )

    found = looked_at(replace(site, installed=installed_with("cron")), db)["crontab"]

    assert not found.ok
    assert "1 line(s)" in found.found
    assert "python3 scheduler.py" in found.found
    assert "crontab -e, and remove what runs our jobs" == found.fix


def test_timers_of_another_home_are_neither_mended_nor_called_stale(
    site: Site, db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(site, db)
    other = tmp_path / "other"
    monkeypatch.setenv("FOOTPRINT_HOME", str(other))
    there = replace(site, paths=Paths(other, other, other))

    found = doctor_units.examine(db, load_config(there.paths), cron_of(there), there)

    assert "whose timers" == found.name
    assert "this shell with" in found.found
    assert "set FOOTPRINT_HOME as it was" in found.fix
    assert found.mend is None


def test_what_was_tried_and_is_still_wrong_is_not_called_mended() -> None:
    tried: list[str] = []
    before = [
        Finding(name, False, "off", "turn it on", partial(tried.append, name))
        for name in ("linger", "units")
    ]

    done = doctor.mend(before)

    assert ["linger", "units"] == tried
    now = [Finding("linger", False, "off", "turn it on"), Finding("units", True, "well")]
    assert ("units",) == doctor.mended(done, now)


def test_another_level_that_is_asked_for_is_proved_anew(site: Site, db: Database) -> None:
    """A proof of yesterday may be why somebody asks."""
    asked: list[bool] = []

    class Proving:
        def __getattr__(self, name: str) -> Any:
            return getattr(cron, name)

        def proofs(self, *_words: Any, known: Any, **_more: Any) -> dict[str, Any]:
            asked.append(bool(known))
            return {}

    cron = cron_of(site)
    proof = Proof(level="strong", proved=("all",))
    recorded = replace(installed_with("cron"), sandbox="strong", proofs={"breach_recheck": proof})
    installation.write(site.paths, recorded)
    scheduler: Any = Proving()

    for choice in (None, "strong", "auto"):
        operations.wish(db, load_config(site.paths), scheduler, sandbox=choice, prove=True)

    assert [True, True, False] == asked
