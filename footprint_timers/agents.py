"""Decides what launchd is told of a job: the keys of its plist (launchd.plist(5)).

No KeepAlive and, for a job, no RunAtLoad: both start it when nobody wants it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digital_footprint.config import Paths
from footprint_timers import calendars, failures
from footprint_timers.model import Job, Slot

PREFIX = "footprint-timers."
CATCH_UP = "catchup"
# By then a person's machine is awake, and what failed in the night has been left alone for long.
HOURS_LATER = 8
SYSTEM_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
STOP_SECONDS = 30


def label_of(job_name: str) -> str:
    """Give the label of a job."""
    return f"{PREFIX}{job_name}"


def file_of(job_name: str) -> str:
    """Give the name of a job's plist."""
    return f"{label_of(job_name)}.plist"


def job_of(file: str) -> str:
    """Give the job of a plist of ours."""
    return file.removeprefix(PREFIX).removesuffix(".plist")


def log_of(paths: Paths) -> Path:
    """Give the one small file of what launchd itself catches."""
    return paths.state / "launchd.log"


def notice_of(paths: Paths, job_name: str) -> Path:
    """Give the file that says that a job's agent failed before our program could."""
    return failures.directory(paths) / label_of(job_name)


def catch_up_of(jobs: Sequence[Job]) -> Job:
    """Give the one more agent that starts what is overdue once the machine is on."""
    slot = jobs[0].slot
    return Job(
        name=CATCH_UP,
        summary="starts the jobs that are overdue",
        slot=Slot(
            interval_days=1,
            phase=0,
            hour=(slot.hour + HOURS_LATER) % 24,
            minute=slot.minute,
            yearless=True,
        ),
        timeout_minutes=10,
        command="catch-up",
    )


def agent(
    job: Job, program: Path, paths: Paths, environment: Mapping[str, str], user: str | None = None
) -> dict[str, Any]:
    """Give a job's plist. `user`: a daemon of the system that runs as them; None: their own agent.

    `program`: the path of footprint-job.
    """
    is_catch_up, log = job.name == CATCH_UP, log_of(paths)
    words = _words(job, program, user)
    return {
        "Label": label_of(job.name),
        "ProgramArguments": _noted(words, notice_of(paths, job.name)) if is_catch_up else words,
        **({"RunAtLoad": True} if is_catch_up else {}),
        "StartCalendarInterval": [dict(one) for one in calendars.calendar_intervals(job.slot)],
        **({"UserName": user} if user else {"LimitLoadToSessionType": ["Aqua", "Background"]}),
        "EnvironmentVariables": {
            "LANG": "en_US.UTF-8",
            "PATH": SYSTEM_PATH,
            **dict(sorted(environment.items())),
        },
        "StandardOutPath": str(log),
        "StandardErrorPath": str(log),
        "Umask": 0o077,
        "ProcessType": "Standard",
        "Nice": 5,
        "LowPriorityBackgroundIO": True,
        "ExitTimeOut": STOP_SECONDS,
    }


def _noted(words: Sequence[str], notice: Path) -> list[str]:
    """Let a shell note when the words fail: launchd has no handler of failures."""
    from footprint_timers import render

    script = " ".join(render.fill("launchd/noted.sh.j2").split())
    return ["/bin/sh", "-c", script, str(notice), *words]


def _words(job: Job, program: Path, user: str | None) -> list[str]:
    if job.name == CATCH_UP and not user:
        return [str(program.with_name("footprint-timers")), job.command]
    if job.name == CATCH_UP:
        # Only root may start daemons of the system, and nothing of ours runs as root.
        return [str(program), "run-overdue"]
    return [str(program), job.command, *([job.name] if job.leaves_row else [])]
