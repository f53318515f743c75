"""The record of the installation is believed only where it says what we would have written."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digital_footprint import process
from digital_footprint.config import Paths
from digital_footprint.errors import ConfigurationError
from footprint_timers import identity, installation, moving
from footprint_timers.installation import Installation, Period
from footprint_timers.machine import Machine
from footprint_timers.model import Proof, Scope, Slot
from footprint_timers.site import Asked, Site, settled
from tests.conftest import CommandLine

JOB = "breach_recheck"
SLOT = Slot(interval_days=7, phase=9_999, hour=23, minute=59, yearless=True)
FULL = Installation(
    backend="launchd",
    scope="system",
    units="/u",
    stamps="/s",
    linger_by_us=True,
    jobs={
        JOB: (
            Period(slot=SLOT, since="2026-03-01T12:00:00Z", until="2026-04-01T12:00:00Z"),
            Period(slot=replace(SLOT, hour=0, minute=0, phase=0), since="2026-04-01T12:00:00Z"),
        )
    },
    sandbox="strong",
    proofs={JOB: Proof(level="strong", proved=("a door",), because="it is", key="k")},
    leaving=("cron", "user"),
)


@pytest.fixture
def record(paths: Paths) -> dict[str, Any]:
    """What a full record says, as a person finds it in the file."""
    installation.write(paths, FULL)
    found: dict[str, Any] = json.loads(installation.file_of(paths).read_text("utf-8"))
    return found


def spoilt(paths: Paths, record: dict[str, Any], way: str, value: object) -> None:
    *above, last = (int(word) if word.isdigit() else word for word in way.split("."))
    place: Any = record
    for word in above:
        place = place[word]
    place[last] = value
    installation.file_of(paths).write_text(json.dumps(record), "utf-8")


@pytest.mark.usefixtures("record")
def test_a_full_record_comes_back_as_it_was_written(paths: Paths) -> None:
    assert FULL == installation.read(paths)


@pytest.mark.parametrize("key", ["linger_by_us", "sandbox", "proofs", "leaving"])
def test_a_record_of_an_older_program_has_what_is_newer_by_default(
    paths: Paths, record: dict[str, Any], key: str
) -> None:
    del record[key]
    installation.file_of(paths).write_text(json.dumps(record), "utf-8")

    found = installation.read(paths)

    fresh = Installation(backend="systemd", scope="user", units="", stamps="")
    assert replace(FULL, **{key: getattr(fresh, key)}) == found


@pytest.mark.parametrize(
    ("way", "value", "told"),
    [
        ("backend", "bogus", 'backend is "bogus", expected: systemd or launchd or cron'),
        ("backend", "auto", "backend is"),
        ("backend", "cron", "backend is cron of system scope"),
        ("scope", "mine", 'scope is "mine", expected: user or system'),
        ("scope", ["user"], "scope is"),
        ("units", None, "units is null, expected: a text"),
        ("stamps", "/s\0", "stamps is"),
        ("linger_by_us", 1, "linger_by_us is 1, expected: true or false"),
        ("sandbox", "-3", 'sandbox is "-3", expected: auto or strong or basic or off'),
        ("leaving", "xx", 'leaving is "xx", expected: a list'),
        ("leaving", ["cron"], "leaving is"),
        ("leaving", ["cron", "user", "now"], "leaving is"),
        ("leaving", ["bogus", "user"], 'leaving[0] is "bogus"'),
        ("leaving", ["systemd", "mine"], 'leaving[1] is "mine"'),
        ("leaving", ["cron", "system"], "leaving is cron of system scope"),
        ("jobs", 7, "jobs is 7, expected: an object"),
        ("jobs.breach_recheck", {}, "jobs.breach_recheck is"),
        ("jobs.breach_recheck.0", "x", "jobs.breach_recheck[0] is"),
        ("jobs.breach_recheck.0.since", "garbage", "jobs.breach_recheck[0].since is"),
        ("jobs.breach_recheck.0.since", "0001-01-01T00:00:00Z", "jobs.breach_recheck[0].since is"),
        ("jobs.breach_recheck.0.since", "1999-12-31T23:59:59Z", "jobs.breach_recheck[0].since is"),
        ("jobs.breach_recheck.0.since", "9999-12-31T23:59:59Z", "jobs.breach_recheck[0].since is"),
        ("jobs.breach_recheck.0.since", "2026-03-01T12:00:00", "jobs.breach_recheck[0].since is"),
        ("jobs.breach_recheck.0.since", None, "jobs.breach_recheck[0].since is"),
        ("jobs.breach_recheck.0.until", "soon", "jobs.breach_recheck[0].until is"),
        ("jobs.breach_recheck.0.slot.interval_days", 0, "from 1 to 31"),
        ("jobs.breach_recheck.0.slot.interval_days", 32, "from 1 to 31"),
        ("jobs.breach_recheck.0.slot.hour", 99, "slot.hour is 99, expected: a whole number from"),
        ("jobs.breach_recheck.0.slot.hour", 24, "from 0 to 23"),
        ("jobs.breach_recheck.0.slot.hour", True, "slot.hour is true"),
        ("jobs.breach_recheck.0.slot.minute", 60, "from 0 to 59"),
        ("jobs.breach_recheck.0.slot.minute", 1.0, "slot.minute is 1.0"),
        ("jobs.breach_recheck.0.slot.phase", -1, "slot.phase is -1"),
        ("jobs.breach_recheck.0.slot.yearless", "no", "slot.yearless is"),
        ("jobs.breach_recheck.0.slot.second", 1, "slot.second is not known"),
        ("proofs.breach_recheck.level", "harder", "proofs.breach_recheck.level is"),
        ("proofs.breach_recheck.level", "auto", "expected: off or basic or strong"),
        ("proofs.breach_recheck.proved", "door", "proofs.breach_recheck.proved is"),
        ("proofs.breach_recheck.proved", [3], "proofs.breach_recheck.proved[0] is 3"),
        ("of_a_newer_program", 1, "of_a_newer_program is not known"),
        ("\x1b[2J", 1, '"\\u001b[2J" is not known'),
    ],
)
def test_what_we_would_not_have_written_is_told_with_its_place_and_not_believed(
    paths: Paths, record: dict[str, Any], way: str, value: object, told: str
) -> None:
    spoilt(paths, record, way, value)

    with pytest.raises(ConfigurationError) as caught:
        installation.read(paths)

    path = installation.file_of(paths)
    assert caught.value.message.startswith(f"{path} cannot be read (")
    assert told in caught.value.message
    assert f"remove it and install again: rm {path} && footprint-timers install" == (
        caught.value.hint
    )


@pytest.mark.parametrize("key", ["backend", "scope", "units", "stamps", "jobs"])
def test_what_a_record_cannot_do_without_is_named(
    paths: Paths, record: dict[str, Any], key: str
) -> None:
    del record[key]
    installation.file_of(paths).write_text(json.dumps(record), "utf-8")

    with pytest.raises(ConfigurationError, match=f"{key} is missing"):
        installation.read(paths)


@pytest.mark.parametrize("text", ["", "7", "[]", "null", "{", "[" * 200_000, "\xff", '{"a": NaN}'])
@pytest.mark.usefixtures("record")
def test_what_is_no_record_at_all_is_refused(paths: Paths, text: str) -> None:
    installation.file_of(paths).write_bytes(text.encode("latin-1"))

    with pytest.raises(ConfigurationError, match="cannot be read"):
        installation.read(paths)


def test_a_long_value_is_not_told_whole(paths: Paths, record: dict[str, Any]) -> None:
    spoilt(paths, record, "backend", "x" * 5_000)

    with pytest.raises(ConfigurationError) as caught:
        installation.read(paths)

    assert len(caught.value.message) < 300 + len(str(paths.state))


def test_a_record_without_sense_ends_no_command_in_a_traceback(
    run: CommandLine, paths: Paths, record: dict[str, Any]
) -> None:
    spoilt(paths, record, "jobs.breach_recheck.0.since", "garbage")

    for command in ("status", "audit"):
        ended = run("footprint-timers", command, "--json")
        assert 78 == ended.code
        assert "since is" in ended.json["error"]["message"]


@pytest.mark.usefixtures("record")
def test_a_record_is_read_without_what_is_slow_to_load(paths: Paths) -> None:
    code = (
        "import sys; from pathlib import Path; from digital_footprint.config import Paths\n"
        "from footprint_timers import installation\n"
        "assert installation.read(Paths(*map(Path, sys.argv[1:])))\n"
        "print('msgspec' in sys.modules)"
    )
    places = map(str, (paths.config, paths.data, paths.state))

    done = process.run([sys.executable, "-c", code, *places])

    assert "False" == done.stdout.strip(), done.stderr


def test_a_place_that_has_the_timers_is_not_the_one_they_are_leaving(paths: Paths) -> None:
    installation.write(paths, replace(FULL, leaving=("launchd", "system")))

    assert FULL.leaving
    assert replace(FULL, leaving=None) == installation.read(paths)


@pytest.fixture
def units(tmp_path: Path) -> Site:
    """A person whose systemd is a tree of files, with units in it."""
    return Site(
        person=replace(identity.current(), home=tmp_path / "jane"),
        scope="user",
        paths=Paths(tmp_path, tmp_path, tmp_path),
        installed=None,
        root=tmp_path,
    )


@pytest.mark.parametrize(("backend", "leaving"), [("auto", None), ("systemd", ("systemd", "user"))])
def test_what_is_installed_now_is_never_what_the_timers_move_away_from(
    units: Site, backend: str, leaving: tuple[str, Scope] | None
) -> None:
    """However the record calls it: it is the scheduler that is reached that loses its timers."""
    record = Installation(backend=backend, scope="user", units="", stamps="", leaving=leaving)
    site = replace(units, installed=record)

    assert moving.abandoned(site, site.files("user"), process.run) is None
    assert moving.abandoned(site, site.files("system"), process.run) is not None


@pytest.mark.parametrize(
    ("platform", "backend", "left"),
    [
        ("linux", "launchd", None),
        ("linux", "systemd", ("systemd", "user")),
        ("darwin", "systemd", None),
        ("darwin", "launchd", ("launchd", "user")),
        ("darwin", "cron", ("cron", "user")),
    ],
)
def test_a_move_from_what_this_platform_cannot_have_is_forgotten(
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    backend: str,
    left: tuple[str, Scope] | None,
) -> None:
    here = "cron" if backend != "cron" else "launchd"
    leaving: tuple[str, Scope] = (backend, "user")
    installation.write(
        paths, Installation(backend=here, scope="user", units="", stamps="", leaving=leaving)
    )
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.config))

    with settled(Asked(machine=Machine(platform=platform))) as site:
        assert site.installed is not None
        assert left == site.installed.leaving
