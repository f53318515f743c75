"""systemd where no manager answers: timers are enabled by links, and nothing is started.

For images, chroots and machines that have not been booted: what is written there holds from the
next boot on. systemd's own `systemctl --root` makes the same links.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.process import NOT_FOUND, Completed
from footprint_timers.identity import Person
from footprint_timers.manager import OLDEST, SYSTEM_STAMPS, SYSTEM_UNITS, WANTS, Manager
from footprint_timers.model import Account, Scope
from footprint_timers.stamps import stamp_directory

LIBRARIES = ("lib/systemd", "usr/lib/systemd", "usr/lib/*/systemd", "usr/lib64/systemd")


@dataclass(frozen=True, slots=True)
class Links:
    """Answers like a manager from the files of a tree: a timer that is enabled will run.

    `units`: their directory as we see it; `inside`: as it is once the tree is a machine's root.
    """

    units: Path
    inside: Path

    def __call__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,  # noqa: ARG002 - as every Runner
    ) -> Completed:
        """Do what systemctl would do offline; what only concerns running units is nothing."""
        words = [word for word in argv[1:] if not word.startswith("--")]
        if argv[0] != "systemctl" or not words:
            return Completed(tuple(argv), NOT_FOUND, stderr=f"nothing runs here: {argv[0]}")
        verb, *units = words
        try:
            text = self._answer(verb, units)
        except OSError as error:
            return Completed(tuple(argv), 1, stderr=f"{verb}: {error.strerror}: {error.filename}")
        return Completed(tuple(argv), 0, stdout=text)

    def _answer(self, verb: str, units: Sequence[str]) -> str:
        match verb:
            case "show":
                return "\n".join(self._shown(unit) for unit in units)
            case "enable":
                self._enable(units)
            case "disable":
                self._disable(units)
        return ""

    def _enable(self, units: Sequence[str]) -> None:
        wants = self.units / WANTS
        wants.mkdir(parents=True, exist_ok=True)
        for unit in units:
            (wants / unit).unlink(missing_ok=True)
            (wants / unit).symlink_to(self.inside / unit)

    def _disable(self, units: Sequence[str]) -> None:
        wants = self.units / WANTS
        for unit in units:
            (wants / unit).unlink(missing_ok=True)
        if wants.is_dir() and not any(wants.iterdir()):
            wants.rmdir()

    def _shown(self, unit: str) -> str:
        there = (self.units / unit).is_file()
        enabled = there and (self.units / WANTS / unit).is_symlink()
        values = {
            "Id": unit,
            "LoadState": "loaded" if there else "not-found",
            "ActiveState": "active" if enabled else "inactive",
            "SubState": "dead",
            "UnitFileState": "enabled" if enabled else "disabled",
            "NeedDaemonReload": "no",
            "FragmentPath": str(self.inside / unit) if there else "",
            "NextElapseUSecRealtime": "",
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())


def connect(root: Path, scope: Scope, person: Person) -> Manager:
    """Give what stands for the manager that will once read a tree of files.

    Of the environment that it will have nothing is known but the home.
    """
    places = {"HOME": str(person.home)}
    stamps = SYSTEM_STAMPS if scope == "system" else stamp_directory(places)
    inside = SYSTEM_UNITS if scope == "system" else person.home / ".config/systemd/user"
    units = in_tree(root, inside)
    return Manager(
        run=Links(units, inside),
        bus={},
        version=max(version_in(root) or OLDEST, OLDEST),
        units=units,
        stamps=in_tree(root, stamps),
        environment=places,
        account=Account(person.name, person.home, stamps) if scope == "system" else None,
        root=root,
        uid=person.uid,
        person=person.name,
    )


def in_tree(root: Path, path: Path) -> Path:
    """Give a path of a machine as it lies in its tree of files."""
    return root / path.relative_to("/")


def version_in(root: Path) -> int | None:
    """Read systemd's version off the name of its own library: no program of the tree is run."""
    names = [
        path.name for place in LIBRARIES for path in root.glob(f"{place}/libsystemd-shared-*.so")
    ]
    found = [re.match(r"libsystemd-shared-(\d+)", name) for name in names]
    return max((int(match[1]) for match in found if match), default=None)
