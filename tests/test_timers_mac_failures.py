"""On a Mac whose program is gone, or sees something else than the person: who says so, and where."""

import plistlib
import shutil
import sys
from pathlib import Path

import pytest

from digital_footprint import process
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError, TemporaryError
from footprint_timers import agents, doctor_launchd, failures, launchctl, moving, operations
from footprint_timers.cli import footprint_timers
from footprint_timers.examination import Finding
from footprint_timers.schedulers.launchd_domain import Launchd
from footprint_timers.site import Asked, settled
from tests.mac import Mac, tree

CATCH_UP = agents.label_of(agents.CATCH_UP)
REAL = Path(shutil.which("footprint-job", path=f"{Path(sys.executable).parent}") or "")


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mac:
    return Mac(tmp_path / "mac", monkeypatch)


@pytest.fixture
def household(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.config))
    return paths


def install(mac: Mac, db: Database, paths: Paths, program: Path) -> Launchd:
    scheduler = mac.connect()
    jobs = operations.wish(db, load_config(paths), scheduler).jobs[:1]
    files = scheduler.files(jobs, paths, program)
    scheduler.apply(scheduler.make_plan(jobs, files, lambda _name: None))
    mac.calls()
    return scheduler


def executable(place: Path, text: str) -> Path:
    place.write_text(text, encoding="utf-8")
    place.chmod(0o755)
    return place


def context(mac: Mac, paths: Paths, scheduler: Launchd) -> list[Finding]:
    with settled(Asked(machine=mac.machine())) as site:
        found = list(doctor_launchd.examine(load_config(paths), scheduler, site))
    return [one for one in found if one.name.startswith("context")]


# ---- the catch-up, which is watched by a shell


def start_catch_up(mac: Mac, scheduler: Launchd) -> None:
    assert 0 == scheduler.start(agents.CATCH_UP).code
    scheduler.ctl.loaded(CATCH_UP)


@pytest.mark.parametrize(("words", "status"), [("#!/nowhere/python\n", "127"), (None, "127")])
def test_a_program_that_is_gone_leaves_a_notice_until_it_is_back(
    mac: Mac, db: Database, household: Paths, tmp_path: Path, words: str | None, status: str
) -> None:
    scheduler = install(mac, db, household, tmp_path / "footprint-job")
    program = tmp_path / "footprint-timers"
    if words is not None:
        executable(program, words)

    start_catch_up(mac, scheduler)

    (notice,) = failures.read(household)
    assert (agents.CATCH_UP, CATCH_UP, status) == (notice.job, notice.unit, notice.exit_status)
    assert "install.sh" in notice.meaning
    assert notice.at.endswith("Z")
    assert str(program) in agents.log_of(household).read_text(encoding="utf-8")
    executable(program, "#!/bin/sh\nexit 0\n")
    start_catch_up(mac, scheduler)
    assert () == failures.read(household)


@pytest.mark.parametrize(("code", "noted"), [(75, 0), (1, 1), (78, 1)])
def test_what_mends_itself_is_not_noted(
    mac: Mac, db: Database, household: Paths, tmp_path: Path, code: int, noted: int
) -> None:
    scheduler = install(mac, db, household, tmp_path / "footprint-job")
    executable(tmp_path / "footprint-timers", f"#!/bin/sh\nexit {code}\n")

    start_catch_up(mac, scheduler)

    assert noted == len(failures.read(household))
    assert f"{code}" == mac.loaded()[CATCH_UP]["last_exit"]


def test_the_person_is_told_on_the_screen(
    mac: Mac, db: Database, household: Paths, tmp_path: Path
) -> None:
    """In its own PATH launchd finds osascript; the stand-in's machine has none there."""
    scheduler = install(mac, db, household, tmp_path / "footprint-job")
    told = tmp_path / "told"
    executable(mac.home / "bin" / "osascript", f'#!/bin/sh\necho "$@" >{told}\n')
    words = plistlib.loads((mac.agents / f"{CATCH_UP}.plist").read_bytes())["ProgramArguments"]

    process.run(words)

    assert "display notification" in told.read_text(encoding="utf-8")
    assert scheduler.starting(agents.CATCH_UP).endswith(CATCH_UP)


def test_the_watching_shell_is_one_line_that_launchctl_prints_as_it_is(
    mac: Mac, db: Database, household: Paths, tmp_path: Path
) -> None:
    scheduler = install(mac, db, household, tmp_path / "footprint-job")
    script = plistlib.loads((mac.agents / f"{CATCH_UP}.plist").read_bytes())["ProgramArguments"][2]

    assert "\n" not in script
    assert "\\" not in script
    assert not scheduler.read_status([agents.CATCH_UP])[agents.CATCH_UP].stale


def test_an_uninstallation_forgets_the_notice(
    mac: Mac, db: Database, household: Paths, tmp_path: Path
) -> None:
    scheduler = install(mac, db, household, tmp_path / "footprint-job")
    start_catch_up(mac, scheduler)

    operations.uninstall(household, scheduler, moving.plan_removal(scheduler))

    assert not failures.directory(household).exists()


