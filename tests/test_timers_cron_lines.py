"""When our lines of a crontab fire, by a reading of crontab(5) that shares nothing with ours."""

import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_footprint.config import DEFAULT_INTERVAL_DAYS
from digital_footprint.errors import ConfigurationError
from footprint_timers import calendars, cron_lines, mark, plan, quoting, render
from footprint_timers.model import Job, Slot, Write

GOLDEN = Path(__file__).parent / "golden" / "crontab"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TEN_YEARS = [date(2026, 1, 1) + DAY * number for number in range(3653)]


def slot(interval_days: int, phase: int = 0, hour: int = 4, minute: int = 17) -> Slot:
    return Slot(interval_days=interval_days, phase=phase, hour=hour, minute=minute, yearless=True)


def matches(fields: str, day: date) -> bool:
    """Read the days of a line as a person does: lists of numbers, or a star."""
    _, _, days, months, weekdays = fields.split()
    assert "*" == months
    assert "*" in (days, weekdays), "both would mean either"
    in_month = days == "*" or str(day.day) in days.split(",")
    return in_month and weekdays in {"*", f"{day:%w}"}


@pytest.mark.parametrize("interval_days", range(1, 32))
@pytest.mark.parametrize("phase", [0, 1, 9341])
def test_over_ten_years_no_gap_is_longer_than_the_interval(interval_days: int, phase: int) -> None:
    chosen = slot(interval_days, phase)
    fields = calendars.cron_times(chosen)

    fired = [day for day in TEN_YEARS if matches(fields, day)]

    assert interval_days >= max((after - before).days for before, after in pairwise(fired))
    assert fired == [day for day in TEN_YEARS if calendars.fires_on(chosen, day)]
    assert ["17", "4"] == fields.split()[:2]


@pytest.mark.parametrize("interval_days", [1, 7])
def test_a_day_and_a_week_are_exact(interval_days: int) -> None:
    fields = calendars.cron_times(slot(interval_days, 5))
    fired = [day for day in TEN_YEARS if matches(fields, day)]

    assert {interval_days} == {(after - before).days for before, after in pairwise(fired)}


# ---- what was missed


@st.composite
def households(draw: st.DrawFn) -> dict[str, Slot]:
    """Draw a window, and the jobs' slots in it, as `slots` lays them: 20 minutes apart."""
    first = draw(st.integers(0, 24 * 60 - 61))
    return {
        name: slot(
            draw(st.integers(1, 31)),
            draw(st.integers(0, 9999)),
            (first + 20 * place) // 60,
            (first + 20 * place) % 60,
        )
        for place, name in enumerate(DEFAULT_INTERVAL_DAYS)
    }


def ticks(slots: Mapping[str, Slot], start: datetime, end: datetime) -> Iterator[datetime]:
    """Give when the hourly line fires."""
    minute, hours, *rest = cron_lines.hourly_fields(list(slots.values())).split()
    assert ["*"] * 3 == rest
    allowed: set[int] = set()
    for part in hours.split(","):
        low, _, high = part.partition("-")
        allowed |= set(range(int(low), int(high or low) + 1))
    moment = start.replace(minute=int(minute))
    while moment < end:
        if moment >= start and moment.hour in allowed:
            yield moment
        moment += timedelta(hours=1)


def run_through(
    slots: Mapping[str, Slot], start: datetime, end: datetime, on: list[tuple[datetime, datetime]]
) -> tuple[dict[str, list[datetime]], dict[str, list[datetime]]]:
    """Live through the time minute by minute: give each job's runs by its line, and by catch-up."""

    def is_on(moment: datetime) -> bool:
        return any(since <= moment < until for since, until in on)

    happens: dict[datetime, set[str]] = {}
    for name, one in slots.items():
        day = start.date()
        while day <= end.date():
            if matches(calendars.cron_times(one), day):
                fires = datetime(day.year, day.month, day.day, one.hour, one.minute, tzinfo=UTC)
                happens.setdefault(fires, set()).add(name)
            day += DAY
    for moment in (*ticks(slots, start, end), *(since + MINUTE for since, _ in on)):
        happens.setdefault(moment, set()).add("run-overdue")
    timed: dict[str, list[datetime]] = {name: [start] for name in slots}
    made_up: dict[str, list[datetime]] = {name: [] for name in slots}
    for moment in sorted(happens):
        if start < moment < end and is_on(moment):
            for name, one in slots.items():
                last = max(timed[name] + made_up[name])
                due = last + DAY * one.interval_days - timedelta(minutes=30)
                if name in happens[moment]:
                    # A cron starts things some seconds after the full minute.
                    timed[name].append(moment + timedelta(seconds=5))
                elif "run-overdue" in happens[moment] and moment + timedelta(seconds=5) >= due:
                    made_up[name].append(moment + timedelta(seconds=5))
    return timed, made_up


START = datetime(2026, 2, 10, tzinfo=UTC)


@settings(max_examples=50, deadline=None)
@given(households())
def test_on_a_machine_that_is_always_on_each_job_runs_at_its_line_and_nothing_is_made_up(
    slots: dict[str, Slot],
) -> None:
    end = START + 70 * DAY
    # As if each had been done at its own time on the day before.
    _, made_up = run_through(slots, START, end, [(START, end)])

    first = {
        name: next(calendars.firings(one, START, end, zone=UTC)) for name, one in slots.items()
    }
    assert [] == [
        (name, moment) for name, each in made_up.items() for moment in each if moment > first[name]
    ]


