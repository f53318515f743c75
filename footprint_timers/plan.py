"""Wanted x installed -> what has to be written, removed, kept; pure, and shown as a diff."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from footprint_timers import mark
from footprint_timers.model import Change, File, Keep, Remove, Write


def compare(wanted: Sequence[File], installed: Mapping[str, str]) -> tuple[Change, ...]:
    """Give one change per file. Of what is installed but not wanted, only our own is removed."""
    names = {file.path for file in wanted}
    kept = tuple(change_of(file, installed.get(file.path)) for file in wanted)
    removed = tuple(
        Remove(path, text)
        for path, text in sorted(installed.items())
        if path not in names and mark.is_ours(text)
    )
    return kept + removed


def change_of(file: File, old: str | None) -> Change:
    """Give what becomes of one file where this stands, or nothing."""
    return Keep(file.path, file.text) if file.text == old else Write(file.path, old, file.text)


def edited(changes: Sequence[Change]) -> tuple[str, ...]:
    """Give the files that a person has changed or made, and that would be lost."""
    return tuple(
        change.path
        for change in changes
        if not isinstance(change, Keep)
        and change.old is not None
        and not mark.is_untouched(change.old)
    )


def paths(changes: Sequence[Change]) -> tuple[str, ...]:
    """Give the files that are not as they should be."""
    return tuple(change.path for change in changes if not isinstance(change, Keep))


def diff(changes: Sequence[Change]) -> str:
    """Give the changes as one unified diff, empty where there is none."""
    return "".join(_diff_of(change) for change in changes)


def _diff_of(change: Change) -> str:
    match change:
        case Keep():
            return ""
        case Write(path, old, new):
            return _unified(path, old, new)
        case Remove(path, old):
            return _unified(path, old, None)
        case _ as never:
            assert_never(never)


def _unified(path: str, old: str | None, new: str | None) -> str:
    import difflib

    return "".join(
        difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            (new or "").splitlines(keepends=True),
            "/dev/null" if old is None else f"installed/{path}",
            "/dev/null" if new is None else f"wanted/{path}",
        )
    )
