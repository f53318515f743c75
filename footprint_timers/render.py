"""Job -> the files of its scheduler; every text lies in the templates, every quote in `quoting`."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from digital_footprint import __version__
from footprint_timers import calendars, mark, quoting
from footprint_timers.identity import systemctl, typed
from footprint_timers.model import File, Host, Job, Scope, service_of, timer_of
from footprint_timers.stamps import stamp_of

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
NOTIFY = "footprint-notify@.service"


def systemd_files(jobs: Sequence[Job], host: Host) -> tuple[File, ...]:
    """Give a timer and a service per job, and the one handler of failures; nothing for no job.

    Raises ConfigurationError for a path that systemd cannot start.
    """
    files = [file for job in jobs for file in _job_files(job, host)]
    if files:
        text = _fill("systemd/notify@.service.j2", host, failures=str(host.failures))
        files.append(File(NOTIFY, text))
    return tuple(files)


def service_text(job: Job, host: Host) -> str:
    """Give the text of a job's service.

    Raises ConfigurationError for a path that systemd cannot read.
    """
    return _fill(
        "systemd/job.service.j2",
        host,
        job=job,
        program=str(host.program),
        environment=sorted(host.environment.items()),
        systemd_version=host.systemd_version,
        room=host.room,
        stamp=str(stamp_of(host.account.stamps, job.name)) if host.account else "",
    )


def _job_files(job: Job, host: Host) -> tuple[File, File]:
    timer = _fill("systemd/job.timer.j2", host, job=job, calendar=calendars.on_calendar(job.slot))
    return File(timer_of(job.name), timer), File(service_of(job.name), service_text(job, host))


def _fill(template: str, host: Host, **values: object) -> str:
    scope: Scope = "system" if host.account else "user"
    whose = {
        "account": host.account,
        "manager": " ".join(systemctl(scope)),
        "systemctl": typed(scope),
    }
    text = _environment().get_template(template).render(values | whose)
    return mark.sealed(text, __version__)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(templates()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML: each value passes the filter of its format
    )
    environment.filters["program"] = quoting.systemd_program
    environment.filters["argument"] = quoting.systemd_argument
    environment.filters["assignment"] = quoting.systemd_assignment
    environment.filters["place"] = quoting.systemd_path
    environment.filters["text"] = quoting.systemd_text
    return environment


def templates() -> Path:
    """Find the templates: a wheel carries them in the package, a checkout keeps them beside it."""
    return next(
        place for place in (HERE / "templates", HERE.parent / "templates") if place.is_dir()
    )
