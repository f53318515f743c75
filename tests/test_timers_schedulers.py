"""Behind one protocol stands whichever scheduler this machine has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from digital_footprint.process import Completed
from footprint_timers.schedulers.systemd_manager import Systemd
from tests.fake_systemd import FakeSystemd


def test_systemd_starts_a_job_by_its_service_even_after_too_many_failures(tmp_path: Path) -> None:
    asked = []

    def recorded(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        asked.append(argv)
        return Completed(tuple(argv), 0)

    manager = replace(FakeSystemd(tmp_path).connect(), run=recorded)

    assert 0 == Systemd(manager).start("breach_recheck").code
    service = "footprint-breach_recheck.service"
    assert [
        ["systemctl", "--user", "reset-failed", service],
        ["systemctl", "--user", "start", "--no-block", service],
    ] == asked


def test_systemd_tells_its_name_version_and_places(tmp_path: Path) -> None:
    manager = FakeSystemd(tmp_path, version=257).connect()
    scheduler = Systemd(manager)

    assert ("systemd", "user") == (scheduler.name, scheduler.scope)
    assert "systemd 257, user scope" == scheduler.title
    assert (manager.units, manager.stamps) == (scheduler.units, scheduler.stamps)
