"""`footprint report` and the job that keeps one by day: files, openings, formats."""

import json
import os
import pty
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from digital_footprint import people
from digital_footprint.clock import Clock, to_text
from digital_footprint.commands.report import REDACTIONS
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from digital_footprint.errors import ConfigurationError
from digital_footprint.files import write_all_privately
from digital_footprint.process import launch
from digital_footprint.report.build import build
from digital_footprint.report.facts import Redaction
from digital_footprint.report.printing import document, keep
from digital_footprint.scheduler.attempt import Options
from digital_footprint.scheduler.jobs import JOBS, job_generate_report
from tests.conftest import CommandLine
from tests.households import NOW, Household, one_breach

OPTIONS = Options(clock=Clock(now=lambda: NOW))
FILES = {"2026-11-22.md", "2026-11-22.html", "latest.md", "latest.html"}


@pytest.fixture
def house(home: Path) -> Household:
    """One breach, as the installed commands find it."""
    made = one_breach(home)
    (home / "config.toml").write_text("[sources.xposedornot]\nenabled = true\n", encoding="utf-8")
    return made


def openings(house: Household) -> list[int | None]:
    rows = house.db.query("SELECT person_id FROM report_openings WHERE id > 1 ORDER BY id")
    return [row["person_id"] for row in rows]