@settings(max_examples=50, deadline=None)
@given(
    households(),
    st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 5000)), min_size=1, max_size=20),
)
def test_no_job_stays_overdue_for_more_than_four_hours_of_a_machine_that_is_on(
    slots: dict[str, Slot], spans: list[tuple[int, int]]
) -> None:
    on, moment = [], START
    for off_minutes, on_minutes in spans:
        since = moment + MINUTE * off_minutes
        moment = since + MINUTE * on_minutes
        on.append((since, moment))

    timed, made_up = run_through(slots, START, moment, on)

    for name, one in slots.items():
        runs = sorted(timed[name] + made_up[name])
        for last, following in pairwise([*runs, moment]):
            due = last + DAY * one.interval_days
            waited = (
                max(min(following, until) - max(due, since), timedelta()) for since, until in on
            )
            assert timedelta(hours=4) > max(waited)


@given(households())
def test_it_is_looked_for_at_least_every_four_hours(slots: dict[str, Slot]) -> None:
    found = list(ticks(slots, START, START + 2 * DAY))

    assert timedelta(hours=4) >= max(after - before for before, after in pairwise(found))


# ---- the text


def command(line: str) -> str:
    """Give what cron hands to the shell: up to a bare `%`, each `\\%` as `%` (crontab(5))."""
    given_to_shell = ""
    escaped = False
    for character in line:
        if character == "%" and not escaped:
            break
        if character == "%":
            given_to_shell = given_to_shell[:-1]
        given_to_shell += character
        escaped = character == "\\" and not escaped
    return given_to_shell


words = st.text(st.characters(exclude_characters="\n\r\0\\", exclude_categories=["Cs"]))


@settings(max_examples=60, deadline=None)
@given(words)
def test_a_word_comes_back_from_cron_and_the_shell(word: str) -> None:
    line = f"printf '[\\%s]' {quoting.crontab_word(word)}"

    said = subprocess.run(["sh", "-c", command(line)], capture_output=True, check=True).stdout

    assert f"[{word}]" == said.decode()


@pytest.mark.parametrize("word", ["/a\nb", "/a\0b"])
def test_a_word_that_no_line_can_hold_is_refused(word: str) -> None:
    with pytest.raises(ConfigurationError, match="a word of a crontab line"):
        quoting.crontab_word(word)


JOBS = (
    Job(name="breach_recheck", summary="asks", slot=slot(7, 3), timeout_minutes=60),
    Job(name="dark_web_monitor", summary="asks", slot=slot(3, 0, 4, 37), timeout_minutes=60),
    Job(
        name="alerts",
        summary="sends what quiet hours held back",
        slot=slot(1, 0, 7, 0),
        timeout_minutes=10,
        command="deliver",
    ),
)
PROGRAM = Path("/home/jane/it's 100%/footprint-job")
ENVIRONMENT = {"FOOTPRINT_HOME": "/srv/foot print"}


def lines() -> str:
    return render.crontab_file(JOBS, PROGRAM, ENVIRONMENT).text


def test_the_lines_are_those_of_the_golden_file() -> None:
    assert GOLDEN.read_text("utf-8") == "".join(lines().partition("# Version=")[:1])


def test_a_shell_can_read_every_line() -> None:
    commands = [line for line in lines().splitlines() if line and not line.startswith("#")]

    assert 5 == len(commands)
    for line in commands:
        without_times = line.split(maxsplit=1 if line.startswith("@") else 5)[-1]
        subprocess.run(["sh", "-n", "-c", command(without_times)], check=True)


def test_without_a_job_that_leaves_rows_nothing_is_looked_for() -> None:
    assert "run-overdue" not in render.crontab_file(JOBS[2:], PROGRAM, {}).text


def test_lines_that_were_changed_by_hand_are_known() -> None:
    changed = lines().replace("17 4", "18 4")

    assert mark.is_untouched(lines())
    assert ("crontab",) == plan.edited([Write("crontab", changed, lines())])
    assert () == plan.edited([Write("crontab", lines(), "")])


# ---- reading them


def test_each_job_is_read_with_its_times() -> None:
    assert {
        "breach_recheck": "17 4 * * 3",
        "dark_web_monitor": calendars.cron_times(JOBS[1].slot),
    } == cron_lines.read_jobs(lines())


@given(st.integers(1, 31), st.integers(0, 9999), st.integers(0, 23), st.integers(0, 59))
def test_the_next_firing_is_the_first_that_the_calendar_has(
    interval_days: int, phase: int, hour: int, minute: int
) -> None:
    chosen = slot(interval_days, phase, hour, minute)
    zone = ZoneInfo("Europe/Athens")

    found = cron_lines.next_firing(calendars.cron_times(chosen), START, zone=zone)

    later = START + timedelta(seconds=1)
    assert next(calendars.firings(chosen, later, START + 40 * DAY, zone=zone)) == found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("*/20 * * * *", datetime(2026, 2, 10, 0, 20, tzinfo=UTC)),
        ("5 8-10/2 * * *", datetime(2026, 2, 10, 8, 5, tzinfo=UTC)),
        ("0 0 1 * 3", datetime(2026, 2, 11, tzinfo=UTC)),
        ("0 0 1 3 *", datetime(2026, 3, 1, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("0 0 * * 7", datetime(2026, 2, 15, tzinfo=UTC)),
        ("0 0 31 2 *", None),
        ("0 0 * * mon", None),
        ("0 0 */0 * *", None),
    ],
)
def test_a_line_that_a_person_wrote_is_read_too(fields: str, expected: datetime | None) -> None:
    assert expected == cron_lines.next_firing(fields, START, zone=UTC)
