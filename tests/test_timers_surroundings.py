"""A machine without a scheduler: what its kind lets a person do."""

from pathlib import Path

import pytest

from footprint_timers.surroundings import advice_without


@pytest.mark.parametrize(
    "mark", [".dockerenv", "run/.containerenv", "run/systemd/container", "proc/1/environ"]
)
def test_a_container_is_told_of_its_host(tmp_path: Path, mark: str) -> None:
    (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / mark).write_text("PATH=/bin\0container=podman\0", "utf-8")

    advice = advice_without(tmp_path)

    assert "this is a container" in advice
    assert "footprint-job run-overdue" in advice
    assert "cron daemon" in advice


@pytest.mark.parametrize("release", ["5.15.153.1-microsoft-standard-WSL2", "4.4.0-Microsoft"])
def test_wsl_is_told_of_systemd_of_cron_and_of_windows(tmp_path: Path, release: str) -> None:
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/osrelease").write_text(release, "utf-8")

    advice = advice_without(tmp_path)

    for word in ("this is WSL", "systemd=true", "/etc/wsl.conf", "service cron", "Task Scheduler"):
        assert word in advice


def test_any_other_machine_is_told_nothing_of_the_kind(tmp_path: Path) -> None:
    (tmp_path / "proc/1").mkdir(parents=True)
    (tmp_path / "proc/1/environ").write_text("HOME=/\0NOTE=container=x\0", "utf-8")

    assert "" == advice_without(tmp_path)
