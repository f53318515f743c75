"""What is generated is what was reviewed, and systemd has nothing to say against it."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from digital_footprint.config import Paths
from footprint_timers import mark, render
from footprint_timers.failures import read
from footprint_timers.model import Account, Host, Job, Level, Room, Slot

GOLDEN = Path(__file__).parent / "golden" / "systemd"
SLOT = Slot(interval_days=7, phase=1, hour=4, minute=17)
SCAN = Job(
    name="breach_recheck",
    summary="asks the breach sources about 100% of addresses",
    slot=SLOT,
    timeout_minutes=60,
)
MONITOR = replace(SCAN, name="dark_web_monitor", slot=replace(SLOT, interval_days=3, minute=37))
LOOKS = replace(
    SCAN,
    name="verify_removals",
    summary="looks again at every broker listing whose next check is due",
    slot=replace(SLOT, interval_days=1, minute=57),
)
REPORT = replace(
    SCAN,
    name="generate_report",
    summary="writes the report",
    slot=replace(SLOT, hour=5),
    after=("breach_recheck", "dark_web_monitor", "verify_removals"),
    needs_network=False,
)
ALERTS = replace(
    SCAN,
    name="alerts",
    summary="sends what quiet hours held back",
    slot=replace(SLOT, interval_days=1, hour=7, minute=0),
    timeout_minutes=10,
    command="deliver",
)
JOBS = (SCAN, MONITOR, LOOKS, REPORT, ALERTS)
# /bin/true, because systemd-analyze fails on a program that is not there.
HOST = Host(
    program=Path("/bin/true"),
    failures=Path("/home/jane/.local/state/digital-footprint/failures"),
    environment={"FOOTPRINT_HOME": '/srv/a "quoted" 100% $place\\'},
)
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


ROOM = Room(
    writable=(Path("/home/jane/a place: 100% \\ mine"), Path("/srv/footprint")),
    readable=(Path("/home/jane/.config/digital-footprint"),),
    fixed=(Path("/srv/footprint/env"),),
)


ACCOUNT = Account("jane", Path("/home/jane"), Path("/var/lib/systemd/timers"))
SYSTEM_HOST = replace(
    HOST,
    room=replace(ROOM, writable=(*ROOM.writable, ACCOUNT.stamps)),
    environment={**HOST.environment, "FOOTPRINT_SCOPE": "system"},
    account=ACCOUNT,
)


@pytest.fixture
def unsealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden files outlive releases: in them the version is 0."""
    monkeypatch.setattr(render, "__version__", "0")


@pytest.mark.parametrize("level", ["off", "strong"])
def test_services_of_other_levels_are_the_reviewed_ones(unsealed: None, level: Level) -> None:
    for job in (SCAN, REPORT):
        golden = GOLDEN / level / f"footprint-{job.name}.service"
        text = render.service_text(replace(job, sandbox=level), replace(HOST, room=ROOM))
        if os.environ.get("UPDATE_GOLDEN"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text, encoding="utf-8")
        assert golden.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("version", [247, 257])
def test_units_are_the_reviewed_ones(unsealed: None, version: int) -> None:
    files = render.systemd_files(JOBS, replace(HOST, systemd_version=version))

    folder = GOLDEN / str(version)
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            (folder / file.path).write_text(file.text, encoding="utf-8")
    expected = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert {file.path: file.text for file in files} == expected


@pytest.mark.parametrize("level", ["basic", "strong"])
def test_units_of_the_system_are_the_reviewed_ones(unsealed: None, level: Level) -> None:
    jobs = [replace(job, sandbox=level) for job in (SCAN, REPORT)]
    files = render.systemd_files(jobs, SYSTEM_HOST)

    folder = GOLDEN / f"system-{level}"
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            (folder / file.path).write_text(file.text, encoding="utf-8")
    expected = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert expected == {file.path: file.text for file in files}


@needs_systemd
@pytest.mark.parametrize("level", ["off", "basic", "strong"])
def test_systemd_has_nothing_to_say_against_units_of_the_system(
    tmp_path: Path, runtime: str, level: Level
) -> None:
    jobs = [replace(job, sandbox=level) for job in JOBS]
    host = replace(SYSTEM_HOST, account=replace(ACCOUNT, name="root"))

    assert (0, "") == verified(jobs, host, tmp_path, runtime, manager="--system")


@needs_systemd
@pytest.mark.parametrize("level", ["off", "strong"])
def test_systemd_has_nothing_to_say_against_any_level(
    tmp_path: Path, runtime: str, level: Level
) -> None:
    jobs = [replace(job, sandbox=level) for job in JOBS]

    assert (0, "") == verified(jobs, replace(HOST, room=ROOM), tmp_path, runtime)


