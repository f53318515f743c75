"""What is wrong gets a clear sentence, the next step and its exit code; nothing is lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from digital_footprint.database import Database
from tests.conftest import KEY, CommandLine, Ended, add

RUN = ("footprint-job", "run", "breach_recheck")
STATUS = ("footprint-timers", "status")


def refused(ended: Ended, code: int, *words: str) -> None:
    assert code == ended.code, ended.err
    for word in words:
        assert word in ended.err
    assert "next:" in ended.err
    assert "Traceback" not in ended.err


def write(home: Path, name: str, text: str, mode: int = 0o600) -> Path:
    home.mkdir(exist_ok=True)
    path = home / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("command", ["run", "logs", "reap"])
def test_an_unknown_job_is_named_with_those_that_exist(run: CommandLine, command: str) -> None:
    refused(
        run("footprint-job", command, "breach_rechek"),
        2,
        "'breach_rechek'",
        "did you mean 'breach_recheck'?",
        "jobs: breach_recheck",
    )
    assert not (run.home / "footprint.db").exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[jobs", ("not valid TOML",)),
        ("[jobs.breach_rechek]\n", ("jobs.breach_rechek", "did you mean 'breach_recheck'")),
        ("[sources.hibp]\nurl = 1\n", ("sources.hibp.url", "allowed here: base_url, enabled")),
        ("colour = 1\n", ("colour is not a known key", "schedule, jobs, sources, alerts")),
        ("[jobs.breach_recheck]\ninterval_days = 0\n", ("interval_days is 0", "from 1 to 31")),
        ("[jobs.breach_recheck]\ninterval_days = 32\n", ("interval_days is 32", "from 1 to 31")),
        ('[jobs.breach_recheck]\ninterval_days = "7"\n', ("interval_days is '7'", "`int")),
        ("[jobs.breach_recheck]\ninterval_days = 7.5\n", ("interval_days is 7.5", "`int")),
        ('[jobs.breach_recheck]\nenabled = "no"\n', ("enabled is 'no'", "`bool`")),
        ("[jobs.breach_recheck]\ntimeout_minutes = 1\n", ("timeout_minutes is 1", "2 to 1440")),
        ("jobs = 7\n", ("jobs is 7", "`object`")),
        ('[schedule]\nwindow = "4-6"\n', ("schedule.window is '4-6'", "22:00-07:00")),
        ('[schedule]\nwindow = "06:00-04:00"\n', ("schedule.window", "an end after the start")),
        ('[alerts]\nquiet_hours = "25:00-07:00"\n', ("alerts.quiet_hours", "22:00-07:00")),
        ('[mcp]\nshow_addresses = "yes"\n', ("mcp.show_addresses is 'yes'", "`bool`")),
        ("[mcp]\nshow_adresses = true\n", ("mcp.show_adresses", "did you mean")),
        ("[alerts]\nfailures = 0\n", ("alerts.failures is 0", "1 to 100")),
        ("[alerts.channels.phone]\n", ("alerts.channels.phone is a table", "`kind`")),
        ("[alerts]\nchannels = 7\n", ("alerts.channels is 7", "`object`")),
        ("[alerts.channels]\nphone = 7\n", ("alerts.channels.phone is 7", "`object`")),
        (
            '[alerts.channels.phone]\nkind = "apprise"\ndetial = "full"\n',
            ("alerts.channels.phone.detial", "did you mean 'detail'"),
        ),
        (
            '[alerts.channels.phone]\nkind = "fax"\n',
            ("alerts.channels.phone.kind is 'fax'", "apprise, desktop, ping"),
        ),
        (
            '[alerts.channels.phone]\nkind = "apprise"\nenabled = 3\n',
            ("alerts.channels.phone.enabled is 3", "`bool`"),
        ),
        (
            '[alerts.channels.Phone]\nkind = "desktop"\n',
            ("alerts.channels.Phone", "beginning with a letter"),
        ),
        (
            '[alerts.channels.screen]\nkind = "desktop"\ndetail = "full"\n',
            ("alerts.channels.screen.detail is 'full'", "its kind is desktop"),
        ),
        (
            '[sources.hibp]\nbase_url = "http://example.com"\n',
            ("sources.hibp.base_url", "'http://example.com'", "https://HOST"),
        ),
        ('[sources.hibp]\nbase_url = "http://127.0.0.1.example.com"\n', ("base_url", "https://")),
        (
            '[sources.hibp]\nbase_url = "https://user:hunter2@example.com"\n',
            ("base_url", "https://"),
        ),
        (
            '[sources.hibp]\nbase_url = "https://x@example.com/?k=hunter2"\n',
            ("'https://example.com'",),
        ),
        ('[sources.hibp]\nbase_url = "https://exa mple.com"\n', ("base_url", "https://")),
        ('[sources.hibp]\nbase_url = "https://a..b"\n', ("base_url", "https://")),
        ('[sources.hibp]\nbase_url = "ftp://example.com"\n', ("base_url", "https://")),
        ('[sources.hibp]\nbase_url = "https://example.com:99999"\n', ("base_url", "https://")),
    ],
)
def test_a_configuration_that_makes_no_sense_stops_the_run_and_stands_in_the_history(
    run: CommandLine, home: Path, text: str, words: tuple[str, ...]
) -> None:
    file = write(home, "config.toml", text)

    ended = run(*RUN)

    refused(ended, 78, str(file), *words)
    log = (home / "scheduler.log").read_text(encoding="utf-8")
    assert "hunter2" not in ended.err + log
    (row,) = run("footprint-job", "history", "--json").json
    assert "failed" == row["status"]
    assert str(file) in row["error"]
    assert text == file.read_text(encoding="utf-8")


def test_the_whole_schema_is_accepted(run: CommandLine, home: Path) -> None:
    write(
        home,
        "config.toml",
        """
        [schedule]
        window = "04:00-06:00"
        [jobs.dark_web_monitor]
        interval_days = 3
        enabled = true
        timeout_minutes = 60
        [jobs.verify_removals]
        [jobs.generate_report]
        [sources.hibp]
        base_url = "http://[::1]:8080/api/v3"
        [sources.xposedornot]
        enabled = true
        [sources.ahmia]
        base_url = "http://localhost:1234"
        [alerts]
        quiet_hours = "22:00-07:00"
        [mcp]
        show_addresses = true
        """,
    )

    assert 0 == run(*RUN).code


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_secrets_that_others_can_read_are_refused(
    run: CommandLine, home: Path, db: Database, mode: int
) -> None:
    add(db, "Jane Doe", "jane@example.com")
    file = write(home, "secrets.toml", f'hibp_api_key = "{KEY}"\n', mode)

    ended = run(*RUN)

    assert 78 == ended.code
    assert f"chmod 600 {file}" in ended.out
    assert KEY not in ended.out + ended.err
    refused(run("footprint", "secret", "list"), 78, f"chmod 600 {file}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('hibp_apikey = "hunter2"\n', ("hibp_apikey", "hibp_api_key")),
        ("hibp_api_key = 5551234\n", ("has to be a text in quotes",)),
        ('hibp_api_key = "hunter2\n', ("not valid TOML",)),
    ],
)
def test_secrets_that_make_no_sense_are_refused_without_telling_them(
    run: CommandLine, home: Path, text: str, words: tuple[str, ...]
) -> None:
    write(home, "secrets.toml", text)

    ended = run("footprint", "secret", "list")

    refused(ended, 78, *words)
    assert "hunter2" not in ended.err
    assert "5551234" not in ended.err


@pytest.mark.parametrize("value", ["", "short", KEY + "0", "0123456789abcdef 123456789abcdef"])
def test_a_key_of_another_form_is_not_stored(run: CommandLine, home: Path, value: str) -> None:
    ended = run("footprint", "secret", "set", "hibp_api_key", stdin=value)

    refused(ended, 2, "32 hexadecimal digits")
    assert not (home / "secrets.toml").exists()
    assert not value or value not in ended.err


def test_an_unknown_secret_is_named_with_those_that_exist(run: CommandLine) -> None:
    refused(run("footprint", "secret", "set", "hibp"), 2, "no secret is called", "hibp_api_key")


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()


def foreign_database_with_a_log(path: Path) -> None:
    """Tables that so far stand in the write-ahead log alone."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    copies = {name: Path(f"{path}{name}").read_bytes() for name in ("", "-wal")}
    connection.close()
    for name, content in copies.items():
        Path(f"{path}{name}").write_bytes(content)


