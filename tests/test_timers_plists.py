"""A plist is what was reviewed, and launchd reads back every word of it as it was meant."""

import os
import plistlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from footprint_timers import agents, mark, plan, quoting, render
from footprint_timers.model import Job
from tests.test_timers_render import ALERTS, LOOKS, MONITOR, REPORT, SCAN

GOLDEN = Path(__file__).parent / "golden" / "launchd"
PROGRAM = Path("/Users/jane/.local/share/digital-footprint/env/bin/footprint-job")
STATE = Path("/Users/jane/Library/Application Support/digital-footprint")
JOBS = tuple(
    replace(one, slot=replace(one.slot, yearless=True))
    for one in (SCAN, MONITOR, LOOKS, REPORT, ALERTS)
)
# launchd.plist(5): what each key has to be. Another type makes launchd drop the key, or the job.
TYPES: dict[str, Any] = {
    "Label": str,
    "ProgramArguments": [str],
    "RunAtLoad": bool,
    "StartCalendarInterval": [{str: int}],
    "UserName": str,
    "LimitLoadToSessionType": [str],
    "EnvironmentVariables": {str: str},
    "StandardOutPath": str,
    "StandardErrorPath": str,
    "Umask": int,
    "ProcessType": str,
    "Nice": int,
    "LowPriorityBackgroundIO": bool,
    "ExitTimeOut": int,
}
RANGES = {
    "Minute": range(60),
    "Hour": range(24),
    "Day": range(1, 32),
    "Weekday": range(8),
    "Month": range(1, 13),
}


def written(
    job: Job, program: Path = PROGRAM, state: Path = STATE, user: str | None = None, home: str = ""
) -> str:
    one = agents.agent(
        job, program, Paths(state, state, state), {"FOOTPRINT_HOME": home} if home else {}, user
    )
    return render.plist(agents.file_of(job.name), one, job.summary).text


def read(text: str) -> dict[str, Any]:
    return dict(plistlib.loads(text.encode()))


def is_of(value: Any, kind: Any) -> bool:
    match kind:
        case [inner]:
            return isinstance(value, list) and all(is_of(one, inner) for one in value)
        case dict():
            ((key_kind, inner),) = kind.items()
            return isinstance(value, dict) and all(
                is_of(key, key_kind) and is_of(one, inner) for key, one in value.items()
            )
        case _:
            return type(value) is kind


@pytest.mark.parametrize("user", [None, "jane"], ids=["agent", "daemon"])
def test_plists_are_the_reviewed_ones(monkeypatch: pytest.MonkeyPatch, user: str | None) -> None:
    monkeypatch.setattr(render, "__version__", "0")
    home = "/srv/a <b> & \"c\" 'd'"
    texts = {
        agents.file_of(job.name): written(job, user=user, home=home)
        for job in (*JOBS, agents.catch_up_of(JOBS))
    }

    folder = GOLDEN / ("daemons" if user else "agents")
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    assert texts == {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("user", [None, "jane"], ids=["agent", "daemon"])
@pytest.mark.parametrize("job", [*JOBS, agents.catch_up_of(JOBS)], ids=lambda job: job.name)
def test_every_key_is_one_of_launchd_and_has_its_type(job: Job, user: str | None) -> None:
    found = read(written(job, user=user, home="/srv/household"))

    assert [] == [key for key, value in found.items() if not is_of(value, TYPES[key])]
    for entry in found["StartCalendarInterval"]:
        assert entry, "an empty one would fire every minute"
        assert [] == [key for key, value in entry.items() if value not in RANGES[key]]
    assert 0o077 == found["Umask"]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_only_the_calendar_starts_a_job(job: Job) -> None:
    found = read(written(job))

    assert set() == found.keys() & {"RunAtLoad", "KeepAlive", "StartInterval", "WatchPaths"}


def test_the_catch_up_looks_at_every_login_and_once_a_day_and_runs_no_job_itself() -> None:
    found = read(written(agents.catch_up_of(JOBS)))

    assert found["RunAtLoad"] is True
    assert [{"Hour": 12, "Minute": 17}] == found["StartCalendarInterval"]
    program = str(PROGRAM.with_name("footprint-timers"))
    assert [program, "catch-up"] == found["ProgramArguments"][4:], "below the shell that watches it"


def test_a_daemon_of_the_system_runs_as_its_person_and_in_no_session() -> None:
    found = read(written(SCAN, user="jane"))

    assert "jane" == found["UserName"]
    assert "LimitLoadToSessionType" not in found
    catch_up = read(written(agents.catch_up_of(JOBS), user="jane"))
    words = catch_up["ProgramArguments"][4:]
    assert [str(PROGRAM), "run-overdue"] == words, "it may start no daemon"


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r<>&\"']]>-!%$"),
    min_size=1,
)


@given(TEXTS, TEXTS)
def test_hostile_words_come_back_as_they_are(name: str, value: str) -> None:
    program = Path("/Users/jane") / name.replace("/", "_") / "footprint-job"

    found = read(written(SCAN, program=program, state=Path("/var") / value, home=value))

    assert [str(program), "run", "breach_recheck"] == found["ProgramArguments"]
    log = str(Path("/var") / value / "launchd.log")
    assert log == found["StandardOutPath"] == found["StandardErrorPath"]
    assert value == found["EnvironmentVariables"]["FOOTPRINT_HOME"]


@pytest.mark.parametrize("character", ["\0", "\x1b", "\ud800", "\ufffe"])
def test_what_no_plist_can_hold_is_refused(character: str) -> None:
    with pytest.raises(ConfigurationError, match=r"property list|UTF-8"):
        quoting.plist_text(f"/srv/{character}")


def test_a_summary_cannot_end_its_comment() -> None:
    text = written(replace(SCAN, summary="a --> <key>RunAtLoad</key> <true/> <!-- b --"))

    assert "RunAtLoad" not in read(text)


def test_the_mark_tells_ours_from_edited_and_foreign() -> None:
    text = written(SCAN)

    assert mark.is_untouched(text)
    assert not mark.is_untouched(text.replace("<integer>5<", "<integer>9<"))
    assert not mark.is_untouched(
        text.replace("</dict>\n</plist>\n", "<key>A</key>\n</dict></plist>\n")
    )
    assert not mark.is_ours(plistlib.dumps(read(text)).decode())


def test_a_plist_that_a_person_has_edited_is_known() -> None:
    edited = written(SCAN).replace("<integer>5<", "<integer>9<")

    changes = plan.compare([], {"footprint-timers.breach_recheck.plist": edited})

    assert ("footprint-timers.breach_recheck.plist",) == plan.edited(changes)
