"""Whose timers they are, of which manager, and in which tree of files."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digital_footprint.config import Paths
from digital_footprint.database import Database
from digital_footprint.errors import FootprintError
from digital_footprint.process import Completed
from digital_footprint.scheduler.jobs import JOBS
from footprint_timers import causes, installation, linger, moving, places, render, stamps
from footprint_timers.identity import Person
from footprint_timers.manager import Manager, connect
from footprint_timers.model import Host, Job, Slot
from footprint_timers.schedulers import offline
from footprint_timers.schedulers.systemd_manager import Systemd
from footprint_timers.site import Asked, settled
from footprint_timers.trigger import Activation, identify
from footprint_timers.unit_run import in_step
from tests.conftest import CommandLine, Ended
from tests.fake_systemd import FakeSystemd

JANE = Person("jane", 4711, 4712, Path("/home/jane"))
ETC = "etc/systemd/system"
MINE = "home/jane/.config/systemd/user"
PROGRAM = "home/jane/.local/share/digital-footprint/env/bin/footprint-job"
TIMER = "footprint-breach_recheck.timer"
SERVICE = "footprint-breach_recheck.service"
DAILY = Slot(interval_days=1, phase=0, hour=4, minute=17)
SCAN = Job(name="breach_recheck", summary="asks", slot=DAILY, timeout_minutes=60)
HOST = Host(program=Path("/bin/true"), failures=Path("/tmp/failures"), environment={})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files of a machine that has two users, and install.sh's program in the home of one."""
    root = tmp_path / "tree"
    program = root / PROGRAM
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    (root / "etc").mkdir()
    users = "jane:x:4711:4712::/home/jane:/bin/sh\njoe:x:4713:4713::/home/joe:/bin/sh\n"
    (root / "etc/passwd").write_text(f"root:x:0:0::/root:/bin/sh\n{users}", encoding="utf-8")
    (root / "etc/machine-id").write_text("0" * 32, encoding="utf-8")
    return root


@pytest.fixture
def timers(run: CommandLine, tree: Path) -> Callable[..., Ended]:
    """Calls footprint-timers for jane in the tree."""
    run.environ["FOOTPRINT_HOME"] = ""
    run.environ["HOME"] = str(tree.parent)

    def call(words: str, user: str = "jane") -> Ended:
        return run("footprint-timers", *words.split(), "--root", str(tree), "--user", user)

    return call


def units(place: Path) -> set[str]:
    """Give the units and links of ours, and what the links lead to."""
    found = place.rglob("footprint-*")
    return {f"{one.name} -> {one.readlink()}" if one.is_symlink() else one.name for one in found}


@pytest.mark.parametrize(
    ("scope", "place"), [("system", ETC), ("user", MINE)], ids=["system", "user"]
)
def test_in_a_tree_units_are_written_and_linked_as_they_will_be_found(
    timers: Callable[..., Ended], tree: Path, scope: str, place: str
) -> None:
    ended = timers(f"install --scope {scope} --json")

    assert 0 == ended.code, ended
    document = ended.json
    assert (scope, False, str(tree / place)) == (
        document["scope"], document["started"], document["units"],
    )  # fmt: skip
    wanted = {f"footprint-{name}.{kind}" for name in JOBS for kind in ("timer", "service")}
    links = {f"footprint-{name}.timer -> /{place}/footprint-{name}.timer" for name in JOBS}
    assert {*wanted, *links, "footprint-notify@.service"} == units(tree / place)
    text = (tree / place / SERVICE).read_text(encoding="utf-8")
    assert str(tree) not in text
    assert f'ExecStart="/{PROGRAM}" run' in text
    assert ("\nUser=jane\n" in text) is (scope == "system")
    record = installation.read(in_tree(tree))
    assert record is not None
    assert (scope, f"/{place}") == (record.scope, record.units)
    assert "run from the next boot on" in timers(f"install --scope {scope}").out