def on_a_terminal(run: CommandLine, *argv: str) -> str:
    """Run a command whose output is a terminal; give what stands there."""
    ours, theirs = pty.openpty()
    program = Path(sys.executable).with_name(argv[0])
    with subprocess.Popen(
        [program, *argv[1:]], env=run.environment(), stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:
            pass  # how Linux tells that nobody writes any more
    os.close(ours)
    assert 0 == child.returncode, shown
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def browser(tmp_path: Path, run: CommandLine) -> Path:
    """A program under the platform's name that notes what it was asked to open."""
    directory = tmp_path / "bin"
    directory.mkdir()
    seen = tmp_path / "seen"
    program = directory / ("open" if sys.platform == "darwin" else "xdg-open")
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "TZ=$TZ" > {seen}\n', encoding="utf-8")
    program.chmod(0o755)
    run.environ["PATH"] = f"{directory}:{os.environ['PATH']}"
    run.environ["TZ"] = "Europe/Berlin"
    return seen


def test_markdown_goes_to_stdout_and_a_pipe_is_no_reader(
    run: CommandLine, house: Household
) -> None:
    ended = run("footprint", "report")

    assert (0, "") == (ended.code, ended.err)
    assert ended.out.startswith("# Exposure report of 20")
    assert "Example Shop" in ended.out
    assert [] == openings(house)


def test_on_a_terminal_it_counts_as_opened(run: CommandLine, house: Household) -> None:
    assert "Example Shop" in on_a_terminal(run, "footprint", "report")
    assert [None] == openings(house)

    on_a_terminal(run, "footprint", "report", "--person", "1")
    on_a_terminal(run, "footprint", "report", "--json")
    on_a_terminal(run, "footprint", "report", "--format", "html")
    assert [None, 1] == openings(house)


@pytest.mark.parametrize(
    "words", [("--json",), ("--format", "json"), ("--json", "--format", "json")]
)
def test_json_is_the_report_by_its_field_names(
    run: CommandLine, house: Household, words: tuple[str, ...]
) -> None:
    told = run("footprint", "report", *words).json

    built = document(build(house.db, house.config, now=NOW))
    assert list(built) == list(told)
    assert "full" == told["redaction"]
    assert [] == told["waiting"]["requests"], "a list is never absent"


def test_the_command_takes_every_redaction_that_there_is() -> None:
    assert tuple(Redaction) == REDACTIONS


def test_json_and_another_form_contradict_each_other(run: CommandLine, house: Household) -> None:
    assert 2 == run("footprint", "report", "--json", "--format", "md").code
    assert 2 == run("footprint", "report", "--open", "--output", "x").code


def test_html_loads_nothing_and_holds_no_markup_of_others(
    run: CommandLine, house: Household
) -> None:
    house.db.execute("UPDATE findings SET title = '<script>alert(1)</script>'")

    page = run("footprint", "report", "--format", "html").out

    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_person_and_a_redaction_are_chosen(run: CommandLine, house: Household) -> None:
    shared = run("footprint", "report", "--person", "Jane Doe", "--redact", "shareable").out

    assert "person 1" in shared
    assert "jane" not in shared.casefold()
    assert "Names, addresses and sensitive findings are left out" in shared
    assert 2 == run("footprint", "report", "--person", "Nobody").code


def test_output_writes_a_file_for_its_owner_alone(
    run: CommandLine, house: Household, tmp_path: Path
) -> None:
    path = tmp_path / "mine.md"

    assert (0, "") == (run("footprint", "report", "--output", str(path)).code, "")
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert "Example Shop" in path.read_text(encoding="utf-8")
    assert [] == openings(house)


def test_open_hands_a_dated_file_to_the_browser_and_nothing_else(
    run: CommandLine, house: Household, browser: Path, home: Path
) -> None:
    ended = run("footprint", "report", "--open", "--person", "1")

    assert 0 == ended.code, ended.err
    path, zone = browser.read_text(encoding="utf-8").splitlines()
    assert Path(path).parent == home / "reports"
    assert Path(path).name.endswith("-opened.html")
    assert "jane" not in path.casefold()
    assert "TZ=Europe/Berlin" == zone, "it is the person's program, in the person's time"
    assert 0o600 == stat.S_IMODE(Path(path).stat().st_mode)
    assert [1] == openings(house)


def test_without_a_browser_it_says_where_the_file_is(
    run: CommandLine, house: Household, tmp_path: Path
) -> None:
    run.environ["PATH"] = str(tmp_path)

    ended = run("footprint", "report", "--open")

    assert 1 == ended.code
    assert "is not installed" in ended.err
    assert "-opened.html" in ended.err
    assert [] == openings(house)


def test_a_program_that_stays_is_left_to_itself(tmp_path: Path) -> None:
    done = launch([sys.executable, "-c", "input()"], seconds=30)
    assert 1 == done.code, "it has nothing to read"

    note = tmp_path / "pid"
    code = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    stays = launch([sys.executable, "-c", code], seconds=2)
    assert 0 == stays.code
    os.kill(int(note.read_text(encoding="utf-8")), 9)  # it was there to be ended


# --- the job -------------------------------------------------------------------------------------


def test_the_job_writes_four_private_files_and_counts(house: Household, home: Path) -> None:
    result = job_generate_report(house.db, house.config, OPTIONS)

    assert "success" == result.status
    reports = home / "reports"
    assert FILES == {path.name for path in reports.iterdir()}
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in reports.iterdir()}
    assert 0o700 == stat.S_IMODE(reports.stat().st_mode)
    for form in ("md", "html"):
        latest = reports / f"latest.{form}"
        assert (reports / f"2026-11-22.{form}").read_bytes() == latest.read_bytes()
        assert not latest.is_symlink(), "it can be read from wherever it is shown"
    expected = {"persons": 1, "open": 1, "closed": 0, "tasks": 2, "changes": 1, "checks": 3}
    assert expected == {name: result.details[name] for name in expected}
    row = house.db.get_last_run("generate_report")
    assert row is not None
    assert all(isinstance(count, int) for count in json.loads(row["details"]).values())


def test_the_next_day_leaves_the_day_before(house: Household, home: Path) -> None:
    job_generate_report(house.db, house.config, OPTIONS)
    tomorrow = Options(clock=Clock(now=lambda: NOW + timedelta(days=1)))
    job_generate_report(house.db, house.config, tomorrow)

    reports = home / "reports"
    assert FILES < {path.name for path in reports.iterdir()}
    assert "2026-11-23" in (reports / "latest.md").read_text(encoding="utf-8")
    assert "report of 2026-11-22" in (reports / "2026-11-22.md").read_text(encoding="utf-8")


