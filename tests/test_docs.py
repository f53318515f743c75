"""What the documentation tells people to type exists, and works in the order in which it stands."""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from digital_footprint import process
from digital_footprint.config import Paths, load_config
from digital_footprint.database import Database
from footprint_timers import operations
from footprint_timers.cli import footprint_timers
from footprint_timers.machine import Machine
from footprint_timers.schedulers import cron
from tests.conftest import CommandLine
from tests.fake_crontab import FakeCrontab
from tests.mac import Mac
from tests.receiver import Receiver
from tests.reference import PAGES, PROGRAMS

ROOT = Path(__file__).parents[1]
PRINTED = {*PAGES, "fault-matrix.md", "broker-pages.md"}
WRITTEN = (
    ROOT / "README.md",
    *(path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in PRINTED),
)
KEY = "0123456789abcdef0123456789abcdef"
# Nobody answers there, which is temporary.
NOWHERE = '[sources.hibp]\nbase_url = "http://127.0.0.1:9"\n'
TEMPORARY = {"footprint-job run breach_recheck"}
ON_A_TERMINAL = {"footprint setup"}
# They end with 1 where there is something to tell.
TELLING = {"footprint-timers audit", "footprint-timers doctor"}


def blocks(text: str) -> Iterator[str]:
    """The lines that a shell is to be given."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            command = line.partition("  #")[0].strip()
            if command.startswith("footprint"):
                yield command


def commands(text: str) -> Iterator[str]:
    """Every command that is named, each of several that share a beginning."""
    yield from blocks(text)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for span in re.findall(r"`(footprint[ -][^`]*)`", prose):
        beginning, choice, end = re.split(
            r"(\S+(?:\|\S+)+|$)", span.replace("\\|", "|"), maxsplit=1
        )
        yield from (f"{beginning}{one}{end}" for one in choice.split("|"))


def said(path: Path) -> Iterator[str]:
    names = re.compile(rf"({'|'.join(sorted(PROGRAMS, key=len, reverse=True))})(?= |$)")
    return (one for one in commands(path.read_text(encoding="utf-8")) if names.match(one))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_command_that_is_named_exists_with_its_options(path: Path) -> None:
    wrong = [command for command in said(path) if not exists(command)]

    assert [] == wrong


def exists(command: str) -> bool:
    name, *words = shlex.split(command.replace("[", "").replace("]", ""))
    one: click.Command = PROGRAMS[name]
    while isinstance(one, click.Group) and words and not words[0].startswith("-"):
        found = one.get_command(click.Context(one), words.pop(0))
        if found is None:
            return False
        one = found
    options = {option for param in one.params for option in (*param.opts, *param.secondary_opts)}
    options |= {"--help", "-h"}
    given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    return given <= options


def test_a_command_that_does_not_exist_is_seen() -> None:
    assert exists("footprint report --open")
    assert not exists("footprint rapport")
    assert not exists("footprint report --opened")
    assert ["footprint a list", "footprint a show"] == list(commands("`footprint a list\\|show`"))


@pytest.fixture
def prepared(run: CommandLine, tmp_path: Path) -> CommandLine:
    """A home on which nobody answers, and a desktop's two programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("notify-send", "xdg-open"):
        (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    run.environ["PATH"] = f"{programs}:/usr/bin:/bin"
    run.home.mkdir(exist_ok=True)
    (run.home / "config.toml").write_text(NOWHERE, encoding="utf-8")
    return run


def test_what_the_readme_tells_to_type_works_in_that_order(prepared: CommandLine) -> None:
    typed = [
        one
        for one in blocks((ROOT / "README.md").read_text(encoding="utf-8"))
        if one not in ON_A_TERMINAL
    ]
    ended = {}
    with Receiver() as receiver:
        for command in typed:
            stdin = {"secret": KEY, "alert": receiver.url}.get(command.split()[1], "")
            done = prepared(*shlex.split(command), stdin=f"{stdin}\n")
            ended[command] = (done.code, done.err)

    assert len(typed) > 12
    wrong = {
        one: (code, told)
        for one, (code, told) in ended.items()
        if code != (75 if one in TEMPORARY else 0)
    }
    assert {} == wrong
    assert receiver.messages, "the drill came through"


@dataclass(frozen=True)
class Timers:
    """footprint-timers on a machine whose scheduler is a stand-in."""

    machine: Machine
    connect: Callable[[], Any]
    paths: Paths

    def __call__(self, *words: str) -> int:
        if words[0] == "install":
            return self.install()
        done = CliRunner().invoke(footprint_timers, words, obj=self.machine, standalone_mode=False)
        assert done.exception is None, done.exception
        return int(done.return_value or 0)

    def install(self) -> int:
        """Install past the command itself, which refuses to keep a program in a place like /tmp."""
        scheduler = self.connect()
        with Database.open(self.paths.database) as db:
            wanted = operations.wish(db, load_config(self.paths), scheduler)
            operations.install(self.paths, scheduler, wanted)
        return 0


@pytest.fixture
def on_a_mac(tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Timers:
    mac = Mac(tmp_path / "mac", monkeypatch)
    return Timers(mac.machine(), mac.connect, paths)


@pytest.fixture
def with_cron(tmp_path: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> Timers:
    fake = FakeCrontab(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    machine = Machine(platform="linux", processes=fake.processes)
    return Timers(
        machine, lambda: cron.connect(process.run, paths, processes=fake.processes), paths
    )


@pytest.mark.parametrize(
    ("page", "fixture"), [("macos.md", "on_a_mac"), ("cron.md", "with_cron")], ids=["macos", "cron"]
)
def test_what_a_how_to_tells_to_type_works_in_that_order(
    page: str,
    fixture: str,
    request: pytest.FixtureRequest,
    run: CommandLine,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timers = request.getfixturevalue(fixture)
    monkeypatch.setenv("FOOTPRINT_HOME", str(paths.data))
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    change = "".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))
    paths.config_file.parent.mkdir()
    paths.config_file.write_text(change, encoding="utf-8")

    ended = {}
    for command in blocks(text):
        program, *words = shlex.split(command)
        ended[command] = (
            timers(*words) if program == "footprint-timers" else run(*shlex.split(command)).code
        )

    assert len(ended) > 7
    assert {} == {one: code for one, code in ended.items() if code > (one in TELLING)}
    assert {"footprint-timers uninstall"} < set(ended)
    assert not list(paths.data.glob("timers.json"))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_every_link_to_a_page_of_ours_leads_to_its_heading(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    for page, heading in re.findall(r"\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)", text):
        target = (path.parent / page) if page else path
        assert target.is_file(), page
        if heading:
            assert heading in anchors(target.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