@needs_systemd
@pytest.mark.parametrize("interval_days", [1, 2, 3, 4, 5, 6, 7, 14, 31])
def test_systemd_has_nothing_to_say_against_them(
    tmp_path: Path, runtime: str, interval_days: int
) -> None:
    jobs = [replace(job, slot=replace(job.slot, interval_days=interval_days)) for job in JOBS]

    assert (0, "") == verified(jobs, HOST, tmp_path, runtime)


def verified(
    jobs: Sequence[Job], host: Host, tmp_path: Path, runtime: str, manager: str = "--user"
) -> tuple[int, str]:
    """Give what systemd has to say against the units of jobs."""
    units = tmp_path / "units"
    units.mkdir()
    for file in render.systemd_files(jobs, host):
        (units / file.path).write_text(file.text, encoding="utf-8")
    names = [path.name.replace("@.", "@footprint-x.service.") for path in units.iterdir()]

    done = subprocess.run(
        ["systemd-analyze", manager, "verify", "--recursive-errors=yes", *names],
        cwd=units,
        env={**os.environ, "XDG_RUNTIME_DIR": runtime, "SYSTEMD_UNIT_PATH": f"{units}:"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    return done.returncode, done.stderr


def test_a_value_that_is_missing_is_an_error_and_not_an_empty_line() -> None:
    with pytest.raises(UndefinedError):
        render._fill("systemd/job.timer.j2", HOST, job=SCAN)


def test_only_the_report_has_no_network() -> None:
    texts = {file.path: file.text for file in render.systemd_files(JOBS, HOST)}

    lonely = {name for name, text in texts.items() if "RestrictAddressFamilies=AF_UNIX\n" in text}
    assert lonely == {"footprint-generate_report.service"}


def test_only_a_temporary_failure_is_tried_again() -> None:
    text = render.systemd_files([SCAN], HOST)[1].text

    lines = re.findall(r"^RestartPreventExitStatus=(.*)$", text, re.MULTILINE)
    prevented = {int(word) for line in lines for word in line.split() if word.isdigit()}
    assert 75 not in prevented
    # Our own codes, Python's and the shell's, and all that systemd itself ends with.
    assert prevented == {1, 2, 69, 78, 120, 126, 127, *range(200, 246)}


def test_no_job_needs_no_handler() -> None:
    assert render.systemd_files([], HOST) == ()


def test_the_mark_tells_ours_from_edited_and_foreign() -> None:
    text = render.systemd_files([SCAN], HOST)[0].text

    assert mark.is_ours(text)
    assert mark.is_untouched(text)
    assert mark.is_ours(text.replace("Persistent=true", "Persistent=false"))
    assert not mark.is_untouched(text.replace("Persistent=true", "Persistent=false"))
    assert not mark.is_untouched(text + "# one more line\n")
    assert not mark.is_ours("[Unit]\nDescription=about [X-Footprint]\n")


@pytest.mark.parametrize("known", [True, False], ids=["systemd 251 and later", "before 251"])
def test_the_failure_handler_needs_nothing_but_sh(tmp_path: Path, known: bool) -> None:
    """Run the handler's words as systemd would hand them over, with no program but the system's."""
    paths = Paths(tmp_path, tmp_path, tmp_path)
    unit = render.systemd_files([SCAN], replace(HOST, failures=tmp_path / "failures"))[-1].text
    line = re.search(
        r"^ExecStart=/bin/sh -c '(.*)' sh %i$", unit.replace("\\\n", " "), re.MULTILINE
    )
    assert line is not None
    script = line[1].replace("$$", "$").replace("%%", "%")
    tools = tmp_path / "bin"
    tools.mkdir()
    asked = tools / "systemctl"
    asked.write_text(
        '#!/bin/sh\ncase "$*" in *ExecMainStatus*) echo 203;; *) echo exit-code;; esac\n',
        encoding="utf-8",
    )
    asked.chmod(0o755)
    told = {"MONITOR_SERVICE_RESULT": "exit-code", "MONITOR_EXIT_STATUS": "203"} if known else {}

    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", "footprint-breach_recheck.service"],
        env={"PATH": f"{tools}:/usr/bin:/bin", "FAILURES": str(tmp_path / "failures"), **told},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    (found,) = read(paths)
    assert (found.job, found.result, found.exit_status) == ("breach_recheck", "exit-code", "203")
    assert "run install.sh" in found.meaning
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.at)
    assert "footprint-breach_recheck.service failed: exit-code" in done.stderr
