import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from digital_footprint import people, secrets
from digital_footprint.clock import BootTime, Clock
from digital_footprint.config import Config, Paths, load_config
from digital_footprint.database import Database
from digital_footprint.model import ConsentBasis, Person, Relation
from tests.forks import Forks
from tests.wire import Wire

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_waiting_between_retries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(autouse=True, scope="session")
def _signals_as_a_terminal_has_them() -> None:
    """A shell's background job ignores SIGINT, and so would every process that a test starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _environment_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the keys or the home of whoever runs it."""
    for name in ("HIBP_API_KEY", "FOOTPRINT_HIBP_API_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("FOOTPRINT_HOME", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def paths(home: Path) -> Paths:
    return Paths(home, home, home)


@pytest.fixture
def db(paths: Paths) -> Iterator[Database]:
    with Database.open(paths.database) as database:
        yield database


@pytest.fixture
def wire() -> Iterator[Wire]:
    service = Wire()
    yield service
    service.close()


@pytest.fixture
def config(paths: Paths, wire: Wire) -> Config:
    """A home whose HIBP is the wire, with a key."""
    secrets.set_secret(paths, "hibp_api_key", KEY)
    paths.config_file.write_text(
        f'[sources.hibp]\nbase_url = "{wire.base_url}"\n', encoding="utf-8"
    )
    return load_config(paths)


@dataclass
class HandClock:
    """A clock that stands still; sleeping moves it, and is remembered."""

    moment: datetime = datetime(2026, 11, 22, 3, 17, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)
    was_set: timedelta = timedelta()
    """By so much somebody set the clock on the wall, which the clock of the boot does not follow."""

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)

    def clock(self) -> Clock:
        return Clock(self.now, self.sleep, self.boot)

    def boot(self) -> BootTime:
        begun = datetime(2026, 11, 1, tzinfo=UTC)
        return BootTime("boot", (self.moment - self.was_set - begun).total_seconds())

    def set(self, days: float) -> None:
        self.moment += timedelta(days=days)
        self.was_set += timedelta(days=days)


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture
def jane(db: Database) -> Person:
    return add(db, "Jane Doe", "jane@example.com")


def add(db: Database, name: str, *emails: str, consent: bool = True) -> Person:
    return people.add_person(
        db,
        name,
        emails=emails,
        relation=Relation.SELF,
        consent=ConsentBasis.SELF if consent else None,
    )


@dataclass
class Ended:
    """What a command of ours left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class CommandLine:
    """Runs our installed commands as a person does, in a home of the test."""

    home: Path
    forks: Forks | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
        return {**kept, "FOOTPRINT_HOME": str(self.home), **self.environ}

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        program = Path(sys.executable).with_name(argv[0])
        return subprocess.Popen(
            [program, *argv[1:]],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, *argv: str, stdin: str = "") -> Ended:
        program = Path(sys.executable).with_name(argv[0])
        if self.forks:
            return Ended(*self.forks.run(program, argv[1:], self.environment(), stdin))
        done = subprocess.run(
            [program, *argv[1:]],
            env=self.environment(),
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--exec", action="store_true", help="start every command from nothing")


@pytest.fixture(scope="session")
def forks(pytestconfig: pytest.Config) -> Iterator[Forks | None]:
    if pytestconfig.getoption("--exec") or sys.platform != "linux":
        yield None
        return
    with closing(Forks()) as forks:
        yield forks


@pytest.fixture
def run(home: Path, forks: Forks | None) -> CommandLine:
    return CommandLine(home, forks)


@pytest.fixture
def runtime() -> Iterator[str]:
    """A private runtime directory for systemd, whose sockets need a short path."""
    with tempfile.TemporaryDirectory(prefix="fp", dir="/tmp") as directory:
        yield directory


@pytest.fixture
def unprivileged() -> None:
    """Root may write where nobody else may: such a test could not fail."""
    if os.geteuid() == 0:
        if os.environ.get("CI"):
            pytest.fail("in CI these tests run as an unprivileged user")
        pytest.skip("root can write everywhere")


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, bytes]]:
    """The bytes of every file under a directory."""

    def take(directory: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(directory)): path.read_bytes()
            for path in sorted(directory.rglob("*"))
            if path.is_file()
        }

    return take