def test_of_nobody_no_report_is_kept(db: Database, paths: Paths, home: Path) -> None:
    result = job_generate_report(db, load_config(paths))

    assert ("skipped", "no_persons") == (result.status, result.details["reason"])
    assert "footprint person add" in result.hint
    assert not (home / "reports").exists()


def test_it_is_the_last_of_the_jobs_and_has_no_network(run: CommandLine, home: Path) -> None:
    assert "generate_report" == list(JOBS)[-1]

    run("footprint-timers", "render", "--output", str(home / "units"))
    unit = (home / "units" / "footprint-generate_report.service").read_text(encoding="utf-8")
    assert "RestrictAddressFamilies=AF_UNIX\n" in unit
    for name in list(JOBS)[:-1]:
        assert f"After=footprint-{name}.service\n" in unit


def test_a_disk_that_is_full_leaves_the_old_ones(house: Household, home: Path) -> None:
    job_generate_report(house.db, house.config, OPTIONS)
    reports = home / "reports"
    before = {path.name: path.read_bytes() for path in reports.iterdir()}
    house.db.execute("UPDATE findings SET title = 'Another'")
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path\n"
        "from digital_footprint.files import write_all_privately\n"
        f"reports = Path({str(reports)!r})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "write_all_privately({reports / '2026-11-22.md': 'small', reports / 'latest.md': 'x' * 10000})\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False
    )

    assert "cannot be written" in done.stderr
    assert before == {path.name: path.read_bytes() for path in reports.iterdir()}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "latest.md").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigurationError):
        write_all_privately({tmp_path / "a.md": "a", tmp_path / "latest.md": "b"})

    assert ["latest.md"] == [path.name for path in tmp_path.iterdir()]


def test_what_is_no_file_is_not_replaced_by_one(
    run: CommandLine, house: Household, tmp_path: Path
) -> None:
    device = tmp_path / "device"
    os.mkfifo(device)

    ended = run("footprint", "report", "--output", str(device))

    assert (78, True) == (ended.code, "is no ordinary file" in ended.err)
    assert stat.S_ISFIFO(device.stat().st_mode), "root would lose /dev/null so"


def test_a_directory_in_the_place_of_the_latest_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "latest.md").mkdir()

    with pytest.raises(ConfigurationError):
        write_all_privately({tmp_path / "a.md": "a", tmp_path / "latest.md": "b"})

    assert ["latest.md"] == [path.name for path in tmp_path.iterdir()]


def test_what_the_job_does_not_need_is_not_loaded(run: CommandLine, house: Household) -> None:
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "sys.argv = ['footprint-job', 'run', 'generate_report']\n"
        "from footprint_timers.job_cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=run.environment(), capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip

    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    heavy = {"httpx2", "mcp", "pydantic", "rich", "selectolax", "stamina", "apprise", "yaml"}
    assert "jinja2" in loaded
    assert set() == heavy & loaded


def test_whoever_is_forgotten_is_found_in_every_report(
    run: CommandLine, house: Household, home: Path
) -> None:
    jane = people.get_person(house.db, "1")
    # Neither stands in any of the files as it is stored.
    house.db.execute("UPDATE persons SET name = 'Jane | O''Brien'")
    house.db.execute("UPDATE identifiers SET value = 'jane|doe@example.com'")
    keep(build(house.db, house.config, now=NOW), home / "reports")
    keep(build(house.db, house.config, now=NOW, redaction=Redaction.SHAREABLE), home / "shared")
    house.db.close()

    ended = run("footprint", "person", "forget", str(jane.id), "--files", "--yes", "--json")

    assert 0 == ended.code, ended.err
    assert [] == list((home / "reports").iterdir())
    assert "brien" not in (home / "shared" / "latest.md").read_text(encoding="utf-8").casefold()


def test_an_opening_is_forgotten_with_its_person(house: Household) -> None:
    jane = people.get_person(house.db, "1")
    house.db.insert("report_openings", {"person_id": jane.id, "opened_at": to_text(NOW)})

    people.erase_person(house.db, jane)

    assert [] == openings(house)
