"""The household: registered, changed, and forgotten without a trace."""

import gzip
import os
import sqlite3
from pathlib import Path

import pytest

from digital_footprint import findings, secrets
from digital_footprint.config import Config, Paths
from digital_footprint.database import Database
from digital_footprint.model import Person
from digital_footprint.scheduler.jobs import job_breach_recheck
from tests.conftest import CommandLine, add
from tests.wire import Gate, Wire, json_response, names

MARK = "xqzplanted"


def test_several_people_with_several_addresses(run: CommandLine) -> None:
    jane = run(
        "footprint", "person", "add", "Jane Doe", "--email", "Jane@Example.com",
        "--email", "j.doe@work.example", "--relation", "self", "--consent", "self",
        "--region", "us-ca", "--json",
    ).json  # fmt: skip
    john = run("footprint", "person", "add", "John Doe", "--relation", "partner",
               "--email", "john@example.com", "--consent", "given", "--json").json  # fmt: skip

    assert ["jane@example.com", "j.doe@work.example"] == [
        one["value"] for one in jane["identifiers"]
    ]
    assert ("self", "self", "US-CA") == (jane["relation"], jane["consent"], jane["region"])
    assert [jane, john] == run("footprint", "person", "list", "--json").json
    assert john == run("footprint", "person", "show", "john doe", "--json").json


@pytest.mark.parametrize("again", ["jane@example.com", "JANE@EXAMPLE.COM", " jane@example.com "])
def test_an_address_belongs_to_one_person(run: CommandLine, jane: Person, again: str) -> None:
    mine = run("footprint", "identifier", "add", "1", "email", again)
    theirs = run("footprint", "person", "add", "John Doe", "--email", again)

    assert (2, 2) == (mine.code, theirs.code)
    assert "with this person already" in mine.err
    assert "with person 1 already" in theirs.err
    assert 1 == len(run("footprint", "person", "list", "--json").json)


def test_an_address_is_accepted_without_asking_the_dns(run: CommandLine) -> None:
    ended = run("footprint", "person", "add", "Jane", "--email", "jane@no-such-host-at-all.com")

    assert 0 == ended.code


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("phone", "+1 (555) 010-0123", "+15550100123"),
        ("birth_year", "1980", "1980"),
        ("city", "  New   Town ", "New Town"),
        ("relative", "John Doe", "John Doe"),
        ("alias", "jdoe", "jdoe"),
        ("street", "1 Main Street", "1 Main Street"),
    ],
)
def test_every_kind_of_identifier_has_its_form(
    run: CommandLine, jane: Person, kind: str, given: str, stored: str
) -> None:
    added = run("footprint", "identifier", "add", "Jane Doe", kind, given, "--json").json

    assert (kind, stored) == (added["kind"], added["value"])


@pytest.mark.parametrize(
    ("kind", "given"), [("phone", "call me"), ("birth_year", "1780"), ("city", "\u202e")]
)
def test_a_value_that_is_none_of_its_kind_is_refused(
    run: CommandLine, jane: Person, kind: str, given: str
) -> None:
    assert 2 == run("footprint", "identifier", "add", "1", kind, given).code


