"""A stand-in for a user's systemd manager: answers systemctl and loginctl, and keeps each call.

It holds to what was tried on real ones: a stamp is read when a timer starts, and only then; a
timer whose calendar is read anew while it is active fires at once when it is behind; a unit is
enabled by a link.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digital_footprint.process import Completed
from footprint_timers.manager import Manager, connect

READING = {"show", "show-environment"}


class FakeSystemd:
    def __init__(self, home: Path, version: int = 252) -> None:
        self.home = home
        self.version = version
        self.units = home / ".config/systemd/user"
        self.stamps = home / ".local/share/systemd/timers"
        self.active: set[str] = set()
        self.loaded: dict[str, str] = {}
        self.calls: list[tuple[str, ...]] = []
        self.read_stamps: dict[str, datetime | None] = {}
        self.fails: str | None = None
        # What it says of a unit because of what a person has done to that.
        self.says: dict[str, dict[str, str]] = {}
        (home / "booted").mkdir()

    @property
    def wants(self) -> Path:
        return self.units / "timers.target.wants"

    @property
    def enabled(self) -> set[str]:
        return {link.name for link in self.wants.glob("*")}

    def connect(self) -> Manager:
        found = connect(self, {"XDG_RUNTIME_DIR": "/run/user/1"}, booted=self.home / "booted")
        assert isinstance(found, Manager)
        return found

    def changing(self) -> list[tuple[str, ...]]:
        return [call for call in self.calls if call[0] not in READING]

    def __call__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,  # noqa: ARG002 - as every Runner
    ) -> Completed:
        assert argv[:2] == ["systemctl", "--user"]
        verb, *words = argv[2:]
        self.calls.append((verb, *words))
        if verb == self.fails:
            return Completed(tuple(argv), 1, stderr=f"Failed to {verb}: it is broken\n")
        answer = getattr(self, f"_{verb.replace('-', '_')}")(words)
        return Completed(tuple(argv), 0, stdout=answer or "")

    def _show(self, words: list[str]) -> str:
        if words == ["--property=Version,UnitPath"]:
            return f"Version={self.version}.39-1\nUnitPath=/etc/systemd/user {self.units}\n"
        return "\n".join(self._block(unit) for unit in words[1:])

    def _show_environment(self, _words: list[str]) -> str:
        return f"HOME={self.home}\nODD=$'a\\'b'\n"

    def _daemon_reload(self, _words: list[str]) -> None:
        self.loaded = {
            path.name: path.read_text(encoding="utf-8")
            for path in self.units.glob("footprint-*")
            if path.is_file()
        }

    def _stop(self, units: list[str]) -> None:
        self.active -= set(units)

    def _start(self, words: list[str]) -> None:
        units = [word for word in words if not word.startswith("--")]
        for unit in units:
            assert (self.units / unit).exists()
            self.loaded.setdefault(unit, (self.units / unit).read_text(encoding="utf-8"))
            stamp = self.stamps / f"stamp-{unit}"
            moment = stamp.stat().st_mtime if stamp.exists() else None
            self.read_stamps[unit] = datetime.fromtimestamp(moment, UTC) if moment else None
        self.active |= set(units)

    def _enable(self, words: list[str]) -> None:
        self.wants.mkdir(exist_ok=True)
        for unit in set(words) - {"--no-reload"}:
            (self.wants / unit).symlink_to(self.units / unit)

    def _disable(self, units: list[str]) -> None:
        for unit in units:
            (self.wants / unit).unlink()
        if not self.enabled:
            self.wants.rmdir()

    def _reset_failed(self, _units: list[str]) -> None:
        pass

    def _block(self, unit: str) -> str:
        path = self.units / unit
        text = path.read_text(encoding="utf-8") if path.exists() else None
        known = text is not None or unit in self.loaded
        values = {
            "Id": unit,
            "LoadState": "loaded" if known else "not-found",
            "ActiveState": "active" if unit in self.active else "inactive",
            "SubState": "waiting" if unit in self.active else "dead",
            "UnitFileState": "enabled" if unit in self.enabled else "disabled" if text else "",
            "NeedDaemonReload": "yes" if self.loaded.get(unit, text) != text else "no",
            "FragmentPath": str(path) if known else "",
            "NextElapseUSecRealtime": self._soon() if unit in self.active else "",
            "Triggers": unit.replace(".timer", ".service") if unit.endswith(".timer") else "",
            "DropInPaths": "",
            "RandomizedDelayUSec": "10min",
            **self.says.get(unit, {}),
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def _soon(self) -> str:
        return f"{datetime.now(UTC) + timedelta(days=1):%a %Y-%m-%d %H:%M:%S} UTC"
