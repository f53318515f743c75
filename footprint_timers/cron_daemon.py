"""Decides whether a cron daemon runs here: a crontab alone starts nothing."""

from pathlib import Path

from digital_footprint.process import Runner

PROCESSES = Path("/proc")
NAMES = ("cron", "crond", "fcron")


def running_daemon(run: Runner, processes: Path = PROCESSES) -> str | None:
    """Give the name of the daemon that runs, or None.

    Where other people's processes are hidden (hidepid), systemd is asked.
    """
    for process in sorted(processes.glob("[0-9]*")):
        name = _daemon_of(process)
        if name is not None:
            return name
    asked = run(["systemctl", "is-active", "cron.service", "crond.service"])
    return "cron" if "active" in asked.stdout.split() else None


def _daemon_of(process: Path) -> str | None:
    try:
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return None
    # `/usr/sbin/cron -f`, `crond`, `busybox crond`
    names = [Path(word).name for word in words[:2]]
    if names and names[0] == "busybox":
        names = names[1:]
    if not names or names[0] not in NAMES or _is_of_a_container(process):
        return None
    return names[0]


def _is_of_a_container(process: Path) -> bool:
    """Say whether a process has a number of its own in there: it reads the crontabs of in there."""
    try:
        status = (process / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    numbers = [line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")]
    return any(len(each) > 1 for each in numbers)