def test_a_removed_address_is_not_asked_about_and_keeps_its_history(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    job_breach_recheck(db, config)
    asked = list(wire.asked)

    assert 0 == run("footprint", "identifier", "remove", "1").code

    assert "no_persons" == job_breach_recheck(db, config).details["reason"]
    assert asked == wire.asked
    assert 1 == len(run("footprint", "findings", "--json").json)
    assert [] == run("footprint", "coverage", "--json").json
    assert 2 == run("footprint", "identifier", "remove", "1").code
    again = run("footprint", "identifier", "add", "1", "email", "jane@example.com", "--json").json
    assert 1 == again["id"], "it is taken up where it was left"


def test_a_forgotten_address_takes_its_findings_along(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    wire.accounts["jane@example.com"] = names("Adobe")
    job_breach_recheck(db, config)

    assert 0 == run("footprint", "identifier", "remove", "1", "--forget", "--yes").code

    assert [] == findings.list_findings(db)


def holding(home: Path, mark: str) -> list[str]:
    """The files in which the mark stands, in their names or their bytes, whatever its case."""
    return [
        str(path.relative_to(home))
        for path in sorted(home.rglob("*"))
        if mark in path.name.lower()
        or (path.is_file() and mark.encode() in path.read_bytes().lower())
    ]


@pytest.fixture
def planted(db: Database, config: Config, wire: Wire, run: CommandLine) -> Path:
    """A home with the mark in every place where a person leaves something."""
    person = add(db, f"{MARK} Doe", f"{MARK}@example.com", f"{MARK}.clean@example.com")
    add(db, "John Doe", "john@example.com")
    for kind in ("city", "street", "relative", "alias"):
        run("footprint", "identifier", "add", str(person.id), kind, f"{MARK} {kind}")
    wire.accounts[f"{MARK}@example.com"] = names("Adobe")
    wire.accounts["john@example.com"] = names("Adobe")
    wire.catalogue = json_response([{"Name": "Adobe", "DataClasses": ["Passwords"]}])
    for _ in range(2):
        assert "success" == job_breach_recheck(db, config).status
    assert 2 == len(findings.list_findings(db))
    # The test's own connection stays open: bytes in the write-ahead log count as well.
    assert any("footprint.db" in name for name in holding(run.home, MARK))
    return run.home


def test_a_forgotten_person_leaves_no_trace(run: CommandLine, planted: Path) -> None:
    ended = run("footprint", "person", "forget", f"{MARK} doe", "--yes", "--json")

    assert {"id": 1, "files": [], "removed_files": []} == ended.json
    assert [] == holding(planted, MARK)
    assert ["John Doe"] == [
        one["name"] for one in run("footprint", "person", "list", "--json").json
    ]
    assert 1 == len(run("footprint", "findings", "--json").json), "the others keep theirs"
    assert 2 == len(run("footprint-job", "history", "--json").json), "what ran, ran"


def backup_of(home: Path) -> Path:
    directory = home / "backups"
    directory.mkdir(exist_ok=True)
    copy = directory / "footprint-schema1-20261122T031700Z.db"
    source, target = sqlite3.connect(home / "footprint.db"), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    return copy


def test_reports_and_backups_that_hold_the_person_are_listed(
    run: CommandLine, planted: Path
) -> None:
    copy = backup_of(planted)
    reports = planted / "reports"
    reports.mkdir()
    theirs, others = reports / "2026-11-22.md", reports / "2026-11-21.md"
    theirs.write_text(f"about {MARK.upper()}@example.com", encoding="utf-8")
    others.write_text(f"about john@example.com, in {MARK} city", encoding="utf-8")

    # Without --files they are only named.
    listed = run("footprint", "person", "forget", "1", "--yes")

    assert str(copy) in listed.out
    assert str(theirs) in listed.out
    assert str(others) not in listed.out, "a city is not a person"
    assert theirs.exists()


def test_a_message_that_names_the_person_and_still_waits_goes_with_them(
    run: CommandLine, planted: Path, paths: Paths, wire: Wire
) -> None:
    with paths.config_file.open("a", encoding="utf-8") as file:
        file.write('[alerts.channels.phone]\nkind = "apprise"\ndetail = "full"\n')
    secrets.set_secret(paths, "alert_phone", "json://127.0.0.1:1/hook")
    run("footprint-job", "run", "breach_recheck")
    wire.accounts[f"{MARK}@example.com"] = names("Adobe", "Canva")
    run("footprint-job", "run", "breach_recheck")
    assert f"{MARK} Doe: Canva" in run("footprint", "alert", "show").out
    assert (1, 1) == about_person_1(paths)

    assert 0 == run("footprint", "person", "forget", "1", "--yes").code

    assert (0, 0) == about_person_1(paths)
    assert [] == holding(planted, MARK)


def about_person_1(paths: Paths) -> tuple[int, int]:
    """How many rows of the outbox, and messages on the ledger, are about them."""
    # A connection of its own: `holding` reads the file, which drops the locks of an older one.
    with Database.open(paths.database) as db:
        waiting = db.query("SELECT 1 FROM outbox WHERE person_id = 1")
        sent = db.query("SELECT 1 FROM disclosures WHERE person_id = 1 AND message_id NOT NULL")
        return len(waiting), len(sent)


def test_with_files_nothing_is_left(run: CommandLine, planted: Path) -> None:
    copy = backup_of(planted)

    ended = run("footprint", "person", "forget", "1", "--yes", "--files", "--json")

    assert [str(copy)] == ended.json["removed_files"]
    assert [] == holding(planted, MARK)


def test_a_backup_without_the_person_is_left_alone(run: CommandLine, planted: Path) -> None:
    copy = backup_of(planted)
    run("footprint", "person", "forget", "2", "--yes")
    later = copy.with_name("footprint-schema1-20261123T031700Z.db")
    copy.rename(copy.with_suffix(".old"))
    backup = backup_of(planted)
    backup.rename(later)
    copy.with_suffix(".old").rename(copy)

    ended = run("footprint", "person", "forget", "1", "--yes", "--files", "--json")

    assert {str(copy), str(later)} == set(ended.json["removed_files"])


def test_an_address_moves_from_one_person_to_another(run: CommandLine, jane: Person) -> None:
    run("footprint", "person", "add", "John Doe")
    run("footprint", "identifier", "remove", "1")

    assert 0 == run("footprint", "identifier", "add", "2", "email", "jane@example.com").code
    assert 2 == run("footprint", "identifier", "add", "1", "email", "jane@example.com").code
    everything = run("footprint", "identifier", "list", "--all", "--json").json
    assert [1, 2] == [one["id"] for one in everything]


def test_nobody_is_forgotten_while_a_job_runs(
    run: CommandLine, db: Database, config: Config, jane: Person, wire: Wire
) -> None:
    gate = Gate(names("Adobe"))
    wire.accounts["jane@example.com"] = gate
    process = run.start("footprint-job", "run", "breach_recheck")
    assert gate.reached.wait(30)

    refused = run("footprint", "person", "forget", "1", "--yes")
    gate.open.set()
    process.communicate(timeout=60)

    assert 75 == refused.code
    assert 1 == len(findings.list_findings(db))


@pytest.mark.parametrize("umask", [0, 0o777])
def test_everything_we_make_is_private_whatever_the_umask(run: CommandLine, umask: int) -> None:
    before = os.umask(umask)
    try:
        for command in (
            ("footprint", "person", "add", "Jane", "--email", "jane@example.com"),
            ("footprint", "secret", "set", "hibp_api_key"),
            ("footprint", "source", "disable", "hibp_breaches"),
            ("footprint-job", "run", "breach_recheck"),
        ):
            assert 0 == run(*command, stdin="f" * 32).code
    finally:
        os.umask(before)

    made = [run.home, *run.home.rglob("*")]
    assert len(made) > 5
    for path in made:
        wanted = 0o700 if path.is_dir() else 0o600
        assert oct(wanted) == oct(path.stat().st_mode & 0o777), path


def test_a_key_is_kept_and_never_shown(run: CommandLine, home: Path) -> None:
    key = "fedcba9876543210fedcba9876543210"
    ended = run("footprint", "secret", "set", "hibp_api_key", stdin=f"{key}\n")
    listed = run("footprint", "secret", "list")

    assert 0 == ended.code
    assert key in (home / "secrets.toml").read_text(encoding="utf-8")
    assert key not in ended.out + ended.err + listed.out + listed.err
    assert str(home / "secrets.toml") in listed.out


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"HIBP_API_KEY": "a" * 32}, "environment variable HIBP_API_KEY"),
        ({"FOOTPRINT_HIBP_API_KEY": "b" * 32}, "environment variable FOOTPRINT_HIBP_API_KEY"),
        ({"HIBP_API_KEY": "a" * 32, "CREDENTIALS_DIRECTORY": "."}, "systemd credential"),
    ],
)
def test_a_key_is_looked_for_in_the_documented_order(
    run: CommandLine, tmp_path: Path, environ: dict[str, str], place: str
) -> None:
    if "CREDENTIALS_DIRECTORY" in environ:
        (tmp_path / "hibp_api_key").write_text("c" * 32, encoding="utf-8")
        environ = {**environ, "CREDENTIALS_DIRECTORY": str(tmp_path)}
    run("footprint", "secret", "set", "hibp_api_key", stdin="d" * 32)
    run.environ.update(environ)

    (secret,) = run("footprint", "secret", "list", "--json").json

    assert (True, place) == (secret["set"], secret["place"])


