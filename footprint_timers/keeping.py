"""Decides how units and their links are kept while they change, and come back as they were."""

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from digital_footprint.files import unwritable

# Hidden, and no unit's name: no manager reads what lies there.
ASIDE = ".footprint-before"
LEFTOVERS = ".footprint-*"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stood in a directory of units: files by name, and the links that enable units.

    `absent`: directories that were not there and may come to be, the innermost first.
    """

    units: Path
    names: tuple[str, ...]
    links: Mapping[Path, str]
    absent: tuple[Path, ...]


def keep(units: Path, names: Sequence[str], *places: Path) -> Kept:
    """Give files a second name, by which they come back without a free byte on the disk.

    `places`: directories that may come to be besides.
    Raises ConfigurationError, or FootprintError for a full disk; then nothing was changed.
    """
    absent = {place for each in (units, *places) for place in _absent(each)}
    deepest = sorted(absent, key=lambda place: len(place.parts), reverse=True)
    try:
        forget(units)
        for name in names:
            if os.path.lexists(units / name):
                (units / ASIDE).mkdir(mode=0o700, exist_ok=True)
                _second_name(units / name, units / ASIDE / name)
    except OSError as error:
        with contextlib.suppress(OSError):
            forget(units)
        raise unwritable(units, error) from None
    return Kept(units, tuple(names), _links(units), tuple(deepest))


def put_back(kept: Kept) -> None:
    """Give every file and every link back; what stands as it stood is not touched."""
    for name in kept.names:
        _put_back(kept.units / ASIDE / name, kept.units / name)
    now = _links(kept.units)
    for link in now.keys() - kept.links.keys():
        link.unlink()
    for link in kept.links.keys() - now.keys():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(kept.links[link])


def drop_directories(kept: Kept) -> None:
    """Remove the directories that came to be and hold nothing."""
    for place in kept.absent:
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def leftovers(units: Path) -> list[Path]:
    """Give what stays behind when a change is killed in its midst."""
    return sorted(units.glob(LEFTOVERS))


def half_removed(units: Path) -> list[str]:
    """Give the files that a killed change had removed already."""
    names = sorted(path.name for path in (units / ASIDE).glob("*"))
    return [name for name in names if not os.path.lexists(units / name)]


def forget(units: Path) -> None:
    """Remove the second names, also those that a killed change has left."""
    for each in leftovers(units):
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


def _absent(place: Path) -> list[Path]:
    return [one for one in (place, *place.parents) if not one.exists()]


def _second_name(path: Path, other: Path) -> None:
    try:
        os.link(path, other, follow_symlinks=False)
    except OSError:
        # Not every file system has second names, and a mount in the place of a file has none.
        shutil.copy2(path, other, follow_symlinks=False)


def _put_back(aside: Path, path: Path) -> None:
    if not os.path.lexists(aside):
        path.unlink(missing_ok=True)
    elif not _is_untouched(aside, path):
        aside.replace(path)


def _is_untouched(aside: Path, path: Path) -> bool:
    if not os.path.lexists(path) or path.is_symlink() is not aside.is_symlink():
        return False
    same = aside.lstat().st_ino == path.lstat().st_ino
    return same or (not path.is_symlink() and aside.read_bytes() == path.read_bytes())


def _links(units: Path) -> dict[Path, str]:
    found = (*units.glob("*.wants/*"), *units.glob("*.requires/*"))
    return {link: str(link.readlink()) for link in found if link.is_symlink()}
