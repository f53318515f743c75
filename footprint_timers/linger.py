"""Decides whether timers fire while nobody is logged in: reads it, sets it where allowed."""

from dataclasses import dataclass
from pathlib import Path

from digital_footprint.process import Runner
from footprint_timers import identity

DIRECTORY = Path("/var/lib/systemd/linger")


@dataclass(frozen=True, slots=True)
class Linger:
    """`on`: the user's manager starts at boot. `by_us`: it was off before. `advice`: what to do."""

    on: bool
    by_us: bool = False
    advice: str = ""


def user_name() -> str:
    """Give the name of the user of this process; the number where it has none."""
    return identity.current().name


def is_on(directory: Path = DIRECTORY) -> bool:
    """Say whether linger is on; the file is all that there is to it (loginctl(1))."""
    return (directory / user_name()).exists()


def turn_on(run: Runner, *, directory: Path = DIRECTORY) -> Linger:
    """Turn linger on where it is off and we may; say what to do where we may not."""
    if is_on(directory):
        return Linger(on=True)
    tried = run(["loginctl", "--no-ask-password", "enable-linger", user_name()])
    if is_on(directory):
        return Linger(on=True, by_us=True)
    return Linger(
        on=False,
        advice=(
            "timers fire only while you are logged in, and what was missed is made up at the next"
            f" login ({tried.complaint()}); to change that: sudo loginctl enable-linger"
            f" {user_name()}"
        ),
    )


def in_tree(root: Path, user: str) -> Linger:
    """Read linger in a tree of files; what turns it on there is said and not done."""
    directory = root / DIRECTORY.relative_to("/")
    if (directory / user).exists():
        return Linger(on=True)
    return Linger(
        on=False,
        advice=f"timers will fire only while {user} is logged in; to change that: sudo install -D"
        f" /dev/null {directory / user}",
    )


def undo_command() -> str:
    """Give the command that turns linger off again."""
    return f"loginctl disable-linger {user_name()}"
