"""A Mac of the tests: a home, and the stand-in of launchctl on PATH, driven by real processes."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import process
from footprint_timers.machine import Machine
from footprint_timers.schedulers.launchd_domain import Launchd, connect
from tests.conftest import HandClock

# Imported, so that it is compiled once: it is called thousands of times.
FAKE = """\
import sys
sys.path.insert(0, sys.argv[1])
import fake_launchctl
sys.exit(fake_launchctl.main(sys.argv[2:]))
"""
READING = {"print", "print-disabled"}
# What Python's os has on Linux, and not on macOS.
NOT_THERE = ("getresgid", "getresuid", "setresgid", "setresuid")


class Mac:
    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.state = home / "launchd"
        self.clock = HandClock()
        self.monkeypatch = monkeypatch
        programs = home / "bin"
        for place in (self.state, programs):
            place.mkdir(parents=True)
        launchctl = programs / "launchctl"
        call = shlex.join([sys.executable, "-S", "-E", "-c", FAKE, str(Path(__file__).parent)])
        launchctl.write_text(f'#!/bin/sh\nexec {call} "$@"\n', "utf-8")
        launchctl.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        monkeypatch.setenv("FAKE_LAUNCHD", str(self.state))
        self.has_domains("gui/501", "user/501")
        for name in NOT_THERE:
            monkeypatch.delattr(os, name)

    @property
    def agents(self) -> Path:
        return self.home / "Library" / "LaunchAgents"

    def machine(self) -> Machine:
        return Machine(
            platform="darwin",
            user_id=501,
            is_root=False,
            home=self.home,
            clock=self.clock.clock(),
        )

    def connect(self) -> Launchd:
        found = connect(process.run, self.machine(), "user")
        assert isinstance(found, Launchd)
        return found

    def has_domains(self, *domains: str) -> None:
        (self.state / "domains").write_text("\n".join(domains), encoding="utf-8")

    def refuses(self, what: str, code: int) -> None:
        (self.state / "refuse").write_text(f"{what} {code}\n", encoding="utf-8")

    def refuses_nothing(self) -> None:
        (self.state / "refuse").unlink(missing_ok=True)

    def is_slow(self, looks: int) -> None:
        self.monkeypatch.setenv("FAKE_LAUNCHD_SLOW", str(looks))

    def disable(self, *labels: str) -> None:
        (self.state / "disabled").write_text("\n".join(labels), encoding="utf-8")

    def disabled(self) -> set[str]:
        return set((self.state / "disabled").read_text(encoding="utf-8").split())

    def loaded(self, domain: str = "gui/501") -> dict[str, Any]:
        return {
            path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((self.state / "loaded" / domain).glob("*.json"))
        }

    def change(self, label: str, domain: str = "gui/501", **values: object) -> None:
        """Let a loaded service be in another state than the one it was loaded in."""
        path = self.state / "loaded" / domain / f"{label}.json"
        service = {**json.loads(path.read_text(encoding="utf-8")), **values}
        path.write_text(json.dumps(service), encoding="utf-8")

    def unload(self, label: str, domain: str = "gui/501") -> None:
        (self.state / "loaded" / domain / f"{label}.json").unlink()

    def calls(self) -> list[list[str]]:
        """Every call since the last time this was asked."""
        file = self.state / "calls"
        if not file.exists():
            return []
        lines = file.read_text(encoding="utf-8").splitlines()
        file.unlink()
        return [json.loads(line) for line in lines]

    def changing(self) -> list[list[str]]:
        return [call for call in self.calls() if call[0] not in READING]


def tree(place: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}