def in_tree(tree: Path) -> Paths:
    home = tree / "home/jane"
    name = "digital-footprint"
    return Paths(
        home / ".config" / name, home / ".local/share" / name, home / ".local/state" / name
    )


@pytest.mark.parametrize("scope", ["system", "user"])
def test_the_scope_is_remembered_and_what_was_installed_goes(
    timers: Callable[..., Ended], tree: Path, scope: str
) -> None:
    before = units(tree)
    assert 1 == timers(f"plan --check --scope {scope}").code
    assert before == units(tree)
    timers(f"install --scope {scope}")
    written = {path: path.lstat().st_mtime_ns for path in (tree / "etc").rglob("*")}

    assert 0 == timers("plan --check").code
    again = timers("install --json")
    assert (scope, False) == (again.json["scope"], again.json["changed"])
    assert written == {path: path.lstat().st_mtime_ns for path in (tree / "etc").rglob("*")}
    assert scope == timers("status --json").json["scope"]

    removed = timers("uninstall --json").json["removed"]
    assert 2 * len(JOBS) + 1 == len(removed)
    assert before == units(tree)
    assert not (tree / ETC / "timers.target.wants").exists()


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="no systemctl")
def test_systemd_reads_a_tree_as_we_do(timers: Callable[..., Ended], tree: Path) -> None:
    timers("install --scope system")
    ask = ["systemctl", f"--root={tree}", "is-enabled", TIMER]

    assert b"enabled\n" == subprocess.run(ask, capture_output=True, check=False).stdout
    timers("uninstall")
    assert b"enabled\n" != subprocess.run(ask, capture_output=True, check=False).stdout


def test_moving_to_the_other_scope_leaves_nothing_of_the_one_before(
    timers: Callable[..., Ended], tree: Path
) -> None:
    timers("install --scope user")
    before = units(tree / MINE)

    planned = timers("plan --scope system --json").json["moves"]
    assert before == units(tree / MINE)
    told = timers("install --scope system")

    assert "moved from systemd, user scope" in told.out
    assert ("systemd", "user", str(tree / MINE)) == (
        planned["backend"], planned["scope"], planned["units"],
    )  # fmt: skip
    assert set() == units(tree / MINE)
    assert len(before) == len(units(tree / ETC))
    assert 0 == timers("install --scope user").code
    assert set() == units(tree / ETC)
    assert before == units(tree / MINE)


@pytest.mark.parametrize("scope", ["user", "system"])
def test_timers_of_the_other_scope_that_are_not_recorded_are_not_doubled(
    timers: Callable[..., Ended], run: CommandLine, tree: Path, scope: str
) -> None:
    timers(f"install --scope {scope}")
    before = units(tree)
    record = in_tree(tree).state / "timers.json"
    lost = json.loads(record.read_text(encoding="utf-8"))
    record.unlink()
    other = "system" if scope == "user" else "user"

    ended = timers(f"install --scope {other} --json")

    assert 78 == ended.code
    assert f"nothing is recorded of them in {record.parent}" in ended.json["error"]["message"]
    assert before == units(tree)
    keeping = f"footprint-timers install --json --scope {scope} --user jane --root {tree}"
    assert f"lost: {keeping}; else" in ended.json["error"]["hint"]
    assert 0 == run(*keeping.split()).code
    assert before == units(tree)
    found = json.loads(record.read_text(encoding="utf-8"))
    assert (lost["scope"], [*lost["jobs"]]) == (found["scope"], [*found["jobs"]])


def test_timers_of_which_this_home_knows_nothing_are_not_removed_without_force(
    timers: Callable[..., Ended], tree: Path
) -> None:
    timers("install")
    before = units(tree)
    (in_tree(tree).state / "timers.json").unlink()

    ended = timers("uninstall --json")

    assert 78 == ended.code
    assert "another home, or their record is lost" in ended.json["error"]["message"]
    hint = f"footprint-timers uninstall --json --user jane --root {tree} --force"
    assert ended.json["error"]["hint"].endswith(hint)
    assert before == units(tree)
    assert 0 == timers("uninstall --force").code
    assert {"footprint-job"} == units(tree)
    assert 0 == timers("uninstall").code