def test_the_mark_would_be_seen(tmp_path: Path) -> None:
    """The search of the tests above finds what it looks for, and is not fooled by case."""
    (tmp_path / "a").write_bytes(b"\0" + MARK.upper().encode())
    (tmp_path / "b").write_bytes(gzip.compress(b"other"))
    (tmp_path / f"{MARK}.txt").write_bytes(b"")

    assert ["a", f"{MARK}.txt"] == holding(tmp_path, MARK)


def test_a_name_and_a_region_are_corrected_and_the_rest_stays(run: CommandLine) -> None:
    run("footprint", "person", "add", "Jane Do", "--email", "jane@example.com")

    changed = run("footprint", "person", "change", "1", "--name", "Jane Doe", "--region", "us-ca")

    assert 0 == changed.code, changed.err
    (jane,) = run("footprint", "person", "list", "--json").json
    assert ("Jane Doe", "US-CA") == (jane["name"], jane["region"])
    assert ["jane@example.com"] == [one["value"] for one in jane["identifiers"]]
    wrong = run("footprint", "person", "change", "1", "--region", "California")
    assert (2, "Jane Doe") == (
        wrong.code,
        run("footprint", "person", "show", "1", "--json").json["name"],
    )
    assert 2 == run("footprint", "person", "change", "1").code
