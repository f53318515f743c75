"""Job -> the files of its scheduler; every text lies in the templates, every quote in `quoting`."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digital_footprint import __version__
from digital_footprint.errors import ConfigurationError
from footprint_timers import calendars, cron_lines, mark, quoting
from footprint_timers.identity import systemctl, typed
from footprint_timers.model import File, Host, Job, Scope, service_of, timer_of
from footprint_timers.stamps import stamp_of

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
NOTIFY = "footprint-notify@.service"
CRONTAB = "crontab"


def systemd_files(jobs: Sequence[Job], host: Host) -> tuple[File, ...]:
    """Give a timer and a service per job, and the one handler of failures; nothing for no job.

    Raises ConfigurationError for a path that systemd cannot start.
    """
    files = [file for job in jobs for file in _job_files(job, host)]
    if files:
        text = _fill("systemd/notify@.service.j2", host, failures=str(host.failures))
        files.append(File(NOTIFY, text))
    return tuple(files)


def plist(file: str, agent: Mapping[str, Any], summary: str) -> File:
    """Give a plist, read back as launchd reads it.

    Raises ConfigurationError for words that do not come back as they are.
    """
    import plistlib

    comment = " ".join(summary.replace("--", "").split())
    body = fill("launchd/job.plist.j2", agent=agent, comment=comment)
    text = mark.sealed(body, __version__, mark.PLIST_END)
    if plistlib.loads(text.encode()) != agent:
        raise ConfigurationError(
            f"{file} would not say what it should",
            hint="use a path without unusual characters",
        )
    return File(file, text)


def crontab_file(jobs: Sequence[Job], program: Path, environment: Mapping[str, str]) -> File:
    """Give the lines of our region in a crontab: one per job, and two for what was missed.

    Raises ConfigurationError for a path that cron cannot be told.
    """
    slots = [job.slot for job in jobs if job.leaves_row]
    body = fill(
        "cron/crontab.j2",
        jobs=jobs,
        home=environment.get("FOOTPRINT_HOME", ""),
        hourly=cron_lines.hourly_fields(slots) if slots else "",
        call=partial(_cron_call, program, environment),
    )
    return File(CRONTAB, mark.sealed(body, __version__, comment=mark.COMMENT))


def _cron_call(program: Path, environment: Mapping[str, str], words: str) -> str:
    """Give a command that says what it has to say only when it fails: cron sends all that is said.

    Variables stand before the program: a line of their own would hold for other people's lines.
    """
    variables = (
        f"{name}={quoting.crontab_word(value)} " for name, value in sorted(environment.items())
    )
    call = f"{''.join(variables)}{quoting.crontab_word(str(program))} {words}"
    return f'said=$({call} 2>&1) || echo "$said"'


def service_text(job: Job, host: Host) -> str:
    """Give the text of a job's service.

    Raises ConfigurationError for a path that systemd cannot read.
    """
    return _fill(
        "systemd/job.service.j2",
        host,
        job=job,
        systemd_version=host.systemd_version,
        room=host.room,
        stamp=str(stamp_of(host.account.stamps, job.name)) if host.account else "",
    )


def _job_files(job: Job, host: Host) -> tuple[File, File]:
    timer = _fill("systemd/job.timer.j2", host, job=job, calendar=calendars.on_calendar(job.slot))
    return File(timer_of(job.name), timer), File(service_of(job.name), service_text(job, host))


def _fill(template: str, host: Host, **values: object) -> str:
    scope: Scope = "system" if host.account else "user"
    text = fill(
        template,
        program=str(host.program),
        environment=sorted(host.environment.items()),
        account=host.account,
        manager=" ".join(systemctl(scope)),
        systemctl=typed(scope),
        **values,
    )
    return mark.sealed(text, __version__)


def fill(template: str, **values: object) -> str:
    """Give a template with its values, without our mark."""
    return _environment().get_template(template).render(values)


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
    environment.filters["plist"] = quoting.plist_text
    environment.filters["place"] = quoting.systemd_path
    environment.filters["bound"] = quoting.systemd_bound
    environment.filters["cron"] = calendars.cron_times
    environment.filters["text"] = quoting.systemd_text
    return environment


def templates() -> Path:
    """Find the templates: a wheel carries them in the package, a checkout keeps them beside it."""
    return next(
        place for place in (HERE / "templates", HERE.parent / "templates") if place.is_dir()
    )