def test_status_tells_of_timers_that_nothing_records(
    timers: Callable[..., Ended], tree: Path
) -> None:
    timers("install --scope system")
    (in_tree(tree).state / "timers.json").unlink()

    told = timers("status --json")

    assert "nothing is recorded of them" in told.err
    assert "install --scope system" in told.err
    assert ["not_installed"] * len(JOBS) == [one["state"] for one in told.json["jobs"]]


def test_status_tells_of_a_move_that_was_cut_off(timers: Callable[..., Ended], tree: Path) -> None:
    timers("install --scope system")
    record = in_tree(tree).state / "timers.json"
    told = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**told, "leaving": ["systemd", "user"]}), encoding="utf-8")

    assert "a move from systemd, user scope was cut off" in timers("status").err
    assert 0 == timers("install").code
    assert "cut off" not in timers("status").err


@pytest.mark.usefixtures("unprivileged")
def test_a_record_that_could_not_be_removed_keeps_the_timers(
    timers: Callable[..., Ended], tree: Path
) -> None:
    timers("install")
    before = units(tree)
    state = in_tree(tree).state
    state.chmod(0o500)

    ended = timers("uninstall --json")

    state.chmod(0o700)
    assert 78 == ended.code
    assert f"chmod u+wx {state}" in ended.json["error"]["hint"]
    assert before == units(tree)


def test_a_directory_or_a_pipe_in_the_place_of_a_unit_is_named_and_not_waited_for(
    timers: Callable[..., Ended], tree: Path
) -> None:
    place = tree / MINE
    (place / TIMER).mkdir(parents=True)
    os.mkfifo(place / "footprint-f.timer")

    for words in ("install", "install --force"):
        ended = timers(f"{words} --json")
        assert 78 == ended.code
        assert f"{place / TIMER} is no ordinary file" in ended.json["error"]["message"]
    (place / TIMER).rmdir()
    assert 0 == timers("install").code
    assert 0 == timers("plan --check").code
    assert 0 == timers("uninstall").code
    assert {"footprint-f.timer", "footprint-job"} == units(tree)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"backend": "bogus"}, 78),
        ({"leaving": "xx"}, 78),
        ({"leaving": ["systemd", "user"]}, 0),
        ({"leaving": ["launchd", "user"]}, 0),
    ],
)
def test_whatever_the_record_says_installing_takes_nothing_away(
    timers: Callable[..., Ended], tree: Path, changed: dict[str, object], code: int
) -> None:
    timers("install --scope user")
    before = units(tree / MINE)
    record = in_tree(tree).state / "timers.json"
    said = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**said, **changed}), encoding="utf-8")

    assert code == timers("install").code
    assert before == units(tree / MINE)
    assert code == timers("uninstall").code
    assert (before if code else set()) == units(tree / MINE)


def test_a_machine_has_one_set_of_system_timers(timers: Callable[..., Ended], tree: Path) -> None:
    timers("install --scope system")
    before = units(tree)
    theirs = tree / "home/joe/.local/share/digital-footprint/env/bin/footprint-job"
    theirs.parent.mkdir(parents=True)
    theirs.touch(0o755)

    for words in ("install --force", "uninstall --force"):
        ended = timers(f"{words} --scope system --json", user="joe")
        assert 78 == ended.code
        assert "work for jane" in ended.json["error"]["message"]
        assert "--user jane" in ended.json["error"]["hint"]
    assert before | {"footprint-job"} == units(tree)
    assert 0 == timers("install --scope user", user="joe").code