def marked_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA application_id = 252006673")
        connection.execute("CREATE TABLE t (x)")
    connection.close()


def newer_database(path: Path) -> None:
    Database.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()


def picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 200)


def torso(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign_database, ("the database of another program", "left as it is")),
        (foreign_database_with_a_log, ("the database of another program",)),
        (marked_database, ("the database of another program",)),
        (newer_database, ("schema 999", "newer version")),
        (picture, ("is not a database",)),
        (torso, ("is not a database",)),
    ],
)
def test_a_file_that_is_not_ours_is_refused_byte_for_byte_as_it_was(
    run: CommandLine,
    home: Path,
    snapshot: Callable[[Path], dict[str, bytes]],
    make: Callable[[Path], None],
    words: tuple[str, ...],
) -> None:
    home.mkdir()
    make(home / "footprint.db")
    before = snapshot(home)

    for command in (RUN, ("footprint", "findings"), ("footprint-job", "history")):
        refused(run(*command), 78, str(home / "footprint.db"), *words)

    assert before == snapshot(home)


def test_a_home_of_no_user_is_refused(run: CommandLine) -> None:
    run.environ["FOOTPRINT_HOME"] = "~nosuchuser/x"

    refused(run(*RUN), 78, "FOOTPRINT_HOME")


