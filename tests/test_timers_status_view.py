"""One screen says of every job what there is to know, on a hundred columns."""

from datetime import timedelta

import pytest

from digital_footprint.clock import to_text, utc_now
from digital_footprint.layout import lay_out
from digital_footprint.output import Table
from digital_footprint.schedule import JobStatus, LastRun, ScheduleStatus
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers.status_view import HEADINGS, of_status

NOW = utc_now()


def job(name: str, *, seconds: float = 95, **values: object) -> JobStatus:
    last = LastRun(
        run_id=1,
        started_at=to_text(NOW - timedelta(hours=1)),
        completed_at=to_text(NOW - timedelta(hours=1) + timedelta(seconds=seconds)),
        status="success",
        trigger="timer",
        error=None,
    )
    known: dict[str, object] = {
        "name": name,
        "interval_days": 7,
        "installed": True,
        "enabled": True,
        "loaded": True,
        "drift": False,
        "next_due": to_text(NOW + timedelta(days=2)),
        "last_run": last,
        "last_success_at": last.started_at,
        "overdue": False,
        "state": "ok",
    }
    return JobStatus(**(known | values))  # type: ignore[arg-type]


def shown(
    *jobs: JobStatus,
    backend: str | None = "systemd",
    scope: str | None = "user",
    linger: bool = True,
) -> tuple[str, dict[str, dict[str, str]], list[str]]:
    """Give the first line, each job's cells by heading, and the lines below."""
    status = ScheduleStatus(
        backend=backend, scope=scope, linger=linger, jobs=jobs, missed=(), failures=()
    )
    first, table, *rest = of_status(status, "footprint-timers install").text
    assert isinstance(first, str)
    assert isinstance(table, Table)
    cells = {
        str(row[0]): dict(zip(table.headings, map(str, row), strict=True)) for row in table.rows
    }
    return first, cells, [str(one) for one in rest]


def local(text: str | None) -> str:
    from datetime import datetime

    assert text
    return datetime.fromisoformat(text).astimezone().strftime("%m-%d %H:%M")


def test_each_job_has_all_that_is_known_of_it() -> None:
    one = job("breach_recheck", drift=True, enabled=False, state="not_configured")

    first, cells, below = shown(one)

    assert {
        "job": "breach_recheck",
        "state": "not configured",
        "last success": local(one.last_success_at),
        "last try": local(to_text(NOW - timedelta(hours=1))),
        "took": "95 s",
        "next": local(one.next_due),
        "drift": "yes",
        "enabled": "no",
        "loaded": "yes",
    } == cells["breach_recheck"]
    assert "systemd, user scope; linger is on; times in" in first
    assert [
        "not as the configuration says: breach_recheck; next: footprint-timers install"
    ] == below


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (99, "99 s"), (3600, "60 min"), (7 * 3600, "7 h")]
)
def test_how_long_it_took_is_told_in_one_unit(seconds: float, words: str) -> None:
    assert words == shown(job("breach_recheck", seconds=seconds))[1]["breach_recheck"]["took"]


@pytest.mark.parametrize(
    ("backend", "scope", "linger", "words"),
    [
        ("systemd", "user", False, "only while you are logged in (linger is off)"),
        ("systemd", "system", True, "nobody has to be logged in"),
        ("cron", "user", True, "nobody has to be logged in"),
        ("launchd", "user", False, "fire only while you are logged in;"),
        (None, None, True, "files and database tell"),
    ],
)
def test_the_first_line_says_when_jobs_are_started(
    backend: str | None, scope: str | None, linger: bool, words: str
) -> None:
    assert words in shown(job("breach_recheck"), backend=backend, scope=scope, linger=linger)[0]


def test_without_a_scheduler_what_only_it_knows_is_not_made_up() -> None:
    cells = shown(job("breach_recheck"), backend=None, scope=None)[1]["breach_recheck"]

    assert {"?"} == {cells[name] for name in ("next", "drift", "loaded")}
    assert "yes" == cells["enabled"]


def test_what_is_long_past_has_its_year() -> None:
    ago = NOW - timedelta(days=800)

    cells = shown(job("breach_recheck", last_success_at=to_text(ago)))[1]["breach_recheck"]

    assert f"{ago.astimezone():%Y-%m-%d}" == cells["last success"]


def test_a_hundred_columns_hold_every_job_on_one_line() -> None:
    states = ("ok", "running", "failing", "never")
    jobs = [
        job(name, seconds=59 * 60, state=state, drift=True, enabled=False)
        for name, state in zip(JOBS, states, strict=True)
    ]

    rows = [tuple(cells.values()) for cells in shown(*jobs)[1].values()]
    layout = lay_out(HEADINGS, rows, 100)

    assert () == layout.below
    for column, cells in enumerate(zip(*rows, strict=True)):
        assert max(map(len, cells)) <= layout.widths[column]