@pytest.mark.parametrize(
    ("words", "user", "code", "message"),
    [
        ("install --scope system", "root", 78, "never as root"),
        ("install --scope user", "jim", 78, "there is no user 'jim'"),
        ("doctor --scope system", "jane", 2, "doctor starts things"),
        ("install --scope user", "joe", 78, "could start nothing"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    timers: Callable[..., Ended], tree: Path, words: str, user: str, code: int, message: str
) -> None:
    before = units(tree)

    ended = timers(f"{words} --json", user=user)

    assert code == ended.code
    assert message in ended.json["error"]["message"]
    assert ended.json["error"]["hint"]
    assert before == units(tree)


def test_a_link_that_leads_out_of_the_tree_is_not_followed(
    timers: Callable[..., Ended], tree: Path, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tree / "home/jane/.config").symlink_to(tmp_path / "outside")

    ended = timers("install --scope user --json")

    assert 78 == ended.code
    assert "out of" in ended.json["error"]["message"]
    assert [] == list((tmp_path / "outside").iterdir())


def test_a_tree_has_its_own_slots(timers: Callable[..., Ended], tree: Path) -> None:
    calendars = set()
    for machine in ("0", "1", "2"):
        (tree / "etc/machine-id").write_text(machine * 32, encoding="utf-8")
        timers("install --scope system")
        calendars.add((tree / ETC / TIMER).read_text(encoding="utf-8"))

    assert 1 < len(calendars)


def test_render_writes_units_of_the_system(
    run: CommandLine, tmp_path: Path, unprivileged: None
) -> None:
    where = str(tmp_path / "units")
    ended = run("footprint-timers", "render", "--output", where, "--scope", "system")

    assert 0 == ended.code, ended
    text = (tmp_path / "units" / SERVICE).read_text(encoding="utf-8")
    assert "Wants=network-online.target\n" in text
    assert f"\nUser={linger.user_name()}\n" in text


def test_only_root_acts_for_somebody_else(run: CommandLine, unprivileged: None) -> None:
    for verb in ("install", "status"):
        ended = run("footprint-timers", verb, "--user", "root", "--json")

        assert 2 == ended.code
        assert "only root" in ended.json["error"]["message"]
        assert ended.json["error"]["hint"].endswith(f" {verb} --json --user root")


def test_the_way_for_root_has_all_options_of_the_call(
    timers: Callable[..., Ended], tree: Path, unprivileged: None
) -> None:
    (tree / ETC).mkdir(parents=True)
    (tree / ETC).chmod(0o500)

    ended = timers("install --sandbox off --force --scope system")

    assert 78 == ended.code
    assert "only root may install timers of the system; nothing was changed" in ended.err
    whose = f"--scope system --user jane --root {tree}"
    assert f"footprint-timers install --force --sandbox off {whose}\n" in ended.err


def test_the_systems_manager_is_asked_by_whoever_it_has_started(paths: Paths) -> None:
    asked: list[Sequence[str]] = []

    def record(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        asked.append(argv)
        return Completed(tuple(argv), 1)

    for scope in ("system", "user"):
        environ = {"INVOCATION_ID": "a", "FOOTPRINT_SCOPE": scope}
        identify("breach_recheck", paths, record, environ=environ)

    assert [["systemctl", "show"], ["systemctl", "--user"]] == [argv[:2] for argv in asked]


def test_a_stamp_that_belongs_to_root_stops_no_run(
    db: Database, paths: Paths, tmp_path: Path, unprivileged: None
) -> None:
    place = tmp_path / "stamps"
    place.mkdir()
    stamps.write_stamp(place, "breach_recheck", datetime(2026, 1, 1, tzinfo=UTC))
    place.chmod(0o500)
    record = installation.Installation(
        backend="systemd", scope="system", units="", stamps=str(place)
    )
    installation.write(paths, record)
    activation = Activation(trigger="timer", since="2026-11-22T03:17:00Z")

    ran = []
    with in_step(db, paths, "generate_report", activation):
        ran.append("it ran")
    place.chmod(0o700)

    assert ["it ran"] == ran


def test_nobody_has_to_be_logged_in_for_timers_of_the_system() -> None:
    """What reads as logged out for a user's timers has no known cause for the system's."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    journal = {
        "_PID=1": "x",
        "--list-boots": f"0 a {start:%a %Y-%m-%d %H:%M:%S} UTC {start + timedelta(days=9):%a %Y-%m-%d %H:%M:%S} UTC",
        f"UNIT=user@{os.getuid()}.service": "\n".join(
            f'{{"__REALTIME_TIMESTAMP":"{(start + timedelta(hours=hour)).timestamp() * 1e6:.0f}",'
            f'"MESSAGE_ID":"{word}"}}'
            for hour, word in ((1, causes.STARTED), (2, causes.STOPPED))
        ),
    }

    def told(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        return Completed(tuple(argv), 0, stdout=journal.get(argv[-1], journal.get(argv[3], "")))

    firing = start + timedelta(days=2)
    found = {
        needs_login: causes.explainer(told, (), {}, needs_login=needs_login)(
            "breach_recheck", firing, firing + timedelta(days=1), is_last=False
        )
        for needs_login in (True, False)
    }

    assert {True: causes.Cause.LOGGED_OUT, False: causes.Cause.UNKNOWN} == found


def test_what_cannot_be_removed_there_is_not_installed_here(tree: Path, tmp_path: Path) -> None:
    theirs = FakeSystemd(tmp_path)
    files = render.systemd_files([SCAN], HOST)
    there = Systemd(theirs.connect())
    there.apply(there.make_plan([SCAN], files, lambda _name: None))
    before = (units(theirs.units), units(tree))
    here = Systemd(offline.connect(tree, "system", JANE))
    wanted = here.make_plan([SCAN], files, lambda _name: None)
    theirs.fails = "disable"

    with pytest.raises(FootprintError, match="disable"):
        moving.move_in(here, wanted, moving.Abandoned(there, moving.plan_removal(there)))

    assert before == (units(theirs.units), units(tree))
    theirs.fails = None
    moving.move_in(here, wanted, moving.Abandoned(there, moving.plan_removal(there)))
    assert set() == units(theirs.units)
    assert {TIMER, SERVICE} <= units(tree / ETC)


def test_the_systems_manager_is_reached_on_behalf_of_this_user(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []

    def answer(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        asked.append(argv)
        said = "LANG=C\n" if "show-environment" in argv else "Version=252.1\nUnitPath=/etc\n"
        return Completed(tuple(argv), 0, stdout=said)

    manager = connect(answer, {}, scope="system", booted=tmp_path, runtimes=tmp_path)

    assert isinstance(manager, Manager)
    assert ("system", "/etc/systemd/system") == (manager.scope, str(manager.units))
    assert all("--user" not in argv for argv in asked)
    paths = Paths(tmp_path, tmp_path, tmp_path)
    host = places.host_of(paths, manager, Path("/bin/true"))
    assert "system" == host.environment["FOOTPRINT_SCOPE"]
    assert manager.stamps in host.room.writable
    assert manager.person == manager.account.name if manager.account else False


def test_a_link_of_a_tree_leads_to_where_the_tree_is_the_root(tree: Path) -> None:
    (tree / "opt").mkdir()
    (tree / "opt/env").symlink_to(f"/{Path(PROGRAM).parents[1]}")

    assert places.is_there(tree, Path("/opt/env/bin/footprint-job"))
    assert not places.is_there(tree, Path("/opt/env/bin/python"))


def test_the_links_that_are_followed_are_those_of_the_tree(tree: Path) -> None:
    place = in_tree(tree).config
    place.mkdir(parents=True)
    (place / "mine.toml").symlink_to("/home/jane/dotfiles/mine.toml")

    with settled(Asked(root=tree, scope="system", user="jane")) as site:
        manager = site.files("system").manager
        room = places.host_of(site.paths, manager, Path("/") / PROGRAM).room

    assert Path("/home/jane/dotfiles/mine.toml") in room.readable


def test_the_version_of_a_trees_systemd_is_read_off_its_library(tree: Path) -> None:
    assert offline.version_in(tree) is None
    library = tree / "usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-257.so"
    library.parent.mkdir(parents=True)
    library.touch()

    assert 257 == offline.version_in(tree)
