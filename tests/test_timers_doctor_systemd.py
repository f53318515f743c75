"""What doctor and status say of a timer that a person has changed, and of a unit that ends early."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from digital_footprint.clock import to_text
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import TemporaryError
from digital_footprint.output import Table
from digital_footprint.process import Completed
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import (
    catalogue,
    context,
    doctor,
    doctor_timers,
    identity,
    render,
    status,
    status_view,
)
from footprint_timers.examination import Finding
from footprint_timers.machine import Machine
from footprint_timers.model import Host
from footprint_timers.schedulers import systemd, systemd_apply
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.site import Site
from tests.fake_systemd import FakeSystemd

JOB = "verify_removals"
TIMER, SERVICE = f"footprint-{JOB}.timer", f"footprint-{JOB}.service"
HOST = Host(program=Path("/bin/true"), failures=Path("/failures"), environment={})
DROP_IN = {"DropInPaths": f"/u/{TIMER}.d/override.conf"}
ELAPSED = {"SubState": "elapsed", "NextElapseUSecRealtime": ""}
EDIT = f"systemctl --user edit {TIMER}"
EDIT_AND_RESTART = f"{EDIT} && systemctl --user restart {TIMER}"


@pytest.fixture
def site(paths: Paths) -> Site:
    return Site(
        person=identity.current(),
        scope="user",
        paths=paths,
        installed=None,
        machine=Machine(platform="linux"),
    )


@pytest.fixture
def fake(tmp_path: Path, site: Site) -> FakeSystemd:
    """A manager that has the timers of every job."""
    fake = FakeSystemd(tmp_path)
    jobs = catalogue.all_jobs(load_config(site.paths), site.seed)
    files = render.systemd_files(jobs, HOST)
    manager = fake.connect()
    systemd_apply.apply(manager, systemd.make_plan(manager, jobs, files, lambda _name: None))
    return fake


class Starting:
    """A manager that starts a unit which says nothing; with `opened` it has made its output."""

    def __init__(self, place: Path, says: Mapping[str, str], *, opened: bool) -> None:
        self.place, self.says, self.opened = place, says, opened

    def __call__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,  # noqa: ARG002 - as every Runner
    ) -> Completed:
        verb, unit = argv[2], argv[-1]
        if verb == "start" and self.opened:
            text = (self.place / unit).read_text("utf-8")
            Path(text.partition("StandardOutput=file:")[2].split("\n")[0]).touch()
        shown = {"Id": unit, **self.says}
        said = "".join(f"{name}={value}\n" for name, value in shown.items())
        return Completed(tuple(argv), 0, stdout=said)


def in_days(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%a %Y-%m-%d %H:%M:%S} UTC"


def examined(fake: FakeSystemd, site: Site) -> Finding:
    manager = fake.connect()
    timers = systemd.read_status(manager, list(JOBS))
    found = doctor_timers.examine(manager, load_config(site.paths), timers, site)
    return next(one for one in found if one.name == f"timer {JOB}")


@pytest.mark.parametrize(
    ("says", "found", "fix"),
    [
        ({"Triggers": "other.service", **DROP_IN}, f"it starts other.service, not {SERVICE}", EDIT),
        (ELAPSED, "active, but it has no next firing", f"systemctl --user restart {TIMER}"),
        ({**ELAPSED, **DROP_IN}, "active, but it has no next firing", EDIT_AND_RESTART),
        (
            {**ELAPSED, **DROP_IN, "LoadState": "bad-setting"},
            "not running: it has a bad setting",
            EDIT_AND_RESTART,
        ),
        (
            {"LoadState": "masked", "UnitFileState": "masked", "ActiveState": "inactive"},
            "masked",
            f"systemctl --user unmask {TIMER} && footprint-timers install",
        ),
        (
            {"LoadState": "masked", "FragmentPath": ""},
            "masked",
            f"systemctl --user unmask {TIMER} && footprint-timers install",
        ),
    ],
    ids=["another unit", "over", "over by a drop-in", "bad setting", "masked", "masked, no file"],
)
def test_a_timer_that_starts_nothing_of_ours_is_told_with_what_mends_it(
    fake: FakeSystemd, site: Site, says: Mapping[str, str], found: str, fix: str
) -> None:
    fake.says[TIMER] = dict(says)

    one = examined(fake, site)

    assert (False, found, fix) == (one.ok, one.found, one.fix)
    assert (one.mend is not None) is fix.startswith("systemctl --user restart")


@pytest.mark.parametrize(
    ("days", "delay", "ok"),
    [(1.9, "10min", True), (2.2, "10min", False), (2.2, "1d", True), (300, "10min", False)],
)
def test_a_daily_timer_that_fires_later_than_its_interval_and_a_day_is_told(
    fake: FakeSystemd, site: Site, days: float, delay: str, ok: bool
) -> None:
    fake.says[TIMER] = {
        "NextElapseUSecRealtime": in_days(days),
        "RandomizedDelayUSec": delay,
        **DROP_IN,
    }

    one = examined(fake, site)

    assert ok is one.ok
    assert ("" if ok else EDIT) == one.fix
    assert ok or one.found.endswith("but its interval is 1 day(s)")


@pytest.mark.parametrize("state", ["activating", "auto-restart"])
def test_a_timer_whose_job_runs_or_is_to_be_tried_again_is_well(
    fake: FakeSystemd, site: Site, state: str
) -> None:
    fake.says[TIMER] = {"SubState": "running", "NextElapseUSecRealtime": ""}
    fake.says[SERVICE] = {"ActiveState": "activating", "SubState": state}

    assert examined(fake, site).ok


@pytest.mark.parametrize(
    ("says", "state", "due"),
    [
        ({}, "ok", None),
        (ELAPSED, "disabled", "never"),
        ({"Triggers": "x.service"}, "disabled", None),
    ],
    ids=["well", "over", "another unit"],
)
def test_a_job_whose_timer_will_not_start_it_does_not_read_as_well(
    fake: FakeSystemd, db: Database, site: Site, says: dict[str, str], state: str, due: str | None
) -> None:
    now = to_text(datetime.now(UTC))
    db.update_scheduled_run(db.insert_scheduled_run(JOB, now), status="success", completed_at=now)
    fake.says[TIMER] = says
    manager = fake.connect()

    found = status.put_together(
        db,
        load_config(site.paths),
        installed=None,
        scheduler=Systemd(manager),
        timers=systemd.read_status(manager, list(JOBS)),
        run=fake,
    )

    (job,) = [one for one in found.jobs if one.name == JOB]
    assert state == job.state
    table = status_view.of_status(found, "footprint-timers install").text[1]
    assert isinstance(table, Table)
    (cells,) = [row for row in table.rows if row[0] == JOB]
    assert (due == "never") is (cells[5] == "never")


def test_a_mend_that_fails_keeps_no_other_from_being_tried() -> None:
    tried: list[str] = []

    def fail() -> None:
        raise TemporaryError("it is broken", hint="look")

    wrong = Finding("units", False, "not as they should be", "install", fail)
    other = replace(wrong, name="linger", mend=partial(tried.append, "linger"))

    done = doctor.mend([wrong, other])

    assert (("units", "linger"), ["linger"]) == (done, tried)
    assert ("linger",) == doctor.mended(done, [wrong])


@pytest.mark.parametrize(
    ("says", "opened", "stopped"),
    [
        ({"ConditionResult": "no", "Result": "success"}, False, context.ENDS_EARLY),
        ({"AssertResult": "no", "Result": "success"}, False, context.ENDS_EARLY),
        ({"Result": "success"}, True, context.ENDS_EARLY),
        ({"Result": "success"}, False, "success, exit status 0"),
        ({"Result": "exit-code", "ExecMainStatus": "226"}, True, "226/NAMESPACE"),
    ],
    ids=["condition", "assertion", "another program", "output elsewhere", "sandbox"],
)
def test_a_unit_that_ends_before_our_program_is_no_sandbox_that_stops_it(
    fake: FakeSystemd,
    monkeypatch: pytest.MonkeyPatch,
    says: dict[str, str],
    opened: bool,
    stopped: str,
) -> None:
    runtime = fake.home / "runtime"
    (runtime / "systemd/user").mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    text = (fake.units / SERVICE).read_text("utf-8")
    starting = Starting(runtime / "systemd/user", {"ExecMainStatus": "0", **says}, opened=opened)
    manager = replace(fake.connect(), run=starting, bus={})

    seen = context.look_from(manager, {JOB: context.Call(JOB, text, "selftest --json")})[JOB]

    assert (None, stopped) == (seen.document, seen.stopped)