# ---- the context of a job


def test_the_doctor_looks_from_where_launchd_starts_a_job_and_leaves_nothing(
    mac: Mac, db: Database, household: Paths
) -> None:
    scheduler = install(mac, db, household, REAL)
    before, agents_before = {*tree(household.state)}, tree(mac.agents)

    (found,) = context(mac, household, scheduler)

    assert found.ok, found
    assert "on the same database" in found.found
    assert {*tree(household.state)} - before <= {str(agents.log_of(household))}
    assert agents_before == tree(mac.agents)
    started = next(call for call in mac.calls() if call[0] == "kickstart")
    scheduler.ctl.loaded(started[1].rpartition("/")[2])
    scheduler.ctl.loaded(started[1].rpartition("/")[2])
    assert not any("probe" in label for label in mac.loaded())


def test_a_job_that_works_with_another_database_is_found_by_it(
    mac: Mac, db: Database, household: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = install(mac, db, household, REAL)
    other = tmp_path / "other"
    monkeypatch.setenv("FOOTPRINT_HOME", str(other))

    (found,) = context(mac, household, scheduler)

    assert not found.ok
    assert str(household.database) in found.found


def test_a_program_that_launchd_cannot_start_is_told_as_such(
    mac: Mac, db: Database, household: Paths, tmp_path: Path
) -> None:
    scheduler = install(
        mac, db, household, executable(tmp_path / "footprint-job", "#!/nowhere/sh\n")
    )

    (found,) = context(mac, household, scheduler)

    assert not found.ok
    assert "exit code 78" in found.found
    assert "./install.sh" == found.fix


@pytest.mark.parametrize("verb", ["bootstrap", "kickstart"])
@pytest.mark.parametrize("code", [5, 37, 113, 125])
def test_a_probe_that_launchd_refuses_is_a_finding_and_leaves_nothing(
    mac: Mac, db: Database, household: Paths, verb: str, code: int
) -> None:
    scheduler = install(mac, db, household, REAL)
    before = tree(household.state)
    mac.refuses(verb, code)

    (found,) = context(mac, household, scheduler)

    assert not found.ok
    assert f"({code})" in found.found
    assert before == tree(household.state)


@pytest.mark.parametrize("code", [5, 125])
def test_a_launchd_that_does_not_say_what_is_switched_off_is_not_taken_to_have_nothing_off(
    mac: Mac, db: Database, household: Paths, code: int
) -> None:
    scheduler = install(mac, db, household, REAL)
    before = tree(household.state)
    mac.refuses("print-disabled", code)

    with pytest.raises(FootprintError, match=rf"print-disabled gui/\d+: .*\({code}\)"):
        install(mac, db, household, REAL)
    with pytest.raises(FootprintError, match="print-disabled"):
        scheduler.read_status(["breach_recheck"])
    assert before == tree(household.state)


# ---- what launchd prints


@pytest.mark.parametrize("place", ["a\nb", "a\rb", "a\u2028b", "a} = {", " a ", "a => b"])
def test_a_home_that_is_printed_over_two_lines_is_not_loaded_again_and_again(
    mac: Mac,
    household: Paths,
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    monkeypatch.setenv("FOOTPRINT_HOME", str(tmp_path / place))
    scheduler = install(mac, db, household, REAL)
    jobs = operations.wish(db, load_config(household), scheduler).jobs[:1]

    again = scheduler.make_plan(jobs, scheduler.files(jobs, household, REAL), lambda _name: None)

    assert again.is_empty


@pytest.mark.parametrize("text", ["", "\n", "gibberish", "}", "a = b"])
def test_an_answer_of_launchctl_that_is_none_is_an_error_with_a_next_step(text: str) -> None:
    with pytest.raises(FootprintError, match="its answer") as caught:
        launchctl.read_loaded(text, "gui/501")

    assert "launchctl print" in caught.value.hint


def test_a_calendar_entry_that_is_no_number_is_passed_over() -> None:
    text = (
        "gui/501/x = {\n\tevent triggers = {\n\t\tx.1 => {\n"
        "\t\t\tstream = com.apple.launchd.calendarinterval\n\t\t\tdescriptor = {\n"
        '\t\t\t\t"Hour" => 3\n\t\t\t\t"Minute" => (null)\n\t\t\t}\n\t\t}\n\t}\n}\n'
    )

    assert ({"Hour": 3},) == launchctl.read_loaded(text, "gui/501").entries


# ---- two at once


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_second_installation_waits_for_the_first(
    mac: Mac, household: Paths, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(operations, "INSTALLING_SECONDS", 0)

    with operations.alone(household), pytest.raises(TemporaryError, match="lock of install"):
        footprint_timers.main(
            [command, "--yes"], prog_name="x", standalone_mode=False, obj=mac.machine()
        )

    assert [] == mac.changing()
