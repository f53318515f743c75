"""Decides what a person can do where a machine has no scheduler of its own to offer."""

from pathlib import Path

HOURLY = "footprint-job run-overdue"


def advice_without(root: Path = Path("/")) -> str:
    """Give the sentence for a container and for WSL; for any other machine none is needed."""
    if "microsoft" in _text(root / "proc/sys/kernel/osrelease").lower():
        return (
            "this is WSL. Either turn systemd on: put systemd=true under [boot] in /etc/wsl.conf,"
            " run wsl --shutdown in Windows, and install again; or start cron: sudo service cron"
            f" start; or let the Task Scheduler of Windows run once an hour: wsl {HOURLY}"
        )
    if _is_container(root):
        return (
            "this is a container. Either let its host run once an hour, by its own timers:"
            f" {HOURLY} (docker exec, podman exec, a CronJob); or start a cron daemon in it, and"
            " install again"
        )
    return ""


def _is_container(root: Path) -> bool:
    marks = (".dockerenv", "run/.containerenv", "run/systemd/container")
    if any((root / mark).exists() for mark in marks):
        return True
    # Who may read it finds what started the first process of all.
    variables = _text(root / "proc/1/environ").split("\0")
    return any(one.startswith("container=") for one in variables)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
