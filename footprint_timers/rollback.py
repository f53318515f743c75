"""Decides how a change that failed half-way is undone, and what is told of what could not be."""

from collections.abc import Callable, Iterable, Sequence

from digital_footprint.errors import FootprintError

Step = Callable[[], object]


def undo(steps: Iterable[Step]) -> list[str]:
    """Take every step, also after one that fails; give what could not be undone."""
    return [trouble for step in steps if (trouble := _trouble(step))]


def state_after(troubles: Sequence[str]) -> str:
    """Say how things stand once all has been undone that could be."""
    if not troubles:
        return "everything is as it was before"
    return f"not everything could be put back: {'; '.join(dict.fromkeys(troubles))}"


def _trouble(step: Step) -> str:
    try:
        step()
    except (FootprintError, OSError) as error:
        return str(error)
    return ""
