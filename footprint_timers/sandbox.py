"""Decides what of the disk a strongly protected job is given, and how its level is told."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from digital_footprint.config import Paths
from footprint_timers.model import Level, Proof, Room

CHOICES = ("auto", "strong", "basic", "off")
# What is asked for needs no reason.
ASKED = "it was asked for"
# PrivateTmp= hides these, ProtectSystem= does not.
TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - to find out what lies there


def room_of(
    paths: Paths, *, home: Path, stamps: Path, program: Sequence[Path], linked: Iterable[Path]
) -> Room:
    """Give a job what it writes (data, state, stamps) and reads (configuration, the program).

    `program`: the path that the unit starts, then all that its interpreter reads.
    `linked`: where the links of the configuration's directory lead.
    """
    writable = _outermost((paths.data, paths.state, stamps))
    hidden = [
        place
        for place in (paths.config, *linked, *program)
        if _is_below(place, (home, *TEMPORARY)) and not _is_below(place, writable)
    ]
    kept = (program[0].parent.parent, paths.probes)
    return Room(
        writable=writable,
        readable=_outermost(hidden),
        fixed=tuple(place for place in kept if _is_below(place, writable)),
    )


def linked_from(directory: Path) -> Sequence[Path]:
    """Give where the links of a directory lead: a file that is one may lie anywhere in the home."""
    if not directory.is_dir():
        return ()
    return [entry.resolve() for entry in sorted(directory.iterdir()) if entry.is_symlink()]


def level_without_probe(choice: str) -> Level:
    """Give the level where nothing can be proved: what was named, and `basic` for `auto`."""
    match choice:
        case "off" | "basic" | "strong":
            return choice
        case _:
            return "basic"


def told(job_name: str, proof: Proof) -> str:
    """Say in one line which level a job has and why."""
    if proof.because == ASKED:
        return f"{job_name}: {proof.level}, as asked"
    because = f", because {proof.because}" if proof.because else ""
    proved = f" (proved: {', '.join(proof.proved)})" if proof.proved else ""
    return f"{job_name}: {proof.level}{because}{proved}"


def _outermost(places: Iterable[Path]) -> tuple[Path, ...]:
    """Give each place once, and none that lies in another."""
    once = sorted(set(places))
    return tuple(one for one in once if not _is_below(one, [each for each in once if each != one]))


def _is_below(place: Path, others: Iterable[Path]) -> bool:
    return any(place.is_relative_to(other) for other in others)