def test_a_linked_configuration_is_not_replaced_by_a_file(
    run: CommandLine, home: Path, tmp_path: Path
) -> None:
    home.mkdir()
    mine = tmp_path / "dotfiles.toml"
    mine.write_text("# mine\n", encoding="utf-8")
    (home / "config.toml").symlink_to(mine)
    (home / "secrets.toml").symlink_to(tmp_path / "nowhere.toml")

    refused(run("footprint", "source", "disable", "hibp_breaches"), 78, "is a link")
    refused(run("footprint", "secret", "set", "hibp_api_key", stdin=KEY), 78, "is a link")

    assert "# mine\n" == mine.read_text(encoding="utf-8")


def test_a_database_that_lost_its_tables_is_told_as_damaged(run: CommandLine, home: Path) -> None:
    Database.open(home / "footprint.db").close()
    with sqlite3.connect(home / "footprint.db") as connection:
        connection.execute("DROP TABLE scheduled_runs")
    connection.close()

    ended = run("footprint-job", "selftest")

    assert 78 == ended.code
    assert "FAIL database" in ended.out


def test_output_that_cannot_be_written_is_an_error(run: CommandLine) -> None:
    program = Path(sys.executable).with_name("footprint")
    done = subprocess.run(
        ["sh", "-c", '"$0" person list > /dev/full', str(program)],
        env=run.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert 1 == done.returncode
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_directory_in_the_place_of_the_database_is_refused(run: CommandLine, home: Path) -> None:
    (home / "footprint.db").mkdir(parents=True)

    refused(run(*RUN), 78, f"{home / 'footprint.db'} is no ordinary file")


@pytest.mark.parametrize("name", ["footprint.db", "config.toml", "secrets.toml", "timers.json"])
def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(
    run: CommandLine, home: Path, name: str
) -> None:
    home.mkdir()
    os.mkfifo(home / name, 0o600)

    command = ("footprint", "secret", "list") if name == "secrets.toml" else STATUS
    refused(run(*command), 78, str(home / name))


def test_a_file_in_the_place_of_the_home_is_refused(run: CommandLine, home: Path) -> None:
    home.write_text("precious", encoding="utf-8")

    refused(run(*RUN), 78, str(home))
    assert "precious" == home.read_text(encoding="utf-8")


@pytest.mark.usefixtures("unprivileged")
@pytest.mark.parametrize("command", [RUN, ("footprint", "person", "list")])
def test_a_home_that_cannot_be_written_is_refused(
    run: CommandLine, home: Path, command: tuple[str, ...]
) -> None:
    home.mkdir(mode=0o500)

    refused(run(*command), 78, str(home), "FOOTPRINT_HOME")


@pytest.mark.usefixtures("unprivileged")
def test_a_database_that_cannot_be_written_is_refused(
    run: CommandLine, home: Path, db: Database
) -> None:
    (home / "footprint.db").chmod(0o400)
    db.close()

    refused(run(*RUN), 78, "cannot be")


def namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    return (
        subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode == 0
    )


def on_a_small_disk(home: Path, kilobytes: int, fill: str, command: tuple[str, ...]) -> Ended:
    """Run a command with a disk of that size, filled by a line of shell, as its home."""
    if not namespaces():
        if os.environ.get("CI"):
            pytest.fail("in CI user namespaces have to be there")
        pytest.skip("no user namespaces: a small disk cannot be mounted")
    home.mkdir()
    script = (
        f'mount -t tmpfs -o size={kilobytes}k,mode=700 tmpfs "$FOOTPRINT_HOME" && {fill}; "$@"; '
        'code=$?; ls "$FOOTPRINT_HOME" >&2; exit $code'
    )
    program = str(Path(sys.executable).with_name(command[0]))
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", program, *command[1:]],
        env={"PATH": os.environ["PATH"], "FOOTPRINT_HOME": str(home)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("kilobytes", [4, 16, 64, 96, 128, 160, 192])
def test_a_full_disk_is_said_to_be_one(home: Path, kilobytes: int) -> None:
    ended = on_a_small_disk(home, kilobytes, "true", RUN)

    if kilobytes < 160:
        refused(ended, 1, "the disk that holds", "is full", "free some space")
    else:
        assert ended.code in (0, 1)
        assert "Traceback" not in ended.err


def test_a_disk_that_fills_up_later_loses_nothing(home: Path) -> None:
    before = (
        f"{Path(sys.executable).with_name('footprint')} person add Jane --email jane@example.com"
        ' >/dev/null 2>&1 && dd if=/dev/zero of="$FOOTPRINT_HOME/ballast" 2>/dev/null'
    )
    full = on_a_small_disk(home, 400, before, RUN)
    refused(full, 1, "is full")
    assert {"ballast", "footprint.db"} <= set(full.err.split())


def test_what_a_full_disk_refused_leaves_the_database_sound(home: Path) -> None:
    footprint = Path(sys.executable).with_name("footprint")
    fill = (
        f"{footprint} person add Jane --email jane@example.com >/dev/null 2>&1; "
        'dd if=/dev/zero of="$FOOTPRINT_HOME/ballast" 2>/dev/null; '
        f"{footprint} person add John --email john@example.com 2>&1; "
        'rm "$FOOTPRINT_HOME/ballast"'
    )

    ended = on_a_small_disk(home, 400, fill, ("footprint", "person", "list", "--json"))

    assert "is full" in ended.out
    assert '"Jane"' in ended.out
    assert '"John"' not in ended.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--email", "not an address"), ("not an e-mail address",)),
        (("--email", "jane@localhost"), ("not an e-mail address",)),
        (("--email", "jane@example.com", "--email", "x"), ("not an e-mail address",)),
        (("--consent", "given"), ("does not fit",)),
        (("--relation", "partner", "--consent", "self"), ("does not fit",)),
        (("--relation", "cat"), ("'cat'",)),
        (("--region", "Bavaria"), ("is not a region",)),
    ],
)
def test_a_person_is_added_whole_or_not_at_all(
    run: CommandLine, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    refused(run("footprint", "person", "add", "Jane Doe", *arguments), 2, *words)

    assert [] == run("footprint", "person", "list", "--json").json


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Jane\x1b[31m", "Jane\u202e", "J\u200bane"])
def test_a_name_that_does_not_show_is_refused(run: CommandLine, name: str) -> None:
    refused(run("footprint", "person", "add", name), 2, "the name is empty, too long")


@pytest.mark.parametrize(
    "command",
    [
        ("footprint", "person", "show", "7"),
        ("footprint", "person", "forget", "Nobody", "--yes"),
        ("footprint", "identifier", "remove", "7"),
        ("footprint", "identifier", "add", "7", "email", "a@example.com"),
        ("footprint", "finding", "show", "7"),
        ("footprint", "source", "enable", "hibp", "--yes"),
        ("footprint", "findings", "--person", "Nobody"),
        ("footprint", "nonsense"),
        ("footprint-job", "show", "7"),
        ("footprint-job", "history", "--limit", "0"),
        ("footprint-job", "show", "99999999999999999999"),
        ("footprint", "disclosures", "--limit", "99999999999999999999"),
        ("footprint", "identifier", "remove", "99999999999999999999"),
    ],
)
def test_under_json_an_error_is_one_document(run: CommandLine, command: tuple[str, ...]) -> None:
    ended = run(*command, "--json")

    assert 2 == ended.code
    error = ended.json["error"]
    assert {"kind", "message", "hint"} == set(error)
    assert "usage" == error["kind"]
    assert error["message"]
    assert error["hint"]


def test_a_question_without_an_answer_changes_nothing(run: CommandLine, db: Database) -> None:
    add(db, "Jane Doe", "jane@example.com")

    ended = run("footprint", "person", "forget", "1")

    assert 1 == ended.code
    assert "nothing was changed" in ended.err
    assert 1 == len(run("footprint", "person", "list", "--json").json)


def test_a_reader_that_leaves_early_is_no_error(run: CommandLine, db: Database) -> None:
    for number in range(30):
        add(db, "Jane Doe", f"jane{number}@example.com")
    program = Path(sys.executable).with_name("footprint")

    done = subprocess.run(
        ["sh", "-c", '"$0" identifier list --json | head -1; exit 0', str(program)],
        env=run.environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert "" == done.stderr
